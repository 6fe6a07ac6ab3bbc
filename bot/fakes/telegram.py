"""A strict Bot API on loopback, with virtual users in front of it. State is kept per token."""

import asyncio
import time
from collections import defaultdict, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import orjson
from aiohttp import ClientError, ClientSession, ClientTimeout, web

from bot.fakes import _telegram_checks as checks
from bot.fakes._telegram_files import FILE_METHODS, downloaded, upload
from bot.fakes._telegram_group import Colleague, VirtualGroup
from bot.fakes._telegram_methods import METHODS
from bot.fakes._telegram_state import (
    ApiError,
    BotState,
    Call,
    Incoming,
    Json,
    Pace,
    Profile,
    Received,
    Webhook,
    bad_request,
)
from bot.fakes._telegram_user import VirtualUser

__all__ = ["Call", "Colleague", "FakeTelegram", "Pace", "Received", "VirtualGroup", "VirtualUser", "Webhook"]

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - a header's name
UPLOAD_BYTES = 50 * 1024 * 1024
LONGEST_BACKOFF = 1.0
_METHODS = {**METHODS, **FILE_METHODS}


@dataclass(frozen=True, slots=True)
class _Plan:
    """What is to become of a coming call: an error after a while, this result instead, or done but its answer lost."""

    error: ApiError | None = None
    delay: float = 0.0
    result: Any = None
    lost: bool = False


