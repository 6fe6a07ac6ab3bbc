"""Points of an order."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loyalty.points import DAY, earned, lot_times
from loyalty.programme import EarnRules, MarketRules


def rules(points: int = 1, per: int = 100, pending: int = 14, expiry: int | None = 365) -> MarketRules:
    earn = EarnRules(points=points, per=per)
    return MarketRules(currency="EUR", channels=("sms",), earn=earn, pending_days=pending, expiry_days=expiry)


@pytest.mark.parametrize(
    ("amount", "points", "per", "expected"),
    [(0, 1, 100, 0), (99, 1, 100, 0), (100, 1, 100, 1), (5999, 1, 100, 59), (999, 3, 100, 29), (-500, 1, 100, 0)],
)
def test_earned(amount: int, points: int, per: int, expected: int) -> None:
    assert earned(amount, rules(points, per)) == expected


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
