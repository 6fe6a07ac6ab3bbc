"""Points that staff gave as goodwill: how many one of them gave in a stretch of time, by the ledger itself."""

from typing import Any

from sqlalchemy import bindparam, func, select

from storage.database import Transaction
from storage.ids import first_at
from storage.statement import Statement
from storage.tables import LedgerTransaction, Posting, Staff

KIND = "goodwill"
_transaction: Any = LedgerTransaction.__table__  # type: ignore[attr-defined]
_posting: Any = Posting.__table__  # type: ignore[attr-defined]
_staff: Any = Staff.__table__  # type: ignore[attr-defined]

_HOLD = Statement(select(_staff.c.id).where(_staff.c.id == bindparam("key")).with_for_update(), tuple)
_GIVEN = Statement(
    select(func.coalesce(func.sum(_posting.c.amount), 0))
    .select_from(_transaction.join(_posting, _posting.c.transaction_id == _transaction.c.id))
    .where(
        _transaction.c.id >= bindparam("first"),
        _transaction.c.kind == KIND,
        _transaction.c.actor == bindparam("actor"),
        _transaction.c.created_at > bindparam("since"),
        _posting.c.amount > 0,
    ),
    lambda row: int(row[0]),
)
_KNOWN = Statement(
    select(_transaction.c.id).where(_transaction.c.idempotency_key == bindparam("made_for")), lambda row: int(row[0])
)


def hold(transaction: Transaction, staff_id: int) -> None:
    """Until this transaction ends nobody else gives in this person's name: their limit is counted once."""
    transaction.one(_HOLD, key=staff_id)


def given(transaction: Transaction, actor: str, *, since: int) -> int:
    """The points that an actor of the ledger has given as goodwill after an instant."""
    return transaction.one(_GIVEN, actor=actor, since=since, first=first_at(since)) or 0


def is_given(transaction: Transaction, key: str) -> bool:
    """Whether something was booked under this key already."""
    return transaction.one(_KNOWN, made_for=key) is not None
