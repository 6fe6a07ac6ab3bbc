"""The desk's Telegram bot (python-telegram-bot): what it does in the staff's group, and a closed set of failures."""

from __future__ import annotations

import logging
import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import telegram
from telegram import error as failures
from telegram.constants import ParseMode
from telegram.ext import AIORateLimiter, Application, ApplicationBuilder

logging.getLogger("httpx").setLevel(logging.WARNING)  # below that it logs every address, and so the token
os.environ.setdefault("PTB_TIMEDELTA", "true")  # the library's own switch: periods as timedelta, without its warning
ALLOWED_UPDATES = ("message", "callback_query")
_HOST = "https://api.telegram.org"
_LONGEST_ANSWER = 200
_NO_TOPIC = ("message thread not found", "topic_id_invalid", "topic_deleted")
_NO_RIGHT = ("chat not found", "not enough rights", "the chat is not a forum", "have no rights", "need administrator")
_GONE_MESSAGE = ("message to edit not found", "message can't be edited", "message to pin not found")
Keys = Sequence[tuple[str, str]]
"""Label and callback_data of buttons in one row."""


class GroupError(Exception):
    """The staff's group could not be served; the text is Telegram's, without anything personal."""


class TopicGone(GroupError):
    """Somebody deleted the topic."""


class TopicClosed(GroupError):
    """Somebody closed the topic."""


class MessageGone(GroupError):
    """The message that is to be changed is not there."""


class Moved(GroupError):
    """The group has another id now."""

    def __init__(self, chat_id: int) -> None:
        super().__init__("the group has a new id")
        self.chat_id = chat_id


class Slow(GroupError):
    """Telegram asks us to wait."""

    def __init__(self, seconds: float) -> None:
        super().__init__("asked to wait")
        self.seconds = seconds


class Away(GroupError):
    """Telegram could not be reached, or failed itself; the call may have gone through."""


class Shut(GroupError):
    """The bot is not (any more) what it must be: its token, its place in the group, its rights there."""


class Refused(GroupError):
    """Telegram finds this one call wrong."""


@asynccontextmanager
async def _told() -> AsyncIterator[None]:
    """The library's exceptions as ours, alone: some of theirs name the token."""
    try:
        yield
    except failures.RetryAfter as error:
        wait: Any = error.retry_after
        raise Slow(float(wait.total_seconds())) from None
    except failures.ChatMigrated as error:
        raise Moved(error.new_chat_id) from None
    except (failures.Forbidden, failures.InvalidToken, failures.Conflict) as error:
        raise Shut(type(error).__name__) from None
    except failures.BadRequest as error:
        raise _judged(error.message) from None
    except failures.TelegramError as error:
        raise Away(type(error).__name__) from None


def _judged(message: str) -> GroupError:
    words = message.lower()
    known: tuple[tuple[tuple[str, ...], type[GroupError]], ...] = (
        (_NO_TOPIC, TopicGone),
        (("topic_closed",), TopicClosed),
        (_GONE_MESSAGE, MessageGone),
        (_NO_RIGHT, Shut),
    )
    kind = next((one for said, one in known if any(part in words for part in said)), Refused)
    return kind(message[:100])


@dataclass(frozen=True, slots=True)
class Standing:
    """What the bot is in a group."""

    is_forum: bool
    may_manage_topics: bool
    may_pin: bool


@dataclass(frozen=True, slots=True)
class Hook:
    """What Telegram knows of our webhook."""

    url: str
    waiting: int
    updates: tuple[str, ...]
    last_error: str


