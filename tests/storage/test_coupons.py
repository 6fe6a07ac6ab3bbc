"""Coupons at rest: each change of state happens once, and only from the states it may come from."""

import sqlite3
from typing import Any

import pytest

from storage import coupons
from storage.database import Database, Transaction
from tests.loyalty.coupon_shop import ANNA, BRUNO, add_member

SOON, LATE = 100, 1_000


def add(transaction: Transaction, coupon_id: int, **fields: Any) -> bool:
    known = {"key": f"k{coupon_id}", "code_hash": f"h{coupon_id}", "member_id": ANNA, "market": "IT", "kind": "x"}
    row = {"id": coupon_id, **known, "actor": "test", "issued_at": 1, "expires_at": LATE, **fields}
    return coupons.add(transaction, row)


def state(transaction: Transaction, coupon_id: int) -> str:
    row = coupons.get(transaction, coupon_id)
    assert row is not None
    return row.state


@pytest.mark.asyncio
async def test_a_key_and_a_code_are_given_once(database: Database) -> None:
    def task(transaction: Transaction) -> None:
        add_member(transaction)
        assert add(transaction, 1)
        assert not add(transaction, 2, key="k1")
        assert not add(transaction, 2, code_hash="h1")
        found = coupons.by_key(transaction, "k1")
        assert found is not None and found == coupons.by_hash(transaction, "h1") == coupons.get(transaction, 1)
        assert coupons.by_key(transaction, "k2") is coupons.by_hash(transaction, "h2") is None

    await database.write(task)


@pytest.mark.asyncio
async def test_only_the_order_that_holds_a_coupon_uses_or_frees_it(database: Database) -> None:
    def task(transaction: Transaction) -> None:
        add_member(transaction)
        add(transaction, 1)
        assert coupons.reserve(transaction, 1, "A", until=50, now=10)
        assert not coupons.reserve(transaction, 1, "B", until=50, now=10)
        assert not coupons.redeem(transaction, 1, "B", now=49)
        assert not coupons.release(transaction, 1, "B")
        assert coupons.reserve(transaction, 1, "A", until=60, now=10)
        assert coupons.release(transaction, 1, "A") and not coupons.release(transaction, 1, "A")
        assert coupons.redeem(transaction, 1, "B", now=10)
        assert not coupons.redeem(transaction, 1, "B", now=10)
        assert not coupons.void(transaction, 1, actor="x", now=10)
        assert state(transaction, 1) == "redeemed"

    await database.write(task)


@pytest.mark.asyncio
async def test_a_hold_that_ran_out_holds_nobody_back_and_a_lapsed_coupon_serves_nobody(database: Database) -> None:
    def task(transaction: Transaction) -> None:
        add_member(transaction)
        add(transaction, 1)
        coupons.reserve(transaction, 1, "A", until=50, now=10)
        assert coupons.reserve(transaction, 1, "B", until=90, now=50)
        assert not coupons.redeem(transaction, 1, "B", now=LATE)
        assert not coupons.reserve(transaction, 1, "B", until=LATE * 2, now=LATE)
        assert coupons.redeem(transaction, 1, "B", now=LATE - 1)

    await database.write(task)


@pytest.mark.asyncio
async def test_lapsing_goes_by_chunks(database: Database) -> None:
    def task(transaction: Transaction) -> None:
        add_member(transaction)
        for number in range(1, 8):
            add(transaction, number, expires_at=SOON if number < 6 else LATE)
        coupons.reserve(transaction, 2, "A", until=LATE, now=1)
        coupons.redeem(transaction, 3, "A", now=1)
        coupons.reserve(transaction, 6, "A", until=SOON, now=1)
        assert coupons.expire(transaction, SOON - 1, 9) == 0
        assert [coupons.expire(transaction, SOON, 3) for _ in range(3)] == [3, 0, 0]
        assert [coupons.free_again(transaction, SOON, 3) for _ in range(2)] == [1, 0]
        states = ["expired", "reserved", "redeemed", "expired", "expired", "issued", "issued"]
        assert [state(transaction, number) for number in range(1, 8)] == states

    await database.write(task)


@pytest.mark.asyncio
async def test_open_coupons_come_first(database: Database) -> None:
    def task(transaction: Transaction) -> None:
        add_member(transaction)
        add_member(transaction, BRUNO)
        for number, until in ((1, 30), (2, 90), (3, 60)):
            add(transaction, number, expires_at=until)
        add(transaction, 4, member_id=BRUNO)
        coupons.void(transaction, 1, actor="staff", now=5)
        coupons.redeem(transaction, 2, "A", now=5)
        assert [row.id for row in coupons.of_member(transaction, ANNA)] == [3, 1, 2]
        assert [row.id for row in coupons.of_order(transaction, "A")] == [2]

    await database.write(task)


def test_what_lapsed_is_found_by_its_index(sqlite_url: str) -> None:
    text, bound = coupons._LAPSED.prepare("sqlite", {"now": 1, "most": 9})
    with sqlite3.connect(sqlite_url.removeprefix("sqlite:///")) as connection:
        (plan,) = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {text}", bound)]
    assert "ix_coupon_lapse" in plan
