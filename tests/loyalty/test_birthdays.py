"""Which day, for whom, and how often."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.message import Day
from loyalty.birthdays import asks_year, born_on, celebrated_on, is_due, is_old_enough, may_correct, occasion_key
from loyalty.programme import LeapDay

DAYS = st.dates(date(1930, 1, 1), date(2090, 12, 31))
RULES = st.sampled_from(["feb28", "mar01"])


@pytest.mark.parametrize(
    ("month", "day", "year", "leap_day", "expected"),
    [
        (2, 29, 2028, "feb28", date(2028, 2, 29)),
        (2, 29, 2027, "feb28", date(2027, 2, 28)),
        (2, 29, 2027, "mar01", date(2027, 3, 1)),
        (2, 29, 2100, "mar01", date(2100, 3, 1)),
        (3, 1, 2027, "feb28", date(2027, 3, 1)),
        (12, 31, 2027, "feb28", date(2027, 12, 31)),
    ],
)
def test_celebrated_on(month: int, day: int, year: int, leap_day: LeapDay, expected: date) -> None:
    assert celebrated_on(month, day, year, leap_day) == expected


@given(DAYS, st.integers(2000, 2090), RULES)
def test_everybody_celebrates_once_a_year_and_is_found(born: date, year: int, leap_day: LeapDay) -> None:
    day = celebrated_on(born.month, born.day, year, leap_day)
    assert day.year == year
    assert (born.month, born.day) in born_on(day)


def test_born_on_the_days_around_a_missing_29_february() -> None:
    assert born_on(date(2027, 2, 28)) == [(2, 28), (2, 29)]
    assert born_on(date(2027, 3, 1)) == [(3, 1), (2, 29)]
    assert born_on(date(2028, 2, 28)) == [(2, 28)]
    assert born_on(date(2028, 2, 29)) == [(2, 29)]


TODAY = date(2027, 6, 15)


@pytest.mark.parametrize(
    ("told_days_ago", "last_days_ago", "expected"),
    [
        (None, None, True),
        (29, None, False),
        (30, None, True),
        (0, None, False),
        (400, 365, True),
        (400, 366, True),
        (100, 200, False),
        (None, 0, False),
    ],
)
def test_is_due(told_days_ago: int | None, last_days_ago: int | None, expected: bool) -> None:
    told = None if told_days_ago is None else TODAY - timedelta(days=told_days_ago)
    last = None if last_days_ago is None else TODAY - timedelta(days=last_days_ago)
    assert is_due((6, 15), "feb28", today=TODAY, told_on=told, last_gift=last) is expected


def test_not_due_on_another_day() -> None:
    assert not is_due((6, 16), "feb28", today=TODAY, told_on=None, last_gift=None)


@given(DAYS, st.integers(2000, 2088), RULES)
def test_a_year_after_the_last_gift_it_is_due_again(born: date, year: int, leap_day: LeapDay) -> None:
    pair = (born.month, born.day)
    last, today = (celebrated_on(*pair, one, leap_day) for one in (year, year + 1))
    assert is_due(pair, leap_day, today=today, told_on=None, last_gift=last)


def test_key_is_one_a_year() -> None:
    assert occasion_key(7, 2027) == "birthday:7:2027"


def test_corrections_are_counted() -> None:
    assert may_correct(0, 1)
    assert not may_correct(1, 1)
    assert not may_correct(0, 0)


@pytest.mark.parametrize(
    ("born", "minimum", "today", "expected"),
    [
        (Day(6, 15), 0, TODAY, True),
        (Day(6, 15), 18, TODAY, False),
        (Day(6, 15, 2009), 18, TODAY, True),
        (Day(6, 16, 2009), 18, TODAY, False),
        (Day(2, 29, 2008), 18, date(2026, 2, 28), False),
        (Day(2, 29, 2008), 18, date(2026, 3, 1), True),
        (Day(6, 15, 2030), 1, TODAY, False),
    ],
)
def test_age_gate(born: Day, minimum: int, today: date, expected: bool) -> None:
    assert is_old_enough(born, minimum, today) is expected


def test_the_year_is_asked_for_only_behind_a_gate() -> None:
    assert asks_year(13)
    assert not asks_year(0)
