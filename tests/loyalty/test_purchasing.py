"""Purchases: once per order, paid, open, cancelled and paid again, a guest's; caps and budgets."""

import asyncio
from dataclasses import replace
from functools import partial

import pytest

from loyalty import couponing, paying, purchasing
from loyalty.orders import Line
from loyalty.purchasing import UnknownOrder, WrongOrder
from loyalty.tokens import hashed
from loyalty.values import Money, Name, Points
from storage import counters, coupons, ledger, people, purchases, standings
from storage.database import Database
from tests.builders import DAY, HOUR, MINUTE, MONDAY, member_row
from tests.loyalty.shop import (
    ANNA,
    BRUNO,
    buy,
    member,
    open_shop,
    order,
    points,
    programme,
    refund,
    state,
    told,
    work_in,
)

CAMPAIGN = {"name": "double", "title": "Twice", "percent": 200, "first": "2026-03-01", "last": "2026-03-31"}


@pytest.mark.asyncio
async def test_an_order_brings_points_credit_stamps_and_a_level(database: Database) -> None:
    def run(transaction):
        work = open_shop(transaction)
        return work, buy(work, total=12_050), state(work), ledger.audit(transaction)

    work, done, found, wrong = await database.write(run)
    assert (done.label, done.points, done.credit, done.stamps, done.tier_up) == (
        "booked",
        120,
        301,
        {"coffee": 1},
        "silver",
    )
    assert [one.rule for one in done.plan.fired] == ["base"]
    held = {unit: position.active + position.pending for unit, (position, _, _) in found["held"].items()}
    assert held == {"points": 120, "cash:EUR": 301, "stamps:coffee": 1}
    (lot,) = found["lots"]["points"]
    assert lot[2:4] == (MONDAY + 14 * DAY, MONDAY + 379 * DAY)
    (lot,) = found["lots"]["cash:EUR"]
    assert lot[2:4] == (MONDAY + 14 * DAY, MONDAY + 194 * DAY)
    assert found["standing"][:3] == (ANNA, 1, "silver")
    assert told(work, "purchase_notice") == [{"points": Points(120), "credit": Money(301, "EUR"), "total": Points(120)}]
    assert told(work, "tier_up") == [{"tier": Name("Silver"), "brand": Name("Shop"), "level": "silver"}]
    assert wrong == []


@pytest.mark.asyncio
async def test_a_repeat_changes_nothing_and_gives_the_first_figures(database: Database) -> None:
    def run(transaction):
        work = open_shop(transaction)
        first = buy(work)
        before, news = state(work), len(work.news)
        again = [buy(work), buy(work, total=99_900), buy(work, who=BRUNO)]
        return first, again, before == state(work), news == len(work.news), points(work, BRUNO)

    first, again, same, quiet, other = await database.write(run)
    assert {(one.label, one.purchase_id, one.points, one.credit) for one in again} == {
        ("known", first.purchase_id, 100, 250)
    }
    assert (same, quiet, other) == (True, True, 0)


@pytest.mark.parametrize(
    ("change", "market", "words"),
    [
        ({"currency": "USD"}, "IT", "The order is in USD"),
        ({"total": 0}, "IT", "not positive"),
        ({"order_id": " "}, "IT", "no id"),
        ({}, "FR", "no market FR"),
    ],
)
@pytest.mark.asyncio
async def test_what_cannot_be_booked_is_refused(database: Database, change, market: str, words: str) -> None:
    def run(transaction):
        work = open_shop(transaction)
        with pytest.raises(WrongOrder, match=words):
            purchasing.record(work, member(work), replace(order(), **change), market=market)
        return purchases.of_member(transaction, ANNA)

    assert await database.write(run) == []


@pytest.mark.asyncio
async def test_an_order_of_nobody_is_refused(database: Database) -> None:
    def run(transaction):
        work = open_shop(transaction)
        people.add_members(transaction, [member_row(103, joined_at=None)])
        with pytest.raises(WrongOrder, match="neither"):
            purchasing.record(work, None, order(), market="IT")
        with pytest.raises(WrongOrder, match="neither"):
            purchasing.record(work, member(work, 103), order(), market="IT")
        return purchases.get(transaction, "A1")

    assert await database.write(run) is None


