"""A conversation as it is shown: messages in and out, notes, and what was done with the case, as sentences.

Nothing here differs from person to person but the language and whether a message may be sent again, so that what one
page made the others can be sent too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from zoneinfo import ZoneInfo

import orjson
from babel.dates import format_date, format_datetime

from bot.desk._context import PREFIX
from bot.desk._reasons import CHANNELS, why_unsent
from bot.desk._sentences import sentence
from bot.desk._words import N_, Voice
from bot.message import Contact, Event, Location, Mark, Media, Text, decode
from loyalty.days import local_time
from storage.timeline import Entry

_LINK = re.compile(r"https?://[^\s<>\"\u2066-\u2069]+[^\s<>\"\u2066-\u2069.,;:!?)\]]")
_STATES: Mapping[str, tuple[str, str]] = {
    **dict.fromkeys(("pending", "sending"), ("waiting", N_("waiting"))),
    **dict.fromkeys(("accepted", "scheduled", "queued", "sent"), ("sent", N_("sent"))),
    "delivered": ("delivered", N_("delivered")),
    "read": ("read", N_("read")),
}
_FAILED = ("failed", N_("not delivered"))
RESENDABLE = frozenset({"dead", "failed", "dropped"})
_SAID: Mapping[str, str] = {
    "opt_out": N_("The member asked for no more messages."),
    "opt_in": N_("The member wants messages again."),
    "blocked": N_("The member blocked us."),
    "unblocked": N_("The member lets us write again."),
    "start": N_("The member opened the chat."),
    "media": N_("An attachment"),
    "contact": N_("A contact"),
    "location": N_("A place"),
    "reaction": N_("A reaction"),
}
"""What stands where the member's own words would, by the kind of event."""
_PICTURES = ("image/jpeg", "image/png", "image/gif", "image/webp", "photo", "sticker")
_SOUNDS = ("audio", "voice")
_FILMS = ("video", "animation")


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a text."""

    text: str
    kind: str = "text"
    """text | code | name | link."""


@dataclass(frozen=True, slots=True)
class File:
    """Something to look at or fetch. `shape`: picture | sound | film | file."""

    url: str
    name: str
    shape: str = "file"


@dataclass(frozen=True, slots=True)
class Shown:
    """One entry, ready for its template."""

    id: int
    side: str
    at: int
    day: str
    """The member's local day, ISO."""
    local: str
    """The member's wall clock, in the staff's language."""
    channel: str = ""
    pieces: tuple[Piece, ...] = ()
    chips: tuple[str, ...] = ()
    files: tuple[File, ...] = ()
    place: str = ""
    """Degrees, as text."""
    phone: str = ""
    tag: str = ""
    """What kind of message it is, where that is no plain text."""
    author: str = ""
    is_bot: bool = False
    state: str = ""
    state_words: str = ""
    reason: str = ""
    may_resend: bool = False


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads whose conversation, and what is known besides its entries."""

    voice: Voice
    member_id: int
    zone: str
    """The member's."""
    names: Mapping[int, str] = field(default_factory=dict)
    """Of the staff, by id."""
    channels: Mapping[str, Any] = field(default_factory=dict)
    may_resend: bool = False
    reasons: Mapping[str, str] = field(default_factory=dict)
    """Why points may be given: name -> title in the reader's language."""

    def staff(self, staff_id: int | None) -> str:
        """A colleague's name."""
        return self.names.get(staff_id or 0) or self.voice.say(N_("A colleague"))


def thread_fragment(entries: Sequence[Entry], reader: Reader) -> str:
    """The `<li>`s of these entries, oldest first, with a line at the beginning of every day of the member's."""
    pieces: list[str] = []
    before: Shown | None = None
    for entry in entries:
        one = shown(entry, reader)
        if before is None or before.day != one.day:
            pieces.append(day_html(entry, reader))
        pieces.append(_html(one, reader, is_other=before is None or _channel_changes(before, one)))
        before = one if one.channel or before is None else replace(one, channel=before.channel)
    return "".join(pieces)


def entry_html(entry: Entry, reader: Reader) -> str:
    """The one `<li>` of an entry."""
    return _html(shown(entry, reader), reader, is_other=False)


def day_html(entry: Entry, reader: Reader) -> str:
    """The `<li>` that begins a day."""
    local = local_time(entry.at, ZoneInfo(reader.zone))
    words = format_date(local.date(), "full", locale=reader.voice.locale)
    return reader.voice.fragment("thread_items.html", part="day", day=local.date().isoformat(), words=words)


def _channel_changes(before: Shown, one: Shown) -> bool:
    return bool(one.channel) and one.channel != before.channel


def _html(one: Shown, reader: Reader, *, is_other: bool) -> str:
    root = f"{PREFIX}/members/{reader.member_id}"
    return reader.voice.fragment("thread_items.html", part="entry", entry=one, root=root, is_other=is_other)


