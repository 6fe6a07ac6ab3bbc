"""Guarded counters: stock, caps and budgets are taken by one conditional update; the last one has one taker."""

from typing import Any

from sqlalchemy import bindparam, select, update

from storage.database import Transaction
from storage.statement import Statement, insert_all
from storage.tables import Counter

_counter: Any = Counter.__table__  # type: ignore[attr-defined]

_ADD = Statement(insert_all(Counter).on_conflict_do_nothing())
_TAKE = Statement(
    update(_counter)
    .where(_counter.c.name == bindparam("key"), _counter.c.taken + bindparam("wanted") <= bindparam("most"))
    .values(taken=_counter.c.taken + bindparam("amount"))
)
_PUT_BACK = Statement(
    update(_counter)
    .where(_counter.c.name == bindparam("key"), _counter.c.taken >= bindparam("least"))
    .values(taken=_counter.c.taken - bindparam("amount"))
)
_TAKEN = Statement(select(_counter.c.taken).where(_counter.c.name == bindparam("key")), lambda row: int(row[0]))


def take(transaction: Transaction, name: str, *, most: int, amount: int = 1) -> bool:
    """Take so many if no more than `most` are taken then; False (and nothing taken) otherwise."""
    transaction.run(_ADD, name=name, taken=0)
    return bool(transaction.run(_TAKE, key=name, wanted=amount, amount=amount, most=most))


def put_back(transaction: Transaction, name: str, amount: int = 1) -> bool:
    """Give back what was taken; False if so much never was."""
    return bool(transaction.run(_PUT_BACK, key=name, least=amount, amount=amount))


def taken(transaction: Transaction, name: str) -> int:
    """How much is taken now."""
    return transaction.one(_TAKEN, key=name) or 0
