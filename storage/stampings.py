"""Stampings as the books have them: when a card was stamped, by which transaction, and how many stamps one brought."""

from typing import Any

from sqlalchemy import bindparam, func, select

from storage.database import Transaction
from storage.statement import Statement, many
from storage.tables import Account, LedgerTransaction, Lot, Posting

KIND = "stamp"
"""The ledger's kind of a stamping."""
_account: Any = Account.__table__  # type: ignore[attr-defined]
_transaction: Any = LedgerTransaction.__table__  # type: ignore[attr-defined]
_posting: Any = Posting.__table__  # type: ignore[attr-defined]
_lot: Any = Lot.__table__  # type: ignore[attr-defined]

_MADE = Statement(
    select(_transaction.c.id).where(_transaction.c.idempotency_key == bindparam("made_for")), lambda row: int(row[0])
)
_undoing: Any = _transaction.alias("undoing")
_taken: Any = _posting.alias("taken")
_TAKEN_BACK = (
    select(_taken.c.id)
    .join(_undoing, _undoing.c.id == _taken.c.transaction_id)
    .where(
        _undoing.c.reverses_id == _transaction.c.id,
        _undoing.c.kind == "refund",
        _taken.c.account_id == _posting.c.account_id,
        _taken.c.amount < 0,
    )
    .correlate(_transaction, _posting)
    .exists()
)
_SINCE = Statement(
    select(_lot.c.activates_at)
    .select_from(_posting)
    .join(_account, _account.c.id == _posting.c.account_id)
    .join(_transaction, _transaction.c.id == _posting.c.transaction_id)
    .join(_lot, _lot.c.id == _posting.c.lot_id)
    .where(
        _account.c.owner_id == bindparam("owner_id"),
        _account.c.unit == bindparam("unit"),
        _transaction.c.kind == KIND,
        _lot.c.activates_at >= bindparam("since"),
        _posting.c.amount > 0,
        ~_TAKEN_BACK,
    )
    .order_by(_lot.c.activates_at.desc()),
    lambda row: int(row[0]),
)
_GIVEN = Statement(
    select(func.coalesce(func.sum(_lot.c.original), 0)).where(_lot.c.transaction_id.in_(many("sources"))),
    lambda row: int(row[0]),
)


def made(transaction: Transaction, key: str) -> int | None:
    """The stamping with this key; None if there is none."""
    return transaction.one(_MADE, made_for=key)


def since(transaction: Transaction, owner_id: int, unit: str, instant: int) -> list[int]:
    """The visits from this instant on that the card was stamped for, the last first. Microseconds UTC.

    One whose stamps were taken back is none.
    """
    return transaction.all(_SINCE, owner_id=owner_id, unit=unit, since=instant)


def given(transaction: Transaction, sources: tuple[int, ...]) -> int:
    """How many stamps these stampings brought."""
    return (transaction.one(_GIVEN, sources=sources) or 0) if sources else 0
