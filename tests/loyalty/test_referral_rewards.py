"""What referrals bring: the hold, the month's cap, refunds; once, whoever settles and however often."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from loyalty import referring
from loyalty.work import Work
from storage import counters, ledger, people, referrals
from storage.database import Database, Transaction
from tests.builders import DAY, MONDAY, member_row, query
from tests.loyalty._friends import (
    EVA,
    FEDE,
    GIL,
    HOLD,
    attribute,
    buy,
    crowd,
    into_him,
    points,
    populate,
    state,
    told,
    work_in,
)


@pytest.mark.asyncio
async def test_a_market_without_referrals_refuses_codes_and_gives_its_members_nothing(database: Database) -> None:
    def story(transaction: Transaction) -> Any:
        populate(transaction)
        transaction.run(query(f"update member set market = 'AE' where id in ({GIL}, {EVA})"))
        work = work_in(transaction)
        answers = attribute(work, friend=GIL), attribute(work), buy(work)
        later = work_in(transaction, MONDAY + HOLD)
        referring.settle(later)
        return answers, state(later), points(later, FEDE, EVA), [one.flow for one in later.news]

    answers, end, held, news = await told(database, story)
    assert answers == ("refused", "invited", "qualified")
    assert (end, held, news) == (("rewarded", ""), [250, 0], ["referral_friend_reward"])


@pytest.mark.asyncio
async def test_a_friend_who_does_not_buy_in_time_brings_nothing(database: Database) -> None:
    def story(transaction: Transaction) -> Any:
        populate(transaction)
        attribute(work_in(transaction))
        late = work_in(transaction, MONDAY + 180 * DAY)
        return buy(late), referring.settle(late), state(late), buy(late), points(late, FEDE, EVA)

    assert await told(database, story) == (None, 1, ("expired", ""), None, [0, 0])


@pytest.mark.parametrize(
    ("market", "spent", "held"), [("IT", 0, [0, 50]), ("IT", 200, [-200, 50]), ("ES", 200, [0, 0])]
)
@pytest.mark.asyncio
async def test_a_refund_takes_back_what_both_were_given(
    database: Database, market: str, spent: int, held: list[int]
) -> None:
    def story(transaction: Transaction) -> Any:
        populate(transaction, market=market)
        work = work_in(transaction)
        attribute(work)
        buy(work)
        later = work_in(transaction, MONDAY + HOLD)
        referring.settle(later)
        cap = f"referral:{EVA}:2026-03"
        assert counters.taken(transaction, cap) == 1
        if spent:
            ledger.spend(transaction, ledger.Spending("s", FEDE, spent, "redeem", "r"), later.now)
        assert [referring.undo(later, order) for order in ("A", "A", "B")] == [True, False, False]
        assert counters.taken(transaction, cap) == 0
        matured = work_in(transaction, later.now + HOLD)
        return state(later), points(matured, FEDE, EVA)

    assert await told(database, story) == (("rejected", "refunded"), held)


@pytest.mark.asyncio
async def test_a_refund_within_the_hold_ends_it(database: Database) -> None:
    def story(transaction: Transaction) -> Any:
        populate(transaction)
        work = work_in(transaction)
        attribute(work)
        buy(work)
        later = work_in(transaction, MONDAY + HOLD)
        return referring.undo(work, "A"), referring.settle(later), state(later), points(later, FEDE, EVA), later.news

    assert await told(database, story) == (True, 0, ("rejected", "refunded"), [0, 0], [])


@pytest.mark.asyncio
async def test_over_the_months_cap_only_the_friend_is_rewarded(database: Database) -> None:
    def story(transaction: Transaction) -> Any:
        populate(transaction)
        friends = crowd(transaction, 3)
        later = work_in(transaction, MONDAY + HOLD)
        assert referring.settle(later) == 3
        assert points(later, EVA, *friends) == [1000, 250, 250, 250]
        (capped,) = (friend for friend in friends if state(later, friend) == ("rejected", "monthly_cap"))
        row = referrals.of_friend(transaction, capped)
        assert row is not None
        assert row.order_id is not None
        assert referring.undo(later, row.order_id)
        next_month = f"referral:{EVA}:2026-04"
        return points(later, EVA, capped), counters.taken(transaction, f"referral:{EVA}:2026-03"), next_month

    held, taken, next_month = await told(database, story)
    assert (held, taken) == ([1000, 0], 2)
    assert await database.read(lambda transaction: counters.taken(transaction, next_month)) == 0


@pytest.mark.asyncio
async def test_who_was_erased_meanwhile_is_given_nothing(database: Database) -> None:
    def story(transaction: Transaction) -> Any:
        populate(transaction)
        work = work_in(transaction)
        attribute(work)
        buy(work)
        transaction.run(query(f"update member set erased_at = 1 where id = {FEDE}"))
        later = work_in(transaction, MONDAY + HOLD)
        return referring.settle(later), state(later), points(later, FEDE, EVA)

    assert await told(database, story) == (1, ("rewarded", ""), [0, 500])


@pytest.mark.asyncio
async def test_two_who_turned_out_to_be_one_bring_nothing(database: Database) -> None:
    def story(transaction: Transaction) -> Any:
        populate(transaction)
        work = work_in(transaction)
        attribute(work)
        buy(work)
        into_him(transaction)
        later = work_in(transaction, MONDAY + HOLD)
        return referring.settle(later), state(later), points(later, FEDE, EVA)

    assert await told(database, story) == (1, ("rejected", "self"), [0, 0])


@pytest.mark.asyncio
async def test_twenty_settlers_take_the_last_one_under_the_cap_once(database_url: str) -> None:
    async with AsyncExitStack() as stack:
        houses = [Database(database_url) for _ in range(5)]
        for house in houses:
            stack.push_async_callback(house.close)
        await houses[0].write(populate)
        friends = await houses[0].write(lambda transaction: crowd(transaction, 6))
        cap = f"referral:{EVA}:2026-03"
        await houses[0].write(lambda transaction: counters.take(transaction, cap, most=1))

        def settle(transaction: Transaction) -> tuple[int, int]:
            work = work_in(transaction, MONDAY + HOLD)
            return referring.settle(work, 4), len([one for one in work.news if one.flow == "referral_reward"])

        done = await asyncio.gather(*(house.write(settle) for house in houses for _ in range(4)))
        assert [sum(moved for moved, _ in done), sum(rewards for _, rewards in done)] == [6, 1]

        def end(transaction: Transaction) -> Any:
            work = work_in(transaction, MONDAY + HOLD)
            states = sorted(state(work, friend) for friend in friends)
            return states, points(work, EVA, *friends), counters.taken(transaction, cap), ledger.audit(transaction)

        states, held, taken, wrong = await houses[0].read(end)
        assert states == [("rejected", "monthly_cap")] * 5 + [("rewarded", "")]
        assert (held, taken, wrong) == ([500] + [250] * 6, 2, [])


WITH_DATABASE = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True
)
STEPS = st.lists(
    st.tuples(st.sampled_from(["attribute", "buy", "small", "settle", "undo", "accept", "reject"]), st.integers(0, 3)),
    max_size=25,
)


class _Done(Exception):
    """Ends an example and rolls it back."""


def play(work: Work, step: str, friend: int) -> None:
    row = referrals.of_friend(work.transaction, friend)
    if step == "attribute":
        attribute(work, friend)
    elif step in ("buy", "small"):
        buy(work, f"order {friend}", 3000 if step == "buy" else 10, friend)
    elif step == "settle":
        referring.settle(work, 2)
    elif step == "undo":
        referring.undo(work, f"order {friend}")
    elif row is not None:
        referring.decide(work, row.id, step == "accept")


@WITH_DATABASE
@given(steps=STEPS)
def test_no_reward_without_an_order_and_clean_books_whatever_happens(sqlite_url: str, steps: list[Any]) -> None:
    def story(transaction: Transaction) -> None:
        populate(transaction)
        people.add_members(transaction, [member_row(200 + number) for number in range(4)])
        now = MONDAY
        for step, number in steps:
            now += 5 * DAY
            for _ in range(2):
                play(work_in(transaction, now), step, 200 + number)
            balanced(transaction, now)
        raise _Done

    async def run() -> None:
        database = Database(sqlite_url)
        with pytest.raises(_Done):
            await database.write(story)
        await database.close()

    asyncio.run(run())


def balanced(transaction: Transaction, now: int) -> None:
    """Points are where a reward stands, and nowhere else; the counters say as much."""
    found = [row for number in range(4) if (row := referrals.of_friend(transaction, 200 + number)) is not None]
    rewarded = [row for row in found if row.state == "rewarded"]
    assert all(row.order_id is not None for row in rewarded)
    capped = [row for row in found if row.state == "rejected" and row.flags == "monthly_cap"]
    held = {row.friend_id: ledger.position_of(transaction, row.friend_id, now).active for row in found}
    assert {friend for friend, active in held.items() if active} == {row.friend_id for row in [*rewarded, *capped]}
    given = {wallet.unit: wallet.lifetime for wallet in ledger.wallets(transaction, EVA, now)}.get("points", 0)
    assert given in (500 * len(rewarded), 500 * len(rewarded) + 50)
    taken = sum(counters.taken(transaction, f"referral:{EVA}:2026-{month:02}") for month in range(3, 8))
    assert taken == len(rewarded)
    assert ledger.audit(transaction) == []
