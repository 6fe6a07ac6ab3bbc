"""The next legal moment: never outside the hours of any zone, days of daylight-saving changes included."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.permission import next_open
from loyalty.markets import MarketProfile, candidate_zones, load_markets

MARKETS = load_markets([Path(__file__).parents[3] / "locales" / "markets"])
SECOND = 1_000_000
ZONES = [
    "Europe/Rome",
    "Europe/London",
    "America/New_York",
    "America/Los_Angeles",
    "America/Sao_Paulo",
    "Africa/Cairo",
    "Asia/Kolkata",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Pacific/Auckland",
    "Pacific/Honolulu",
    "Atlantic/Canary",
]
CLOCK_CHANGES = [
    datetime(2026, 3, 29, 1, tzinfo=UTC),
    datetime(2026, 10, 25, 1, tzinfo=UTC),
    datetime(2026, 3, 8, 7, tzinfo=UTC),
    datetime(2026, 11, 1, 6, tzinfo=UTC),
    datetime(2026, 4, 4, 14, tzinfo=UTC),
    datetime(2026, 9, 26, 14, tzinfo=UTC),
    datetime(2026, 4, 23, 22, tzinfo=UTC),
]
INSTANTS = st.one_of(
    st.integers(0, 3 * 365 * 24 * 60).map(
        lambda minutes: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    ),
    st.builds(
        lambda change, minutes: change + timedelta(minutes=minutes),
        st.sampled_from(CLOCK_CHANGES),
        st.integers(-3000, 3000),
    ),
)


def us(at: datetime) -> int:
    return int(at.timestamp()) * SECOND


def local(instant: int, zone: str) -> datetime:
    return datetime.fromtimestamp(instant // SECOND, ZoneInfo(zone))


def is_open(market: MarketProfile, zones: list[str], instant: int) -> bool:
    return all(market.is_open(local(instant, zone)) for zone in zones)


@given(INSTANTS, st.sampled_from(sorted(MARKETS)), st.lists(st.sampled_from(ZONES), min_size=1, max_size=3))
@settings(max_examples=400, deadline=None)
def test_never_outside_the_hours_of_any_zone(at: datetime, market: str, zones: list[str]) -> None:
    profile, start = MARKETS[market], us(at)
    found = next_open(profile, zones, start)
    if found is None:
        return
    assert found >= start
    assert is_open(profile, zones, found)
    step = 15 * 60 * SECOND
    earlier = range(start, min(found, start + 3 * 86_400 * SECOND), step)
    assert not any(is_open(profile, zones, one) for one in earlier)


@st.composite
def night_hours(draw: st.DrawFn) -> MarketProfile:
    """Hours in the middle of the night, where the clocks change."""
    opens = draw(st.integers(0, 11)) * 15
    window = f"{opens // 60:02d}:{opens % 60:02d}-{(opens + 15) // 60:02d}:{(opens + 15) % 60:02d}"
    hours = {day: [window] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}
    fields = {"locale": "it", "zone": "Europe/Rome", "formality": "informal", "tone": "warm"}
    return MarketProfile.model_validate({**fields, "marketing_hours": hours})


@given(INSTANTS, night_hours(), st.sampled_from(ZONES))
@settings(max_examples=300, deadline=None)
def test_hours_that_the_clock_skips_or_repeats(at: datetime, profile: MarketProfile, zone: str) -> None:
    found = next_open(profile, [zone], us(at))
    assert found is not None
    assert us(at) <= found <= us(at + timedelta(days=2, hours=2))
    assert is_open(profile, [zone], found)


@pytest.mark.parametrize(
    ("market", "zones", "at", "expected"),
    [
        ("IT", ["Europe/Rome"], "2026-06-15T09:00+02:00", "2026-06-15T09:00+02:00"),
        ("IT", ["Europe/Rome"], "2026-06-15T20:00+02:00", "2026-06-16T09:00+02:00"),
        ("IT", ["Europe/Rome"], "2026-06-20T19:00+02:00", "2026-06-22T09:00+02:00"),
        ("IT", ["Europe/Rome"], "2026-04-04T19:00+02:00", "2026-04-07T09:00+02:00"),  # Easter
        ("IT", ["Europe/Rome"], "2026-03-28T20:00+01:00", "2026-03-30T09:00+02:00"),  # the clock goes forward
        ("AE", ["Asia/Dubai"], "2026-06-19T12:00+04:00", "2026-06-19T15:00+04:00"),  # two windows on Friday
        ("US", ["America/New_York", "Pacific/Honolulu"], "2026-06-15T09:00-04:00", "2026-06-15T09:00-10:00"),
        ("US", ["America/New_York", "Pacific/Honolulu"], "2026-06-15T20:00-04:00", "2026-06-16T09:00-10:00"),
    ],
)
def test_next_open(market: str, zones: list[str], at: str, expected: str) -> None:
    start, end = (us(datetime.fromisoformat(one)) for one in (at, expected))
    assert next_open(MARKETS[market], zones, start) == end


def test_zones_whose_hours_never_meet() -> None:
    far = ["Pacific/Auckland", "America/New_York", "Europe/Rome"]
    assert next_open(MARKETS["IT"], far, us(datetime(2026, 6, 15, tzinfo=UTC))) is None


@pytest.mark.parametrize(("phone", "market"), [("+18005550123", "US"), (None, "US"), (None, "BR"), (None, "ES")])
def test_unknown_whereabouts_still_leave_a_moment(phone: str | None, market: str) -> None:
    profile = MARKETS[market]
    zones = list(candidate_zones(phone, profile))
    for month in (1, 7):
        found = next_open(profile, zones, us(datetime(2026, month, 6, tzinfo=UTC)))
        assert found is not None
        assert is_open(profile, zones, found)
