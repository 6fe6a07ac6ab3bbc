"""Coupons as rules."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loyalty.coupons import Basket, discount, misfit, stands_alone, valid_until
from loyalty.days import local_time
from loyalty.modules import Coupon
from tests.loyalty.coupon_shop import DAY, NOON

totals = st.integers(-100, 10**12)


def kind(**fields: Any) -> Coupon:
    return Coupon.model_validate({"name": "x", "title": "X", **(fields or {"money": 100})})


@given(totals, st.integers(1, 100))
def test_a_part_is_rounded_down_and_never_more_than_the_total(total: int, percent: int) -> None:
    off = discount(kind(percent=percent), total)
    assert 0 <= off <= max(total, 0)
    assert off * 100 <= max(total, 0) * percent < (off + 1) * 100


@given(totals, st.integers(1, 10_000))
def test_money_off_stops_at_the_total_and_a_gift_takes_nothing_off(total: int, money: int) -> None:
    assert discount(kind(money=money), total) == max(min(money, total), 0)
    assert discount(kind(gift="a coffee"), total) == 0


@pytest.mark.parametrize(
    ("basket", "expected"),
    [
        (Basket(), None),
        (Basket(market="IT", total=3000, categories=("beans", "tea")), None),
        (Basket(market="DE"), "wrong_market"),
        (Basket(total=2999), "below_minimum"),
        (Basket(categories=("tea",)), "wrong_product"),
        (Basket(categories=()), "wrong_product"),
        (Basket(has_other=True), "not_stackable"),
    ],
)
def test_what_is_known_of_a_basket_must_fit(basket: Basket, expected: str | None) -> None:
    assert misfit(kind(percent=10, min_order=3000, categories=["beans"]), "IT", basket) == expected


def test_one_that_stands_alone_joins_no_other_and_none_joins_it() -> None:
    single, joins = kind(money=1), kind(money=1, stackable=True)
    assert not stands_alone(single, []) and not stands_alone(joins, [joins])
    assert stands_alone(single, [joins]) and stands_alone(joins, [single]) and stands_alone(joins, [None])


@given(
    st.integers(0, 10**16),
    st.integers(0, 400),
    st.sampled_from(["Europe/Rome", "Asia/Kolkata", "America/Sao_Paulo", "Pacific/Apia", "Africa/Cairo"]),
)
def test_it_lives_to_the_end_of_a_local_day(now: int, days: int, zone: str) -> None:
    place = ZoneInfo(zone)
    until = valid_until(now, zone, days)
    last = local_time(until - 1, place)
    assert until > now
    assert (last.date() - local_time(now, place).date()).days == days
    assert local_time(until, place).date() > last.date()


def test_a_day_of_the_clock_change_is_whole() -> None:
    evening = int(datetime.fromisoformat("2026-03-28T20:00+01:00").timestamp()) * 1_000_000
    assert valid_until(evening, "Europe/Rome", 1) - evening == 4 * DAY // 24 + 23 * DAY // 24
    assert valid_until(NOON, "Europe/Rome", 0) - NOON == DAY // 2
