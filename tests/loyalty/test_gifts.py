"""Gifts: once per key, what the market has, and the milestones their points reach."""

import pytest

from loyalty import gifts
from loyalty.gifts import Gift, Given
from loyalty.values import Points
from storage import coupons, ledger
from storage.database import Database
from tests.builders import DAY, MONDAY
from tests.loyalty.shop import ANNA, BRUNO, member, open_shop, points, programme, state, told


@pytest.mark.asyncio
async def test_a_gift_is_given_once(database: Database) -> None:
    gift = Gift("birthday:101:2026", "birthday", "2026", 50, "espresso")

    def run(transaction):
        work = open_shop(transaction)
        done = [gifts.give(work, member(work), gift) for _ in range(3)]
        kinds = [one.kind for one in coupons.of_member(transaction, ANNA)]
        return done, points(work), kinds, state(work)["lots"]["points"], ledger.audit(transaction)

    done, held, kinds, lots, wrong = await database.write(run)
    assert done == [Given(50, "Caffè")] * 3
    assert (held, kinds, wrong) == (50, ["espresso"], [])
    assert lots[0][2:5] == (MONDAY, MONDAY + 379 * DAY, "birthday")


@pytest.mark.asyncio
async def test_a_gift_that_rests_on_a_purchase_waits(database: Database) -> None:
    def run(transaction):
        work = open_shop(transaction)
        gifts.give(work, member(work), Gift("k", "goodwill", "r", 5, waits=True))
        return ledger.position_of(transaction, ANNA, work.now)

    found = await database.write(run)
    assert (found.active, found.pending, found.matures_at) == (0, 5, MONDAY + 14 * DAY)


@pytest.mark.asyncio
async def test_what_the_market_has_not_is_left_out(database: Database) -> None:
    gift = Gift("k", "occasion", "r", 50, "espresso")

    def run(transaction):
        work = open_shop(transaction, programme(earn=None, coupons=[], stamps=[], milestones={}))
        return gifts.give(work, member(work), gift), state(work)["held"]

    assert await database.write(run) == (Given(), {})


@pytest.mark.asyncio
async def test_a_coupon_that_is_out_of_stock_is_left_out(database: Database) -> None:
    def run(transaction):
        work = open_shop(transaction)
        return [
            gifts.give(work, member(work, who), Gift(f"k{who}", "occasion", "r", 5, "rare")) for who in (ANNA, BRUNO)
        ]

    assert await database.write(run) == [Given(5, "Rare"), Given(5, "")]


@pytest.mark.asyncio
async def test_points_of_a_gift_reach_milestones_and_those_of_milestones_do_not(database: Database) -> None:
    milestones = {"points": [{"at": 100, "points": 100}, {"at": 200, "points": 7}]}

    def run(transaction):
        work = open_shop(transaction, programme(milestones=milestones))
        found = []
        for number, amount in enumerate((99, 2, 98, 1)):
            gifts.give(work, member(work), Gift(f"k{number}", "occasion", "r", amount))
            found.append(points(work))
        return found, told(work, "milestone")

    found, news = await database.write(run)
    assert found == [99, 201, 299, 307]
    assert [(one["kind"], one["reached"], one["points"]) for one in news] == [
        ("points", 100, Points(100)),
        ("points", 200, Points(7)),
    ]