@pytest.mark.asyncio
async def test_a_test_order_brings_nothing(database: Database) -> None:
    def run(transaction):
        work = open_shop(transaction)
        done = buy(work, test=True)
        with pytest.raises(WrongOrder, match="is a test"):
            purchasing.complete(work, "A1")
        return done.label, refund(work, 10_000).label, state(work)["held"], standings.get(transaction, ANNA).purchases

    assert await database.write(run) == ("test", "applied", {}, 0)


@pytest.mark.asyncio
async def test_an_open_order_earns_when_it_is_paid(database: Database) -> None:
    def run(transaction):
        work = open_shop(transaction)
        opened = buy(work, paid=False)
        before = points(work)
        work.now += DAY
        done = purchasing.complete(work, "A1")
        with pytest.raises(WrongOrder, match="paid already"):
            purchasing.complete(work, "A1")
        with pytest.raises(UnknownOrder):
            purchasing.complete(work, "A2")
        return opened.label, before, done.label, done.points, points(work), state(work)["lots"]["points"][0][2]

    assert await database.write(run) == ("waiting", 0, "booked", 100, 100, MONDAY + 14 * DAY)


@pytest.mark.asyncio
async def test_an_order_paid_again_after_its_cancellation_earns_again_once(database: Database) -> None:
    def run(transaction):
        work = open_shop(transaction)
        buy(work)
        cancelled = purchasing.cancel(work, "A1")
        nothing = (points(work), points(work, unit="cash:EUR"), standings.get(transaction, ANNA).purchases)
        repeat = purchasing.cancel(work, "A1")
        done = purchasing.complete(work, "A1")
        with pytest.raises(WrongOrder):
            purchasing.complete(work, "A1")
        row = purchases.get(transaction, "A1")
        last = purchasing.cancel(work, "A1")
        after = (points(work), points(work, unit="cash:EUR"), standings.get(transaction, ANNA).purchases)
        return cancelled, nothing, repeat.label, done, row, last, after, ledger.audit(transaction)

    cancelled, nothing, repeat, done, row, last, after, wrong = await database.write(run)
    assert (cancelled.label, cancelled.points, nothing, repeat) == ("applied", 100, (0, 0, 0), "known")
    assert (done.label, row.round, row.state, row.earned, row.refunded) == ("booked", 1, "paid", done.points, 0)
    assert (last.points, after, wrong) == (done.points, (0, 0, 0), [])


@pytest.mark.asyncio
async def test_an_open_order_is_cancelled_without_a_trace_in_the_books(database: Database) -> None:
    def run(transaction):
        work = open_shop(transaction)
        buy(work, paid=False)
        done = purchasing.cancel(work, "A1")
        return done.label, purchases.get(transaction, "A1").state, state(work)["held"]

    assert await database.write(run) == ("applied", "cancelled", {})


@pytest.mark.asyncio
async def test_a_campaigns_budget_is_shared_and_never_exceeded(database: Database) -> None:
    earn = {"points": 1, "per": 100, "campaigns": [{**CAMPAIGN, "budget": 150}]}
    rules = programme(earn=earn, tiers=None, stamps=[], milestones={})

    def run(transaction):
        work = open_shop(transaction, rules)
        done = [buy(work, f"A{number}", 10_000, who=who) for number, who in enumerate((ANNA, BRUNO, ANNA))]
        return [one.points for one in done], counters.taken(transaction, "campaign:IT:double")

    assert await database.write(run) == ([200, 150, 100], 150)


@pytest.mark.asyncio
async def test_caps_count_the_other_orders_of_the_members_day(database: Database) -> None:
    earn = {"points": 1, "per": 100, "caps": {"order": 80, "day": 120, "period": 200, "period_days": 7}}
    rules = programme(earn=earn, tiers=None, stamps=[], milestones={})

    def run(transaction):
        work = open_shop(transaction, rules)
        times = [MONDAY, MONDAY + HOUR, MONDAY + 14 * HOUR - MINUTE, MONDAY + 15 * HOUR, MONDAY + 9 * DAY]
        found = []
        for number, at in enumerate(times):
            work.now = at
            found.append(buy(work, f"A{number}", 10_000))
        return [one.points for one in found], found[1].plan.fired[-1].rule

    assert await database.write(run) == ([80, 40, 0, 80, 80], "cap:day")


