"""Birthdays: on which day they are celebrated, for whom, and who may tell or correct one. Days are the member's own.

An unknown year passes the age gate only where there is none, so the year is asked for only where a market has one.
"""

from calendar import isleap
from datetime import date
from typing import Protocol

from loyalty.programme import LeapDay

SETTLING_DAYS = 30
"""A date told less than this before the day counts from next year."""
YEAR_DAYS = 360
"""Least days between two gifts: a year, less what a changed zone or leap-day rule may shift."""


class BirthDay(Protocol):
    """A day of birth; without a year when nobody told it."""

    @property
    def month(self) -> int: ...
    @property
    def day(self) -> int: ...
    @property
    def year(self) -> int | None: ...


def celebrated_on(month: int, day: int, year: int, leap_day: LeapDay) -> date:
    """The day of this year; 29 February moves by the market's rule where the year has none."""
    if (month, day) == (2, 29) and not isleap(year):
        return date(year, 2, 28) if leap_day == "feb28" else date(year, 3, 1)
    return date(year, month, day)


def born_on(today: date) -> list[tuple[int, int]]:
    """The (month, day) of everybody who may celebrate today, whatever their market's leap-day rule."""
    found = [(today.month, today.day)]
    if not isleap(today.year) and found[0] in ((2, 28), (3, 1)):
        found.append((2, 29))
    return found


def is_due(
    born: tuple[int, int], leap_day: LeapDay, *, today: date, told_on: date | None, last_gift: date | None
) -> bool:
    """It is the day, the date was told in time, and no gift was given within the year, whatever the date was then."""
    if celebrated_on(*born, today.year, leap_day) != today:
        return False
    if told_on is not None and (today - told_on).days < SETTLING_DAYS:
        return False
    return last_gift is None or (today - last_gift).days >= YEAR_DAYS


def occasion_key(member_id: int, year: int) -> str:
    """One gift a calendar year, over every channel and every correction of the date."""
    return f"birthday:{member_id}:{year}"


def may_correct(edits: int, allowed: int) -> bool:
    """The date may be changed once more; telling it for the first time is no change."""
    return edits < allowed


def asks_year(minimum_age: int) -> bool:
    """The year is needed only for the age gate."""
    return minimum_age > 0


def is_old_enough(born: BirthDay, minimum_age: int, today: date) -> bool:
    """The age gate; somebody born on 29 February comes of age on 1 March in other years."""
    if minimum_age <= 0:
        return True
    if born.year is None:
        return False
    had_birthday = (today.month, today.day) >= (born.month, born.day)
    return today.year - born.year - (not had_birthday) >= minimum_age
