"""Questions to the books: positions, wallets, lots, the statement, and what the programme owes its members."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import and_, bindparam, func, select

from storage.database import Transaction
from storage.ledger._book import FIND_ACCOUNT, IS_OPEN, PROGRAMME
from storage.ledger._position import Position, position
from storage.people import POINTS_UNIT
from storage.statement import Statement
from storage.tables import Account, LedgerTransaction, Lot, Member, Posting

_account: Any = Account.__table__  # type: ignore[attr-defined]
_transaction: Any = LedgerTransaction.__table__  # type: ignore[attr-defined]
_posting: Any = Posting.__table__  # type: ignore[attr-defined]
_lot: Any = Lot.__table__  # type: ignore[attr-defined]
_member: Any = Member.__table__  # type: ignore[attr-defined]


class LotRow(NamedTuple):
    """A lot with what it came from."""

    id: int
    original: int
    remaining: int
    activates_at: int
    expires_at: int | None
    kind: str
    reference: str
    effective_at: int


class Line(NamedTuple):
    """One line of a statement: what a transaction changed on the account. Newest first."""

    transaction_id: int
    kind: str
    reference: str
    actor: str
    effective_at: int
    amount: int


class Wallet(NamedTuple):
    """A member's holding of one unit."""

    unit: str
    position: Position
    lifetime: int
    debt: int


class Liability(NamedTuple):
    """What members of one market hold of one unit, all that they were ever given, and what lapsed of it."""

    market: str
    unit: str
    held: int
    issued: int
    lapsed: int


_KEPT = (*(_account.c[name] for name in Position._fields), _account.c.id, _account.c.debt)
"""The snapshot, and what is needed where it no longer holds."""
_OF_OWNER = Statement(
    select(*_KEPT, _account.c.unit, _account.c.lifetime)
    .where(_account.c.owner_id == bindparam("owner_id"))
    .order_by(_account.c.unit),
    tuple,
)
_ONE = Statement(
    select(*_KEPT).where(_account.c.owner_id == bindparam("owner_id"), _account.c.unit == bindparam("unit"))
)
_OPEN = Statement(
    select(_lot.c.remaining, _lot.c.activates_at, _lot.c.expires_at).where(
        _lot.c.account_id == bindparam("account_id"), IS_OPEN
    ),
    tuple,
)
_LOTS = Statement(
    select(
        *(_lot.c[name] for name in LotRow._fields[:5]),
        *(_transaction.c[name] for name in LotRow._fields[5:]),
    )
    .join(_transaction, _transaction.c.id == _lot.c.transaction_id)
    .where(_lot.c.account_id == bindparam("account_id"), IS_OPEN)
    .order_by(_lot.c.expires_at.is_(None), _lot.c.expires_at, _lot.c.id),
    LotRow._make,
)
_LINES = Statement(
    select(*(_transaction.c[name] for name in Line._fields[1:5]), _transaction.c.id, func.sum(_posting.c.amount))
    .select_from(_posting)
    .join(_transaction, _transaction.c.id == _posting.c.transaction_id)
    .where(_posting.c.account_id == bindparam("account_id"), _transaction.c.id < bindparam("before"))
    .group_by(_transaction.c.id)
    .order_by(_transaction.c.id.desc())
    .limit(bindparam("most")),
    lambda row: Line(row[4], row[0], row[1], row[2], row[3], int(row[5])),
)
_HELD = Statement(
    select(
        _member.c.market,
        _account.c.unit,
        func.sum(_account.c.active + _account.c.pending),
        func.sum(_account.c.lifetime),
    )
    .select_from(_account.join(_member, _member.c.id == _account.c.owner_id))
    .group_by(_member.c.market, _account.c.unit)
    .order_by(_member.c.market, _account.c.unit),
    tuple,
)
_LAPSED = Statement(
    select(_member.c.market, _account.c.unit, -func.sum(_posting.c.amount))
    .select_from(_posting)
    .join(_transaction, and_(_transaction.c.id == _posting.c.transaction_id, _transaction.c.kind == "expire"))
    .join(_account, _account.c.id == _posting.c.account_id)
    .join(_member, _member.c.id == _account.c.owner_id)
    .group_by(_member.c.market, _account.c.unit),
    tuple,
)
_NEWEST = 2**63 - 1


def position_of(transaction: Transaction, owner_id: int, now: int, unit: str = POINTS_UNIT) -> Position:
    """The owner's position now: the snapshot while it holds, else computed from the lots."""
    kept = transaction.one(_ONE, owner_id=owner_id, unit=unit)
    return _now(transaction, kept, now) if kept is not None else Position()


def _now(transaction: Transaction, kept: Sequence[Any], now: int) -> Position:
    snapshot = Position._make(kept[:5])
    if snapshot.holds_at(now):
        return snapshot
    account_id, debt = kept[5:7]
    return position(transaction.all(_OPEN, account_id=account_id), now, debt=debt)


def wallets(transaction: Transaction, owner_id: int, now: int) -> list[Wallet]:
    """Everything the owner holds, by unit."""
    rows = transaction.all(_OF_OWNER, owner_id=owner_id)
    return [Wallet(row[7], _now(transaction, row, now), row[8], row[6]) for row in rows]


def lots_of(transaction: Transaction, owner_id: int, unit: str = POINTS_UNIT) -> list[LotRow]:
    """The owner's open lots, the first to lapse first: the answer to "why is my balance so?"."""
    found = transaction.one(FIND_ACCOUNT, owner_id=owner_id, unit=unit)
    return transaction.all(_LOTS, account_id=found) if found is not None else []


def statement(
    transaction: Transaction, owner_id: int, unit: str = POINTS_UNIT, *, before: int | None = None, most: int = 50
) -> list[Line]:
    """The account's lines, newest first; `before`: only transactions older than this id."""
    found = transaction.one(FIND_ACCOUNT, owner_id=owner_id, unit=unit)
    if found is None:
        return []
    return transaction.all(_LINES, account_id=found, before=before or _NEWEST, most=most)


def liability(transaction: Transaction) -> list[Liability]:
    """What the programme owes, by market and unit."""
    lapsed = {(row[0], row[1]): int(row[2]) for row in transaction.all(_LAPSED)}
    return [
        Liability(market, unit, int(held), int(issued), lapsed.get((market, unit), 0))
        for market, unit, held, issued in transaction.all(_HELD)
    ]


__all__ = [
    "PROGRAMME",
    "Liability",
    "Line",
    "LotRow",
    "Wallet",
    "liability",
    "lots_of",
    "position_of",
    "statement",
    "wallets",
]