@pytest.mark.asyncio
async def test_a_level_multiplies_from_the_next_order_on(database: Database) -> None:
    def run(transaction):
        work = open_shop(transaction)
        return [buy(work, "A1", 10_000).points, buy(work, "A2", 10_000).points]

    assert await database.write(run) == [100, 150]


@pytest.mark.asyncio
async def test_trying_an_order_out_changes_nothing(database: Database) -> None:
    def run(transaction):
        work = open_shop(transaction)
        found = purchasing.dry_run(work, member(work), order(total=5_000, lines=(Line(5_000, 1, "coffee"),)), "IT")
        with pytest.raises(WrongOrder):
            purchasing.dry_run(work, member(work), order(total=-1), "IT")
        return found.points, purchases.get(transaction, "A1"), state(work)["held"]

    assert await database.write(run) == (50, None, {})


@pytest.mark.asyncio
async def test_milestones_come_once_with_their_gifts(database: Database) -> None:
    def run(transaction):
        work = open_shop(transaction, programme(tiers=None, stamps=[]))
        for number in range(4):
            buy(work, f"A{number}", 6_000)
        gifts = coupons.of_member(transaction, ANNA)
        purchasing.cancel(work, "A3")
        buy(work, "A4", 6_000)
        again = coupons.of_member(transaction, ANNA)
        return told(work, "milestone"), points(work), [one.kind for one in gifts], gifts == again

    news, held, kinds, same = await database.write(run)
    keys = [(one["kind"], one["reached"], one["points"].value, one["coupon"].value) for one in news]
    assert sorted(set(keys)) == [("points", 200, 20, ""), ("purchases", 2, 40, ""), ("purchases", 3, 0, "Caffè")]
    assert (held, kinds, same) == (4 * 60 + 40 + 20, ["espresso"], True)


@pytest.mark.asyncio
async def test_points_of_a_milestone_neither_reach_another_nor_hide_it(database: Database) -> None:
    milestones = {"purchases": [{"at": 1, "points": 150}], "points": [{"at": 200, "points": 1}]}

    def run(transaction):
        work = open_shop(transaction, programme(tiers=None, stamps=[], milestones=milestones))
        reached = []
        for number in range(3):
            buy(work, f"A{number}", 9_000)
            reached.append([one["reached"] for one in told(work, "milestone")])
        return reached

    assert await database.write(run) == [[1], [1], [1, 200]]


@pytest.mark.asyncio
async def test_a_market_with_credit_alone_tells_of_credit(database: Database) -> None:
    def run(transaction):
        work = open_shop(transaction, programme(earn=None, tiers=None, stamps=[], milestones={}))
        done = buy(work)
        return done.points, done.credit, [(one.flow, dict(one.values)) for one in work.news]

    credit = Money(250, "EUR")
    assert await database.write(run) == (0, 250, [("cashback_notice", {"credit": credit, "total": credit})])


@pytest.mark.asyncio
async def test_a_market_with_nothing_counts_the_order(database: Database) -> None:
    def run(transaction):
        work = open_shop(transaction)
        done = purchasing.record(work, member(work), order(), market="DE")
        return done.label, done.points, work.news, standings.get(transaction, ANNA).purchases

    assert await database.write(run) == ("booked", 0, [], 1)


@pytest.mark.asyncio
async def test_the_means_of_payment_is_kept_as_a_hash(database: Database) -> None:
    def run(transaction):
        work = open_shop(transaction)
        purchasing.record(work, member(work), order(), market="IT", payment="card 4242")
        return purchases.get(transaction, "A1").payment, hashed(work.keyring, "payment", "card 4242")

    kept, expected = await database.write(run)
    assert kept == expected


