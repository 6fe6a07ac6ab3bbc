"""Stamp cards: stamps of an order, the interval and the day, cards that fill and overflow."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loyalty.modules import StampCard
from loyalty.orders import Line, Order
from loyalty.points import DAY
from loyalty.stamps import full_cards, lapses_at, may_stamp, stamps_by_hand, stamps_for

MINUTE = 60_000_000
ORDER = Order("A1", "EUR", 900, 0, lines=(Line(600, 3, "coffee"), Line(300, 1, "cake")))


def card(**more: Any) -> StampCard:
    return StampCard.model_validate({"name": "coffee", "title": "Coffee", "coupon": "free_coffee", **more})


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ({}, 1),
        ({"per": "item"}, 4),
        ({"per": "item", "categories": ["coffee"]}, 3),
        ({"categories": ["coffee"]}, 1),
        ({"categories": ["tea"]}, 0),
        ({"per": "item", "categories": ["tea"]}, 0),
        ({"min_order": 900}, 1),
        ({"min_order": 901}, 0),
    ],
)
def test_stamps_of_an_order(rules: dict[str, Any], expected: int) -> None:
    assert stamps_for(card(**rules), ORDER) == expected
    assert stamps_for(card(**rules), replace(ORDER, test=True)) == 0
    assert stamps_for(card(**rules), replace(ORDER, paid=False)) == 0


def test_an_order_that_does_not_say_what_was_bought() -> None:
    unknown = replace(ORDER, lines=())
    assert stamps_for(card(), unknown) == stamps_for(card(per="item"), unknown) == 1
    assert stamps_for(card(categories=["coffee"]), unknown) == 0


@pytest.mark.parametrize(("quantity", "visit", "item"), [(3, 1, 3), (1, 1, 1), (0, 0, 0), (-2, 0, 0)])
def test_stamps_by_hand(quantity: int, visit: int, item: int) -> None:
    assert stamps_by_hand(card(), quantity) == visit
    assert stamps_by_hand(card(per="item"), quantity) == item


def test_the_interval_and_the_day() -> None:
    twice = card(per_day=2)
    now = 1_000 * MINUTE
    assert may_stamp(twice, last_at=None, today=0, now=now) == "yes"
    assert may_stamp(twice, last_at=now - 30 * MINUTE, today=1, now=now) == "yes"
    assert may_stamp(twice, last_at=now - 30 * MINUTE + 1, today=1, now=now) == "too_soon"
    assert may_stamp(twice, last_at=now - 300 * MINUTE, today=2, now=now) == "enough_today"


@given(st.integers(-50, 10_000), st.integers(2, 50))
def test_no_stamp_is_lost(balance: int, needed: int) -> None:
    full, left = full_cards(card(needed=needed), balance)
    assert full * needed + left == balance
    assert full >= 0
    assert left < needed
    assert left >= min(balance, 0)


def test_lapses_at() -> None:
    assert lapses_at(card(), 5) is None
    assert lapses_at(card(expiry_days=90), 5) == 5 + 90 * DAY
