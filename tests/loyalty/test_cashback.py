"""Cashback: the credit of an order and its times."""

from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from loyalty.cashback import credit, times
from loyalty.orders import Order
from loyalty.points import DAY, lot_times
from loyalty.programme import MarketRules

ORDER = Order("A1", "EUR", 5999, 0, shipping=499, redeemed=500)


def rules(**more: Any) -> MarketRules:
    return MarketRules.model_validate(
        {"currency": "EUR", "channels": ["sms"], "cashback": {"basis_points": 250, "expiry_days": 90}, **more}
    )


def test_credit() -> None:
    assert credit(ORDER, rules()) == 125
    assert credit(replace(ORDER, total=6039), rules()) == 126
    assert credit(replace(ORDER, redeemed=5999), rules()) == 0


def test_no_credit() -> None:
    assert credit(ORDER, rules(cashback=None)) == 0
    assert credit(ORDER, rules(off=["cashback"])) == 0
    assert credit(replace(ORDER, test=True), rules()) == 0
    assert credit(replace(ORDER, paid=False), rules()) == 0


@given(st.integers(1, 10**9), st.integers(1, 10_000))
def test_never_more_than_the_part(total: int, basis_points: int) -> None:
    found = credit(Order("A", "EUR", total, 0), rules(cashback={"basis_points": basis_points}))
    assert found * 10_000 <= total * basis_points < (found + 1) * 10_000
    assert found <= total


def test_times() -> None:
    assert times(7, rules()) == (7 + 14 * DAY, 7 + 104 * DAY)
    assert times(7, rules(cashback={"basis_points": 100, "pending_days": 0})) == (7, None)
    assert times(7, rules(cashback=None)) == lot_times(7, rules())