@pytest.mark.asyncio
async def test_two_tills_at_once_book_an_order_once_and_share_a_budget(database: Database) -> None:
    """A server and a command, each with its own connection, report the same orders of two members."""
    earn = {"points": 1, "per": 100, "campaigns": [{**CAMPAIGN, "budget": 350}]}
    rules = programme(earn=earn, tiers=None, stamps=[], milestones={})
    await database.write(lambda transaction: open_shop(transaction, rules))
    other = Database(database.url)

    def report(transaction, number: int) -> str:
        return buy(work_in(transaction, rules), f"A{number % 8}", 10_000, who=(ANNA, BRUNO)[number % 2]).label

    try:
        jobs = [(database, other)[number // 2 % 2].write(partial(report, number=number)) for number in range(32)]
        labels = await asyncio.gather(*jobs)
    finally:
        await other.close()

    def read(transaction):
        work = work_in(transaction, rules)
        held = points(work) + points(work, BRUNO)
        return held, counters.taken(transaction, "campaign:IT:double"), ledger.audit(transaction)

    assert sorted(labels) == ["booked"] * 8 + ["known"] * 24
    held, taken, wrong = await database.read(read)
    assert (held, wrong) == (800 + taken, [])
    assert taken in (300, 350)


@pytest.mark.asyncio
async def test_ids_of_orders_that_look_like_our_own_keys_stand_alone(database: Database) -> None:
    def run(transaction):
        work = open_shop(transaction, programme(tiers=None, milestones={}))
        buy(work, "47")
        purchasing.cancel(work, "47")
        purchasing.complete(work, "47")
        done = buy(work, "47:1", who=BRUNO)
        return done.points, done.stamps, points(work), points(work, BRUNO), points(work, BRUNO, "cash:EUR")

    assert await database.write(run) == (100, {"coffee": 1}, 100, 100, 250)


@pytest.mark.asyncio
async def test_an_order_completed_again_brings_what_it_brought(database: Database) -> None:
    """Neither a level that it gave itself nor a budget that it had emptied itself changes that."""
    rules = programme(earn={"points": 1, "per": 100, "campaigns": [{**CAMPAIGN, "budget": 150}]}, milestones={})

    def run(transaction):
        work = open_shop(transaction, rules)
        first = buy(work)
        for _ in range(2):
            purchasing.cancel(work, "A1")
            again = purchasing.complete(work, "A1")
        taken = counters.taken(transaction, "campaign:IT:double")
        return first, again, taken, points(work), points(work, unit="stamps:coffee"), ledger.audit(transaction)

    first, again, taken, held, stamps, wrong = await database.write(run)
    assert (first.points, first.tier_up, again.points, again.credit) == (200, "silver", 200, 250)
    assert (again.stamps, taken, held, stamps, wrong) == ({"coffee": 1}, 100, 200, 1, [])


@pytest.mark.parametrize("used", ["points", "coupon", "told"])
@pytest.mark.asyncio
async def test_an_order_whose_payment_went_back_is_not_completed_again(database: Database, used: str) -> None:
    def run(transaction):
        work = open_shop(transaction, programme(redeem={"points": 1, "money": 1, "minimum": 1, "share": 50}))
        if used == "points":
            ledger.earn(transaction, ledger.Earning("start", ANNA, 900, "gift", "x", MONDAY, None), MONDAY)
            made = paying.reserve(work, member(work), paying.Payment("points", 500, 10_000, "A1", "pay"))
            paying.confirm(work, made.redemption_id, "A1")
        if used == "coupon":
            couponing.redeem(work, couponing.issue(work, member(work), "espresso", "gift").code, "A1")
        buy(work, redeemed=500 if used == "told" else 0)
        purchasing.cancel(work, "A1")
        before = state(work)
        with pytest.raises(WrongOrder, match="report it as a new order"):
            purchasing.complete(work, "A1")
        return purchases.get(transaction, "A1").state, before == state(work)

    assert await database.write(run) == ("cancelled", True)


@pytest.mark.asyncio
async def test_a_refund_that_waited_for_a_cancelled_order_is_refused(database: Database) -> None:
    def run(transaction):
        work = open_shop(transaction)
        buy(work, paid=False)
        labels = [refund(work, 10_000).label]
        purchasing.cancel(work, "A1")
        done = purchasing.complete(work, "A1")
        return [*labels, refund(work, 10_000).label], done.points, points(work)

    assert await database.write(run) == (["waiting", "too_much"], 100, 100)
