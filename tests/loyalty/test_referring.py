"""Referrals from the code to the order: who counts, what the order must be, and what a person decides."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from functools import partial
from typing import Any

import pytest

from loyalty import referring
from loyalty.codes import new_code
from loyalty.referring import Friends
from loyalty.tokens import hashed
from storage import people, referrals
from storage.database import Database, Transaction
from tests.builders import DAY, MONDAY, member_row, query
from tests.loyalty._friends import (
    CODE,
    EVA,
    FEDE,
    GIL,
    HOLD,
    KEYRING,
    OTHERS_CODE,
    attribute,
    buy,
    into_him,
    points,
    populate,
    purchase,
    state,
    told,
    work_in,
)


@pytest.mark.asyncio
async def test_a_friend_comes_buys_and_after_the_hold_both_are_rewarded(database: Database) -> None:
    def story(transaction: Transaction) -> None:
        populate(transaction)
        work = work_in(transaction)
        assert attribute(work) == "invited"
        assert buy(work, total=2499) is None
        assert buy(work, "B") == "qualified"
        assert buy(work, "C") is None
        assert referring.friends(transaction, EVA) == Friends(came=1, waiting=1)
        assert (referring.settle(work_in(transaction, MONDAY + HOLD - 1)), state(work)) == (0, ("qualified", ""))
        later = work_in(transaction, MONDAY + HOLD)
        assert (referring.settle(later), state(later)) == (1, ("rewarded", ""))
        assert points(later, FEDE, EVA) == [250, 500]
        assert [(one.flow, one.member_id) for one in later.news if one.flow != "milestone"] == [
            ("referral_reward", EVA),
            ("referral_friend_reward", FEDE),
        ]
        assert [one.member_id for one in later.news if one.flow == "milestone"] == [EVA]
        assert (referring.settle(later), buy(later, "D")) == (0, None)
        assert (points(later, FEDE, EVA), len(later.news)) == ([250, 500], 3)
        assert referring.friends(transaction, EVA) == Friends(came=1, waiting=0)

    await told(database, story)


@pytest.mark.asyncio
async def test_without_a_hold_the_reward_comes_with_the_order(database: Database) -> None:
    def story(transaction: Transaction) -> Any:
        populate(transaction, market="ES")
        work = work_in(transaction)
        attribute(work)
        return buy(work), points(work, FEDE, EVA), [one.flow for one in work.news]

    assert await told(database, story) == ("rewarded", [250, 500], ["referral_reward", "referral_friend_reward"])


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (CODE.lower(), "invited"),
        (OTHERS_CODE, "self"),
        (new_code(99), "refused"),
        ("nonsense", "refused"),
        ("", "refused"),
    ],
)
@pytest.mark.asyncio
async def test_codes(database: Database, code: str, expected: str) -> None:
    def story(transaction: Transaction) -> Any:
        populate(transaction)
        return attribute(work_in(transaction), code=code)

    assert await told(database, story) == expected


def bought(transaction: Transaction) -> None:
    purchase(transaction, "old", FEDE)


def bought_as_a_guest(transaction: Transaction) -> None:
    purchase(transaction, "old", None, phone="+392")


def cancelled(transaction: Transaction) -> None:
    purchase(transaction, "old", FEDE, state="cancelled")


def forgotten(transaction: Transaction) -> None:
    transaction.run(query(f"insert into suppression (hash, at) values ('{hashed(KEYRING, 'phone', '+392')}', 1)"))


def one_address(transaction: Transaction) -> None:
    for number, (member, channel) in enumerate([(EVA, "telegram"), (FEDE, "simulator")], 1):
        _address(transaction, number, member, channel, "77")


def writes_from_her_phone(transaction: Transaction) -> None:
    _address(transaction, 1, FEDE, "sms", "+391")


def she_came_by_him(transaction: Transaction) -> None:
    attribute(work_in(transaction), friend=EVA, code=OTHERS_CODE)


def has_left(transaction: Transaction) -> None:
    transaction.run(query(f"update member set erased_at = 1 where id = {EVA}"))


def was_merged(transaction: Transaction) -> None:
    transaction.run(query(f"update member set merged_into = {GIL} where id = {EVA}"))


def came_already(transaction: Transaction) -> None:
    attribute(work_in(transaction))


def many_this_week(transaction: Transaction) -> None:
    for number in range(3):
        people.add_members(transaction, [member_row(200 + number)])
        attribute(work_in(transaction, MONDAY - 7 * DAY + 1 + number), friend=200 + number)


def many_last_week(transaction: Transaction) -> None:
    for number in range(3):
        people.add_members(transaction, [member_row(200 + number)])
        attribute(work_in(transaction, MONDAY - 7 * DAY), friend=200 + number)


def _address(transaction: Transaction, number: int, member: int, channel: str, value: str) -> None:
    known = {"profile_name": None, "reachable": 1, "opted_out": 0, "created_at": 1}
    row = {"id": number, "channel": channel, "value": value, "member_id": member, **known}
    people.add_addresses(transaction, [row])


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        (bought, "refused"),
        (bought_as_a_guest, "refused"),
        (cancelled, "invited"),
        (forgotten, "refused"),
        (one_address, "self"),
        (writes_from_her_phone, "self"),
        (she_came_by_him, "refused"),
        (has_left, "refused"),
        (was_merged, "invited"),
        (into_him, "self"),
        (came_already, "refused"),
        (many_this_week, "review"),
        (many_last_week, "invited"),
    ],
)
@pytest.mark.asyncio
async def test_who_counts(database: Database, before: Callable[[Transaction], None], expected: str) -> None:
    def story(transaction: Transaction) -> Any:
        populate(transaction)
        before(transaction)
        return attribute(work_in(transaction))

    assert await told(database, story) == expected


@pytest.mark.parametrize(
    ("accept", "decided", "end", "held"),
    [(True, "qualified", ("rewarded", "same_payment"), [250, 500]), (False, "rejected", None, [0, 0])],
)
@pytest.mark.asyncio
async def test_the_same_means_of_payment_is_looked_at(
    database: Database, accept: bool, decided: str, end: tuple[str, str] | None, held: list[int]
) -> None:
    def story(transaction: Transaction) -> Any:
        populate(transaction)
        purchase(transaction, "E", EVA, payment="card")
        work = work_in(transaction)
        attribute(work)
        purchase(transaction, "A", FEDE, payment="card")
        assert (buy(work), state(work)) == ("review", ("review", "same_payment"))
        (row,) = referring.review_list(transaction)
        later = work_in(transaction, MONDAY + HOLD)
        assert referring.settle(later) == 0
        assert referring.decide(later, row.id, accept) == decided
        assert referring.decide(later, row.id, True) == "gone"
        referring.settle(later)
        decider = referrals.get(transaction, row.id)
        return decider and decider.decided_by, state(later), points(later, FEDE, EVA)

    assert await told(database, story) == ("test", end or ("rejected", "same_payment"), held)


@pytest.mark.asyncio
async def test_an_order_in_another_currency_does_not_count(database: Database) -> None:
    def story(transaction: Transaction) -> Any:
        populate(transaction)
        work = work_in(transaction)
        attribute(work)
        purchase(transaction, "A", FEDE)
        transaction.run(query("update purchase set currency = 'JPY'"))
        return buy(work), buy(work, "B")

    assert await told(database, story) == (None, "qualified")


@pytest.mark.asyncio
async def test_an_order_during_the_review_is_remembered(database: Database) -> None:
    def story(transaction: Transaction) -> Any:
        populate(transaction)
        many_this_week(transaction)
        work = work_in(transaction)
        attribute(work)
        people.add_members(transaction, [member_row(300)])
        attribute(work, friend=300)
        assert (buy(work), buy(work, "B")) == ("review", None)
        return [
            referring.decide(work, row.id, accept=True) + (row.order_id or "")
            for row in referring.review_list(transaction)
        ], referring.decide(work, 5, accept=True)

    assert await told(database, story) == (["qualifiedA", "pending"], "gone")


@pytest.mark.asyncio
async def test_friends_who_come_at_the_same_time_are_all_counted(database_url: str) -> None:
    async with AsyncExitStack() as stack:
        houses = [Database(database_url) for _ in range(6)]
        for house in houses:
            stack.push_async_callback(house.close)
        friends = list(range(200, 206))

        def prepare(transaction: Transaction) -> None:
            populate(transaction)
            people.add_members(transaction, [member_row(friend) for friend in friends])

        await houses[0].write(prepare)

        def come(transaction: Transaction, friend: int) -> str:
            return attribute(work_in(transaction), friend)

        answers = await asyncio.gather(
            *(house.write(partial(come, friend=one)) for house, one in zip(houses, friends, strict=True))
        )
    assert sorted(answers) == ["invited"] * 3 + ["review"] * 3


@pytest.mark.asyncio
async def test_an_order_from_before_the_referral_shows_that_the_friend_is_no_new_one(database: Database) -> None:
    def story(transaction: Transaction) -> Any:
        populate(transaction)
        attribute(work_in(transaction))
        purchase(transaction, "old", FEDE, at=MONDAY - 1)
        purchase(transaction, "A", FEDE, at=MONDAY)
        work = work_in(transaction, MONDAY + DAY)
        return buy(work, "old"), state(work), buy(work), buy(work, "old")

    rejected = ("rejected", "already_customer")
    assert await told(database, story) == ("rejected", rejected, None, None)


@pytest.mark.asyncio
async def test_who_is_in_review_and_never_buys_is_waited_for_no_longer_than_others(database: Database) -> None:
    def story(transaction: Transaction) -> Any:
        populate(transaction)
        many_this_week(transaction)
        work = work_in(transaction)
        people.add_members(transaction, [member_row(300)])
        answers = attribute(work), attribute(work, friend=300), buy(work)
        late = work_in(transaction, MONDAY + 180 * DAY)
        too_late = buy(late, "B", friend=300)
        referring.settle(late)
        return answers, too_late, state(late), state(late, 300), len(referring.review_list(transaction))

    waits, over = ("review", "too_many"), ("expired", "too_many")
    assert await told(database, story) == (("review", "review", "review"), None, waits, over, 1)
