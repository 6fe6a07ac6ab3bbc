"""Refunds by property: any parts in any order come to the whole, repeats change nothing, the order may come later."""

from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from loyalty import paying, purchasing, refunding
from loyalty.paying import Payment
from loyalty.refunding import Refunded, TakenRefund, WrongRefund
from loyalty.values import Points
from loyalty.work import Work
from storage import ledger, purchases
from storage.database import Database, Transaction
from storage.ledger import Earning
from storage.people import POINTS_UNIT
from tests.builders import DAY, MONDAY
from tests.loyalty.shop import (
    ANNA,
    buy,
    member,
    open_shop,
    points,
    programme,
    refund,
    state,
    told,
    without_trace,
)

WITH_DATABASE = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True
)
CREDIT = "cash:EUR"
SPENT = 1_000


@st.composite
def splits(draw: st.DrawFn) -> tuple[int, list[int]]:
    """A total, and the parts in which it is given back."""
    total = draw(st.integers(1, 20_000))
    cuts = sorted(draw(st.sets(st.integers(1, total), max_size=6)) | {0, total})
    parts = [after - before for before, after in pairwise(cuts)]
    return total, draw(st.permutations(parts))


def give(work: Work, amount: int, key: str = "start", unit: str = POINTS_UNIT) -> None:
    """Points or credit that can be spent at once."""
    earning = Earning(key, ANNA, amount, "goodwill", "test", work.now, None, unit=unit)
    ledger.earn(work.transaction, earning, work.now)


def pay(work: Work, total: int, order_id: str = "A1") -> int:
    """Pay what may be paid with points, then with credit; the points it took."""
    taken = 0
    for way in paying.offer(work, member(work), total):
        payment = Payment(way.unit, way.minor, total, order_id, f"pay:{order_id}:{way.unit}")
        done = paying.reserve(work, member(work), payment) if way.most else None
        if isinstance(done, paying.Reserved):
            paying.confirm(work, done.redemption_id, order_id)
            taken += way.most if way.unit == POINTS_UNIT else 0
    return taken


def bought(work: Work, total: int) -> int:
    """Anna buys for this much and pays a part with points; the points it took."""
    give(work, SPENT)
    give(work, SPENT, "credit", CREDIT)
    taken = pay(work, total)
    buy(work, total=total)
    return taken


SHARE = {"points": 1, "money": 1, "minimum": 1, "share": 50}
PLAIN = programme(tiers=None, milestones={}, stamps=[], redeem=SHARE)
PAYING = programme(earn=None, tiers=None, milestones={}, stamps=[], redeem=SHARE)
RULES = programme(redeem={"points": 3, "money": 1, "minimum": 1, "share": 50})


def comparable(work: Work, done: list[Refunded]) -> tuple[object, ...]:
    found = state(work)
    return (
        sum(one.points for one in done),
        sum(one.returned for one in done),
        found["held"],
        found["lots"],
        found["standing"].purchases,
    )


@WITH_DATABASE
@given(split=splits())
@pytest.mark.asyncio
async def test_parts_come_to_the_whole(database: Database, split: tuple[int, list[int]]) -> None:
    total, parts = split

    def run(transaction: Transaction):
        work = open_shop(transaction, RULES)
        taken = bought(work, total)

        def in_parts():
            done = []
            for number, part in enumerate(parts):
                done.append(refund(work, part, f"R{number}"))
                assert ledger.audit(transaction) == []
                again = refund(work, part, f"R{number}")
                assert (again.label, again.points, again.returned) == ("known", done[-1].points, done[-1].returned)
            return comparable(work, done), refund(work, 1, "more").label

        def at_once():
            return comparable(work, [refund(work, total)]), refund(work, 1, "more").label

        return taken, without_trace(transaction, in_parts), without_trace(transaction, at_once)

    taken, parted, whole = await database.write(lambda t: without_trace(t, lambda: run(t)))
    assert parted == whole
    (_, returned, held, _, count), label = whole
    assert (returned, count, label) == (taken, 0, "too_much")
    assert held[POINTS_UNIT][0].active + held[POINTS_UNIT][0].pending >= SPENT
    assert (held[CREDIT][0].active, held[CREDIT][0].pending) == (SPENT, 0)


@WITH_DATABASE
@given(split=splits(), before=st.integers(0, 6))
@pytest.mark.asyncio
async def test_a_refund_before_its_order_is_one_after_it(
    database: Database, split: tuple[int, list[int]], before: int
) -> None:
    total, parts = split

    def run(transaction: Transaction, early: int):
        work = open_shop(transaction, RULES)
        done = [refund(work, part, f"R{number}") for number, part in enumerate(parts[:early])]
        assert {one.label for one in done} <= {"waiting"}
        buy(work, total=total)
        for number, part in enumerate(parts[early:], early):
            refund(work, part, f"R{number}")
        assert ledger.audit(transaction) == []
        rows = [purchases.get_refund(transaction, f"R{number}") for number in range(len(parts))]
        row = purchases.get(transaction, "A1")
        return comparable(work, []), [one[2:8] for one in rows], row[12:20], ledger.audit(transaction)

    def both(transaction: Transaction):
        return [without_trace(transaction, lambda early=early: run(transaction, early)) for early in (before, 0)]

    early, late = await database.write(both)
    assert early == late


