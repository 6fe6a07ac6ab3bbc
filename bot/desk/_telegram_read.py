"""What an update of the desk's bot says, read with the real client's types into a plain value of ours."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from typing import Any

import orjson
import telegram

GROUP_ANONYMOUS_BOT = 1087968824
_LARGEST = 2**63
_DEFAULT_NAME = "file"


class Kind(StrEnum):
    """What was done."""

    WORDS = "words"
    FILE = "file"
    TAP = "tap"
    MOVED = "moved"
    STRANGE = "strange"
    """A voice message, a sticker or the like."""
    OTHER = "other"
    """Nothing for us: a pinned message, a topic that was closed."""


@dataclass(frozen=True, slots=True)
class GroupFile:
    """A file that somebody sent in the group."""

    id: str
    name: str
    size: int


@dataclass(frozen=True, slots=True)
class Told:
    """One thing somebody did. `thread` is None in General; `text` also holds a file's caption."""

    update_id: str
    kind: Kind
    chat_id: int = 0
    thread: int | None = None
    message_id: int = 0
    user_id: int = 0
    is_hidden: bool = False
    """An administrator who writes as the group, or a channel: nobody we could know."""
    is_bot: bool = False
    is_private: bool = False
    text: str = ""
    file: GroupFile | None = None
    tap_id: str = ""
    data: str = ""
    old_chat: int = 0
    new_chat: int = 0

    @property
    def is_aside(self) -> bool:
        """A command or a note: nothing of it is for the member."""
        return self.text.startswith("/")


class Unreadable(Exception):
    """No update that we or the library could read. `key` names it all the same."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


def read(body: bytes, client: telegram.Bot) -> Told:
    """The update of a webhook's body. Raises `Unreadable`."""
    key = f"sha256:{sha256(body).hexdigest()}"
    try:
        raw = orjson.loads(body)
        key = str(int(raw["update_id"]))
        return _checked(_told(key, telegram.Update.de_json(raw, client)))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Unreadable(key) from error


def _checked(told: Told) -> Told:
    """The library takes any type; we do not."""
    numbers = (told.chat_id, told.thread or 0, told.message_id, told.user_id, told.old_chat, told.new_chat)
    words = (told.text, told.data, told.tap_id)
    if not all(isinstance(one, int) and abs(one) < _LARGEST for one in numbers):
        raise ValueError("an id is none")
    if not all(isinstance(one, str) for one in words):
        raise TypeError("a text is none")
    return told


def _told(key: str, update: telegram.Update) -> Told:
    if update.callback_query is not None:
        return _tap(key, update.callback_query)
    message = update.message
    if message is None:
        return Told(key, Kind.OTHER)
    return _message(key, message)


def _tap(key: str, tap: telegram.CallbackQuery) -> Told:
    message: Any = tap.message
    chat_id = message.chat.id if message is not None else 0
    thread = getattr(message, "message_thread_id", None)
    return Told(
        key,
        Kind.TAP,
        chat_id,
        thread,
        message.message_id if message is not None else 0,
        tap.from_user.id,
        is_bot=tap.from_user.is_bot,
        tap_id=tap.id,
        data=tap.data or "",
    )


def _message(key: str, message: telegram.Message) -> Told:
    user = message.from_user
    chat = message.chat
    where: dict[str, Any] = {
        "chat_id": chat.id,
        "thread": message.message_thread_id if message.is_topic_message else None,
        "message_id": message.message_id,
        "user_id": user.id if user is not None else 0,
        "is_hidden": message.sender_chat is not None or user is None or user.id == GROUP_ANONYMOUS_BOT,
        "is_bot": user is not None and user.is_bot,
        "is_private": chat.type == telegram.Chat.PRIVATE,
    }
    if message.migrate_to_chat_id is not None:
        return Told(key, Kind.MOVED, **where, old_chat=chat.id, new_chat=message.migrate_to_chat_id)
    if message.migrate_from_chat_id is not None:
        return Told(key, Kind.MOVED, **where, old_chat=message.migrate_from_chat_id, new_chat=chat.id)
    file = _file(message)
    text = message.text or message.caption or ""
    if file is not None:
        kind = Kind.FILE
    elif message.effective_attachment is not None:
        kind = Kind.STRANGE
    else:
        kind = Kind.WORDS if text else Kind.OTHER
    return Told(key, kind, **where, text=text, file=file)


def _file(message: telegram.Message) -> GroupFile | None:
    if message.document is not None:
        found = message.document
        return GroupFile(found.file_id, found.file_name or _DEFAULT_NAME, found.file_size or 0)
    if message.photo:
        largest = message.photo[-1]
        return GroupFile(largest.file_id, "photo.jpg", largest.file_size or 0)
    return None
