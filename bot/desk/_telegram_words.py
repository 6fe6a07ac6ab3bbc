"""What stands in a member's topic: the lines of a conversation as HTML, the status card, names and button data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape
from typing import Any
from zoneinfo import ZoneInfo

import orjson
from babel import Locale
from babel.dates import format_datetime
from babel.numbers import format_decimal

from bot.desk._words import N_, Voice
from bot.message import decode
from storage.cases import CaseRow
from storage.timeline import Entry

TEXT_UNITS = 4096
NAME_LENGTH = 128
_MEMBER_LENGTH = 64
_PIECE = 3_500
"""Units of one line at most: what is longer becomes several."""
_ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyz"
_LARGEST = 2**63 - 1
_NOT_SENT = ("failed", "dead", "dropped")
_KINDS: Mapping[str, str] = {
    "contact": N_("[a contact]"),
    "location": N_("[a location]"),
    "media": N_("[a file]"),
    "reaction": N_("[a reaction]"),
    "start": N_("[start]"),
    "choice": N_("[a button]"),
    "edited": N_("[changed a message]"),
    "opt_out": N_("[wants no more messages]"),
    "opt_in": N_("[wants messages again]"),
    "blocked": N_("[blocked the bot]"),
    "unblocked": N_("[let the bot in again]"),
}
_EVENTS: Mapping[str, str] = {
    "opened": N_("A person is wanted."),
    "warning": N_("Nobody has written for a while: the conversation will be given up soon."),
    "idle": N_("Nobody wrote for too long: the conversation was given up."),
    "unanswered": N_("Nobody came: the bot answers again."),
    "left": N_("The member would rather go on with the bot."),
    "scored": N_("The member gave the help %(score)s of 5."),
}
_STATES: Mapping[str, str] = {
    "open": N_("🟡 waits for somebody"),
    "owned": N_("🟢 %(name)s has it"),
    "snoozed": N_("💤 put aside by %(name)s"),
    "pending": N_("🤖 the bot answers"),
    "resolved": N_("✅ resolved"),
}
_PRIORITIES = (N_("urgent"), N_("high"), N_("normal"), N_("low"))
_ACTIONS: Mapping[str, tuple[str, str]] = {
    "take": ("t", N_("Take")),
    "return": ("r", N_("Return to bot")),
    "resolve": ("x", N_("Resolve")),
}
_BUTTONS: Mapping[str, tuple[str, ...]] = {
    "open": ("take", "return", "resolve"),
    "snoozed": ("take", "return", "resolve"),
    "pending": ("take", "resolve"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """Something to be said in a topic. `is_last`: the entry is told once this is; `media`: its files, no text."""

    entry_id: int
    plain: str
    html: str
    is_last: bool = True
    media: Entry | None = None
    failed_id: int = 0
    """The message that this says did not arrive."""

    @property
    def units(self) -> int:
        return utf16(self.plain)


@dataclass(frozen=True, slots=True)
class About:
    """Who the member is, for lines and card. `staff`: id -> name."""

    name: str
    staff: Mapping[int, str]
    market: str
    locale: str
    zone: str
    points: int | None


def utf16(text: str) -> int:
    """Units as Telegram counts them."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def cut(text: str, units: int) -> str:
    """At most so many UTF-16 units, never half a character."""
    if utf16(text) <= units:
        return text
    return text.encode("utf-16-le", "surrogatepass")[: 2 * units].decode("utf-16-le", "ignore")


def member_name(name: str) -> str:
    """A name as it stands in lines and on the card."""
    return cut(" ".join(name.split()), _MEMBER_LENGTH)


def topic_name(name: str, market: str, channel: str) -> str:
    """How a topic is called."""
    tail = f" · {market} · {channel}"
    return cut(" ".join(name.split()), NAME_LENGTH - utf16(tail)) + tail


def lines_of(entry: Entry, about: About, voice: Voice) -> list[Line]:
    """An entry as lines; none for what is not told."""
    who, said = _SAID[entry.kind](entry, about, voice)
    if not said:
        return []
    pieces = _pieces(said)
    lines = [
        Line(entry.id, f"{who}: {part}" if who else part, _html(who, part), is_last=place == len(pieces))
        for place, part in enumerate(pieces, start=1)
    ]
    if entry.kind == "in" and entry.raw and entry.what == "media":
        lines[-1] = Line(entry.id, lines[-1].plain, lines[-1].html, is_last=False)
        lines.append(Line(entry.id, "", "", media=entry))
    return lines


def failure(entry: Entry, voice: Voice) -> Line:
    """That a person's message did not arrive."""
    said = voice.say(N_("⚠️ Not delivered (%(why)s): %(words)s"), why=entry.error or entry.status, words=_first(entry))
    return Line(0, said, escape(said, quote=False), failed_id=entry.id)


def notice(text: str) -> Line:
    """Something the desk itself says."""
    return Line(0, text, escape(text, quote=False))


def is_not_sent(entry: Entry) -> bool:
    """A person's message that no provider took, or that had to be dropped."""
    return entry.kind == "out" and entry.author_id is not None and entry.status in _NOT_SENT


