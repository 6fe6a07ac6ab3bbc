"""Refunds and what hangs on an order: stamps, friends, coupons, payments, guests, those who have left."""

import pytest

from loyalty import couponing, erasing, paying, purchasing, referring
from loyalty.codes import new_code
from loyalty.paying import Payment
from loyalty.refunding import Refunded
from loyalty.work import Work
from storage import coupons, ledger, people, purchases, standings
from storage.database import Database
from storage.people import POINTS_UNIT
from tests.builders import DAY, MONDAY, member_row, query
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
    work_in,
)
from tests.loyalty.test_refunding import CREDIT, PAYING, PLAIN, RULES, SPENT, bought, give, pay


@pytest.mark.asyncio
async def test_a_full_refund_takes_stamps_friends_and_the_count_back(database: Database) -> None:
    def run(transaction):
        work = open_shop(transaction)
        code = new_code(7)
        people.add_members(transaction, [member_row(103, referral_code=code, joined_at=MONDAY - 9 * DAY)])
        assert referring.attribute(work, member(work), code) == "invited"
        buy(work)
        had = (points(work, 103), points(work, unit="stamps:coffee"), standings.get(transaction, ANNA).purchases)
        refund(work, 4_000)
        part = (points(work, 103), points(work, unit="stamps:coffee"), standings.get(transaction, ANNA).purchases)
        refund(work, 6_000, "R2")
        full = (points(work, 103), points(work, unit="stamps:coffee"), standings.get(transaction, ANNA).purchases)
        return had, part, full, standings.get(transaction, ANNA).tier, ledger.audit(transaction)

    had, part, full, tier, wrong = await database.write(run)
    assert (had, part, full) == ((520, 1, 1), (520, 1, 1), (20, 0, 0))
    assert (tier, wrong) == ("silver", [])


@pytest.mark.asyncio
async def test_a_coupon_used_on_the_order_is_given_again(database: Database) -> None:
    def run(transaction):
        work = open_shop(transaction)
        made = couponing.issue(work, member(work), "espresso", "gift")
        couponing.redeem(work, made.code, "A1")
        buy(work)
        refund(work, 10_000)
        return sorted(one.state for one in coupons.of_member(transaction, ANNA))

    assert await database.write(run) == ["issued", "redeemed"]


@pytest.mark.asyncio
async def test_a_guests_refund_is_kept_and_touches_nobody(database: Database) -> None:
    def run(transaction):
        work = work_in(transaction)
        purchasing.record(work, None, order(), market="IT", phone="+390000")
        return refund(work, 10_000), purchases.get(transaction, "A1").refunded, ledger.liability(transaction)

    assert await database.write(run) == (Refunded("applied"), 10_000, [])


@pytest.mark.asyncio
async def test_an_erased_member_owes_nothing(database: Database) -> None:
    def run(transaction):
        work = open_shop(transaction)
        buy(work, who=BRUNO)
        ledger.forfeit(transaction, BRUNO, ledger.Entry("erasure:102", "erasure", "102"), work.now)
        transaction.run(query(f"update member set erased_at = 1 where id = {BRUNO}"))
        return refund(work, 10_000).label, state(work, BRUNO)["held"][POINTS_UNIT][2], ledger.audit(transaction)

    assert await database.write(run) == ("applied", 0, [])


@pytest.mark.asyncio
async def test_a_cancelled_open_order_gives_back_what_paid_a_part_of_it(database: Database) -> None:
    def run(transaction):
        work = open_shop(transaction, RULES)
        give(work, SPENT)
        taken = pay(work, 10_000)
        buy(work, paid=False)
        left = points(work)
        done = purchasing.cancel(work, "A1")
        return taken, left, done, points(work), ledger.audit(transaction)

    taken, left, done, after, wrong = await database.write(run)
    assert (taken > 0, left, after, wrong) == (True, SPENT - taken, SPENT, [])
    assert done == Refunded("applied", 0, taken)


@pytest.mark.asyncio
async def test_ids_of_refunds_that_look_like_our_own_keys_stand_alone(database: Database) -> None:
    def run(transaction):
        work = open_shop(transaction, PLAIN)
        for order_id in ("A1", "A2", "A3"):
            buy(work, order_id)
        refund(work, 10_000, "R1", "A1")
        refund(work, 10_000, "R1:cash", "A2")
        refund(work, 1_000, "cancel:A3:0", "A3")
        left = (points(work), points(work, unit=CREDIT))
        done = purchasing.cancel(work, "A3")
        return left, done.points, points(work), points(work, unit=CREDIT), ledger.audit(transaction)

    assert await database.write(run) == ((90, 225), 90, 0, 0, [])


def invite(work: Work) -> int:
    """Anna came by the code of this member."""
    code = new_code(7)
    people.add_members(work.transaction, [member_row(103, referral_code=code, joined_at=MONDAY - 9 * DAY)])
    assert referring.attribute(work, member(work), code) == "invited"
    return 103


