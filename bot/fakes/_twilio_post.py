"""Twilio's side of a webhook: a form, correctly signed, posted and posted again as the URL's fragment asks."""

from __future__ import annotations

import asyncio
import base64
import hmac
from collections.abc import Mapping
from urllib.parse import parse_qs, urldefrag, urlencode

from aiohttp import ClientError, ClientSession, ClientTimeout

from bot.fakes._twilio_files import fetch_into
from bot.fakes._twilio_model import FakeMessage, World, channel_of

NO_CONNECTION = 0
_TIMEOUT = ClientTimeout(total=15)
_RETRIES_MOST = 5


def signature(token: str, url: str, form: Mapping[str, str]) -> str:
    """X-Twilio-Signature as Twilio documents it: the URL and the sorted fields under HMAC-SHA1."""
    text = url + "".join(name + form[name] for name in sorted(form))
    return base64.b64encode(hmac.digest(token.encode(), text.encode(), "sha1")).decode()


class Poster:
    """Posts forms to the bot. Open while the fake runs."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._session = ClientSession(timeout=_TIMEOUT)
        self._tasks: set[asyncio.Task[None]] = set()

    async def post(self, url: str, form: Mapping[str, str], *, forge: bool = False) -> int:
        """The last HTTP status, or `NO_CONNECTION`; failures are repeated as often as `rc` says, at most five times."""
        bare, fragment = urldefrag(url)
        token = "0" * 32 if forge else self._world.token
        headers = {
            "X-Twilio-Signature": signature(token, bare, form),
            "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8",
            "User-Agent": "TwilioProxy/1.1",
        }
        asked = parse_qs(fragment).get("rc", ["0"])[0]
        retries = min(int(asked) if asked.isdecimal() else 0, _RETRIES_MOST)
        status = NO_CONNECTION
        for _ in range(1 + retries):
            status = await self._once(self.tunnelled(bare), urlencode(form).encode(), headers)
            if status != NO_CONNECTION and status < 500:
                break
        return status

    def tunnelled(self, url: str) -> str:
        """Where a public address really is."""
        for public, actual in self._world.tunnel.items():
            if url.startswith(public):
                return actual + url.removeprefix(public)
        return url

    async def _once(self, url: str, body: bytes, headers: Mapping[str, str]) -> int:
        try:
            async with self._session.post(url, data=body, headers=headers) as response:
                await response.read()
                return response.status
        except (ClientError, TimeoutError):
            return NO_CONNECTION

    async def fetch(self, message: FakeMessage, url: str) -> None:
        """Fetch the file that the bot wants sent."""
        await fetch_into(self._session, message, self.tunnelled(url))

    async def report(self, message: FakeMessage) -> None:
        """The message's status callbacks, one after the other."""
        statuses = _course(message)
        message.status = statuses[-1]
        if message.callback is None or self._world.receipts == "off":
            return
        order = reversed(statuses) if self._world.receipts == "reversed" else statuses
        for status in order:
            await self.post(message.callback, self._receipt(message, status))

    def report_later(self, message: FakeMessage) -> None:
        task = asyncio.create_task(self.report(message))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _receipt(self, message: FakeMessage, status: str) -> dict[str, str]:
        is_last = status in ("undelivered", "failed")
        form = {
            "SmsSid": message.sid,
            "SmsStatus": status,
            "MessageStatus": status,
            "To": message.recipient,
            "MessageSid": message.sid,
            "AccountSid": self._world.account,
            "From": message.sender,
            "ApiVersion": "2010-04-01",
        }
        if message.service:
            form["MessagingServiceSid"] = message.service
        if is_last and message.error is not None:
            form |= {"ErrorCode": str(message.error), "ErrorMessage": ""}
        if channel_of(message.recipient) == "whatsapp":
            form |= {"ChannelPrefix": "whatsapp", "ChannelToAddress": message.recipient, "ChannelInstallSid": ""}
            form |= {"EventType": "READ"} if status == "read" else {}
        return form

    async def settle(self) -> None:
        """Wait until every callback under way has been answered."""
        while self._tasks:
            await asyncio.gather(*self._tasks)

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._session.close()


def _course(message: FakeMessage) -> list[str]:
    if message.error is not None:
        return ["queued", "undelivered"]
    read = ["read"] if channel_of(message.recipient) == "whatsapp" else []
    return ["queued", "sent", "delivered", *read]
