"""Campaigns: the orders they take in, and how they multiply."""

from datetime import UTC, date, datetime
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loyalty.campaigns import Extra, applies, multiplied, rounded
from loyalty.modules import Campaign
from loyalty.orders import Line, Order

ORDER = Order("A1", "EUR", 5000, 0, lines=(Line(5000, 1, "wine"),))
FIRST, LAST = date(2026, 11, 2), date(2026, 11, 8)


def campaign(name: str = "spring", percent: int = 200, **more: Any) -> Campaign:
    return Campaign.model_validate(
        {"name": name, "title": "x", "percent": percent, "first": FIRST, "last": LAST} | more
    )


@pytest.mark.parametrize(
    ("local", "more", "expected"),
    [
        ("2026-11-02T00:00", {}, True),
        ("2026-11-08T23:59", {}, True),
        ("2026-11-01T23:59", {}, False),
        ("2026-11-09T00:00", {}, False),
        ("2026-11-04T12:00", {"weekdays": ("wed",)}, True),
        ("2026-11-05T12:00", {"weekdays": ("wed", "sun")}, False),
        ("2026-11-04T09:00", {"hours": "09:00-12:00"}, True),
        ("2026-11-04T12:00", {"hours": "09:00-12:00"}, False),
        ("2026-11-04T08:59", {"hours": "09:00-12:00"}, False),
        ("2026-11-05T01:30", {"hours": "22:00-02:00", "weekdays": ("wed",)}, True),
        ("2026-11-04T01:30", {"hours": "22:00-02:00", "weekdays": ("wed",)}, False),
        ("2026-11-09T01:30", {"hours": "22:00-02:00"}, True),
        ("2026-11-02T01:30", {"hours": "22:00-02:00"}, False),
        ("2026-11-04T12:00", {"hours": "22:00-02:00"}, False),
        ("2026-11-04T23:59", {"hours": "20:00-00:00"}, True),
        ("2026-11-04T12:00", {"tiers": ("gold",)}, True),
        ("2026-11-04T12:00", {"tiers": ("silver",)}, False),
        ("2026-11-04T12:00", {"categories": ("wine", "oil")}, True),
        ("2026-11-04T12:00", {"categories": ("oil",)}, False),
        ("2026-11-04T12:00", {"min_order": 5000}, True),
        ("2026-11-04T12:00", {"min_order": 5001}, False),
    ],
)
def test_applies(local: str, more: dict[str, Any], expected: bool) -> None:
    at = datetime.fromisoformat(local)
    assert applies(campaign(**more), ORDER, local=at, tier="gold") is expected


def test_who_has_no_tier_is_in_no_campaign_of_tiers() -> None:
    at = datetime(2026, 11, 4, 12, tzinfo=UTC)
    assert not applies(campaign(tiers=("gold",)), ORDER, local=at, tier=None)
    assert applies(campaign(), ORDER, local=at, tier=None)


def test_the_best_counts_and_those_that_stack_multiply() -> None:
    double, triple = campaign("double"), campaign("triple", 300)
    half_more = campaign("half_more", 150, combine="stack")
    points, extras = multiplied(Fraction(100), [double, half_more, triple], 125)
    assert points == 562, "100 x 1.25 x 3 x 1.5 = 562.5, rounded once"
    assert extras == (Extra(triple, 250), Extra(half_more, 187))
    assert multiplied(Fraction(100), [], 125) == (125, ())


def test_one_rounding_at_the_end() -> None:
    assert multiplied(Fraction(999, 100), [campaign()])[0] == 19
    assert multiplied(Fraction(1, 2), [campaign()], rounding="half_up")[0] == 1
    assert (rounded(Fraction(5, 2), "half_up"), rounded(Fraction(5, 2), "down")) == (3, 2)


def test_a_budget_cuts_and_a_campaign_that_has_more_left_is_the_best() -> None:
    double, triple = campaign("double"), campaign("triple", 300, budget=1000)
    assert multiplied(Fraction(100), [triple], budgets={"triple": 30}) == (130, (Extra(triple, 30, 170),))
    assert multiplied(Fraction(100), [triple], budgets={"triple": -5}) == (100, (Extra(triple, 0, 200),))
    assert multiplied(Fraction(100), [triple]) == (300, (Extra(triple, 200),))
    assert multiplied(Fraction(1000), [triple]) == (2000, (Extra(triple, 1000, 1000),)), "its own budget is the limit"
    assert multiplied(Fraction(100), [triple, double], budgets={"triple": 30})[1] == (Extra(double, 100),)


@given(
    st.fractions(0, 10**6),
    st.lists(st.tuples(st.integers(101, 500), st.booleans(), st.none() | st.integers(1, 500)), max_size=4),
    st.integers(100, 300),
    st.sampled_from(["down", "half_up"]),
)
def test_what_campaigns_add_is_within_their_budgets(
    base: Fraction, drawn: list[tuple[int, bool, int | None]], tier: int, rounding: Any
) -> None:
    running = [
        campaign(f"c{place}", percent, combine="stack" if stacks else "best", budget=budget)
        for place, (percent, stacks, budget) in enumerate(drawn)
    ]
    points, extras = multiplied(base, running, tier, rounding=rounding)
    assert points - sum(extra.points for extra in extras) == rounded(base * tier / 100, rounding)
    assert all(0 <= extra.points <= (extra.campaign.budget or extra.points) for extra in extras)
    assert sum(extra.campaign.combine == "best" for extra in extras) <= 1
