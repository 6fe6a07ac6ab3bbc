"""The one schema: SQLModel tables. They feed the migrations and the statements; no row object of them is ever made.

Every column is one of storage/columns.py. Tables of the ledger are written by storage/ledger.py alone.
"""

from typing import Any, ClassVar

from sqlalchemy import Index, MetaData, UniqueConstraint
from sqlalchemy import text as sql
from sqlmodel import SQLModel

from storage.columns import count, flag, identity, instant, json, points, raw, text

NAMING = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(SQLModel):
    """Holds the metadata with the naming of constraints, so that migrations can name them."""

    metadata: ClassVar[MetaData] = MetaData(naming_convention=NAMING)


class Member(Base, table=True):
    """A person in the programme. Points, consent and takeover hang here, never on an address."""

    id: int = identity(primary_key=True, sa_column_kwargs={"autoincrement": False})
    market: str = text()
    locale: str = text()
    locale_source: str = text(default="hint")
    """hint | settled | chosen: how firmly the language is known."""
    name: str | None = text(default=None)
    phone: str | None = text(default=None, unique=True)
    """E.164, verified by a channel or an own contact; never set for simulator members."""
    zone: str = text()
    birth_month: int | None = count(default=None)
    birth_day: int | None = count(default=None)
    birth_year: int | None = count(default=None)
    birth_edits: int = count(default=0)
    birth_set_at: int | None = instant(default=None)
    joined_at: int | None = instant(default=None)
    terms_version: str | None = text(default=None)
    referral_code: str | None = text(default=None, unique=True)
    marketing: int = flag(default=0)
    """The last marketing consent event, cached."""
    purchases: int = count(default=0)
    control: str = text(default="bot")
    """bot | human: who answers."""
    control_version: int = count(default=0)
    created_at: int = instant()

    __table_args__: ClassVar[Any] = (Index("ix_member_birthday", "birth_month", "birth_day"),)


class Address(Base, table=True):
    """Where a member writes from: a Telegram id, a phone on WhatsApp or SMS, a simulator's name."""

    id: int = identity(primary_key=True, sa_column_kwargs={"autoincrement": False})
    channel: str = text()
    value: str = text()
    member_id: int = identity(foreign_key="member.id", index=True)
    profile_name: str | None = text(default=None)
    reachable: int = flag(default=1)
    opted_out: int = flag(default=0)
    created_at: int = instant()

    __table_args__: ClassVar[Any] = (UniqueConstraint("value", "channel"),)


class Conversation(Base, table=True):
    """What is known of the talk with one address."""

    address_id: int = identity(primary_key=True, foreign_key="address.id", sa_column_kwargs={"autoincrement": False})
    last_inbound_at: int | None = instant(default=None)
    misses: int = count(default=0)
    """Messages in a row that were not understood."""
    version: int = count(default=0)


class Session(Base, table=True):
    """A flow that waits for this address's answer. A flow that ended has no row."""

    address_id: int = identity(primary_key=True, foreign_key="address.id", sa_column_kwargs={"autoincrement": False})
    flow: str = text()
    version: str = text()
    step: str = text()
    state: str = json()
    updated_at: int = instant()

    __table_args__: ClassVar[Any] = (Index("ix_session_flow", "flow", "version", "step"),)


class Inbox(Base, table=True):
    """Every accepted webhook body, as raw bytes; the unique key makes a repeat harmless."""

    id: int = identity(primary_key=True, sa_column_kwargs={"autoincrement": False})
    channel: str = text()
    provider_id: str = text()
    address_id: int | None = identity(default=None)
    kind: str = text()
    raw: bytes = raw()
    status: str = text(default="done")
    """done | ignored | failed."""
    error: str | None = text(default=None)
    received_at: int = instant()

    __table_args__: ClassVar[Any] = (
        UniqueConstraint("provider_id", "channel"),
        Index(
            "ix_inbox_failed", "id", sqlite_where=sql("status = 'failed'"), postgresql_where=sql("status = 'failed'")
        ),
    )


class Outbox(Base, table=True):
    """One neutral message to one address, from its making to the provider's last receipt."""

    id: int = identity(primary_key=True, sa_column_kwargs={"autoincrement": False})
    address_id: int = identity()
    member_id: int = identity()
    inbox_id: int | None = identity(default=None)
    kind: str = text()
    """reply | marketing | callback."""
    body: str = json()
    locale: str = text()
    control_version: int = count(default=0)
    token: str | None = text(default=None)
    """The wait this prompt opened; a refusal closes it."""
    status: str = text(default="pending")
    """pending | sending | sent | delivered | read | failed | dead | dropped."""
    due_at: int = instant()
    expires_at: int | None = instant(default=None)
    attempts: int = count(default=0)
    parts_sent: int = count(default=0)
    provider_id: str | None = text(default=None)
    error: str | None = text(default=None)
    reason: str | None = text(default=None)
    """The permission decision, for rows that needed one."""
    created_at: int = instant()
    updated_at: int = instant()

    __table_args__: ClassVar[Any] = (
        Index(
            "ix_outbox_open",
            "due_at",
            "id",
            sqlite_where=sql("status in ('pending', 'sending')"),
            postgresql_where=sql("status in ('pending', 'sending')"),
        ),
        Index(
            "ix_outbox_chat",
            "address_id",
            "id",
            sqlite_where=sql("kind = 'reply' and status in ('pending', 'sending')"),
            postgresql_where=sql("kind = 'reply' and status in ('pending', 'sending')"),
        ),
        Index(
            "ix_outbox_given_up",
            "id",
            sqlite_where=sql("status in ('dead', 'failed')"),
            postgresql_where=sql("status in ('dead', 'failed')"),
        ),
        Index(
            "ix_outbox_marketing",
            "member_id",
            "created_at",
            sqlite_where=sql("kind = 'marketing'"),
            postgresql_where=sql("kind = 'marketing'"),
        ),
        Index(
            "ix_outbox_provider",
            "provider_id",
            sqlite_where=sql("provider_id is not null"),
            postgresql_where=sql("provider_id is not null"),
        ),
    )


