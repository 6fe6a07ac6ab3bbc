"""Levels: up at once, kept or lowered at the review, announced once before; refunds count, spending does not."""

import pytest

from loyalty import standing
from loyalty.values import Day, Money, Name, Points
from storage import ledger, standings
from storage.database import Database
from storage.standings import StandingRow
from tests.builders import DAY, MONDAY, query, us
from tests.loyalty.shop import ANNA, BRUNO, RULES, buy, member, open_shop, programme, refund, told

YEAR_LATER = us("2027-03-03T00:00+01:00")
"""The end of a level reached on Monday, 2 March 2026."""


def levels(**more):
    """Levels alone: what counts is what orders bring."""
    return programme(tiers={**RULES["tiers"], **more}, milestones={}, stamps=[], cashback=None)


@pytest.mark.asyncio
async def test_everybody_has_the_first_level(database: Database) -> None:
    def run(transaction):
        work = open_shop(transaction)
        return standing.tier_of(work, member(work)).name, standing.way(work, member(work)), work.news

    tier, way, news = await database.write(run)
    assert (tier, way.tier.name, way.next.name, way.missing, news) == ("base", "base", "silver", 100, [])


@pytest.mark.asyncio
async def test_a_market_without_levels_has_no_way(database: Database) -> None:
    def run(transaction):
        work = open_shop(transaction, programme(tiers=None))
        buy(work, total=90_000)
        return standing.tier_of(work, member(work)), standing.way(work, member(work)), standings.get(transaction, ANNA)

    assert await database.write(run) == (None, None, StandingRow(ANNA, 1))


@pytest.mark.asyncio
async def test_the_level_is_reached_with_the_purchase_that_brings_it(database: Database) -> None:
    def run(transaction):
        work = open_shop(transaction, levels())
        found = [buy(work, f"A{number}", total).tier_up for number, total in enumerate((9_900, 100, 100, 50_000, 100))]
        return found, standings.get(transaction, ANNA), told(work, "tier_up"), standing.way(work, member(work)).next

    found, row, news, after = await database.write(run)
    assert found == [None, "silver", None, "gold", None]
    assert (row.tier, row.tier_since, row.review_at) == ("gold", MONDAY, YEAR_LATER + 30 * DAY)
    assert [one["tier"] for one in news] == [Name("Silver"), Name("Gold")]
    assert after is None


@pytest.mark.parametrize(
    ("counts", "totals", "tier"),
    [("points", (10_000,), "silver"), ("spend", (60, 39), "base"), ("spend", (60, 40), "silver")],
)
@pytest.mark.asyncio
async def test_what_counts_is_the_markets_choice(database: Database, counts: str, totals, tier: str) -> None:
    def run(transaction):
        work = open_shop(transaction, levels(counts=counts))
        for number, total in enumerate(totals):
            buy(work, f"A{number}", total)
        return standing.tier_of(work, member(work)).name

    assert await database.write(run) == tier


@pytest.mark.asyncio
async def test_orders_refunded_in_full_do_not_count(database: Database) -> None:
    tiers = {"counts": "purchases", "levels": [{"name": "twice", "title": "Twice", "at": 2}]}

    def run(transaction):
        work = open_shop(transaction, programme(tiers=tiers))
        buy(work, "A1")
        refund(work, 10_000)
        second = buy(work, "A2").tier_up
        refund(work, 5_000, "R2", "A2")
        return second, buy(work, "A3").tier_up, standings.get(transaction, ANNA).purchases

    assert await database.write(run) == (None, "twice", 2)


@pytest.mark.asyncio
async def test_a_refund_is_felt_at_the_review_and_spending_never(database: Database) -> None:
    def run(transaction):
        work = open_shop(transaction, levels(grace_days=0))
        buy(work)
        buy(work, who=BRUNO, order_id="B1")
        work.now += 20 * DAY
        buy(work, order_id="A2")
        buy(work, who=BRUNO, order_id="B2")
        refund(work, 5_000, order_id="A2")
        ledger.spend(transaction, ledger.Spending("s", BRUNO, 100, "redeem", "mug"), work.now)
        before = [standing.tier_of(work, member(work, who)).name for who in (ANNA, BRUNO)]
        work.now = YEAR_LATER - 1
        early = standing.review(work, 10)
        work.now = YEAR_LATER
        done = [standing.review(work, 10), standing.review(work, 10)]
        return before, early, done, [standings.get(transaction, who).tier for who in (ANNA, BRUNO)]

    before, early, done, after = await database.write(run)
    assert (before, early, done) == (["silver", "silver"], 0, [2, 0])
    assert after == ["base", "silver"]


@pytest.mark.parametrize(("downgrade", "tier"), [("one_down", "silver"), ("recompute", "base")])
@pytest.mark.asyncio
async def test_a_review_lowers_as_the_market_says(database: Database, downgrade: str, tier: str) -> None:
    def run(transaction):
        work = open_shop(transaction, levels(downgrade=downgrade))
        buy(work, total=60_000)
        refund(work, 59_000)
        work.now = YEAR_LATER + 30 * DAY
        standing.review(work, 10)
        row = standings.get(transaction, ANNA)
        return row.tier, row.review_at > work.now

    assert await database.write(run) == (tier, True)


@pytest.mark.asyncio
async def test_who_left_and_who_lost_the_levels_are_reviewed_no_more(database: Database) -> None:
    def run(transaction):
        work = open_shop(transaction, levels())
        buy(work)
        buy(work, "B1", who=BRUNO)
        transaction.run(query(f"update member set erased_at = 1 where id = {BRUNO}"))
        work.now = YEAR_LATER + 30 * DAY
        work.programme = programme(tiers=None)
        return standing.review(work, 10), [standings.get(transaction, who) for who in (ANNA, BRUNO)]

    assert await database.write(run) == (2, [StandingRow(ANNA, 1), StandingRow(BRUNO, 1)])


@pytest.mark.parametrize(
    ("counts", "unit", "missing"),
    [("points", 10_000, Points(60)), ("spend", 100, Money(60, "EUR")), ("purchases", 100, 60)],
)
@pytest.mark.asyncio
async def test_who_would_lose_a_level_is_told_once(database: Database, counts: str, unit: int, missing: object) -> None:
    """Anna has 40 of the 100 that her level needs; Bruno's are all there."""

    def run(transaction):
        work = open_shop(transaction, levels(counts=counts))
        work.now += 2 * DAY
        for who, share in ((ANNA, 40), (BRUNO, 100)):
            orders = [(f"{who}-{number}", 100) for number in range(share)]
            if counts != "purchases":
                orders = [(str(who), unit * share // 100)]
            for order_id, total in orders:
                buy(work, order_id, total, who=who)
            standings.place(transaction, StandingRow(who, 0, "silver", MONDAY, YEAR_LATER + 30 * DAY))
        quiet = standing.notices(work, 10)
        work.now = YEAR_LATER + DAY
        seen = [standing.notices(work, 1) for _ in range(4)]
        return quiet, seen, told(work, "tier_notice")

    quiet, seen, news = await database.write(run)
    assert (quiet, seen) == (0, [1, 1, 0, 1])
    (one,) = news
    assert (one["kind"], one["missing"]) == (counts, missing)
    assert (one["tier"], one["lower"], one["day"]) == (Name("Silver"), Name("Base"), Day(4, 1, 2027))
