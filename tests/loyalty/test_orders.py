"""Orders: which can be booked, and which part of them earns."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loyalty.modules import EarnRules
from loyalty.orders import LARGEST, Line, Order, basis, problem
from loyalty.programme import MarketRules

RULES = MarketRules(currency="EUR", channels=("sms",))
ORDER = Order("A1", "EUR", 5000, 0, shipping=490, tax=902, redeemed=1000, lines=(Line(4510, 2, "wine"), Line(0)))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"order_id": " "}, "id"),
        ({"order_id": "A/1"}, "order id"),
        ({"order_id": "A1\n"}, "order id"),
        ({"order_id": "x" * 101}, "order id"),
        ({"currency": "CHF"}, "CHF"),
        ({"total": 0}, "total"),
        ({"total": -5}, "total"),
        ({"total": LARGEST + 1}, "too large"),
        ({"shipping": -1}, "shipping"),
        ({"tax": 5001}, "tax"),
        ({"redeemed": 5001}, "points"),
        ({"lines": (Line(-1),)}, "negative"),
        ({"lines": (Line(1, 0),)}, "quantity"),
    ],
)
def test_what_cannot_be_booked_says_why(change: dict[str, Any], words: str) -> None:
    found = problem(replace(ORDER, **change), RULES)
    assert found is not None
    assert words in found


def test_what_can_be_booked() -> None:
    assert problem(ORDER, RULES) is None
    assert problem(replace(ORDER, redeemed=5000), RULES) is None, "paid with points altogether"
    assert problem(replace(ORDER, total=LARGEST), RULES) is None
    assert problem(replace(ORDER, order_id="till-7:2026_1.a#9"), RULES) is None


@pytest.mark.parametrize(
    ("counts", "tax", "expected"),
    [("items", "in", 3510), ("total", "in", 4000), ("items", "out", 2608), ("total", "out", 3098)],
)
def test_basis(counts: Any, tax: Any, expected: int) -> None:
    assert basis(ORDER, EarnRules(basis=counts, tax=tax)) == expected


amounts = st.integers(0, 10**9)


@given(amounts, amounts, amounts, amounts)
def test_the_basis_is_never_negative_nor_more_than_was_paid(total: int, shipping: int, tax: int, redeemed: int) -> None:
    order = Order("A", "EUR", total, 0, shipping=shipping, tax=tax, redeemed=redeemed)
    for rules in (EarnRules(), EarnRules(basis="total", tax="out")):
        assert 0 <= basis(order, rules) <= max(total - redeemed, 0)


def test_what_counts_and_its_categories() -> None:
    assert ORDER.counts
    assert not replace(ORDER, test=True).counts
    assert not replace(ORDER, paid=False).counts
    assert ORDER.categories == {"wine"}
