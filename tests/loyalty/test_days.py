"""Instants and local days, over changes of the clock and leap days."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loyalty.days import day_starts, in_year, local_time

ROME = ZoneInfo("Europe/Rome")
ZONES = st.sampled_from(["Europe/Rome", "America/Havana", "Pacific/Kiritimati", "America/St_Johns", "Asia/Beirut"])


def us(text: str) -> int:
    """ISO text with an offset as microseconds UTC."""
    return int(datetime.fromisoformat(text).timestamp()) * 1_000_000


@given(st.dates(date(1990, 1, 1), date(2037, 1, 1)), ZONES)
def test_a_day_begins_where_the_one_before_ends(day: date, name: str) -> None:
    zone = ZoneInfo(name)
    start = day_starts(day, zone)
    assert local_time(start, zone).date() == day
    assert local_time(start - 1, zone).date() < day


def test_the_wall_clock() -> None:
    now = us("2026-03-29T03:30:00+02:00")
    assert local_time(now, ROME).isoformat() == "2026-03-29T03:30:00+02:00"
    assert day_starts(date(2026, 3, 30), ROME) - day_starts(date(2026, 3, 29), ROME) == 23 * 3600 * 1_000_000
    assert local_time(now + 1, ROME).microsecond == 1


@pytest.mark.parametrize(
    ("day", "year", "expected"),
    [
        (date(2024, 2, 29), 2025, date(2025, 2, 28)),
        (date(2024, 2, 29), 2028, date(2028, 2, 29)),
        (date(2025, 2, 28), 2024, date(2024, 2, 28)),
        (date(2025, 12, 31), 2024, date(2024, 12, 31)),
    ],
)
def test_the_same_day_of_another_year(day: date, year: int, expected: date) -> None:
    assert in_year(day, year) == expected
