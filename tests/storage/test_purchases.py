"""Orders and refunds: once each, every change of state by one conditional update, sums over what is real."""

from typing import Any

import pytest

from storage import people, purchases
from storage.database import Database
from storage.purchases import Counted, PurchaseRow, RefundRow
from tests.builders import DAY, MONDAY, member_row, query

ANNA = 101
JOINED = {"joined_at": MONDAY}


def purchase(number: int = 1, **more: Any) -> PurchaseRow:
    row: dict[str, Any] = dict.fromkeys(PurchaseRow._fields, 0)
    known = {"id": number, "order_id": f"A{number}", "member_id": ANNA, "phone": None, "market": "IT", "state": "paid"}
    money = {"currency": "EUR", "total": 1_000, "lines": "[]", "payment": None, "at": MONDAY, "created_at": MONDAY}
    return PurchaseRow(**{**row, **known, **money, **more})


def refund(number: int = 1, **more: Any) -> RefundRow:
    known = {"id": number, "refund_id": f"R{number}", "order_id": "A1", "amount": 100, "currency": "EUR"}
    state = {"state": "waiting", "reversed": 0, "returned": 0, "at": MONDAY, "created_at": MONDAY}
    return RefundRow(**{**known, **state, **more})


@pytest.mark.asyncio
async def test_an_order_is_added_once_and_read_as_it_is(database: Database) -> None:
    row = purchase(lines='[[1,2,"x"]]', payment="hash", shipping=5, tax=4, redeemed=3)

    def run(transaction):
        people.add_members(transaction, [member_row(ANNA)])
        added = [purchases.add(transaction, row), purchases.add(transaction, row._replace(id=2, total=1))]
        return (
            added,
            purchases.get(transaction, "A1"),
            purchases.lock(transaction, "A1"),
            purchases.get(transaction, "?"),
        )

    assert await database.write(run) == ([True, False], row, row, None)


@pytest.mark.asyncio
async def test_states_change_once_each(database: Database) -> None:
    def run(transaction):
        people.add_members(transaction, [member_row(ANNA)])
        figures = {"earned": 9, "credited": 8, "refunded": 7, "reversed": 6, "uncredited": 5}
        purchases.add(transaction, purchase(state="open", **figures))
        moves = (purchases.pay, purchases.pay_again, purchases.cancel)
        tries = [[move(transaction, 1) for _ in range(2)] for move in (moves[1], moves[0], moves[2], moves[1])]
        return tries, purchases.get(transaction, "A1")

    tries, row = await database.write(run)
    assert tries == [[False, False], [True, False], [True, False], [True, False]]
    assert row == purchase(round=1)


@pytest.mark.asyncio
async def test_no_more_is_taken_off_than_there_is(database: Database) -> None:
    def run(transaction):
        people.add_members(transaction, [member_row(ANNA)])
        purchases.add(transaction, purchase())
        purchases.book(transaction, purchase(earned=10, credited=25, reversed=1, uncredited=2))
        tries = [purchases.take_off(transaction, 1, amount, points=4, credit=9) for amount in (600, 401, 400, 1)]
        return tries, purchases.get(transaction, "A1")

    tries, row = await database.write(run)
    assert tries == [True, False, True, False]
    assert row == purchase(earned=10, credited=25, refunded=1_000, reversed=9, uncredited=20)


@pytest.mark.asyncio
async def test_guests_are_found_by_phone_and_given_to_one_member(database: Database) -> None:
    def run(transaction):
        people.add_members(transaction, [member_row(ANNA)])
        for number, (phone, at) in enumerate([("+1", 20), ("+1", 10), ("+1", 9), ("+2", 20)], 1):
            purchases.add(transaction, purchase(number, member_id=None, phone=phone, at=at))
        found = [row.id for row in purchases.guests(transaction, "+1", 10)]
        given = [purchases.give_to(transaction, 1, ANNA) for _ in range(2)]
        left = [row.id for row in purchases.guests(transaction, "+1", 0)]
        return found, given, left, [row.phone for row in purchases.of_member(transaction, ANNA)]

    assert await database.write(run) == ([2, 1], [True, False], [3, 2], [None])


