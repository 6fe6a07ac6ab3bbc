"""Tiers: up at once, down at the review, over every kind of window."""

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loyalty import tiers
from loyalty.days import day_starts
from loyalty.modules import TierRules
from loyalty.points import DAY
from loyalty.tiers import Moment, Notice, Standing

ROME = ZoneInfo("Europe/Rome")
JOINED = date(2024, 2, 29)
LEVELS = [{"name": name, "title": name, "at": at} for name, at in (("silver", 100), ("gold", 500), ("black", 900))]
WINDOWS = st.sampled_from(["rolling", "calendar", "anniversary"])
DAYS = st.dates(date(2024, 3, 1), date(2036, 12, 31))


def us(text: str) -> int:
    """ISO text with an offset as microseconds UTC."""
    return int(datetime.fromisoformat(text).timestamp()) * 1_000_000


def rules(**more: Any) -> TierRules:
    return TierRules.model_validate({"levels": LEVELS, **more})


def at(day: date, joined: date = JOINED) -> Moment:
    return Moment(day_starts(day, ROME) + DAY // 2, ROME, joined)


def names(standing: Standing | None) -> str | None:
    return None if standing is None else standing.tier


@pytest.mark.parametrize(
    ("qualifying", "reached", "missing"),
    [(-5, None, 105), (99, None, 1), (100, "silver", 400), (899, "gold", 1), (900, "black", None)],
)
def test_levels(qualifying: int, reached: str | None, missing: int | None) -> None:
    found, ahead = tiers.level_for(rules(), qualifying), tiers.next_level(rules(), qualifying)
    assert (found and found.name) == reached
    assert (ahead and ahead[1]) == missing
    assert tiers.level(rules(), reached) == found


@pytest.mark.parametrize(
    ("window", "today", "start", "end"),
    [
        ("rolling", date(2026, 11, 5), date(2025, 11, 5), date(2027, 11, 5)),
        ("rolling", date(2028, 2, 29), date(2027, 2, 28), date(2029, 2, 28)),
        ("rolling", date(2029, 2, 28), date(2028, 2, 28), date(2030, 2, 28)),
        ("calendar", date(2026, 12, 31), date(2026, 1, 1), date(2026, 12, 31)),
        ("anniversary", date(2026, 2, 27), date(2025, 2, 28), date(2026, 2, 27)),
        ("anniversary", date(2026, 2, 28), date(2026, 2, 28), date(2027, 2, 27)),
        ("anniversary", date(2028, 2, 28), date(2027, 2, 28), date(2028, 2, 28)),
        ("anniversary", date(2028, 2, 29), date(2028, 2, 29), date(2029, 2, 27)),
    ],
)
def test_windows(window: str, today: date, start: date, end: date) -> None:
    assert tiers.window_start(rules(window=window), now_local=today, joined=JOINED) == start
    assert tiers.window_end(rules(window=window), reached=today, joined=JOINED) == end


@given(WINDOWS, DAYS, DAYS)
def test_a_window_holds_its_day_and_moves_forwards(window: str, day: date, joined: date) -> None:
    which = rules(window=window)
    start = tiers.window_start(which, now_local=day, joined=joined)
    end = tiers.window_end(which, reached=day, joined=joined)
    assert start <= day <= end
    assert (day - start).days <= 366
    assert tiers.window_start(which, now_local=end, joined=joined) <= day, "the review counts the day it was reached"
    assert start <= tiers.window_start(which, now_local=day + timedelta(days=1), joined=joined)


def test_up_at_once_and_never_down_by_a_purchase() -> None:
    moment = at(date(2026, 11, 5))
    risen = tiers.after_purchase(rules(), Standing(), 520, moment=moment)
    assert risen == Standing("gold", moment.now, us("2027-11-06T00:00+01:00"))
    assert tiers.after_purchase(rules(), risen, 520, moment=moment) is None
    assert tiers.after_purchase(rules(), risen, 0, moment=moment) is None
    assert names(tiers.after_purchase(rules(), risen, 900, moment=moment)) == "black"
    gone = Standing("platinum", 0, 1)
    assert names(tiers.after_purchase(rules(), gone, 100, moment=moment)) == "silver", (
        "a level the programme has no more"
    )


@pytest.mark.parametrize(
    ("downgrade", "tier", "qualifying", "expected"),
    [
        ("one_down", "black", 0, "gold"),
        ("one_down", "black", 500, "gold"),
        ("one_down", "black", 899, "gold"),
        ("one_down", "black", 900, "black"),
        ("one_down", "silver", 0, None),
        ("one_down", "platinum", 0, None),
        ("one_down", "silver", 900, "black"),
        ("recompute", "black", 0, None),
        ("recompute", "black", 100, "silver"),
        ("recompute", "gold", 500, "gold"),
    ],
)
def test_review(downgrade: str, tier: str, qualifying: int, expected: str | None) -> None:
    which = rules(downgrade=downgrade)
    standing = Standing(tier, 5, us("2026-11-06T00:00+01:00"))
    due = tiers.reviewed_at(which, standing)
    assert due == us("2026-11-06T00:00+01:00") + 30 * DAY
    early = Moment(due - 1, ROME, JOINED)
    assert tiers.review(which, standing, qualifying, moment=early) is standing
    found = tiers.review(which, standing, qualifying, moment=Moment(due, ROME, JOINED))
    assert found.tier == expected
    assert found.since == (5 if expected == tier else due)
    assert found.until == (None if expected is None else us("2027-12-07T00:00+01:00"))


@given(
    WINDOWS,
    st.sampled_from(["one_down", "recompute"]),
    DAYS,
    st.integers(0, 1000),
    st.sampled_from(["silver", "black"]),
)
def test_a_review_repeated_changes_nothing_and_no_old_purchase_takes_up_again(
    window: str, downgrade: str, reached: date, qualifying: int, tier: str
) -> None:
    which = rules(window=window, downgrade=downgrade)
    ends = tiers.window_end(which, reached=reached, joined=JOINED)
    standing = Standing(tier, 0, day_starts(ends + timedelta(days=1), ROME))
    due = tiers.reviewed_at(which, standing)
    assert due is not None
    moment = Moment(due, ROME, JOINED)
    found = tiers.review(which, standing, qualifying, moment=moment)
    assert tiers.review(which, found, 0, moment=moment) == found
    assert found.until is None or found.until > moment.now
    assert tiers.reviewed_from(which, standing, moment) <= tiers.counted_from(which, moment)
    assert tiers.after_purchase(which, found, qualifying, moment=moment) is None


def test_from_when_purchases_count() -> None:
    standing = Standing("gold", 0, us("2027-01-01T00:00+01:00"))
    january = at(date(2027, 1, 20))
    calendar = rules(window="calendar")
    assert tiers.counted_from(calendar, january) == us("2027-01-01T00:00+01:00")
    assert tiers.reviewed_from(calendar, standing, january) == us("2026-01-01T00:00+01:00")
    assert tiers.reviewed_from(calendar, Standing(), january) == tiers.counted_from(calendar, january)
    assert tiers.reviewed_at(calendar, Standing()) is None


def test_the_notice_before_a_level_is_lost() -> None:
    which = rules(grace_days=10, notice_days=20)
    until = us("2026-11-06T00:00+01:00")
    standing, due = Standing("gold", 0, until), until + 10 * DAY
    falls_to = tiers.level(which, "silver")
    assert tiers.due_for_notice(which, standing, 380, now=due - 20 * DAY) == Notice(falls_to, 120, due)
    assert tiers.due_for_notice(which, standing, 380, now=due - 20 * DAY - 1) is None
    assert tiers.due_for_notice(which, standing, 380, now=due) is None, "the review itself comes now"
    assert tiers.due_for_notice(which, standing, 500, now=due - 1) is None, "the level is safe"
    assert tiers.due_for_notice(which, Standing(), 0, now=due - 1) is None
    assert tiers.due_for_notice(which, Standing("silver", 0, until), 0, now=due - 1) == Notice(None, 100, due)


def test_the_day_is_the_members_own() -> None:
    moment = Moment(us("2026-12-31T23:30+01:00"), ZoneInfo("Asia/Tokyo"), JOINED)
    assert moment.today == date(2027, 1, 1)
    found = tiers.after_purchase(rules(window="calendar"), Standing(), 100, moment=moment)
    assert found == Standing("silver", moment.now, us("2028-01-01T00:00+09:00"))
