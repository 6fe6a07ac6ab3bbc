"""Where Telegram delivers what happens in the staff's group."""

from __future__ import annotations

import structlog
from starlette.responses import Response

from bot.desk._context import DeskContext
from bot.desk._routes import OPEN, Call, DeskRoute

_log = structlog.get_logger()
PATH = "/telegram"
_MOST_BYTES = 1024 * 1024


def routes(desk: DeskContext) -> list[DeskRoute]:
    """POST /desk/telegram, if there is a Telegram desk. An error of ours answers 500: Telegram delivers again."""
    telegram = desk.telegram
    if telegram is None:
        return []

    async def receive(call: Call) -> Response:
        if not telegram.verify(call.request.headers):
            _log.warning("forged webhook", channel="desk", status=401)
            return Response(status_code=401)
        body = b""
        async for part in call.request.stream():
            body += part
            if len(body) > _MOST_BYTES:
                return Response(status_code=413)
        await telegram.receive(body)
        return Response(b"{}", media_type="application/json")

    return [DeskRoute("POST", PATH, OPEN, receive, most_bytes=_MOST_BYTES, is_webhook=True)]
