"""Counts over a merge and its undoing: orders, points of a lifetime, rewards, friends a month, milestones."""

import asyncio

import pytest

from loyalty import merging, purchasing, referring, rewarding, settling
from loyalty.codes import new_code
from loyalty.orders import Order
from loyalty.work import Work
from storage import counters, ledger, people, profiles, purchases, redemptions, standings
from storage import referrals as rows
from storage.database import Database
from storage.ledger import Earning
from tests.builders import DAY, MONDAY, member_row
from tests.loyalty.shop import ANNA, BRUNO, buy, member, open_shop, points, programme, refund, told

REWARD = [{"name": "mug", "title": "Mug", "points": 50, "per_member": 1, "stock": 5}]
CAPPED = {"referrer": 500, "friend": 0, "min_order": 0, "hold_days": 0, "monthly_cap": 1}


@pytest.fixture
def run(database_url: str):
    async def run_it(task, rules):
        database = Database(database_url)
        try:
            return await database.write(lambda transaction: task(open_shop(transaction, rules)))
        finally:
            await database.close()

    return lambda task, rules=None: asyncio.run(run_it(task, rules))


def merged(work: Work, kept: int = ANNA, gone: int = BRUNO) -> int:
    made = merging.merge(work, kept, gone)
    assert isinstance(made, merging.Merged)
    return made.id


def test_after_an_undo_each_counts_what_they_have(run) -> None:
    def task(work):
        for number in range(2):
            buy(work, f"A{number}", 1000)
        for number in range(3):
            buy(work, f"B{number}", 1000, who=BRUNO)
        merge_id = merged(work)
        refund(work, 1000, "R1", "B0")
        merging.undo(work, merge_id)
        found = []
        for who in (ANNA, BRUNO):
            orders = purchases.counted(work.transaction, who, 0, "EUR").purchases
            counted = standings.get(work.transaction, who).purchases
            found.append((orders, counted, standings.lifetime(work.transaction, who)))
        return found, ledger.audit(work.transaction)

    assert run(task) == ([(2, 2, 60), (2, 2, 60)], [])


def test_a_reward_that_came_back_is_its_own_members_to_have_again(run) -> None:
    def task(work):
        for who in (ANNA, BRUNO):
            gift = Earning(f"g{who}", who, 500, "gift", "x", MONDAY, None)
            ledger.earn(work.transaction, gift, MONDAY)
        rewarding.reserve(work, member(work, ANNA), "mug", "k1")
        theirs = rewarding.reserve(work, member(work, BRUNO), "mug", "k2")
        merge_id = merged(work)
        row = redemptions.get(work.transaction, theirs.redemption_id)
        settling.release(work, row, actor="x", reason="x")
        merging.undo(work, merge_id)
        return [counters.taken(work.transaction, settling.member_name("IT", "mug", who)) for who in (ANNA, BRUNO)]

    assert run(task, programme(rewards=REWARD)) == [1, 0]


def test_a_merge_gives_no_second_month_of_friends(run) -> None:
    def task(work):
        code = new_code(9)
        fields = {"joined_at": MONDAY, "created_at": MONDAY}
        people.add_members(work.transaction, [member_row(one, **fields) for one in (201, 202)])
        people.add_members(work.transaction, [member_row(700, referral_code=code, **fields)])
        for friend in (201, 202):
            referring.attribute(work, member(work, friend), code)
        buy(work, "F1", 5000, who=201)
        merged(work, BRUNO, 700)
        buy(work, "F2", 5000, who=202)
        return [rows.of_friend(work.transaction, friend).state for friend in (201, 202)]

    assert run(task, programme(referral=CAPPED)) == ["rewarded", "rejected"]


def test_a_customers_second_membership_brings_no_friend(run) -> None:
    def task(work):
        code = new_code(9)
        people.add_members(work.transaction, [member_row(700, referral_code=code, joined_at=MONDAY - 50 * DAY)])
        buy(work, "old", 5000)
        referring.attribute(work, member(work, BRUNO), code)
        merge_id = merged(work)
        row = rows.of_friend(work.transaction, ANNA)
        merging.undo(work, merge_id)
        back = rows.of_friend(work.transaction, BRUNO)
        return (row.state, row.flags), (back.state, back.flags)

    assert run(task, programme(milestones=None)) == (("rejected", "already_customer"), ("pending", ""))


def test_a_milestone_jumped_over_is_given_and_one_had_is_not_given_again(run) -> None:
    def task(work):
        for number in range(2):
            buy(work, f"B{number}", 1000, who=BRUNO)
        buy(work, "A0", 1000)
        merged(work)
        before = [one["reached"] for one in told(work, "milestone")]
        for number in range(2):
            refund(work, 1000, f"R{number}", f"B{number}")
        for number in range(2):
            buy(work, f"A{number + 1}", 1000)
        return before, {one["reached"] for one in told(work, "milestone")}, points(work)

    rules = programme(milestones={"purchases": [{"at": 2, "points": 40}, {"at": 3, "points": 7}]})
    assert run(task, rules) == ([2, 3], {2, 3}, 40 + 7 + 30)


def test_a_phone_that_comes_over_brings_its_guest_orders(run) -> None:
    def task(work):
        phone = "+393339990000"
        people.add_members(work.transaction, [member_row(300, phone=phone, joined_at=None)])
        purchasing.record(work, None, Order("G1", "EUR", 10_000, MONDAY), market="IT", phone=phone)
        merged(work, BRUNO, 300)
        kept = profiles.get(work.transaction, BRUNO)
        return kept.phone == phone, purchases.get(work.transaction, "G1").member_id, points(work, BRUNO)

    assert run(task) == (True, BRUNO, 100)