class Receipt(Base, table=True):
    """A status callback that came before the provider's own answer: joined later by its message's id."""

    channel: str = text(primary_key=True)
    provider_id: str = text(primary_key=True)
    status: str = text()
    error: str | None = text(default=None)
    at: int = instant()


class LaneEvent(Base, table=True):
    """An event of our own (purchase, trigger, time-out, desk) waiting for its lane."""

    __tablename__ = "event"

    id: int = identity(primary_key=True, sa_column_kwargs={"autoincrement": False})
    key: str = text(unique=True)
    channel: str = text()
    address: str = text()
    kind: str = text()
    data: str = json()
    status: str = text(default="waiting")
    """waiting | done | failed."""
    error: str | None = text(default=None)
    created_at: int = instant()

    __table_args__: ClassVar[Any] = (
        Index(
            "ix_event_open", "id", sqlite_where=sql("status = 'waiting'"), postgresql_where=sql("status = 'waiting'")
        ),
    )


class Timer(Base, table=True):
    """Something to be looked at later: a question's time-out, a trigger that may not send yet."""

    id: int = identity(primary_key=True, sa_column_kwargs={"autoincrement": False})
    key: str = text(unique=True)
    due_at: int = instant(index=True)
    kind: str = text()
    channel: str = text()
    address: str = text()
    data: str = json()


class ConsentEvent(Base, table=True):
    """Append-only: who agreed to what, where, with which words. The current state is the last row."""

    __tablename__ = "consent_event"

    id: int = identity(primary_key=True, sa_column_kwargs={"autoincrement": False})
    member_id: int = identity(foreign_key="member.id", index=True)
    channel: str = text()
    purpose: str = text()
    action: str = text()
    """grant | withdraw | confirm."""
    basis: str = text()
    text_version: str | None = text(default=None)
    locale: str = text()
    source: str = text()
    evidence: str | None = text(default=None)
    """The inbox row or provider code that shows it."""
    at: int = instant()


class TriggerFiring(Base, table=True):
    """One occasion of one trigger for one member, and what was decided about it."""

    __tablename__ = "trigger_firing"

    key: str = text(primary_key=True)
    trigger: str = text()
    member_id: int = identity(foreign_key="member.id", index=True)
    decision: str = text()
    """send | later | no."""
    reason: str = text()
    channel: str | None = text(default=None)
    due_at: int | None = instant(default=None)
    at: int = instant()


class FlowVersion(Base, table=True):
    """A published flow definition, by hash. Live sessions stay pinned to theirs."""

    __tablename__ = "flow_version"

    version: str = text(primary_key=True)
    flow: str = text(index=True)
    definition: str = json()
    active: int = flag(default=1)
    published_at: int = instant()


class Account(Base, table=True):
    """One wallet: a member's, or one of the programme's (issued). The snapshot is the ledger's cache of its lots."""

    id: int = identity(primary_key=True, sa_column_kwargs={"autoincrement": False})
    owner_id: int = identity()
    """A member's id, or a small number for one of the programme's own (storage/ledger.py)."""
    unit: str = text()
    active: int = points(default=0)
    pending: int = points(default=0)
    matures_at: int | None = instant(default=None)
    """When the next pending lot becomes active."""
    expiring: int = points(default=0)
    """How many active points lapse next, and when."""
    expires_at: int | None = instant(default=None)
    lifetime: int = points(default=0)
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
    effective_at: int = instant()
    created_at: int = instant()


class Posting(Base, table=True):
    """One side of a transaction; the sides sum to zero per unit."""

    id: int = identity(primary_key=True, sa_column_kwargs={"autoincrement": False})
    transaction_id: int = identity(foreign_key="ledger_transaction.id", index=True)
    account_id: int = identity(foreign_key="account.id", index=True)
    amount: int = points()


class Lot(Base, table=True):
    """Points that came together: when they become active, when they lapse, how many are left."""

    id: int = identity(primary_key=True, sa_column_kwargs={"autoincrement": False})
    account_id: int = identity(foreign_key="account.id")
    transaction_id: int = identity(foreign_key="ledger_transaction.id", index=True)
    original: int = points()
    remaining: int = points()
    activates_at: int = instant()
    expires_at: int | None = instant(default=None)

    __table_args__: ClassVar[Any] = (
        Index(
            "ix_lot_open", "account_id", "id", sqlite_where=sql("remaining > 0"), postgresql_where=sql("remaining > 0")
        ),
    )


class Purchase(Base, table=True):
    """A paid order a till reported; unique by order id."""

    id: int = identity(primary_key=True, sa_column_kwargs={"autoincrement": False})
    order_id: str = text(unique=True)
    member_id: int = identity(foreign_key="member.id", index=True)
    amount: int = points()
    currency: str = text()
    points: int = points()
    at: int = instant()


class Referral(Base, table=True):
    """A friend who came by a member's code: pending until the first purchase, then rewarded once on both sides."""

    id: int = identity(primary_key=True, sa_column_kwargs={"autoincrement": False})
    referrer_id: int = identity(foreign_key="member.id", index=True)
    friend_id: int = identity(foreign_key="member.id", unique=True)
    state: str = text(default="pending")
    """pending | rewarded."""
    created_at: int = instant()
    rewarded_at: int | None = instant(default=None)


class Watermark(Base, table=True):
    """How far a periodic job has come (reconcile, triggers)."""

    name: str = text(primary_key=True)
    at: int = instant()