@pytest.mark.asyncio
async def test_three_equal_parts_of_a_hundred_points(database: Database) -> None:
    def run(transaction):
        work = open_shop(transaction)
        buy(work, total=10_002)
        return [refund(work, 3_334, f"R{number}").points for number in range(3)], told(work, "refund_notice")

    taken, news = await database.write(run)
    assert taken == [33, 33, 34]
    assert [one["total"] for one in news] == [Points(67), Points(34), Points(0)]


@pytest.mark.asyncio
async def test_more_than_is_left_changes_nothing(database: Database) -> None:
    def run(transaction):
        work = open_shop(transaction)
        buy(work)
        refund(work, 6_000)
        before = state(work)
        label = refund(work, 4_001, "R2").label
        return label, before == state(work), purchases.get_refund(transaction, "R2"), refund(work, 4_000, "R2").label

    assert await database.write(run) == ("too_much", True, None, "applied")


@pytest.mark.asyncio
async def test_a_waiting_refund_that_is_too_much_is_refused_with_its_order(database: Database) -> None:
    def run(transaction):
        work = open_shop(transaction)
        labels = [refund(work, 20_000).label, refund(work, 20_000).label, refund(work, 2_000, "R2").label]
        buy(work)
        return [*labels, refund(work, 20_000).label, refund(work, 2_000, "R2").label], points(work)

    assert await database.write(run) == (["waiting", "waiting", "waiting", "too_much", "known"], 80)


@pytest.mark.asyncio
async def test_a_refund_of_an_open_order_waits_for_its_payment(database: Database) -> None:
    def run(transaction):
        work = open_shop(transaction)
        buy(work, paid=False)
        label = refund(work, 5_000).label
        purchasing.complete(work, "A1")
        return label, points(work), purchases.get_refund(transaction, "R1").state

    assert await database.write(run) == ("waiting", 50, "applied")


@pytest.mark.asyncio
async def test_a_refund_that_missed_its_order_is_found(database: Database) -> None:
    """Two processes at the same moment: neither sees what the other writes."""

    def run(transaction):
        work = open_shop(transaction)
        buy(work)
        waiting = purchases.RefundRow(1, "R1", "A1", 5_000, "EUR", "waiting", 0, 0, MONDAY, MONDAY)
        purchases.add_refund(transaction, waiting)
        return refunding.settle(work, 10), points(work), refunding.settle(work, 10)

    assert await database.write(run) == (1, 50, 0)


@pytest.mark.asyncio
async def test_wrong_refunds_are_refused(database: Database) -> None:
    def run(transaction):
        work = open_shop(transaction)
        buy(work)
        buy(work, "A2")
        with pytest.raises(WrongRefund, match="positive"):
            refund(work, 0)
        with pytest.raises(WrongRefund, match="USD"):
            refunding.refund(work, refund_id="R1", order_id="A1", amount=1, currency="USD")
        for wrong in ("R/1", "cancel/0:A1", "", " R"):
            with pytest.raises(WrongRefund, match="no id"):
                refund(work, 1, wrong)
        with pytest.raises(WrongRefund, match="no id"):
            refund(work, 1, order_id="A/1")
        refund(work, 100)
        refund(work, 100, "R2", "later")
        for taken in ("R1", "R2"):
            with pytest.raises(TakenRefund, match=r"^The refund id is taken\.$"):
                refund(work, 100, taken, "A2")
        return purchases.get(transaction, "A2").refunded

    assert await database.write(run) == 0


@pytest.mark.parametrize(("negative", "held", "debt"), [(True, -40, 40), (False, 0, 0)])
@pytest.mark.asyncio
async def test_points_that_are_gone_are_owed_or_let_go(
    database: Database, negative: bool, held: int, debt: int
) -> None:
    rules = programme(negative=negative, tiers=None, stamps=[], milestones={}, cashback=None)

    def run(transaction):
        work = open_shop(transaction, rules)
        buy(work)
        work.now += 15 * DAY
        spending = ledger.Spending("gone", ANNA, 40, "redeem", "mug")
        ledger.spend(transaction, spending, work.now)
        done = refund(work, 10_000)
        ((_, (position, lifetime, owed)),) = state(work)["held"].items()
        return done.points, position.active, owed, lifetime, ledger.audit(transaction)

    assert await database.write(run) == (100 if negative else 60, held, debt, 0, [])
