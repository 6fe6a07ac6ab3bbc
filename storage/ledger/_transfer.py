"""Two members become one, or are parted again: lots move as they are, with their dates, in a balanced transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, select, update

from storage.database import Transaction
from storage.ledger._book import Book, Entry, begin
from storage.statement import Statement, many
from storage.tables import Account, Lot, Posting

_account: Any = Account.__table__  # type: ignore[attr-defined]
_lot: Any = Lot.__table__  # type: ignore[attr-defined]
_posting: Any = Posting.__table__  # type: ignore[attr-defined]
_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Moving:
    """What went over in one unit: the ids of its lots and what the giver had earned in a lifetime."""

    unit: str
    lots: tuple[int, ...]
    lifetime: int


_UNITS = Statement(
    select(_account.c.unit).where(_account.c.owner_id == bindparam("owner_id")).order_by(_account.c.unit),
    lambda row: str(row[0]),
)
_ALL_LOTS = Statement(
    select(_lot.c.id)
    .where(
        _lot.c.account_id == bindparam("account_id"),
        _lot.c.id.in_(select(_posting.c.lot_id).where(_posting.c.account_id == bindparam("account_id"))),
    )
    .order_by(_lot.c.id),
    lambda row: int(row[0]),
)
_GRACE = Statement(
    select(_lot.c.id).where(_lot.c.account_id == bindparam("account_id"), _lot.c.source_id.in_(many("sources"))),
    lambda row: int(row[0]),
)
_MOVE = Statement(
    update(_lot)
    .where(_lot.c.account_id == bindparam("from_id"), _lot.c.id.in_(many("lots")))
    .values(account_id=bindparam("to_id"))
)


def transfer(transaction: Transaction, from_id: int, to_id: int, entry: Entry, now: int) -> list[Moving]:
    """Give everything of one member to another; what went over, to be able to give it back.

    Once per key: a repeat moves nothing and returns an empty list.
    """
    made = begin(transaction, entry, now)
    if made is None:
        return []
    moved = []
    for unit in transaction.all(_UNITS, owner_id=from_id):
        giver, taker = _both(transaction, from_id, to_id, unit, now)
        lots = transaction.all(_ALL_LOTS, account_id=giver.account.id)
        moved.append(Moving(unit, tuple(lots), giver.account.lifetime))
        _move(made, giver, taker, moved[-1], debt=True)
    return moved


def transfer_back(
    transaction: Transaction, from_id: int, to_id: int, moved: list[Moving], entry: Entry, *, now: int
) -> None:
    """Undo a transfer, once per key: its lots go back with what is left, and what refunds gave back in their place.

    What was owed stays: it was paid from what both had, or is owed by who took over.
    """
    made = begin(transaction, entry, now)
    if made is None:
        return
    for one in moved:
        giver, taker = _both(transaction, from_id, to_id, one.unit, now)
        lots = (*one.lots, *_in_their_place(giver, one.lots))
        _move(made, giver, taker, Moving(one.unit, lots, one.lifetime), debt=False)


def _in_their_place(book: Book, lots: Sequence[int]) -> list[int]:
    """The lots that hold in grace what lapsed of these, and so on from them."""
    graces: list[int] = []
    for start in range(0, len(lots), _AT_ONCE):
        sources = lots[start : start + _AT_ONCE]
        graces += book.transaction.all(_GRACE, account_id=book.account.id, sources=sources)
    return graces + _in_their_place(book, graces) if graces else []


def _both(transaction: Transaction, from_id: int, to_id: int, unit: str, now: int) -> tuple[Book, Book]:
    """Both accounts, locked in the order of their owners."""
    books = {owner: Book.open(transaction, owner, unit, now) for owner in sorted((from_id, to_id))}
    return books[from_id], books[to_id]


def _move(made: int, giver: Book, taker: Book, moving: Moving, *, debt: bool) -> None:
    giver.hand_over(made, list(moving.lots), taker, debt=debt)
    for start in range(0, len(moving.lots), _AT_ONCE):
        part = moving.lots[start : start + _AT_ONCE]
        giver.transaction.run(_MOVE, from_id=giver.account.id, to_id=taker.account.id, lots=part)
    giver.earned, taker.earned = -moving.lifetime, moving.lifetime
    giver.close()
    taker.close()
