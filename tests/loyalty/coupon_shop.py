"""A small shop for the tests of coupons, rewards and payments: members without a chat, work at a time set by hand."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from loyalty.programme import Programme
from loyalty.tokens import Keyring
from loyalty.work import Work
from storage import ledger, members
from storage.database import Database, Transaction
from storage.ledger import Earning
from storage.members import MemberRow
from storage.statement import Statement, insert_all
from storage.tables import Member

Result = TypeVar("Result")
NOON = 1_772_449_200_000_000
"""2 March 2026, noon in Rome."""
MINUTE, DAY = 60_000_000, 86_400_000_000
KEYRING = Keyring(b"a secret for the tests")
ANNA, BRUNO = 101, 102
_ADD = Statement(insert_all(Member))
MARKET: dict[str, Any] = {
    "currency": "EUR",
    "earn": {"points": 1, "per": 100},
    "channels": ["telegram"],
    "refund_grace_days": 14,
    "redeem": {"points": 100, "money": 100, "minimum": 500, "share": 50},
    "cashback": {"basis_points": 500, "minimum": 200},
    "stamps": [
        {"name": "coffee", "title": "Coffee card", "needed": 5, "per": "item", "per_day": 2, "coupon": "free_coffee"},
        {"name": "lunch", "title": "Lunch card", "needed": 2, "interval_minutes": 0, "per_day": 9, "coupon": "last"},
    ],
    "coupons": [
        {"name": "free_coffee", "title": "Free coffee", "gift": "a coffee", "valid_days": 60},
        {"name": "ten_off", "title": "10% off", "percent": 10, "min_order": 3000, "categories": ["beans"]},
        {"name": "five_euro", "title": "5 euro", "money": 500, "stackable": True},
        {"name": "two_euro", "title": "2 euro", "money": 200, "stackable": True, "on_refund": "void"},
        {"name": "last", "title": "The last", "money": 100, "stock": 1},
    ],
    "rewards": [
        {"name": "cup", "title": {"en": "Cup", "it": "Tazza"}, "points": 500},
        {"name": "tote", "title": "Bag", "points": 300, "money": 500, "stock": 1, "valid_days": 10},
        {"name": "tasting", "title": "Tasting", "points": 100, "per_member": 1, "stock": 5},
        {"name": "evening", "title": "Evening", "kind": "gesture", "tiers": ["gold"]},
        {"name": "early", "title": "New", "points": 100, "early": {"tiers": ["gold"], "until": "2026-03-03"}},
        {"name": "spring", "title": "Spring", "points": 100, "first": "2026-03-03", "last": "2026-03-04"},
    ],
}


def programme(**changes: Any) -> Programme:
    """The shop's programme, with some blocks of its market changed."""
    plain = {"name": "Shop", "brand": {"contact": "x", "hours": "x"}, "terms": {"version": "1"}}
    return Programme.model_validate({**plain, "default_market": "IT", "markets": {"IT": {**MARKET, **changes}}})


SHOP = programme()


def work(transaction: Transaction, now: int = NOON, *, shop: Programme = SHOP) -> Work:
    return Work(transaction, shop, KEYRING, now, actor="till")


def add_member(transaction: Transaction, member_id: int = ANNA, *, points: int = 0, **fields: Any) -> MemberRow:
    """A member with this many points that do not lapse."""
    columns = {column.name: None for column in Member.__table__.columns}  # type: ignore[attr-defined]
    known = {"market": "IT", "locale": "it", "locale_source": "settled", "zone": "Europe/Rome", "birth_edits": 0}
    state = {"joined_at": 1, "marketing": 1, "control": "bot", "control_version": 0, "created_at": 1}
    transaction.run(_ADD, **{**columns, "id": member_id, **known, **state, **fields})
    if points:
        give(transaction, member_id, points)
    return member(transaction, member_id)


def member(transaction: Transaction, member_id: int = ANNA) -> MemberRow:
    found = members.get(transaction, member_id)
    assert found is not None
    return found


def give(
    transaction: Transaction, member_id: int, amount: int, *, unit: str = "points", expires_at: int | None = None
) -> int:
    """Points (or credit) that can be spent at once; the ledger's transaction."""
    key = f"given:{transaction.ids.new()}"
    earning = Earning(key, member_id, amount, "goodwill", key, 0, expires_at, "test", unit)
    return ledger.earn(transaction, earning, NOON - DAY).transaction_id


def balance(transaction: Transaction, member_id: int = ANNA, unit: str = "points", now: int = NOON) -> int:
    return ledger.position_of(transaction, member_id, now, unit).active


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[Database]:
    database = Database(url)
    try:
        yield database
    finally:
        await database.close()


async def once(url: str, task: Callable[[Transaction], Result]) -> Result:
    """One piece of work on a database of its own."""
    async with opened(url) as database:
        return await database.write(task)


async def race(url: str, task: Callable[[Work, int], Result], *, writers: int = 2, times: int = 20) -> list[Result]:
    """The same work so many times at once, on this many databases (a server and a command); every result."""
    results: list[Result] = []
    databases = [Database(url) for _ in range(writers)]

    async def client(number: int) -> None:
        for turn in range(number, times, writers * 2):
            job = databases[number % writers].write(lambda transaction, turn=turn: task(work(transaction), turn))
            results.append(await job)

    try:
        await asyncio.gather(*(client(number) for number in range(writers * 2)))
    finally:
        for database in databases:
            await database.close()
    return results
