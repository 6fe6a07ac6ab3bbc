"""Redemptions at rest: confirmed or released, once, and never more given back than was taken."""

import sqlite3
from typing import Any

import pytest

from storage import redemptions
from storage.database import Database, Transaction
from tests.loyalty.coupon_shop import ANNA, add_member

END = 1_000


def add(transaction: Transaction, redemption_id: int, **fields: Any) -> bool:
    known = {"key": f"k{redemption_id}", "code_hash": None, "member_id": ANNA, "market": "IT", "kind": "payment"}
    taken = {"name": "points", "unit": "points", "amount": 500, "money": 500, "transaction_id": 7, "order_id": "A"}
    row = {"id": redemption_id, **known, **taken, "actor": "test", "reserved_at": 1, "expires_at": END, **fields}
    return redemptions.add(transaction, row)


@pytest.mark.asyncio
async def test_a_redemption_ends_once(database: Database) -> None:
    def task(transaction: Transaction) -> None:
        add_member(transaction)
        assert add(transaction, 1) and add(transaction, 2) and not add(transaction, 3, key="k1")
        assert not redemptions.confirm(transaction, 1, actor="x", now=END)
        assert redemptions.confirm(transaction, 1, actor="x", now=END - 1)
        assert not redemptions.confirm(transaction, 1, actor="x", now=END - 1)
        assert not redemptions.release(transaction, 1, actor="x", now=5)
        assert redemptions.release(transaction, 2, actor="x", now=END)
        assert not redemptions.confirm(transaction, 2, actor="x", now=5)

    await database.write(task)


@pytest.mark.asyncio
async def test_confirming_may_name_the_order(database: Database) -> None:
    def task(transaction: Transaction) -> None:
        add_member(transaction)
        add(transaction, 1, order_id=None)
        add(transaction, 2, code_hash="h")
        redemptions.confirm(transaction, 1, actor="x", now=5, order_id="B")
        redemptions.confirm(transaction, 2, actor="x", now=5)
        assert [row.id for row in redemptions.of_order(transaction, "B")] == [1]
        (second,) = redemptions.of_order(transaction, "A")
        assert second == redemptions.by_hash(transaction, "h") == redemptions.by_key(transaction, "k2")
        assert (second.actor, second.settled_at, second.state) == ("x", 5, "confirmed")

    await database.write(task)


@pytest.mark.asyncio
async def test_what_an_order_is_paid_with_counts_while_it_stands(database: Database) -> None:
    def task(transaction: Transaction) -> list[int]:
        add_member(transaction)
        add(transaction, 1)
        add(transaction, 2, money=30)
        add(transaction, 3, kind="reward")
        sums = [redemptions.paid(transaction, "A")]
        redemptions.confirm(transaction, 2, actor="x", now=5)
        redemptions.release(transaction, 1, actor="x", now=5)
        return [*sums, redemptions.paid(transaction, "A"), redemptions.paid(transaction, "B")]

    assert await database.write(task) == [530, 30, 0]


@pytest.mark.asyncio
async def test_no_more_comes_back_than_was_taken(database: Database) -> None:
    def task(transaction: Transaction) -> list[bool]:
        add_member(transaction)
        add(transaction, 1)
        return [redemptions.give_back(transaction, 1, part) for part in (300, 201, 200, 1)]

    assert await database.write(task) == [True, False, True, False]


@pytest.mark.asyncio
async def test_what_ran_out_is_due_in_order_and_open_ones_come_first(database: Database) -> None:
    def task(transaction: Transaction) -> None:
        add_member(transaction)
        for number, until in ((1, 90), (2, 30), (3, 60), (4, END)):
            add(transaction, number, expires_at=until)
        redemptions.confirm(transaction, 3, actor="x", now=5)
        assert [row.id for row in redemptions.due(transaction, 90, 9)] == [2, 1]
        assert [row.id for row in redemptions.due(transaction, 90, 1)] == [2]
        assert [row.id for row in redemptions.of_member(transaction, ANNA)] == [4, 2, 1, 3]

    await database.write(task)


def test_what_ran_out_is_found_by_its_index(sqlite_url: str) -> None:
    text, bound = redemptions._DUE.prepare("sqlite", {"now": 1, "most": 9})
    with sqlite3.connect(sqlite_url.removeprefix("sqlite:///")) as connection:
        (plan,) = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {text}", bound)]
    assert "ix_redemption_lapse" in plan


@pytest.mark.asyncio
async def test_what_is_reserved_for_an_order(database: Database) -> None:
    def task(transaction: Transaction) -> None:
        add_member(transaction)
        for number, order_id in enumerate("AAAB", 1):
            add(transaction, number, order_id=order_id)
        redemptions.confirm(transaction, 1, actor="x", now=5)
        assert [row.id for row in redemptions.reserved_for(transaction, "A")] == [2, 3]
        redemptions.release(transaction, 2, actor="x", now=5)
        assert [row.id for row in redemptions.reserved_for(transaction, "A")] == [3]

    await database.write(task)
