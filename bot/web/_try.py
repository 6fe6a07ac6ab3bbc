"""/try: the chat in the browser, over the simulator. Everything goes the way a provider's message goes.

A visitor has an identity (a cookie) and, for each channel and language, a conversation of its own, so that looking at
another language meets the bot as a new member. Works as a plain form; the page's script only makes it livelier.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import urlencode

import orjson
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from bot.channels.simulator import Simulator
from bot.lanes import Arrival, Unavailable
from bot.render import Part
from bot.texts import Texts
from bot.web._try_chat import Bubble, Said, bubbles, label_of, shown
from bot.web._try_door import Door, is_foreign
from bot.web._try_input import ADDRESS, Row, first_language, is_form, message, number, read_row
from bot.web._try_view import CHANNELS, Place, View

POLL_SECONDS = 20.0
_REPLY_SECONDS, _MORE_SECONDS = 2.0, 0.25
"""How long the page without a script waits for the answer, and for what follows the first part."""

_IDENTITY = re.compile(r"[A-Za-z0-9_-]{16}")
_COOKIE = "bentornato_try"
_YEAR = 365 * 24 * 3600
_HEADERS = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "x-robots-tag": "noindex",
}
_Answer = Callable[[Request], Awaitable[Response]]


class Lanes(Protocol):
    """Where accepted events go."""

    def put(self, arrival: Arrival) -> Awaitable[None]: ...


@dataclass(frozen=True, slots=True)
class Front:
    """What the page shows and who may see it: the brand's name, the texts, the key that opens it beyond loopback."""

    brand: str
    texts: Texts
    key: str | None = None
    at_home: bool = True


