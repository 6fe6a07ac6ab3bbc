"""What the fake Bot API remembers of one bot, and the pace at which a bot may send."""

import math
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Protocol

Json = dict[str, Any]


class ApiError(Exception):
    """The Bot API answers ok=false with this status and description."""

    def __init__(self, status: int, description: str, parameters: Mapping[str, int] | None = None) -> None:
        super().__init__(description)
        self.status = status
        self.description = description
        self.parameters = parameters


def bad_request(description: str) -> ApiError:
    """Status 400 in Telegram's usual words."""
    return ApiError(400, f"Bad Request: {description}")


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a bot: its parameters as they came, files by their size, and the status it was answered with."""

    token: str
    method: str
    params: Mapping[str, str]
    status: int
    at: float


@dataclass(frozen=True, slots=True)
class Incoming:
    """A call as a method sees it, with the moment and whether rates count."""

    params: Mapping[str, str]
    files: Mapping[str, bytes]
    now: float
    limited: bool


@dataclass(frozen=True, slots=True)
class Received:
    """A message as the virtual user sees it."""

    message_id: int
    text: str
    html: str
    """The text or caption as it was sent, tags and all."""
    buttons: tuple[tuple[str, str], ...]
    """Label and callback_data of the inline buttons, row after row."""
    rows: tuple[int, ...]
    """How many buttons stand in each row."""
    reply_buttons: tuple[str, ...]
    """Labels of the keyboard that writes for the user."""
    asks_contact: bool
    photo: bytes
    """The picture; empty when there is none."""
    sent_at: float
    document: bytes = b""
    """A file that is no picture; empty when there is none."""
    file_name: str = ""
    thread: int | None = None
    """The topic of a group it stands in; None: General, or no forum."""


def keep(messages: list[Received], message: Received) -> bool:
    """Add a message to what is shown, or replace the one it was before; whether it is new."""
    for place, old in enumerate(reversed(messages), start=1):
        if old.message_id == message.message_id:
            messages[-place] = message
            return False
        if old.message_id < message.message_id:
            break
    messages.append(message)
    return True


@dataclass(frozen=True, slots=True)
class Profile:
    """What a person's account shows."""

    id: int
    first_name: str = "Ada"
    last_name: str | None = None
    language_code: str | None = None
    username: str | None = None

    def as_user(self) -> Json:
        named = {"last_name": self.last_name, "language_code": self.language_code, "username": self.username}
        known = {name: value for name, value in named.items() if value is not None}
        return {"id": self.id, "is_bot": False, "first_name": self.first_name, **known}

    def as_chat(self) -> Json:
        named = {"last_name": self.last_name, "username": self.username}
        known = {name: value for name, value in named.items() if value is not None}
        return {"id": self.id, "type": "private", "first_name": self.first_name, **known}


class ChatProfile(Protocol):
    """What a chat shows of itself."""

    @property
    def id(self) -> int: ...
    def as_chat(self) -> Json: ...


class Tapper(Protocol):
    """Who taps buttons: `answers` are what the bot told them."""

    answers: list[str | None]


class Person(Protocol):
    """Who reads a chat, as the methods see them: a user, or a place in a group."""

    @property
    def profile(self) -> ChatProfile: ...
    @property
    def messages(self) -> list[Received]: ...
    @property
    def blocked(self) -> bool: ...
    @property
    def place(self) -> Json:
        """What a message there says of its topic."""

    def receive(self, message: Received) -> None:
        """A message came, or one that came before was changed."""


@dataclass(frozen=True, slots=True)
class Webhook:
    """Where a bot's updates go."""

    url: str
    secret: str
    max_connections: int
    allowed: tuple[str, ...]
    """Empty: everything but what must be asked for."""

    def wants(self, update: Json) -> bool:
        kind = next(name for name in update if name != "update_id")
        return kind in self.allowed if self.allowed else kind not in _ONLY_WHEN_ASKED


@dataclass(slots=True)
class StoredFile:
    """A file somebody sent; its address holds once a bot has asked for it."""

    path: str
    content: bytes
    is_asked_for: bool = False

    @property
    def size(self) -> int:
        return len(self.content)


_MINUTE = 60.0
_ONLY_WHEN_ASKED = frozenset({"chat_member", "message_reaction", "message_reaction_count"})


@dataclass(slots=True)
class Pace:
    """Telegram's limits: messages a second for the token, one a second for a chat, both with some tolerance; for a
    group so many in any minute."""

    per_second: int = 30
    tolerance: int = 3
    chat_seconds: float = 1.0
    chat_burst: int = 3
    group_minute: int = 20
    _sent: deque[float] = field(default_factory=deque)
    _chat_due: dict[int, float] = field(default_factory=dict)
    _group_sent: dict[int, deque[float]] = field(default_factory=dict)

    def spend(self, chat_id: int, now: float) -> None:
        """Count one message. Raises the 429 when it is one too many; a refused one is not counted."""
        wait = max(self._token_wait(now), self._chat_wait(chat_id, now), self._group_wait(chat_id, now))
        if wait > 0:
            seconds = max(1, math.ceil(wait))
            raise ApiError(429, f"Too Many Requests: retry after {seconds}", {"retry_after": seconds})
        self._sent.append(now)
        if chat_id < 0:
            self._group_sent[chat_id].append(now)
        self._chat_due[chat_id] = max(self._chat_due.get(chat_id, now), now) + self.chat_seconds

    def _token_wait(self, now: float) -> float:
        while self._sent and now - self._sent[0] >= 1:
            self._sent.popleft()
        return self._sent[0] + 1 - now if len(self._sent) >= self.per_second + self.tolerance else 0.0

    def _group_wait(self, chat_id: int, now: float) -> float:
        if chat_id >= 0:
            return 0.0
        sent = self._group_sent.setdefault(chat_id, deque())
        while sent and now - sent[0] >= _MINUTE:
            sent.popleft()
        return sent[0] + _MINUTE - now if len(sent) >= self.group_minute else 0.0

    def _chat_wait(self, chat_id: int, now: float) -> float:
        return self._chat_due.get(chat_id, now) - now - (self.chat_burst - 1) * self.chat_seconds


@dataclass(slots=True)
class BotState:
    """One bot: a chat of one token is invisible to the others."""

    token: str
    username: str
    webhook: Webhook | None = None
    pace: Pace = field(default_factory=Pace)
    chats: dict[int, Person] = field(default_factory=dict)
    """Chat id -> who reads there: a private chat once it is opened, a group once the bot is in it."""
    migrated: dict[int, int] = field(default_factory=dict)
    messages: dict[tuple[int, int], Json] = field(default_factory=dict)
    callbacks: dict[str, Tapper] = field(default_factory=dict)
    """Button taps that wait for an answer."""
    commands: dict[str, list[Json]] = field(default_factory=dict)
    files: dict[str, "StoredFile"] = field(default_factory=dict)
    """file_id -> a file; ids of one bot mean nothing to another."""
    pending: deque[Json] = field(default_factory=deque)
    last_error: tuple[int, str] | None = None
    """When (Unix seconds) the last delivery failed, and how."""
    message_ids: Iterator[int] = field(default_factory=lambda: count(1))
    update_ids: Iterator[int] = field(default_factory=lambda: count(700_000_001))

    @property
    def id(self) -> int:
        return int(self.token.partition(":")[0])

    def profile(self) -> Json:
        """The bot as a Telegram user."""
        return {"id": self.id, "is_bot": True, "first_name": self.username, "username": self.username}

    def update(self, kind: str, content: Json) -> Json:
        """A new update, not delivered yet."""
        return {"update_id": next(self.update_ids), kind: content}
