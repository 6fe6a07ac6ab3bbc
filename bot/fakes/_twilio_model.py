"""What the fake Twilio knows: messages, contents, numbers, who opted out, and how it shall behave."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

PREFIX = "whatsapp:"
WINDOW = timedelta(hours=24)
PHONE = re.compile(r"\+[1-9][0-9]{6,14}")

Receipts = Literal["ordered", "reversed", "early", "off"]


class ApiError(Exception):
    """The API's refusal: HTTP status, Twilio's code and the words of its JSON answer."""

    def __init__(self, status: int, code: int, message: str) -> None:
        super().__init__(f"{status}/{code}")
        self.status = status
        self.code = code
        self.message = message


@dataclass(slots=True)
class FakeMessage:
    """One message in or out, as the API and the user see it."""

    sid: str
    sender: str
    recipient: str
    body: str
    direction: str
    created: datetime
    status: str = "queued"
    buttons: tuple[tuple[str, str], ...] = ()
    """Labels and ids, in the order shown."""
    list_label: str | None = None
    content_sid: str | None = None
    template: str | None = None
    """The ContentSid, when it is an approved template."""
    segments: int = 1
    error: int | None = None
    callback: str | None = None
    service: str | None = None
    media: tuple[str, ...] = ()
    """Content types of the attachments."""
    files: tuple[tuple[str, bytes], ...] = ()
    """What was fetched from the bot to be sent: types and contents."""
    parameters: Mapping[str, str] = field(default_factory=dict)

    @property
    def sent_at(self) -> datetime:
        return self.created

    @property
    def has_failed(self) -> bool:
        return self.error is not None


@dataclass(slots=True)
class FakeContent:
    """A Content resource; `approval` is WhatsApp's state of it."""

    sid: str
    name: str
    language: str
    types: Mapping[str, Mapping[str, Any]]
    variables: Mapping[str, str]
    created: datetime
    approval: str = "unsubmitted"


@dataclass(slots=True)
class Injection:
    """A failure that waits for the next call (`code`, `status`), or a late answer (`stall` seconds)."""

    code: int = 0
    status: int = 400
    stall: float = 0.0


@dataclass(frozen=True, slots=True)
class HeldFile:
    """A file somebody sent: the type Twilio says it has, and its bytes."""

    type: str
    content: bytes


@dataclass(slots=True)
class World:
    """The whole state of one fake account."""

    account: str
    token: str
    senders: dict[str, str]
    """Channel -> the number it sends from."""
    webhooks: dict[str, str]
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    receipts: Receipts = "ordered"
    window: Literal["async", "sync"] = "async"
    advanced_opt_out: bool = False
    services: dict[str, str] = field(default_factory=dict)
    """Messaging service id -> channel."""
    tunnel: dict[str, str] = field(default_factory=dict)
    """Public base URL -> where it really is; the public one is signed."""
    messages: list[FakeMessage] = field(default_factory=list)
    files: dict[tuple[str, str], HeldFile] = field(default_factory=dict)
    """(message id, media id) -> a file somebody sent."""
    contents: dict[str, FakeContent] = field(default_factory=dict)
    sms_urls: dict[str, str] = field(default_factory=dict)
    """Phone number -> the SmsUrl somebody set by REST."""
    last_inbound: dict[tuple[str, str], datetime] = field(default_factory=dict)
    opted_out: set[tuple[str, str]] = field(default_factory=set)
    failures: dict[str, list[Injection]] = field(
        default_factory=lambda: {"messages": [], "content": [], "receipts": []}
    )
    requests: list[tuple[str, str]] = field(default_factory=list)
    """Method and path of every API call."""

    def sid(self, kind: str) -> str:
        return kind + secrets.token_hex(16)

    def find(self, sid: str) -> FakeMessage:
        for message in self.messages:
            if message.sid == sid:
                return message
        raise ApiError(404, 20404, "The requested resource was not found")

    def content(self, sid: str) -> FakeContent:
        if sid not in self.contents:
            raise ApiError(404, 20404, "The requested resource was not found")
        return self.contents[sid]

    def is_open(self, phone: str) -> bool:
        """Whether WhatsApp's window for this user is open."""
        last = self.last_inbound.get(("whatsapp", phone))
        return last is not None and self.clock() - last < WINDOW

    def injected(self, place: str) -> Injection | None:
        waiting = self.failures[place]
        return waiting.pop(0) if waiting else None


def channel_of(address: str) -> str:
    return "whatsapp" if address.startswith(PREFIX) else "sms"


def phone_of(address: str) -> str:
    return address.removeprefix(PREFIX)
