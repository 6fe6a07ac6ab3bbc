"""What may happen to an account: points come, are spent, lapse, or are forfeited."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, select

from storage.database import Transaction
from storage.ledger._book import BREAKAGE, IS_OPEN, ISSUED, SPENT, Book, Entry, begin, found, take_from
from storage.ledger._position import first_to_lapse
from storage.people import POINTS_UNIT
from storage.statement import Statement
from storage.tables import Account, Lot

_account: Any = Account.__table__  # type: ignore[attr-defined]
_lot: Any = Lot.__table__  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class Earning:
    """Points to give. `kind` says why (purchase, referral, birthday, …), `reference` names the order or friend."""

    key: str
    member_id: int
    points: int
    kind: str
    reference: str
    activates_at: int
    expires_at: int | None
    actor: str = "system"
    unit: str = POINTS_UNIT


@dataclass(frozen=True, slots=True)
class Earned:
    """The transaction of an earning; `repeated`: its key was used before and nothing new was written."""

    transaction_id: int
    repeated: bool


@dataclass(frozen=True, slots=True)
class Spending:
    """Points to take for something, oldest lapse first."""

    key: str
    member_id: int
    amount: int
    kind: str
    reference: str
    actor: str = "system"
    unit: str = POINTS_UNIT


@dataclass(frozen=True, slots=True)
class Spent:
    """The transaction of a spending; `repeated`: its key was used before and nothing new was taken."""

    transaction_id: int
    repeated: bool


@dataclass(frozen=True, slots=True)
class Short:
    """There is not so much: nothing was taken. `available` is what is active."""

    available: int


_LAPSED = Statement(
    select(_account.c.owner_id, _account.c.unit)
    .select_from(_lot.join(_account, _account.c.id == _lot.c.account_id))
    .where(IS_OPEN, _lot.c.expires_at <= bindparam("now"))
    .order_by(_lot.c.expires_at, _lot.c.id)
    .limit(bindparam("most")),
    tuple,
)
_UNITS = Statement(
    select(_account.c.unit).where(_account.c.owner_id == bindparam("owner_id")).order_by(_account.c.id),
    lambda row: str(row[0]),
)


def earn(transaction: Transaction, earning: Earning, now: int) -> Earned:
    """Give points once per key: transaction, two postings, one lot, new snapshot. ValueError unless points > 0."""
    if earning.points <= 0:
        raise ValueError("an earning has at least one point")
    entry = Entry(earning.key, earning.kind, earning.reference, earning.actor)
    made = begin(transaction, entry, now)
    if made is None:
        first = found(transaction, earning.key)
        assert first is not None  # the key's row is what the insert ran into
        return Earned(first, repeated=True)
    book = Book.open(transaction, earning.member_id, earning.unit, now)
    book.add(made, earning.points, times=(earning.activates_at, earning.expires_at))
    book.against(made, ISSUED, -earning.points)
    book.earned = earning.points
    book.close()
    return Earned(made, repeated=False)


def spend(transaction: Transaction, spending: Spending, now: int) -> Spent | Short:
    """Take active points, the first to lapse first; all or nothing, once per key. ValueError unless amount > 0."""
    if spending.amount <= 0:
        raise ValueError("a spending takes at least one point")
    book = Book.open(transaction, spending.member_id, spending.unit, now, other=SPENT)
    result = _spend(book, spending)
    book.close()
    return result


def _spend(book: Book, spending: Spending) -> Spent | Short:
    active, available = [], book.position.active
    if available >= spending.amount:
        # The snapshot may be of a writer whose clock was ahead: the lots decide.
        active = [lot for lot in book.lots.values() if lot.activates_at <= book.now]
        available = sum(lot.remaining for lot in active)
    made = None
    if available >= spending.amount:
        entry = Entry(spending.key, spending.kind, spending.reference, spending.actor)
        made = begin(book.transaction, entry, book.now)
    if made is None:
        before = found(book.transaction, spending.key)
        return Short(available) if before is None else Spent(before, repeated=True)
    take_from(book, made, first_to_lapse(active), spending.amount)
    book.against(made, SPENT, spending.amount)
    return Spent(made, repeated=False)


def expire(transaction: Transaction, now: int, most: int = 500) -> int:
    """Book lapsed lots as breakage, each dated when it lapsed; how many were looked for, `most` if there may be more.

    The accounts of the first `most` to lapse are done whole, so that it may well be more than these.
    """
    due = transaction.all(_LAPSED, now=now, most=most)
    for owner_id, unit in sorted(set(due)):
        book = Book.open(transaction, owner_id, unit, now, other=BREAKAGE)
        book.lapse()
        book.close()
    return len(due)


def forfeit(transaction: Transaction, member_id: int, entry: Entry, now: int) -> int:
    """Everything the member holds becomes breakage and what is owed is let go; how much they held in all units.

    Once per key: a repeat does nothing and returns 0.
    """
    made = begin(transaction, entry, now)
    if made is None:
        return 0
    held = 0
    for unit in transaction.all(_UNITS, owner_id=member_id):
        book = Book.open(transaction, member_id, unit, now, other=BREAKAGE)
        held += _forfeit(book, made)
        book.close()
    return held


def _forfeit(book: Book, made: int) -> int:
    total = sum(lot.remaining for lot in book.lots.values())
    take_from(book, made, first_to_lapse(book.lots.values()), total)
    if total:
        book.against(made, BREAKAGE, total)
    if book.debt:
        book.against(made, ISSUED, -book.debt)
        book.owe(made, -book.debt)
    return total