@pytest.mark.asyncio
async def test_an_order_that_became_too_small_loses_its_friend_and_its_stamps_once(database: Database) -> None:
    card = {"name": "coffee", "title": "Coffee card", "needed": 9, "coupon": "espresso", "min_order": 5_000}
    rules = programme(tiers=None, milestones={}, stamps=[card])

    def run(transaction):
        work = open_shop(transaction, rules)
        friend = invite(work)
        buy(work)
        work.now += DAY
        buy(work, "A2", 9_000)
        found = []
        for number, amount in enumerate((5_000, 1, 2_499, 1, 2_498, 1)):
            refund(work, amount, f"R{number}")
            found.append((points(work, unit="stamps:coffee"), points(work, friend)))
        return found, standings.get(transaction, ANNA).purchases, ledger.audit(transaction)

    found, count, wrong = await database.write(run)
    assert found == [(2, 500), (1, 500), (1, 500), (1, 0), (1, 0), (1, 0)]
    assert (count, wrong) == (1, [])


@pytest.mark.asyncio
async def test_after_an_erasure_nothing_comes_back_and_nobody_is_told(database: Database) -> None:
    def run(transaction):
        work = open_shop(transaction, RULES)
        bought(work, 10_000)
        erasing.erase(work, ANNA)
        work.news.clear()
        done = refund(work, 10_000)
        return done, points(work), points(work, unit=CREDIT), work.news, ledger.audit(transaction)

    assert await database.write(run) == (Refunded("applied"), 0, 0, [], [])


@pytest.mark.asyncio
async def test_a_guests_order_that_a_member_paid_for_gives_the_payment_back(database: Database) -> None:
    def run(transaction):
        work = open_shop(transaction, PLAIN)
        give(work, SPENT)
        made = couponing.issue(work, member(work), "espresso", "gift")
        couponing.redeem(work, made.code, "A1")
        taken = pay(work, 10_000)
        purchasing.record(work, None, order(), market="IT", phone="+390000")
        done = [refund(work, 5_000), refund(work, 5_000, "R2")]
        states = sorted(one.state for one in coupons.of_member(transaction, ANNA))
        return taken, [one.returned for one in done], points(work), states

    taken, returned, held, states = await database.write(run)
    assert (taken, returned, held) == (SPENT, [SPENT // 2] * 2, SPENT)
    assert states == ["issued", "redeemed"]


@pytest.mark.asyncio
async def test_stamps_go_back_by_the_cards_of_the_orders_market(database: Database) -> None:
    def run(transaction):
        work = open_shop(transaction)
        buy(work)
        had = points(work, unit="stamps:coffee")
        transaction.run(query(f"update member set market = 'DE' where id = {ANNA}"))
        refund(work, 10_000)
        return had, points(work, unit="stamps:coffee")

    assert await database.write(run) == (1, 0)


@pytest.mark.parametrize(("refunded", "held"), [(0, 500), (2_500, 625), (10_000, 1_000)])
@pytest.mark.asyncio
async def test_a_payment_confirmed_late_gives_back_what_was_refunded_before(
    database: Database, refunded: int, held: int
) -> None:
    def run(transaction):
        work = open_shop(transaction, PAYING)
        give(work, SPENT, unit=CREDIT)
        made = paying.reserve(work, member(work), Payment(CREDIT, 500, 10_000, "A1", "late"))
        if refunded:
            refund(work, refunded, "late")
        buy(work)
        labels = [paying.confirm(work, made.redemption_id, "A1").label for _ in range(2)]
        left = ledger.position_of(transaction, ANNA, work.now, CREDIT).active
        if refunded < 10_000:
            refund(work, 10_000 - refunded, "rest")
        return labels, left, points(work, unit=CREDIT), ledger.audit(transaction)

    assert await database.write(run) == (["confirmed"] * 2, held, SPENT, [])


@pytest.mark.parametrize("paid", [True, False])
@pytest.mark.asyncio
async def test_a_cancelled_order_lets_go_of_what_was_reserved_to_pay_for_it(database: Database, paid: bool) -> None:
    def run(transaction):
        work = open_shop(transaction, PLAIN)
        give(work, SPENT)
        made = paying.reserve(work, member(work), Payment(POINTS_UNIT, 500, 10_000, "A1", "reserved"))
        buy(work, paid=paid)
        purchasing.cancel(work, "A1")
        held = points(work)
        after = paying.reserve(work, member(work), Payment(POINTS_UNIT, 500, 10_000, "A1", "after"))
        label = paying.confirm(work, after.redemption_id, "A1").label
        first = paying.confirm(work, made.redemption_id, "A1").label
        return held, first, label, points(work), ledger.audit(transaction)

    assert await database.write(run) == (SPENT, "released", "confirmed", SPENT, [])
