"""Coupons given by hand: once for each member, kind and reason, told once, while there are any."""

import pytest

from loyalty import coupon_gifts
from loyalty.couponing import UnknownCoupon
from loyalty.values import Name
from storage import coupons
from storage.database import Database, Transaction
from tests.loyalty.shop import ANNA, BRUNO, member, open_shop, programme, told


@pytest.mark.asyncio
async def test_a_reason_gives_one_coupon_and_is_told_once(database: Database) -> None:
    def run(transaction: Transaction) -> None:
        work = open_shop(transaction)
        anna = member(work)
        first = coupon_gifts.give(work, anna, "espresso", "cold coffee", actor="staff")
        again = coupon_gifts.give(work, anna, "espresso", "cold coffee", actor="staff")
        other = coupon_gifts.give(work, anna, "espresso", "long queue", actor="staff")
        assert first is not None
        assert again is not None
        assert other is not None
        assert (again.id, again.repeated, other.id != first.id) == (first.id, True, True)
        assert told(work, "coupon_given") == [{"coupon": Name("Caffè")}] * 2
        rows = coupons.of_member(transaction, ANNA)
        assert [(row.kind, row.actor) for row in rows] == [("espresso", "staff")] * 2

    await database.write(run)


@pytest.mark.asyncio
async def test_the_last_one_is_given_once(database: Database) -> None:
    def run(transaction: Transaction) -> None:
        work = open_shop(transaction)
        assert coupon_gifts.give(work, member(work), "rare", "x") is not None
        assert coupon_gifts.give(work, member(work, BRUNO), "rare", "x") is None
        assert coupon_gifts.give(work, member(work), "rare", "x") is not None
        assert len(told(work, "coupon_given")) == 1
        with pytest.raises(UnknownCoupon):
            coupon_gifts.give(work, member(work), "nothing", "x")

    await database.write(run)


@pytest.mark.asyncio
async def test_a_market_with_coupons_switched_off_gives_none(database: Database) -> None:
    def run(transaction: Transaction) -> None:
        work = open_shop(transaction, programme(off=["coupons"], stamps=None, milestones=None))
        assert coupon_gifts.give(work, member(work), "espresso", "x") is None
        assert told(work, "coupon_given") == []

    await database.write(run)
