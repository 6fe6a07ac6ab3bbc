"""What stands before the API: bodies have an end, and are JSON where there is one."""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.api._problems import Problem

MOST_BYTES = 64 * 1024


class Guard:
    """Reads the body whole before anything else sees the request."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        body = await _read(receive)
        if body is None or len(body) > MOST_BYTES:
            await Problem("too-large", f"At most {MOST_BYTES} bytes.").response()(scope, receive, send)
        elif body and not _is_json(Headers(scope=scope).get("content-type", "")):
            await Problem("media-type").response()(scope, receive, send)
        else:
            await self._app(scope, _given(body, receive), send)


async def _read(receive: Receive) -> bytes | None:
    """The body; None if it is longer than allowed. Who goes away leaves what there is."""
    body: bytes = b""
    while len(body) <= MOST_BYTES:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body", False):
            return body
    return None


def _is_json(content_type: str) -> bool:
    return content_type.partition(";")[0].strip().lower() == "application/json"


def _given(body: bytes, receive: Receive) -> Receive:
    """A `receive` that gives the body once, then whatever else comes."""
    left = [body]

    async def given() -> Message:
        if left:
            return {"type": "http.request", "body": left.pop(), "more_body": False}
        return await receive()

    return given