@pytest.mark.asyncio
async def test_only_real_paid_orders_are_counted(database: Database) -> None:
    def run(transaction):
        people.add_members(transaction, [member_row(ANNA), member_row(102)])
        rows = [
            purchase(1, earned=10, reversed=3, refunded=300),
            purchase(2, earned=5, currency="USD", at=MONDAY + DAY),
            purchase(3, earned=7, reversed=7, refunded=1_000),
            purchase(4, earned=90, test=1),
            purchase(5, earned=90, state="open"),
            purchase(6, earned=90, state="cancelled"),
            purchase(7, earned=90, at=MONDAY - 1),
            purchase(8, earned=90, member_id=102),
        ]
        for row in rows:
            purchases.add(transaction, row)
        spans = [(MONDAY, MONDAY + DAY), (MONDAY, MONDAY + 2 * DAY), (0, 1)]
        found = purchases.counted(transaction, ANNA, MONDAY, "EUR")
        return (
            found,
            [purchases.used(transaction, ANNA, *span) for span in spans],
            purchases.counted(transaction, 9, 0, ""),
        )

    assert await database.write(run) == (Counted(12, 700, 2), [7, 12, 0], Counted(0, 0, 0))


@pytest.mark.asyncio
async def test_refunds_wait_in_the_order_in_which_they_came(database: Database) -> None:
    def run(transaction):
        people.add_members(transaction, [member_row(ANNA)])
        added = [purchases.add_refund(transaction, refund(number)) for number in (2, 1, 2, 3)]
        before = purchases.overtaken(transaction, 10)
        purchases.add(transaction, purchase())
        found = purchases.overtaken(transaction, 10)
        done = refund(2, state="applied", reversed=4, returned=5)
        settled = [purchases.settle_refund(transaction, done) for _ in range(2)]
        waiting = [row.id for row in purchases.waiting_refunds(transaction, "A1")]
        return added, before, found, settled, waiting, purchases.get_refund(transaction, "R2") == done

    assert await database.write(run) == ([True, True, False, True], [], ["A1"], [True, False], [1, 3], True)


@pytest.mark.asyncio
async def test_a_transaction_of_the_ledger_is_found_by_its_key(database: Database) -> None:
    assert await database.read(lambda transaction: purchases.transaction_of(transaction, "none")) is None


@pytest.mark.asyncio
async def test_members_whose_phone_has_orders_that_are_nobodys(database: Database) -> None:
    def run(transaction):
        states = JOINED, {"joined_at": None}, JOINED, JOINED
        rows = [member_row(number, phone=f"+{number}", **state) for number, state in enumerate(states, 1)]
        markets = enumerate(("DE", "FR", "IT"), 5)
        rows += [member_row(number, phone=f"+{number}", market=market, **JOINED) for number, market in markets]
        people.add_members(transaction, rows)
        transaction.run(query("update member set erased_at = 1 where id = 3"))
        transaction.run(query("update member set merged_into = 1 where id = 4"))
        for number in range(1, 9):
            for which in (10, 20):
                at = MONDAY - DAY - (number == 7)
                purchases.add(transaction, purchase(number + which, member_id=None, phone=f"+{number}", at=at))
        ask = [(("IT",), DAY, 9), (("IT",), DAY + 1, 9), (("IT",), DAY + 1, 1), (("IT", "DE"), DAY, 9)]
        found = [purchases.adoptable(transaction, *one) for one in ask]
        return found, purchases.adoptable(transaction, ("IT",), DAY, 9, known=("IT", "DE"))

    found, rest = await database.write(run)
    assert (found, rest) == ([[1], [1, 7], [1], [1, 5]], [1, 6])
