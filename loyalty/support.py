"""What the manager decides about the desk: office hours, how long a lease lasts, ready answers, goodwill."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, StringConstraints

from loyalty.hours import WEEKDAYS, Hours, Window, is_within
from loyalty.modules import Name, Positive, Strict
from loyalty.wording import LocaleCode, Words

Role = Literal["viewer", "agent", "supervisor", "marketer", "admin", "auditor"]
_EVERYWHERE = "und"


def _mapping(value: object) -> object:
    return {_EVERYWHERE: value} if isinstance(value, str) else value


_Said = Annotated[str, StringConstraints(min_length=1, max_length=1000, strip_whitespace=True)]
_Each = Annotated[dict[LocaleCode, _Said], Field(min_length=1)]
Answer = Annotated[_Each, BeforeValidator(_mapping, json_schema_input_type=_Said | _Each)]
"""Locale -> a whole answer; it may hold what `HOLES` names, in braces."""
HOLES = frozenset({"name", "points", "tier", "staff", "contact", "brand"})
"""What is filled into a ready answer."""


def _office() -> Hours:
    return {day: (Window(9 * 60, 18 * 60),) for day in WEEKDAYS[:5]}


class Support(Strict):
    """When somebody sits at the desk for a market, on its own wall clock."""

    hours: Hours = Field(default_factory=_office)
    """A day that is not named is a day off; a lunch break makes two windows."""
    closed: tuple[date, ...] = ()
    """Days off besides."""

    def windows(self, day: date) -> tuple[Window, ...]:
        """The hours of a local day."""
        return () if day in self.closed else self.hours.get(WEEKDAYS[day.weekday()], ())

    def is_open(self, local: datetime) -> bool:
        """Somebody is there at this wall-clock time."""
        return is_within(self.windows(local.date()), local)


class Canned(Strict):
    """A ready answer."""

    name: Name
    title: Words
    """As staff find it."""
    text: Answer


class GoodwillReason(Strict):
    """Why staff may give points."""

    name: Name
    title: Words


class Goodwill(Strict):
    """Points that staff may give. A role that is not named gives none."""

    limits: dict[Role, Positive] = Field(default_factory=dict)
    """Points that one member of staff may give in any 24 hours."""
    reasons: tuple[GoodwillReason, ...] = ()


class DeskRules(Strict):
    """How the desk works, in every market."""

    idle_minutes: Positive = 30
    """A person who does nothing for so long has the conversation no more."""
    warning_minutes: Positive = 5
    """So long before they are warned."""
    unanswered_hours: Positive = 24
    """Whom nobody takes from the queue for so long has the bot again, and is told how else to reach us."""
    canned: tuple[Canned, ...] = ()
    labels: tuple[Name, ...] = ()
    goodwill: Goodwill = Goodwill()
    templates: tuple[Name, ...] = ()
    """Flows whose approved template staff may send when the window is shut."""