class TryPage:
    """The routes of /try."""

    def __init__(self, simulator: Simulator, lanes: Lanes, front: Front, clock: Callable[[], int]) -> None:
        self._simulator = simulator
        self._lanes = lanes
        self._texts = front.texts
        self._door = Door(front.key, at_home=front.at_home)
        self._view = View(front.brand, front.texts)
        self._clock = clock
        self._said = Said()

    def routes(self) -> list[Route]:
        """What build_web adds to the application."""
        return [
            Route("/try", self._guarded(self._page), methods=["GET"]),
            Route("/try/messages", self._guarded(self._poll), methods=["GET"]),
            Route("/try/messages", self._guarded(self._take), methods=["POST"]),
            Route("/try/again", self._guarded(self._again), methods=["POST"]),
            Route("/try/static/{name}", self._guarded(self._static), methods=["GET"]),
        ]

    def _guarded(self, answer: _Answer) -> _Answer:
        async def guarded(request: Request) -> Response:
            if not self._door.admits(request):
                return Response(status_code=404)
            response = await answer(request) if request.method != "POST" else await self._own_post(request, answer)
            self._door.hand_pass(request, response)
            response.headers.setdefault("cache-control", "no-store")
            response.headers.update(_HEADERS)
            return response

        return guarded

    async def _own_post(self, request: Request, answer: _Answer) -> Response:
        return Response(status_code=403) if is_foreign(request.headers) else await answer(request)

    async def _page(self, request: Request) -> Response:
        identity = request.cookies.get(_COOKIE, "")
        if not _IDENTITY.fullmatch(identity):
            identity = secrets.token_urlsafe(12)
        place = self._place(request, identity)
        seen = number(request.query_params.get("after"))
        if seen is not None and await self._simulator.after(place.address, seen, _REPLY_SECONDS):
            await self._simulator.after(place.address, await self._last(place.address), _MORE_SECONDS)
        response = Response(self._view.page(place, await self._conversation(place.address)), media_type="text/html")
        secure = request.url.scheme == "https"
        response.set_cookie(_COOKIE, identity, max_age=_YEAR, path="/try", httponly=True, samesite="lax", secure=secure)
        return response

    def _place(self, request: Request, identity: str) -> Place:
        channel = request.query_params.get("channel", "")
        asked = request.query_params.get("lang", "")
        chosen = asked if asked in self._texts.locales else None
        hint = chosen or first_language(request.headers.get("accept-language", ""))
        locale = chosen or self._texts.resolve(hint)
        channel = channel if channel in CHANNELS else next(iter(CHANNELS))
        name = f"{identity}-{re.sub('[^A-Za-z0-9]', '_', locale)}"
        return Place(channel, f"{channel}:{name}", locale, hint=hint or locale)

    async def _conversation(self, address: str) -> list[Bubble]:
        parts = await self._simulator.after(address, 0, 0)
        return bubbles(parts, self._said.of(address), self._simulator.limits_for(address))

    async def _last(self, address: str) -> int:
        parts = await self._simulator.after(address, 0, 0)
        return parts[-1][0] if parts else 0

    async def _poll(self, request: Request) -> Response:
        address = request.query_params.get("address", "")
        seen = number(request.query_params.get("after", "0"))
        if not ADDRESS.fullmatch(address) or seen is None:
            return _refused(400, "address or after is not valid")
        seen = min(seen, await self._last(address))
        parts = await self._simulator.after(address, seen, POLL_SECONDS)
        limits = self._simulator.limits_for(address)
        rows = [shown(number, part, limits) for number, part in parts]
        messages = [row.as_json() | {"html": self._view.bubble(row)} for row in rows]
        return _json({"after": parts[-1][0] if parts else seen, "messages": messages})

    async def _take(self, request: Request) -> Response:
        row = await read_row(request)
        if row is None:
            return _refused(413, "the body is too long")
        address = row.get("address")
        if not isinstance(address, str) or not ADDRESS.fullmatch(address):
            return _refused(400, "address is not valid")
        said = message(row, address)
        if said is None:
            return self._back(row, await self._last(address)) if is_form(request) else _refused(400, "nothing is said")
        last = await self._put(said)
        if last is None:
            return _refused(503, "busy, try again", {"retry-after": "2"})
        return self._back(row, last) if is_form(request) else _json({"after": last}, 202)

    async def _put(self, said: dict[str, str]) -> int | None:
        """The number of the bot's last message before this one; None if the lanes refuse it."""
        address, raw = said["address"], orjson.dumps(said)
        parts = await self._simulator.after(address, 0, 0)
        try:
            for event in self._simulator.parse(raw):
                await self._lanes.put(Arrival(event, raw, self._clock()))
        except Unavailable:
            return None
        last = parts[-1][0] if parts else 0
        self._said.add(address, last, _words(said, parts))
        return last

    def _back(self, row: Row, last: int) -> Response:
        """To the page, which waits for what follows the last message."""
        return RedirectResponse(f"/try?{urlencode(self._query(row) | {'after': last})}#end", status_code=303)

    def _query(self, row: Row) -> dict[str, Any]:
        channel, lang = str(row.get("address", "")).partition(":")[0], row.get("lang")
        return {"channel": channel if channel in CHANNELS else "telegram"} | (
            {"lang": lang} if lang in self._texts.locales else {}
        )

    async def _again(self, request: Request) -> Response:
        """A new identity: the next page meets the bot as somebody new."""
        row = await read_row(request) or {}
        response = RedirectResponse(f"/try?{urlencode(self._query(row))}", status_code=303)
        response.delete_cookie(_COOKIE, path="/try", httponly=True, samesite="lax")
        return response

    async def _static(self, request: Request) -> Response:
        found = self._view.files.get(str(request.path_params["name"]))
        if found is None:
            return Response(status_code=404)
        kind, content = found
        return Response(content, media_type=kind, headers={"cache-control": "private, max-age=86400"})


def _words(said: dict[str, str], parts: Sequence[tuple[int, Part]]) -> str:
    """What stands in the member's own bubble: a tap says what the button says."""
    if "payload" in said:
        return label_of(parts, said["payload"]) or said["payload"]
    return said["text"] if "text" in said else f"/start {said['start']}".rstrip()


def _json(row: dict[str, Any], status: int = 200) -> Response:
    return Response(orjson.dumps(row), status, media_type="application/json")


def _refused(status: int, why: str, headers: dict[str, str] | None = None) -> Response:
    return Response(why, status, headers, media_type="text/plain")