class FakeTelegram:
    """The server. `start` it, point a client at the returned URL, make users, let them write.

    An update that the webhook does not take is sent again up to `attempts` times, then kept until `redeliver`.
    """

    def __init__(
        self,
        *,
        clock: Callable[[], float] = time.monotonic,
        rate_limits: bool = True,
        attempts: int = 6,
        backoff: float = 0.05,
    ) -> None:
        self.rate_limits = rate_limits
        self.calls: list[Call] = []
        self.url = ""
        self._clock = clock
        self._attempts = attempts
        self._backoff = backoff
        self._bots: dict[str, BotState] = {}
        self._users: dict[tuple[str, int], VirtualUser] = {}
        self._plans: defaultdict[str, deque[_Plan]] = defaultdict(deque)
        self._runner: web.AppRunner | None = None
        self._session: ClientSession | None = None

    async def start(self, port: int = 0) -> str:
        """Listen on loopback; the base URL for the clients."""
        application = web.Application(client_max_size=UPLOAD_BYTES)
        application.router.add_route("*", "/bot{token}/{method}", self._handle)
        application.router.add_get("/file/bot{token}/{path:.*}", self._download)
        application.router.add_route("*", "/{path:.*}", _not_found)
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", port).start()
        self._session = ClientSession(timeout=ClientTimeout(total=20))
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self.url

    async def stop(self) -> None:
        """Stop listening and let go of connections."""
        if self._session is not None:
            await self._session.close()
        if self._runner is not None:
            await self._runner.cleanup()

    def bot(self, token: str, username: str = "fake_bot", pace: Pace | None = None) -> BotState:
        """The state of a token, which is valid from now on."""
        if token not in self._bots:
            if not token.partition(":")[0].isdecimal():
                raise ValueError("a token looks like 123456:ABC")
            self._bots[token] = BotState(token, username)
        if pace is not None:
            self._bots[token].pace = pace
        return self._bots[token]

    def user(self, token: str, *, id: int, **profile: str | None) -> VirtualUser:
        """A person (first_name, last_name, language_code, username); the same one for the same id.

        The bot cannot write to them before they have written or pressed Start.
        """
        bot = self.bot(token)
        if (token, id) not in self._users:
            given: dict[str, Any] = dict(profile)
            self._users[token, id] = VirtualUser(bot, Profile(id, **given), partial(self.deliver, token))
        return self._users[token, id]

    def group(
        self, token: str, chat_id: int, title: str = "Staff", *, is_forum: bool = True, can_manage_topics: bool = True
    ) -> VirtualGroup:
        """A supergroup with the bot as an administrator; its people are made by `VirtualGroup.person`."""
        group = VirtualGroup(self.bot(token), chat_id, title, partial(self.deliver, token))
        group.is_forum, group.can_manage_topics = is_forum, can_manage_topics
        self.bot(token).chats[chat_id] = group
        return group

    def fail_next(
        self,
        method: str,
        status: int,
        description: str,
        parameters: Mapping[str, int] | None = None,
        *,
        delay: float = 0.0,
    ) -> None:
        """The next call of this method fails like this, once, perhaps only after `delay` seconds."""
        self._plans[method.lower()].append(_Plan(ApiError(status, description, parameters), delay))

    def lose_next(self, method: str) -> None:
        """The next call of this method is carried out, but its answer never arrives."""
        self._plans[method.lower()].append(_Plan(lost=True))

    def answer_next(self, method: str, result: Any) -> None:
        """The next call of this method succeeds with this result, and nothing else happens."""
        self._plans[method.lower()].append(_Plan(result=result))

    def migrate(self, token: str, chat_id: int, new_id: int) -> None:
        """A chat gets a new id; sending to the old one answers which."""
        bot = self.bot(token)
        reader = bot.chats.pop(chat_id)
        bot.chats[new_id] = reader
        bot.migrated[chat_id] = new_id

    async def deliver(self, token: str, update: Json, times: int = 1) -> bool:
        """Hand an update to the bot's webhook, `times` over; whether it was taken each time."""
        return all([await self._deliver_once(self.bot(token), update) for _ in range(times)])

    async def redeliver(self, token: str) -> int:
        """Deliver what is kept, in order, until one is refused again; how many are left."""
        bot = self.bot(token)
        for _ in range(len(bot.pending)):
            if not await self._deliver_once(bot, bot.pending.popleft(), keep_first=True):
                break
        return len(bot.pending)

    async def _deliver_once(self, bot: BotState, update: Json, *, keep_first: bool = False) -> bool:
        hook = bot.webhook
        if hook is not None and not hook.wants(update):
            return False
        if hook is not None and await self._insist(bot, hook, update):
            return True
        keep = bot.pending.appendleft if keep_first else bot.pending.append
        keep(update)
        return False

    async def _insist(self, bot: BotState, hook: Webhook, update: Json) -> bool:
        for attempt in range(self._attempts):
            if attempt:
                await asyncio.sleep(min(self._backoff * 2 ** (attempt - 1), LONGEST_BACKOFF))
            failure = await self._post(hook, update)
            if failure is None:
                return True
            bot.last_error = (int(time.time()), failure)
        return False

    async def _post(self, hook: Webhook, update: Json) -> str | None:
        """Why the webhook did not take the update, None when it did."""
        if self._session is None:
            raise RuntimeError("the fake is not started")
        headers = {"Content-Type": "application/json"} | ({SECRET_HEADER: hook.secret} if hook.secret else {})
        try:
            async with self._session.post(hook.url, data=orjson.dumps(update), headers=headers) as answer:
                await answer.read()
        except (ClientError, TimeoutError) as error:
            return f"Connection failed: {type(error).__name__}"
        taken = 200 <= answer.status < 300
        return None if taken else f"Wrong response from the webhook: {answer.status} {answer.reason}"

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        token, method = request.match_info["token"], request.match_info["method"]
        plan = self._planned(token, method)
        status, answer = 200, b""
        params: dict[str, str] = {}
        files: dict[str, bytes] = {}
        try:
            await _read_into(request, params, files)
            await asyncio.sleep(plan.delay)
            incoming = Incoming(params, files, self._clock(), self.rate_limits)
            answer = orjson.dumps({"ok": True, "result": self._result(token, method, incoming, plan)})
        except ApiError as error:
            status, answer = error.status, _failure(error)
        sizes = {name: f"{len(content)} bytes" for name, content in files.items()}
        self.calls.append(Call(token, method, {**params, **sizes}, status, self._clock()))
        if plan.lost and request.transport is not None:
            request.transport.abort()
        return web.Response(body=answer, status=status, content_type="application/json")

    async def _download(self, request: web.Request) -> web.StreamResponse:
        bot = self._bots.get(request.match_info["token"])
        return downloaded(bot, request.match_info["path"]) or await _not_found(request)

    def _planned(self, token: str, method: str) -> _Plan:
        plans = self._plans[method.lower()]
        return plans.popleft() if plans and token in self._bots else _Plan()

    def _result(self, token: str, method: str, incoming: Incoming, plan: _Plan) -> Any:
        if plan.error is not None:
            raise plan.error
        return self._work(token, method, incoming) if plan.result is None else plan.result

    def _work(self, token: str, method: str, incoming: Incoming) -> Any:
        if token not in self._bots:
            raise ApiError(401, "Unauthorized")
        if method.lower() not in _METHODS:
            raise ApiError(404, "Not Found: method not found")
        return _METHODS[method.lower()](self._bots[token], incoming)


async def _read_into(request: web.Request, params: dict[str, str], files: dict[str, bytes]) -> None:
    """Parameters from the query, a form or JSON; files from a multipart form."""
    params.update(request.query)
    if request.content_type == "application/json":
        body = checks.json(await request.text() or "{}", "request")
        if not isinstance(body, dict):
            raise bad_request("object expected as request")
        params.update({name: value if isinstance(value, str) else _as_text(value) for name, value in body.items()})
        return
    for name, value in (await request.post()).items():
        if isinstance(value, web.FileField):
            files[name] = upload(value.file.read(), value.filename)
        else:
            params[name] = value if isinstance(value, str) else bytes(value).decode()


def _as_text(value: Any) -> str:
    return orjson.dumps(value).decode()


def _failure(error: ApiError) -> bytes:
    body: Json = {"ok": False, "error_code": error.status, "description": error.description}
    if error.parameters:
        body["parameters"] = dict(error.parameters)
    return orjson.dumps(body)


async def _not_found(_request: web.Request) -> web.StreamResponse:
    return web.Response(body=_failure(ApiError(404, "Not Found")), status=404, content_type="application/json")
