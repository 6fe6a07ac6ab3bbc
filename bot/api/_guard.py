"""What stands before the API: a body is read for who has a key, comes in time, has an end, and is JSON."""

from __future__ import annotations

import asyncio
from typing import Any

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.api._keys import recognise
from bot.api._problems import Problem
from storage.database import StorageError

MOST_BYTES = 64 * 1024
SECONDS = 10.0
"""How long a body may take to come."""
KEY_ROW = "bentornato.key"
"""Where in the scope of a request the row of its key is, once it was looked for."""


class Guard:
    """Reads the body whole before anything else sees the request; of somebody without a key it reads nothing."""

    def __init__(self, app: ASGIApp, seconds: float = SECONDS) -> None:
        self._app = app
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        try:
            body = await self._body(scope, receive)
        except Problem as problem:
            await problem.response()(scope, receive, send)
        else:
            await self._app(scope, _given(body, receive), send)

    async def _body(self, scope: Scope, receive: Receive) -> bytes:
        headers = Headers(scope=scope)
        if "transfer-encoding" in headers or headers.get("content-length", "0") != "0":
            await _look_for_key(scope, headers)
        try:
            async with asyncio.timeout(self._seconds):
                body = await _read(receive)
        except TimeoutError:
            raise Problem("too-slow", headers={"Connection": "close"}) from None
        if body is None:
            raise Problem("too-large", f"At most {MOST_BYTES} bytes.")
        if body and not _is_json(headers.get("content-type", "")):
            raise Problem("media-type")
        return body


async def _look_for_key(scope: Scope, headers: Headers) -> None:
    """Keep the row of the key that is shown. A database that is away is the API's to tell of."""
    door: Any = scope["app"].state.door
    kind, _, text = headers.get("authorization", "").partition(" ")
    shown = text.strip() if kind.lower() == "bearer" else ""
    try:
        row = await door.database.read(lambda transaction: recognise(transaction, door.world.keyring, shown))
    except StorageError:
        return
    if row is None:
        raise Problem("unauthorized", headers={"WWW-Authenticate": "Bearer"})
    scope[KEY_ROW] = row


async def _read(receive: Receive) -> bytes | None:
    """The body; None if it is longer than allowed. Who goes away leaves what there is."""
    body: bytes = b""
    while len(body) <= MOST_BYTES:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body", False):
            return body if len(body) <= MOST_BYTES else None
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
