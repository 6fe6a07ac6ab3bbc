"""Referrals: the states, who counts, the hold and the month."""

from datetime import datetime
from typing import Any, get_args
from zoneinfo import ZoneInfo

import pytest

from loyalty.modules import ReferralRules
from loyalty.orders import Order
from loyalty.points import DAY
from loyalty.programme import MarketRules
from loyalty.referrals import (
    MOVES,
    Facts,
    State,
    Verdict,
    due_at,
    expires_at,
    may_move,
    month_key,
    qualifies,
    verdict,
)


def us(text: str) -> int:
    """ISO text with an offset as microseconds UTC."""
    return int(datetime.fromisoformat(text).timestamp()) * 1_000_000


def market(**referral: Any) -> MarketRules:
    return MarketRules(currency="EUR", channels=("sms",), pending_days=14, referral=ReferralRules(**referral))


def test_moves() -> None:
    assert set(MOVES) == set(get_args(State))
    allowed = {(state, to) for state in MOVES for to in MOVES if may_move(state, to)}
    assert allowed == {
        ("pending", "review"),
        ("review", "pending"),
        ("review", "qualified"),
        ("review", "rejected"),
        ("review", "expired"),
        ("rewarded", "rejected"),
        ("pending", "qualified"),
        ("pending", "rejected"),
        ("pending", "expired"),
        ("qualified", "rewarded"),
        ("qualified", "rejected"),
    }


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({}, Verdict("ok")),
        ({"friend_id": 1}, Verdict("reject", ("self",))),
        ({"same_phone": True}, Verdict("reject", ("same_phone",))),
        ({"same_address": True}, Verdict("reject", ("same_address",))),
        ({"referred_by_friend": True}, Verdict("reject", ("circular",))),
        ({"friend_bought_before": True}, Verdict("reject", ("already_customer",))),
        ({"friend_joined_before": True}, Verdict("reject", ("already_customer",))),
        ({"same_payment": True}, Verdict("review", ("same_payment",))),
        ({"by_link_this_week": 9}, Verdict("ok")),
        ({"by_link_this_week": 10}, Verdict("review", ("too_many",))),
        ({"same_payment": True, "same_phone": True}, Verdict("reject", ("same_phone", "same_payment"))),
    ],
)
def test_verdict(facts: dict[str, Any], expected: Verdict) -> None:
    assert verdict(Facts(**{"referrer_id": 1, "friend_id": 2} | facts), ReferralRules(weekly_cap=10)) == expected


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        (Order("A", "EUR", 2500, 0), True),
        (Order("A", "EUR", 2499, 0), False),
        (Order("A", "EUR", 2500, 0, test=True), False),
        (Order("A", "EUR", 2500, 0, paid=False), False),
    ],
)
def test_qualifies(order: Order, expected: bool) -> None:
    assert qualifies(order, ReferralRules(min_order=2500)) is expected


def test_dates() -> None:
    assert due_at(5, market()) == 5 + 14 * DAY
    assert due_at(5, market(hold_days=0)) == 5
    assert expires_at(5, market(expires_days=180)) == 5 + 180 * DAY


def test_the_month_is_that_of_the_zone() -> None:
    now = us("2026-11-30T23:30+01:00")
    assert month_key(now, ZoneInfo("Europe/Rome")) == "2026-11"
    assert month_key(now, ZoneInfo("Asia/Tokyo")) == "2026-12"