class GroupBot:
    """The real client, sending HTML. It counts nothing but what Telegram counts for the whole token."""

    def __init__(self, token: str, *, api: str | None = None, timeout: float = 10.0) -> None:
        host = api or _HOST
        builder = ApplicationBuilder().token(token).base_url(f"{host}/bot").base_file_url(f"{host}/file/bot")
        builder = builder.connect_timeout(timeout).read_timeout(timeout).write_timeout(timeout)
        # The group's own twenty a minute are kept by `Pace`, which knows what can wait and be put together.
        limiter = AIORateLimiter(group_max_rate=0, max_retries=0)
        self._application: Application[Any, Any, Any, Any, Any, Any] = (
            builder.rate_limiter(limiter).updater(None).job_queue(None).build()
        )
        self.is_started = False

    @property
    def client(self) -> telegram.Bot:
        """What updates are read with."""
        bot: telegram.Bot = self._application.bot
        return bot

    async def start(self) -> None:
        """Sign in. Raises `Shut` or `Away`; then nothing stays open."""
        try:
            async with _told():
                await self._application.initialize()
        except GroupError:
            await self.client.shutdown()
            raise
        self.is_started = True

    async def stop(self) -> None:
        """Release connections."""
        if self.is_started:
            await self._application.shutdown()
        self.is_started = False

    @property
    def name(self) -> str:
        """The bot's user name; once it is signed in."""
        return self.client.username

    async def standing(self, chat: int) -> Standing:
        """What the bot may do in a group. `Moved` says where the group is now."""
        async with _told():
            group = await self.client.get_chat(chat)
            member = await self.client.get_chat_member(chat, self.client.id)
        # Only an administrator has these; who is none may do neither.
        topics, pin = (bool(getattr(member, name, False)) for name in ("can_manage_topics", "can_pin_messages"))
        return Standing(bool(group.is_forum), topics, pin)

    async def hook(self) -> Hook:
        """Where updates are delivered, and how that goes."""
        async with _told():
            found = await self.client.get_webhook_info()
        updates = tuple(found.allowed_updates or ())
        return Hook(found.url, found.pending_update_count, updates, found.last_error_message or "")

    async def point(self, url: str, secret: str) -> None:
        """Have updates delivered there."""
        async with _told():
            # One after the other: what a colleague writes must reach the member in its order.
            await self.client.set_webhook(url, secret_token=secret, allowed_updates=ALLOWED_UPDATES, max_connections=1)

    async def say(self, chat: int, thread: int | None, html: str, keys: Keys = (), *, is_quiet: bool = False) -> int:
        """A message into a topic (None: where the chat has none); its id."""
        async with _told():
            sent = await self.client.send_message(
                chat,
                html,
                message_thread_id=thread,
                parse_mode=ParseMode.HTML,
                reply_markup=_row(keys),
                disable_notification=is_quiet,
                link_preview_options=telegram.LinkPreviewOptions(is_disabled=True),
            )
        return sent.message_id

    async def say_plainly(self, chat: int, thread: int | None, text: str) -> int:
        """The same without any markup."""
        async with _told():
            return (await self.client.send_message(chat, text, message_thread_id=thread)).message_id

    async def show(self, chat: int, thread: int, content: bytes, *, name: str, is_photo: bool, caption: str) -> None:
        """A picture or a file into a topic."""
        async with _told():
            if is_photo:
                await self.client.send_photo(
                    chat, content, caption, message_thread_id=thread, parse_mode=ParseMode.HTML, filename=name
                )
            else:
                await self.client.send_document(
                    chat, content, caption, message_thread_id=thread, parse_mode=ParseMode.HTML, filename=name
                )

    async def change(self, chat: int, message_id: int, html: str, keys: Keys) -> None:
        """Another text and other buttons for a message."""
        try:
            async with _told():
                await self.client.edit_message_text(
                    html, chat, message_id, parse_mode=ParseMode.HTML, reply_markup=_row(keys)
                )
        except Refused as refused:
            if "not modified" not in str(refused):
                raise

    async def pin(self, chat: int, message_id: int) -> None:
        """Pin a message, without telling everybody."""
        async with _told():
            await self.client.pin_chat_message(chat, message_id, disable_notification=True)

    async def open_topic(self, chat: int, name: str) -> int:
        """A new topic; its id."""
        async with _told():
            return (await self.client.create_forum_topic(chat, name)).message_thread_id

    async def close_topic(self, chat: int, thread: int) -> None:
        """Close a topic."""
        await self._once(self.client.close_forum_topic, chat, thread)

    async def reopen_topic(self, chat: int, thread: int) -> None:
        """Open a closed topic."""
        await self._once(self.client.reopen_forum_topic, chat, thread)

    async def delete_topic(self, chat: int, thread: int) -> None:
        """Delete a topic with everything in it."""
        await self._once(self.client.delete_forum_topic, chat, thread)

    async def answer(self, tap_id: str, text: str, *, is_alert: bool = False) -> None:
        """Answer a tap; one that is too old needs none."""
        try:
            async with _told():
                await self.client.answer_callback_query(tap_id, text[:_LONGEST_ANSWER], show_alert=is_alert)
        except Refused as refused:
            if "query is too old" not in str(refused):
                raise

    async def download(self, file_id: str) -> bytes:
        """The content of a file that was sent in the group."""
        async with _told():
            found = await self.client.get_file(file_id)
            return bytes(await found.download_as_bytearray())

    async def _once(self, act: Any, chat: int, thread: int) -> None:
        """What is so already is no failure."""
        try:
            async with _told():
                await act(chat, thread)
        except Refused as refused:
            if "not_modified" not in str(refused).lower():
                raise


def _row(keys: Keys) -> telegram.InlineKeyboardMarkup | None:
    if not keys:
        return None
    return telegram.InlineKeyboardMarkup(
        [[telegram.InlineKeyboardButton(label, callback_data=data) for label, data in keys]]
    )
