"""The typed values that flows hold and texts show; how each looks in a language is up to `bot.texts`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class Points:
    """A number of points."""

    value: int


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in the currency's minor units (ISO 4217 exponent: JPY 0, EUR 2, KWD 3)."""

    minor: int
    currency: str


@dataclass(frozen=True, slots=True)
class Day:
    """A calendar day without a zone; without a year when nobody told it (a birthday)."""

    month: int
    day: int
    year: int | None = None

    @classmethod
    def of(cls, value: date) -> Day:
        return cls(value.month, value.day, value.year)


@dataclass(frozen=True, slots=True)
class Moment:
    """An instant (microseconds UTC) to be shown in a zone."""

    instant: int
    zone: str

    def local(self) -> datetime:
        from_epoch = datetime.fromtimestamp(self.instant / 1_000_000, UTC)
        return from_epoch.astimezone(ZoneInfo(self.zone))


@dataclass(frozen=True, slots=True)
class Code:
    """A code the member copies or reads out: never translated, never broken, left to right."""

    value: str


@dataclass(frozen=True, slots=True)
class Name:
    """A person's or a thing's name: shown as it is, isolated in right-to-left text."""

    value: str


@dataclass(frozen=True, slots=True)
class Link:
    """A web, wa.me or sms: address."""

    value: str


Value = Points | Money | Day | Moment | Code | Name | Link | int | str
"""What a flow can hold and a text can show; a bare int is a plain number, a bare str is a member's own words."""


_TYPES: dict[str, type[Points | Money | Day | Moment | Code | Name | Link]] = {
    kind.__name__: kind for kind in (Points, Money, Day, Moment, Code, Name, Link)
}


def pack(value: Value) -> Any:
    """A value as JSON: plain for int and str, `[type, fields…]` otherwise."""
    if isinstance(value, int | str):
        return value
    return [type(value).__name__, *(getattr(value, name) for name in value.__slots__)]


def unpack(value: Any) -> Value:
    """The inverse of `pack`."""
    if isinstance(value, list):
        made: Value = _TYPES[value[0]](*value[1:])
        return made
    return value  # type: ignore[no-any-return]
