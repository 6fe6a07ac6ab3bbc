"""The neutral message: what a member did (`Event`) and what we say (`Outbound`), free of any provider's words.

Channels turn a provider's payload into events and rendered parts back into provider calls; everything between them
speaks only these types. Times are microseconds since the epoch, UTC; money is in minor units, points are integers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import orjson

from loyalty.values import Code, Day, Link, Moment, Money, Name, Points, Value, pack, unpack

__all__ = [
    "INTERNAL",
    "Attachment",
    "Choice",
    "Code",
    "Contact",
    "Day",
    "Event",
    "Kind",
    "Link",
    "Location",
    "Mark",
    "Media",
    "Moment",
    "Money",
    "Name",
    "Outbound",
    "Points",
    "Span",
    "Template",
    "Text",
    "Value",
    "as_json",
    "decode",
    "encode",
    "pack",
    "unpack",
]


class Kind(StrEnum):
    """What an inbound event is. The first group comes from providers, the second from ourselves."""

    TEXT = "text"
    CHOICE = "choice"
    START = "start"
    CONTACT = "contact"
    LOCATION = "location"
    MEDIA = "media"
    REACTION = "reaction"
    EDITED = "edited"
    OPT_OUT = "opt_out"
    OPT_IN = "opt_in"
    BLOCKED = "blocked"
    UNBLOCKED = "unblocked"
    STATUS = "status"
    IGNORED = "ignored"

    PURCHASE = "purchase"
    TRIGGER = "trigger"
    TIMEOUT = "timeout"
    NOT_SENT = "not_sent"
    RESUME = "resume"
    DESK = "desk"


INTERNAL = frozenset({Kind.PURCHASE, Kind.TRIGGER, Kind.TIMEOUT, Kind.NOT_SENT, Kind.RESUME, Kind.DESK})


@dataclass(frozen=True, slots=True)
class Contact:
    """A shared contact card; `own` only when the provider says the card is the sender's own."""

    phone: str
    own: bool


@dataclass(frozen=True, slots=True)
class Location:
    """A point on the map in degrees."""

    latitude: float
    longitude: float


@dataclass(frozen=True, slots=True)
class Media:
    """One attachment: `type` is a MIME type where the provider gives one, else photo, voice, sticker, …"""

    type: str
    id: str | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened at an address. `provider_id` is unique per channel and makes a repeat harmless."""

    kind: Kind
    channel: str
    address: str
    provider_id: str
    text: str | None = None
    payload: str | None = None
    start: str | None = None
    contact: Contact | None = None
    location: Location | None = None
    media: tuple[Media, ...] = ()
    status: str | None = None
    error: str | None = None
    locale_hint: str | None = None
    profile_name: str | None = None
    private: bool = True
    reason: str | None = None
    callback_id: str | None = None
    """The provider's handle for answering a button tap; not part of `as_json`."""
    replied_silently: bool = False
    """The provider has already answered (Twilio's OptOutType): record, say nothing; not part of `as_json`."""
    data: Mapping[str, Any] = field(default_factory=dict)
    """Fields of internal events (purchase, trigger, timeout, not_sent, resume); not part of `as_json`."""


_PLAIN = ("text", "payload", "start", "status", "error", "locale_hint", "profile_name", "reason")


def as_json(event: Event) -> dict[str, Any]:
    """The documented form of an inbound event (docs/parse.md): absent fields are left out, `private` always stands."""
    row: dict[str, Any] = {
        "kind": event.kind.value,
        "channel": event.channel,
        "address": event.address,
        "provider_id": event.provider_id,
    }
    for name in _PLAIN:
        value = getattr(event, name)
        if value is not None:
            row[name] = value
    if event.contact is not None:
        row["contact"] = {"phone": event.contact.phone, "own": event.contact.own}
    if event.location is not None:
        row["location"] = {"latitude": event.location.latitude, "longitude": event.location.longitude}
    if event.media:
        row["media"] = [_media_json(one) for one in event.media]
    row["private"] = event.private
    return row


def _media_json(media: Media) -> dict[str, str]:
    found = {"id": media.id, "url": media.url, "type": media.type}
    return {name: value for name, value in found.items() if value is not None}


class Mark(StrEnum):
    """What a span of a text is, so that a channel can set it apart (tap-to-copy code, bidi isolate)."""

    CODE = "code"
    NAME = "name"
    NUMBER = "number"
    LINK = "link"


@dataclass(frozen=True, slots=True)
class Span:
    """Characters `start` up to `end` of a text (Python string indices)."""

    start: int
    end: int
    mark: Mark


@dataclass(frozen=True, slots=True)
class Text:
    """A localised sentence or several paragraphs (blank line between), with its marked spans in order."""

    body: str
    spans: tuple[Span, ...] = ()

    def joined(self, other: Text) -> Text:
        """This text and the other one as the next paragraph."""
        if not self.body:
            return other
        if not other.body:
            return self
        shift = len(self.body) + 2
        moved = tuple(Span(span.start + shift, span.end + shift, span.mark) for span in other.spans)
        return Text(f"{self.body}\n\n{other.body}", self.spans + moved)


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer offered to the member. `payload` comes back on a tap; at most 64 bytes, ASCII."""

    label: str
    payload: str


@dataclass(frozen=True, slots=True)
class Template:
    """What stands in for the text where only an approved template may be sent (a shut WhatsApp window)."""

    flow: str
    variables: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that goes with a message; its bytes lie in storage under `id`. `type` is what the bytes show."""

    id: int
    name: str
    type: str
    size: int


@dataclass(frozen=True, slots=True)
class Outbound:
    """One neutral message to one address. Rendered at sending, for the channel it really goes to."""

    text: Text
    choices: tuple[Choice, ...] = ()
    ask_contact: str | None = None
    """The localised label of a share-my-phone button, where the channel has one."""
    qr: str | None = None
    """What a QR image beside the text encodes, where the channel shows images."""
    template: Template | None = None
    attachment: Attachment | None = None
    """A file beside the text; where the channel carries none, a link to it stands in the text."""


def encode(message: Outbound) -> str:
    """The message as the JSON text kept in the outbox."""
    row: dict[str, Any] = {"text": message.text.body}
    if message.text.spans:
        row["spans"] = [[span.start, span.end, span.mark.value] for span in message.text.spans]
    if message.choices:
        row["choices"] = [[choice.label, choice.payload] for choice in message.choices]
    if message.ask_contact is not None:
        row["ask_contact"] = message.ask_contact
    if message.qr is not None:
        row["qr"] = message.qr
    if message.template is not None:
        row["template"] = [message.template.flow, *message.template.variables]
    if message.attachment is not None:
        file = message.attachment
        row["attachment"] = [file.id, file.name, file.type, file.size]
    return orjson.dumps(row).decode()


def decode(text: str) -> Outbound:
    """The inverse of `encode`."""
    row = orjson.loads(text)
    template = row.get("template")
    return Outbound(
        text=Text(row["text"], tuple(Span(start, end, Mark(mark)) for start, end, mark in row.get("spans", ()))),
        choices=tuple(Choice(label, payload) for label, payload in row.get("choices", ())),
        ask_contact=row.get("ask_contact"),
        qr=row.get("qr"),
        template=Template(template[0], tuple(template[1:])) if template else None,
        attachment=Attachment(*row["attachment"]) if "attachment" in row else None,
    )
