"""Points of an order: the rate, what multiplies and what cuts it, and when they count."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loyalty.modules import Campaign, EarnCaps, EarnRules, Tier
from loyalty.orders import Order
from loyalty.points import DAY, Fired, Plan, Used, earned, lot_times, plan
from loyalty.programme import MarketRules

NOON = datetime(2026, 11, 4, 12, tzinfo=UTC)
UNUSED = Used()
ORDER = Order("A1", "EUR", 5999, 0)
GOLD = Tier(name="gold", title={"en": "Gold"}, at=1000, percent=125)
DOUBLE = Campaign(
    name="double", title={"en": "Twice"}, percent=200, first=date(2026, 11, 1), last=date(2026, 11, 30), budget=1000
)


def rules(points: int = 1, per: int = 100, pending: int = 14, expiry: int | None = 365, **more: Any) -> MarketRules:
    earn = EarnRules(points=points, per=per, **more)
    return MarketRules(currency="EUR", channels=("sms",), earn=earn, pending_days=pending, expiry_days=expiry)


def planned(order: Order, market: MarketRules, tier: Tier | None = None, used: Used = UNUSED, **left: int) -> Plan:
    return plan(order, market, local=NOON, tier=tier, used=used, budgets=left)


@pytest.mark.parametrize(
    ("amount", "points", "per", "expected"),
    [(0, 1, 100, 0), (99, 1, 100, 0), (100, 1, 100, 1), (5999, 1, 100, 59), (999, 3, 100, 29), (-500, 1, 100, 0)],
)
def test_earned(amount: int, points: int, per: int, expected: int) -> None:
    assert earned(amount, rules(points, per)) == expected


def test_a_market_without_points_gives_none() -> None:
    bare = MarketRules(currency="EUR", channels=("sms",))
    switched_off = rules().model_copy(update={"off": frozenset({"points"})})
    for market in (bare, switched_off):
        assert earned(5999, market) == 0
        found = planned(ORDER, market)
        assert (found.points, [one.rule for one in found.fired]) == (0, ["off"])


def test_rounding_half_up() -> None:
    assert earned(5950, rules(rounding="half_up")) == 60
    assert earned(5949, rules(rounding="half_up")) == 59


@given(st.integers(0, 10**12), st.integers(0, 10**6), st.integers(1, 10**6))
def test_never_more_than_the_rate(amount: int, points: int, per: int) -> None:
    found = earned(amount, rules(points, per))
    assert found * per <= amount * points < (found + 1) * per


@given(st.lists(st.integers(0, 10**6), max_size=8))
def test_one_order_brings_at_least_what_its_lines_would(lines: list[int]) -> None:
    assert earned(sum(lines), rules()) >= sum(earned(line, rules()) for line in lines)


def test_lot_times() -> None:
    assert lot_times(1_000, rules(pending=14, expiry=365)) == (1_000 + 14 * DAY, 1_000 + 379 * DAY)
    assert lot_times(1_000, rules(pending=0, expiry=None)) == (1_000, None)


def test_a_plan_names_what_fired() -> None:
    found = planned(ORDER, rules(campaigns=(DOUBLE,)), GOLD, double=50)
    assert found.fired == (
        Fired("base", 59, "1 for every 100 of 5999 minor units."),
        Fired("tier:gold", 15, "The tier gives 125 per cent."),
        Fired("campaign:double", 75, "The campaign gives 200 per cent."),
        Fired("budget:double", -25, "The campaign's budget had 50 points left."),
    )
    assert (found.points, found.base, found.basis, found.extra) == (124, 59, 5999, (("double", 50),))


@pytest.mark.parametrize(
    ("order", "rule"), [(replace(ORDER, test=True), "test"), (replace(ORDER, paid=False), "unpaid")]
)
def test_what_is_not_real_or_not_paid_brings_nothing_and_says_so(order: Order, rule: str) -> None:
    found = planned(order, rules(), GOLD)
    assert (found.points, found.fired[0].rule) == (0, rule)


@pytest.mark.parametrize(
    ("caps", "used", "points", "fired"),
    [
        (EarnCaps(order=40), Used(), 40, [("cap:order", -19)]),
        (EarnCaps(day=100), Used(day=70), 30, [("cap:day", -29)]),
        (EarnCaps(period=100), Used(period=100), 0, [("cap:period", -59)]),
        (
            EarnCaps(order=40, day=50, period=60),
            Used(day=30, period=55),
            5,
            [("cap:order", -19), ("cap:day", -20), ("cap:period", -15)],
        ),
        (EarnCaps(order=59, day=100), Used(day=41, period=10**9), 59, []),
        (EarnCaps(day=10), Used(day=12), 0, [("cap:day", -59)]),
    ],
)
def test_caps_cut_and_say_so(caps: EarnCaps, used: Used, points: int, fired: list[tuple[str, int]]) -> None:
    found = planned(ORDER, rules(caps=caps), None, used)
    assert found.points == points
    assert [(one.rule, one.points) for one in found.fired[1:]] == fired


def test_a_cap_takes_from_the_campaigns_first() -> None:
    market = rules(campaigns=(DOUBLE,), caps=EarnCaps(order=80))
    assert planned(ORDER, market).extra == (("double", 80 - 59),)
    assert planned(ORDER, rules(campaigns=(DOUBLE,), caps=EarnCaps(order=10))).extra == (("double", 0),)


limits = st.none() | st.integers(1, 10_000)


@given(
    st.integers(1, 10**7),
    st.tuples(limits, limits, limits),
    st.integers(0, 5_000),
    st.integers(-5, 2_000),
    st.sampled_from(["down", "half_up"]),
)
def test_what_fired_adds_up(
    total: int, capped: tuple[int | None, int | None, int | None], used: int, left: int, rounding: str
) -> None:
    caps = EarnCaps(order=capped[0], day=capped[1], period=capped[2])
    stacked = DOUBLE.model_copy(update={"name": "more", "percent": 133, "combine": "stack", "budget": None})
    market = rules(3, 70, caps=caps, campaigns=(DOUBLE, stacked), rounding=rounding)
    found = planned(Order("A", "EUR", total, 0), market, GOLD, Used(used, used), double=left)
    assert sum(one.points for one in found.fired) == found.points >= 0
    assert found.points <= (caps.order or found.points)
    assert found.points == 0 or found.points + used <= min(caps.day or 10**9, caps.period or 10**9)
    extra = dict(found.extra)
    assert 0 <= extra["double"] <= max(left, 0)
    assert sum(extra.values()) <= found.points
