"""Referrals in the database: one a friend, moved by conditional updates, found by friend, order and date."""

from __future__ import annotations

from typing import Any

import pytest

from storage import ledger, people, referrals
from storage.database import Database, Transaction
from storage.ledger import Earning
from storage.referrals import Given, ReferralRow
from tests.builders import member_row, query


def row(number: int, friend: int = 2, **more: Any) -> ReferralRow:
    known: dict[str, Any] = {"referrer_id": 1, "friend_id": friend, "state": "pending", "flags": "", "order_id": None}
    dates = {"created_at": 10, "due_at": 100, "rewarded_at": None, "decided_by": None}
    return ReferralRow(**{"id": number, **known, **dates, **more})


def add(transaction: Transaction, *found: ReferralRow) -> list[bool]:
    people.add_members(transaction, [member_row(number, phone=f"+{number}") for number in range(1, 7)])
    return [referrals.add(transaction, one) for one in found]


def address(transaction: Transaction, number: int, member_id: int, channel: str, value: str) -> None:
    known = {"profile_name": None, "reachable": 1, "opted_out": 0, "created_at": 1}
    people.add_addresses(
        transaction, [{"id": number, "channel": channel, "value": value, "member_id": member_id, **known}]
    )


def purchase(transaction: Transaction, order_id: str, **more: Any) -> None:
    values = {"member_id": None, "phone": None, "payment": None, "state": "paid", "test": 0, **more}
    columns = "id, order_id, market, currency, total, shipping, tax, redeemed, lines, round, earned, credited, refunded"
    columns += ", reversed, uncredited, at, created_at"
    names = ", ".join(values)
    places = ", ".join("null" if value is None else repr(value) for value in values.values())
    fixed = f"{transaction.ids.new()}, '{order_id}', 'IT', 'EUR', 100, 0, 0, 0, '[]', 0, 0, 0, 0, 0, 0, 1, 1"
    transaction.run(query(f"insert into purchase ({columns}, {names}) values ({fixed}, {places})"))


@pytest.mark.asyncio
async def test_a_friend_is_brought_once(database: Database) -> None:
    def work(transaction: Transaction) -> Any:
        added = add(transaction, row(10), row(11), row(12, friend=3))
        return added, referrals.of_friend(transaction, 2), referrals.of_friend(transaction, 4)

    assert await database.write(work) == ([True, False, True], row(10), None)


@pytest.mark.asyncio
async def test_a_move_holds_only_for_what_was_read(database: Database) -> None:
    def work(transaction: Transaction) -> Any:
        add(transaction, row(10))
        first = referrals.move(transaction, row(10), state="qualified", order_id="A", due_at=50)
        again = referrals.move(transaction, row(10), state="expired")
        held = row(10, state="qualified", order_id="A", due_at=50)
        other_flags = referrals.move(transaction, held._replace(flags="x"), state="rejected")
        paid = referrals.move(transaction, held, state="rewarded", rewarded_at=60)
        assert referrals.add(transaction, row(11, friend=3))
        assert [referrals.move(transaction, row(11, friend=3), state="expired") for _ in range(2)] == [True, False]
        return first, again, other_flags, paid, referrals.get(transaction, 10), referrals.by_order(transaction, "A")

    first, again, other_flags, paid, found, by_order = await database.write(work)
    assert (first, again, other_flags, paid) == (True, False, False, True)
    assert found == by_order == row(10, state="rewarded", order_id="A", due_at=50, rewarded_at=60)


@pytest.mark.asyncio
async def test_what_is_due_and_what_waits_for_a_person(database: Database) -> None:
    def work(transaction: Transaction) -> Any:
        add(
            transaction,
            row(10, friend=2, due_at=90),
            row(11, friend=3, state="qualified", due_at=80),
            row(12, friend=4, state="review", due_at=1),
            row(13, friend=5, state="rewarded", due_at=1),
            row(14, friend=6, due_at=101),
        )
        due = [one.id for one in referrals.due(transaction, 100, 9)]
        first = [one.id for one in referrals.due(transaction, 100, 1)]
        review = [one.id for one in referrals.in_review(transaction)]
        return due, first, review, [one.id for one in referrals.latest(transaction, 2)]

    assert await database.write(work) == ([11, 10, 12], [11], [12], [14, 13])


@pytest.mark.asyncio
async def test_counts_by_the_one_who_brought_them(database: Database) -> None:
    def work(transaction: Transaction) -> Any:
        add(transaction, row(10), row(11, friend=3, created_at=20), row(12, friend=4, state="qualified"))
        return (
            [referrals.count_since(transaction, 1, at) for at in (9, 10, 20)],
            referrals.states_of(transaction, 1),
            referrals.states_of(transaction, 2),
            referrals.brought(transaction, 1, 2),
            referrals.brought(transaction, 2, 1),
        )

    assert await database.write(work) == ([3, 1, 0], {"pending": 2, "qualified": 1}, {}, True, False)


@pytest.mark.asyncio
async def test_the_same_address_value_on_any_channel(database: Database) -> None:
    def work(transaction: Transaction) -> Any:
        add(transaction)
        address(transaction, 20, 1, "whatsapp", "+39")
        address(transaction, 21, 2, "sms", "+39")
        address(transaction, 22, 3, "sms", "+40")
        shared = [referrals.share_address(transaction, 1, other) for other in (2, 3)]
        return shared, [referrals.writes_from(transaction, 1, value) for value in ("+39", "+40")]

    assert await database.write(work) == ([True, False], [True, False])


@pytest.mark.asyncio
async def test_who_has_bought_before(database: Database) -> None:
    def work(transaction: Transaction) -> Any:
        add(transaction)
        purchase(transaction, "A", member_id=1)
        purchase(transaction, "B", phone="+2")
        purchase(transaction, "C", member_id=3, state="cancelled")
        purchase(transaction, "D", member_id=4, test=1)
        purchase(transaction, "E", member_id=5, phone="+6")
        return [referrals.has_bought(transaction, number, f"+{number}") for number in range(1, 7)] + [
            referrals.has_bought(transaction, 2, None)
        ]

    assert await database.write(work) == [True, True, False, False, True, False, False]


@pytest.mark.asyncio
async def test_the_same_means_of_payment(database: Database) -> None:
    def work(transaction: Transaction) -> Any:
        add(transaction)
        purchase(transaction, "A", member_id=1, payment="card")
        purchase(transaction, "B", member_id=2, payment="card")
        purchase(transaction, "C", member_id=2, payment="other")
        purchase(transaction, "D", member_id=2)
        purchase(transaction, "E", member_id=1)
        return [referrals.paid_alike(transaction, order, 1) for order in "BCD"]

    assert await database.write(work) == [True, False, False]


@pytest.mark.asyncio
async def test_an_erased_phone_and_what_the_books_gave(database: Database) -> None:
    def work(transaction: Transaction) -> Any:
        add(transaction)
        transaction.run(query("insert into suppression (hash, at) values ('h', 1)"))
        ledger.earn(transaction, Earning("k", 100, 30, "referral", "r", 5, None), 5)
        given = referrals.given(transaction, "k")
        return [referrals.is_suppressed(transaction, hash) for hash in "hx"], given, referrals.given(transaction, "x")

    suppressed, given, nothing = await database.write(work)
    assert (suppressed, nothing) == ([True, False], None)
    assert isinstance(given, Given)
    assert given.points == 30


def test_flags_are_kept_once() -> None:
    assert row(1, flags="too_many").flagged("too_many", "refunded") == "too_many refunded"