def shown(entry: Entry, reader: Reader) -> Shown:
    """What an entry shows."""
    local = local_time(entry.at, ZoneInfo(reader.zone))
    words = format_datetime(local, "medium", locale=reader.voice.locale)
    channel = reader.voice.say(CHANNELS.get(entry.channel, entry.channel)) if entry.channel else ""
    one = Shown(entry.id, entry.kind, entry.at, local.date().isoformat(), f"{words} ({reader.zone})", channel)
    return _SIDES[entry.kind](one, entry, reader)


def _came_in(one: Shown, entry: Entry, reader: Reader) -> Shown:
    say = reader.voice.say
    event = _event(entry, reader)
    body = entry.body or (event.text if event is not None and event.text else "")
    tag = _SAID.get(entry.what, "") if not body or entry.what in ("opt_out", "opt_in", "reaction") else ""
    if entry.what == "choice":
        return replace(one, chips=(body or say(N_("a button")),))
    if entry.what == "edited":
        tag = N_("edited")
    one = replace(one, pieces=pieces_of(Text(body)), tag=say(tag) if tag else "")
    return one if event is None else _with_event(one, event, entry, reader)


def _with_event(one: Shown, event: Event, entry: Entry, reader: Reader) -> Shown:
    files = tuple(_inbound_file(media, entry.id, place, reader) for place, media in enumerate(event.media))
    return replace(one, files=files, place=_place(event.location), phone=_phone(event.contact))


def _event(entry: Entry, reader: Reader) -> Event | None:
    """The provider's own words read again, for what the text alone does not say."""
    channel = reader.channels.get(entry.channel)
    if channel is None or entry.raw is None:
        return None
    events: list[Event] = channel.parse(entry.raw)
    return next((event for event in events if event.kind.value == entry.what), None)


def _inbound_file(media: Media, entry_id: int, place: int, reader: Reader) -> File:
    shape = next(
        (shape for shape, types in _SHAPES if any(media.type.startswith(begins) for begins in types)),
        "file",
    )
    url = f"{PREFIX}/members/{reader.member_id}/media/{entry_id}/{place}"
    return File(url, media.type, shape)


_SHAPES = (("picture", _PICTURES), ("sound", _SOUNDS), ("film", _FILMS))


def _place(location: Location | None) -> str:
    return f"{location.latitude:.5f}, {location.longitude:.5f}" if location is not None else ""


def _phone(contact: Contact | None) -> str:
    return contact.phone if contact is not None else ""


def _went_out(one: Shown, entry: Entry, reader: Reader) -> Shown:
    say = reader.voice.say
    message = decode(entry.body)
    state, words = _STATES.get(entry.status, _FAILED)
    reason = why_unsent(entry.error, reader.channels.get(entry.channel)) if state == "failed" else ""
    files: tuple[File, ...] = ()
    if message.attachment is not None:
        file = message.attachment
        shape = "picture" if file.type in _PICTURES else "file"
        files = (File(f"{PREFIX}/members/{reader.member_id}/attachments/{file.id}", file.name, shape),)
    tags = [say(N_("offer"))] if entry.what == "marketing" else []
    tags += [say(N_("template"))] if message.template is not None else []
    tags += [say(N_("QR code"))] if message.qr is not None else []
    chips = [choice.label for choice in message.choices] + ([message.ask_contact] if message.ask_contact else [])
    return replace(
        one,
        pieces=pieces_of(message.text),
        chips=tuple(chips),
        files=files,
        tag=" · ".join(tags),
        author=reader.staff(entry.author_id) if entry.author_id else say(N_("Bot")),
        is_bot=entry.author_id is None,
        state=state,
        state_words=say(words),
        reason=say(reason) if reason else "",
        may_resend=reader.may_resend and entry.status in RESENDABLE and entry.author_id is not None,
    )


def _was_noted(one: Shown, entry: Entry, reader: Reader) -> Shown:
    text = str(orjson.loads(entry.body).get("text", ""))
    return replace(one, pieces=pieces_of(Text(text)), author=reader.staff(entry.author_id))


def _happened(one: Shown, entry: Entry, reader: Reader) -> Shown:
    data = orjson.loads(entry.body)
    if data.get("what") == "points":
        data["reason"] = reader.reasons.get(str(data.get("reason")), data.get("reason"))
    words = sentence(data, reader.voice, reader.staff, reader.zone)
    return replace(one, pieces=(Piece(words),))


_SIDES = {"in": _came_in, "out": _went_out, "note": _was_noted, "event": _happened}


def pieces_of(text: Text) -> tuple[Piece, ...]:
    """A text in pieces: codes and names apart, links to click on."""
    found: list[Piece] = []
    position = 0
    for span in text.spans:
        found += _linked(text.body[position : span.start])
        words = text.body[span.start : span.end]
        if span.mark is Mark.LINK:
            found += _linked(words)
        elif words:
            found.append(Piece(words, "code" if span.mark is Mark.CODE else "name"))
        position = span.end
    found += _linked(text.body[position:])
    return tuple(found)


def _linked(words: str) -> Iterator[Piece]:
    position = 0
    for found in _LINK.finditer(words):
        if found.start() > position:
            yield Piece(words[position : found.start()])
        yield Piece(found[0], "link")
        position = found.end()
    if position < len(words):
        yield Piece(words[position:])
