"""Files between members and the staff's group: each bot knows only its own, so they are fetched and sent anew."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from html import escape
from typing import Any

from bot.channels import MediaGone
from bot.desk._telegram_bot import GroupBot, Refused
from bot.desk._telegram_words import About
from bot.desk._words import N_, Voice
from storage.timeline import Entry

FETCH_BYTES = 20 * 1024 * 1024
_PHOTO_BYTES = 10 * 1024 * 1024
_PHOTOS = frozenset({"image/jpeg", "image/png", "image/webp"})
_GONE: Mapping[str, str] = {
    "gone": N_("the file is gone"),
    "too_large": N_("the file is too large"),
    "not_allowed": N_("the file cannot be fetched from there"),
    "unavailable": N_("the file cannot be had at the moment"),
}


class Files:
    """Shows the group what members sent."""

    def __init__(self, channels: Mapping[str, Any], bot: GroupBot, voice: Voice) -> None:
        self._channels = channels
        self._bot = bot
        self._voice = voice

    async def show(
        self, entry: Entry, about: About, chat: int, thread: int, paced: Callable[[], Awaitable[None]]
    ) -> None:
        """Every file of a member's message. One that cannot be had is said to be so."""
        channel = self._channels.get(entry.channel)
        if channel is None:
            return
        events = channel.parse(entry.raw or b"")
        for media in (one for event in events for one in event.media):
            try:
                found = await channel.fetch(media, most=FETCH_BYTES)
            except MediaGone as gone:
                await paced()
                said = self._voice.say(_GONE[gone.reason])
                await self._bot.say(chat, thread, f"<i>{escape(said, quote=False)}</i>")
                continue
            await self._send(chat, thread, found, f"👤 {escape(about.name, quote=False)}", paced)

    async def _send(
        self, chat: int, thread: int, found: Any, caption: str, paced: Callable[[], Awaitable[None]]
    ) -> None:
        is_photo = found.type in _PHOTOS and len(found.content) <= _PHOTO_BYTES
        name = found.name or "file"
        await paced()
        try:
            await self._bot.show(chat, thread, found.content, name=name, is_photo=is_photo, caption=caption)
        except Refused:
            if not is_photo:
                raise
            await paced()
            await self._bot.show(chat, thread, found.content, name=name, is_photo=False, caption=caption)