def together(lines: Sequence[Line]) -> list[Line]:
    """The first of these that make one message: as many as fit, or one line's files."""
    if lines and lines[0].media is not None:
        return [lines[0]]
    taken: list[Line] = []
    units = 0
    for line in lines:
        units += line.units + bool(taken)
        if taken and (line.media is not None or units > TEXT_UNITS):
            break
        taken.append(line)
    return taken


def card(case: CaseRow, about: About, voice: Voice) -> str:
    """The pinned message: whose turn it is, and who the member is."""
    head = f"<b>{escape(about.name, quote=False)}</b> · {case.market} · {case.channel}"
    rows = [_state(case, about, voice)]
    if case.waiting_since is not None:
        rows.append(voice.say(N_("Waits since %(moment)s"), moment=_moment(case.waiting_since, about.zone, voice)))
    rows.append(voice.say(N_("Priority: %(priority)s"), priority=voice.say(_PRIORITIES[min(case.priority, 3)])))
    rows.append(voice.say(N_("Language: %(language)s"), language=_language(about.locale, voice)))
    if about.points is not None:
        rows.append(voice.say(N_("Points: %(points)s"), points=format_decimal(about.points, locale=voice.locale)))
    return "\n".join([head, *(escape(row, quote=False) for row in rows)])


def keys(case: CaseRow, voice: Voice) -> list[tuple[str, str]]:
    """The card's buttons: label and data, which names the version that is shown."""
    return [(voice.say(_ACTIONS[name][1]), button(name, case)) for name in _BUTTONS.get(case.status, ())]


def button(action: str, case: CaseRow) -> str:
    """callback_data: at most 64 bytes."""
    return f"d:{_ACTIONS[action][0]}:{_base36(case.id)}:{case.version}"


def pressed(data: str) -> tuple[str, int, int] | None:
    """(action, case id, version) of a button's data; None if it is not one of ours."""
    parts = data.split(":")
    action = next((name for name, (short, _) in _ACTIONS.items() if len(parts) == 4 and parts[1] == short), None)
    if action is None or parts[0] != "d" or not parts[3].isdecimal():
        return None
    try:
        case_id, version = int(parts[2], 36), int(parts[3])
    except ValueError:
        return None
    return (action, case_id, version) if 0 <= case_id <= _LARGEST else None


def _base36(number: int) -> str:
    found = ""
    while number or not found:
        number, digit = divmod(number, 36)
        found = _ALPHABET[digit] + found
    return found


def _state(case: CaseRow, about: About, voice: Voice) -> str:
    state = "owned" if case.status == "open" and case.owner_id is not None else case.status
    return voice.say(_STATES[state], name=_colleague(case.owner_id, about, voice))


def _colleague(staff_id: int | None, about: About, voice: Voice) -> str:
    return about.staff.get(staff_id or 0) or voice.say(N_("Somebody"))


def _moment(instant: int, zone: str, voice: Voice) -> str:
    local = datetime.fromtimestamp(instant / 1_000_000, UTC).astimezone(ZoneInfo(zone))
    return format_datetime(local, "short", locale=voice.locale)


def _language(locale: str, voice: Voice) -> str:
    plain = locale.partition("@")[0]
    return Locale.parse(plain).get_display_name(voice.locale) or plain


def _html(who: str, said: str) -> str:
    text = escape(said, quote=False)
    return f"<b>{escape(who, quote=False)}</b>: {text}" if who else f"<i>{text}</i>"


def _pieces(text: str) -> list[str]:
    found = []
    while utf16(text) > _PIECE:
        head = cut(text, _PIECE)
        found.append(head)
        text = text[len(head) :]
    return [*found, text]


def _heard(entry: Entry, about: About, voice: Voice) -> tuple[str, str]:
    kind = _KINDS.get(entry.what)
    words = " ".join(part for part in (voice.say(kind) if kind else "", entry.body) if part)
    return f"👤 {about.name}", words


def _answered(entry: Entry, about: About, voice: Voice) -> tuple[str, str]:
    if entry.author_id is None:
        return voice.say(N_("🤖 Bot")), _outgoing(entry)
    return f"💬 {_colleague(entry.author_id, about, voice)}", _outgoing(entry)


def _outgoing(entry: Entry) -> str:
    message = decode(entry.body)
    choices = " ".join(f"[{choice.label}]" for choice in message.choices)
    file = f"📎 {message.attachment.name}" if message.attachment is not None else ""
    return "\n".join(part for part in (message.text.body, file, choices) if part)


def _noted(entry: Entry, about: About, voice: Voice) -> tuple[str, str]:
    return f"📝 {_colleague(entry.author_id, about, voice)}", str(_data(entry).get("text", ""))


def _happened(entry: Entry, _about: About, voice: Voice) -> tuple[str, str]:
    data = _data(entry)
    text = _EVENTS.get(str(data.get("what")))
    return "", voice.say(text, score=data.get("score", "")) if text else ""


def _data(entry: Entry) -> dict[str, Any]:
    found: dict[str, Any] = orjson.loads(entry.body)
    return found


def _first(entry: Entry) -> str:
    text = _outgoing(entry)
    return text if len(text) <= 80 else text[:79] + "…"


_SAID: Mapping[str, Any] = {"in": _heard, "out": _answered, "note": _noted, "event": _happened}
