"""The ledger's tables, written by `storage.ledger` alone, and the guarded counters beside them."""

from typing import Any, ClassVar

from sqlalchemy import Index, UniqueConstraint

from storage.columns import count, identity, instant, points, text
from storage.tables._metadata import Base, only


class Account(Base, table=True):
    """One wallet: a member's, or one of the programme's own. The snapshot is the ledger's cache of its lots."""

    id: int = identity(primary_key=True, sa_column_kwargs={"autoincrement": False})
    owner_id: int = identity()
    """A member's id, or a small number for one of the programme's own (storage/ledger)."""
    unit: str = text()
    """points | stamps:<card> | cash:<ISO 4217>, in whole points, stamps, minor units."""
    active: int = points(default=0)
    """Can be used now; negative while something is owed."""
    pending: int = points(default=0)
    matures_at: int | None = instant(default=None)
    """When the next pending lot becomes active."""
    expiring: int = points(default=0)
    """How many active points lapse next, and when."""
    expires_at: int | None = instant(default=None)
    debt: int = points(default=0)
    """What a refund took back beyond what was there; the next earning pays it first."""
    lifetime: int = points(default=0)
    """All that was ever earned, less what refunds took back."""
    version: int = count(default=0)

    __table_args__: ClassVar[Any] = (UniqueConstraint("owner_id", "unit"),)


class LedgerTransaction(Base, table=True):
    """One balanced movement; its key makes a retry return the first result."""

    __tablename__ = "ledger_transaction"

    id: int = identity(primary_key=True, sa_column_kwargs={"autoincrement": False})
    idempotency_key: str = text(unique=True)
    kind: str = text()
    reference: str = text()
    actor: str = text()
    reverses_id: int | None = identity(default=None)
    """The transaction that this one undoes, in whole or in part."""
    effective_at: int = instant()
    created_at: int = instant()

    __table_args__: ClassVar[Any] = (
        Index("ix_ledger_transaction_reverses", "reverses_id", **only("reverses_id is not null")),
    )


class Posting(Base, table=True):
    """One side of a transaction; the sides sum to zero per unit. A member's side names its lot, unless it is owed."""

    id: int = identity(primary_key=True, sa_column_kwargs={"autoincrement": False})
    transaction_id: int = identity(foreign_key="ledger_transaction.id", index=True)
    account_id: int = identity(foreign_key="account.id")
    lot_id: int | None = identity(default=None, foreign_key="lot.id")
    amount: int = points()

    __table_args__: ClassVar[Any] = (
        Index("ix_posting_account", "account_id", "id"),
        Index("ix_posting_lot", "lot_id", **only("lot_id is not null")),
    )


class Lot(Base, table=True):
    """Points that came together: when they become active, when they lapse, how many are left."""

    id: int = identity(primary_key=True, sa_column_kwargs={"autoincrement": False})
    account_id: int = identity(foreign_key="account.id")
    """Who holds it now; a merge of two members moves it as it is."""
    transaction_id: int = identity(foreign_key="ledger_transaction.id", index=True)
    source_id: int | None = identity(default=None)
    """The lapsed lot whose points a refund gave back here for a time of grace."""
    original: int = points()
    remaining: int = points()
    activates_at: int = instant()
    expires_at: int | None = instant(default=None)

    __table_args__: ClassVar[Any] = (
        Index("ix_lot_open", "account_id", "id", **only("remaining > 0")),
        Index("ix_lot_lapse", "expires_at", "id", **only("remaining > 0")),
        Index("ix_lot_source", "source_id", **only("source_id is not null")),
    )


class Counter(Base, table=True):
    """How much of something limited was taken: stock, a cap, a budget."""

    name: str = text(primary_key=True)
    taken: int = points(default=0)
