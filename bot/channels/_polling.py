"""Long polling of the Bot API, where no webhook can reach us: updates are confirmed only once they are durable."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import aiohttp
import orjson
import structlog

from bot.channels._telegram_parse import ALLOWED_UPDATES
from bot.channels._telegram_parse import CHANNEL as TELEGRAM
from bot.settings import Settings

_log = structlog.get_logger()
_HOST = "https://api.telegram.org"
_HOLD_SECONDS = 25
_PAUSE_SECONDS = 1.0
_LONGEST_PAUSE = 30.0

Take = Callable[[str, bytes], Awaitable[None]]
"""(channel, body): returns when the body is durable, raises when it is not."""


async def poll(settings: Settings, take: Take) -> None:
    """Ask for updates until cancelled. Whatever goes wrong is logged and tried again; nothing is confirmed early."""
    if settings.telegram_token is None:
        return
    token = settings.telegram_token.get_secret_value()
    await poll_updates(settings.telegram_api, token, ALLOWED_UPDATES, lambda body: take(TELEGRAM, body))


async def poll_updates(
    api: str | None, token: str, allowed: Sequence[str], take: Callable[[bytes], Awaitable[None]]
) -> None:
    """The same for any bot: by its token, at this Bot API (None: Telegram's own), for these kinds of updates."""
    url = f"{api or _HOST}/bot{token}/getUpdates"
    offset, pause = 0, _PAUSE_SECONDS
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=_HOLD_SECONDS + 10)) as session:
        while True:
            try:
                updates = await _updates(session, url, offset, allowed)
                for update in updates:
                    await take(_body(update))
                    offset = update["update_id"] + 1
                pause = _PAUSE_SECONDS
            except Exception as error:
                _log.warning("polling failed", error=type(error).__name__, pause=pause)
                pause = min(pause * 2, _LONGEST_PAUSE)
                updates = []
            if not updates:
                await asyncio.sleep(pause)


async def _updates(
    session: aiohttp.ClientSession, url: str, offset: int, allowed: Sequence[str]
) -> list[dict[str, Any]]:
    asked = {"offset": offset, "timeout": _HOLD_SECONDS, "allowed_updates": list(allowed)}
    async with session.post(url, json=asked) as answer:
        answer.raise_for_status()
        found: list[dict[str, Any]] = json.loads(await answer.read())["result"]
        return found


def _body(update: dict[str, Any]) -> bytes:
    """The update as a webhook would have brought it. A lone surrogate has no UTF-8 and stays an escape."""
    try:
        return orjson.dumps(update)
    except TypeError:
        return json.dumps(update).encode()
