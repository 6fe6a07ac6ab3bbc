"""What is undone: a spending is given back, an earning is taken back; in parts, and each part once per key."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import bindparam, func, select

from storage.database import Conflict, Transaction
from storage.ledger._book import BREAKAGE, ISSUED, PROGRAMME, SPENT, Book, Entry, begin_new, found, take_from
from storage.ledger._position import OpenLot, first_to_lapse
from storage.people import POINTS_UNIT
from storage.statement import Statement, many
from storage.tables import Account, LedgerTransaction, Lot, Posting

_account: Any = Account.__table__  # type: ignore[attr-defined]
_transaction: Any = LedgerTransaction.__table__  # type: ignore[attr-defined]
_posting: Any = Posting.__table__  # type: ignore[attr-defined]
_lot: Any = Lot.__table__  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class Return:
    """A part of a spending to give back to the lots it came from; lapsed ones live on until `grace_until`."""

    key: str
    spend_id: int
    amount: int
    grace_until: int
    reference: str
    kind: str = "return"
    actor: str = "system"


@dataclass(frozen=True, slots=True)
class ClawBack:
    """Points to take back: from the lots of `sources` (transaction ids) first, then others, then owed if `may_owe`.

    What lapsed of the sources' own lots brought nobody anything: it is neither taken from others nor owed.
    """

    key: str
    member_id: int
    amount: int
    sources: tuple[int, ...]
    reference: str
    may_owe: bool = True
    kind: str = "refund"
    actor: str = "system"
    unit: str = POINTS_UNIT


@dataclass(frozen=True, slots=True)
class Moved:
    """What a return or claw-back came to; `repeated`: nothing new was written."""

    amount: int
    repeated: bool = False


class _Taken(NamedTuple):
    lot_id: int
    owner_id: int
    unit: str
    source_id: int | None
    amount: int
    original: int
    remaining: int
    activates_at: int
    expires_at: int | None
    transaction_id: int


_TAKEN = Statement(
    select(
        _lot.c.id,
        _account.c.owner_id,
        _account.c.unit,
        _lot.c.source_id,
        -_posting.c.amount,
        *(_lot.c[name] for name in _Taken._fields[5:]),
    )
    .select_from(_posting)
    .join(_lot, _lot.c.id == _posting.c.lot_id)
    .join(_account, _account.c.id == _lot.c.account_id)
    .where(_posting.c.transaction_id == bindparam("spend_id"), _posting.c.amount < 0)
    .order_by(_posting.c.id),
    _Taken._make,
)
_RETURNED = Statement(
    select(_lot.c.id, _lot.c.source_id, func.sum(_posting.c.amount))
    .select_from(_transaction)
    .join(_posting, _posting.c.transaction_id == _transaction.c.id)
    .join(_lot, _lot.c.id == _posting.c.lot_id)
    .where(_transaction.c.reverses_id == bindparam("spend_id"), _posting.c.amount > 0)
    .group_by(_lot.c.id, _lot.c.source_id),
    lambda row: (row[0], row[1], int(row[2])),
)
_MADE_BY = Statement(
    select(func.coalesce(func.sum(_posting.c.amount), 0))
    .select_from(_posting)
    .join(_account, _account.c.id == _posting.c.account_id)
    .where(_posting.c.transaction_id == bindparam("transaction_id"), _account.c.owner_id <= PROGRAMME),
    lambda row: int(row[0]),
)
_ORIGIN = Statement(
    select(_lot.c.id, _lot.c.transaction_id, _lot.c.source_id).where(_lot.c.id.in_(many("lots"))), tuple
)
_MADE = Statement(select(_lot.c.id).where(_lot.c.transaction_id.in_(many("sources"))), lambda row: int(row[0]))
_GRACES = Statement(select(_lot.c.id).where(_lot.c.source_id.in_(many("lots"))), lambda row: int(row[0]))
_LAPSED = Statement(
    select(func.coalesce(-func.sum(_posting.c.amount), 0))
    .select_from(_posting)
    .join(_transaction, _transaction.c.id == _posting.c.transaction_id)
    .join(_lot, _lot.c.id == _posting.c.lot_id)
    .where(
        _posting.c.lot_id.in_(many("lots")),
        _lot.c.account_id == bindparam("account_id"),
        _transaction.c.kind == "expire",
    ),
    lambda row: int(row[0]),
)
_LET_GO = Statement(
    select(func.coalesce(-func.sum(_posting.c.amount), 0))
    .select_from(_posting)
    .join(_transaction, _transaction.c.id == _posting.c.transaction_id)
    .join(_account, _account.c.id == _posting.c.account_id)
    .where(
        _transaction.c.reverses_id.in_(many("sources")),
        _account.c.owner_id == BREAKAGE,
        _account.c.unit == bindparam("unit"),
    ),
    lambda row: int(row[0]),
)


def give_back(transaction: Transaction, back: Return, now: int) -> Moved:
    """Return points to the lots they came from, once per key; never more than were taken. ValueError if amount <= 0."""
    if back.amount <= 0:
        raise ValueError("a return gives back at least one point")
    homes = {_home(taken) for taken in transaction.all(_TAKEN, spend_id=back.spend_id)}
    books = {home: Book.open(transaction, *home, now, other=SPENT) for home in sorted(homes)}
    before = found(transaction, back.key)
    moved = (
        Moved(_size(transaction, before), repeated=True) if before is not None else _return(transaction, back, books)
    )
    for book in books.values():
        book.close()
    return moved


def _return(transaction: Transaction, back: Return, books: dict[tuple[int, str], Book]) -> Moved:
    """The accounts are locked: what was given back before is known for good."""
    shares = _shares(transaction, back)
    if not shares:
        return Moved(0)
    now = next(iter(books.values())).now
    entry = Entry(back.key, back.kind, back.reference, back.actor, back.spend_id)
    made = begin_new(transaction, entry, now)
    for taken, part in shares:
        book = books.get(_home(taken))
        if book is None:
            raise Conflict("a lot went to another member meanwhile")
        _restore(book, made, taken, part, back.grace_until)
    for home, book in books.items():
        total = sum(part for taken, part in shares if _home(taken) == home)
        if total:
            book.against(made, SPENT, -total)
    return Moved(sum(part for _, part in shares))


def _home(taken: _Taken) -> tuple[int, str]:
    return taken.owner_id, taken.unit


def _shares(transaction: Transaction, back: Return) -> list[tuple[_Taken, int]]:
    """How much goes to which lot: in the order taken, what is not back already."""
    taken = transaction.all(_TAKEN, spend_id=back.spend_id)
    lots = {one.lot_id for one in taken}
    returned: dict[int, int] = {}
    for lot_id, source_id, amount in transaction.all(_RETURNED, spend_id=back.spend_id):
        home = lot_id if lot_id in lots else source_id
        returned[home] = returned.get(home, 0) + amount
    left, shares = back.amount, []
    for one in taken:
        part = min(left, one.amount - returned.get(one.lot_id, 0))
        if part > 0:
            shares.append((one, part))
            left -= part
    return shares


def _restore(book: Book, made: int, taken: _Taken, amount: int, grace_until: int) -> None:
    lapsed = taken.expires_at is not None and taken.expires_at <= book.now
    if lapsed:
        book.add(made, amount, times=(book.now, grace_until), source_id=taken.lot_id)
        return
    lot = book.lots.get(taken.lot_id) or OpenLot(
        taken.lot_id,
        taken.transaction_id,
        taken.source_id,
        taken.original,
        0,
        taken.activates_at,
        taken.expires_at,
    )
    book.put_back(made, lot, amount)


def claw_back(transaction: Transaction, claw: ClawBack, now: int) -> Moved:
    """Take points back, once per key; the amount is what was taken or is owed now. ValueError unless amount > 0."""
    if claw.amount <= 0:
        raise ValueError("a claw-back takes at least one point")
    book = Book.open(transaction, claw.member_id, claw.unit, now)
    before = found(transaction, claw.key)
    moved = Moved(_size(transaction, before), repeated=True) if before is not None else _take_back(book, claw)
    book.close()
    return moved


def _take_back(book: Book, claw: ClawBack) -> Moved:
    entry = Entry(claw.key, claw.kind, claw.reference, claw.actor, claw.sources[0] if claw.sources else None)
    made = begin_new(book.transaction, entry, book.now)
    own, others = _own_first(book, claw.sources)
    missing = take_from(book, made, own, claw.amount)
    lapsed = min(missing, _lapsed(book, claw.sources)) if missing else 0
    missing = take_from(book, made, others, missing - lapsed)
    if missing and claw.may_owe:
        book.owe(made, missing)
        missing = 0
    taken = claw.amount - lapsed - missing
    if lapsed:
        book.against(made, BREAKAGE, -lapsed)
    if taken + lapsed:
        book.against(made, ISSUED, taken + lapsed)
    book.earned = -claw.amount
    return Moved(taken)


def _own_first(book: Book, sources: tuple[int, ...]) -> tuple[list[OpenLot], list[OpenLot]]:
    """The order's own lots, pending before active, and the others, active before pending."""
    own = _own(book, sources)
    mine = [lot for lot in book.lots.values() if lot.id in own]
    others = [lot for lot in book.lots.values() if lot.id not in own]
    mine = sorted(first_to_lapse(mine), key=lambda lot: not lot.is_pending(book.now))
    return mine, sorted(first_to_lapse(others), key=lambda lot: lot.is_pending(book.now))


def _lapsed(book: Book, sources: tuple[int, ...]) -> int:
    """What lapsed here of the sources' lots and of what holds them in grace, less what was let go for it before."""
    lots = fresh = book.transaction.all(_MADE, sources=sources) if sources else []
    while fresh:
        fresh = book.transaction.all(_GRACES, lots=fresh)
        lots = [*lots, *fresh]
    if not lots:
        return 0
    book.write()
    gone = book.transaction.one(_LAPSED, lots=lots, account_id=book.account.id) or 0
    return max(0, gone - (book.transaction.one(_LET_GO, sources=sources, unit=book.account.unit) or 0)) if gone else 0


def _own(book: Book, sources: tuple[int, ...]) -> set[int]:
    """The open lots that the sources made, or that hold in grace what lapsed of theirs."""
    traced = {lot.id: (lot.transaction_id, lot.source_id) for lot in book.lots.values()}
    while above := sorted({source for _, source in traced.values() if source is not None}):
        origins = {row[0]: (row[1], row[2]) for row in book.transaction.all(_ORIGIN, lots=above)}
        traced = {lot: (made, source) if source is None else origins[source] for lot, (made, source) in traced.items()}
    return {lot for lot, (made, _) in traced.items() if made in sources}


def _size(transaction: Transaction, transaction_id: int) -> int:
    """How much a transaction moved between member and programme."""
    total = transaction.one(_MADE_BY, transaction_id=transaction_id)
    return abs(total) if total is not None else 0
