"""What comes in and goes out, what waits, what was decided, and the flows that were published."""

from typing import Any, ClassVar

from sqlalchemy import Index, UniqueConstraint

from storage.columns import count, flag, identity, instant, json, raw, text
from storage.tables._metadata import Base, only


class Inbox(Base, table=True):
    """Every accepted webhook body, as raw bytes; the unique key makes a repeat harmless."""

    id: int = identity(primary_key=True, sa_column_kwargs={"autoincrement": False})
    channel: str = text()
    provider_id: str = text()
    address_id: int | None = identity(default=None)
    kind: str = text()
    raw: bytes = raw()
    words: str | None = text(default=None)
    """What the member wrote or tapped, for the desk."""
    status: str = text(default="done")
    """done | ignored | failed."""
    error: str | None = text(default=None)
    received_at: int = instant()

    __table_args__: ClassVar[Any] = (
        UniqueConstraint("provider_id", "channel"),
        Index("ix_inbox_address", "address_id", "id", **only("address_id is not null")),
        Index("ix_inbox_stray", "id", **only("address_id is null")),
        Index("ix_inbox_failed", "id", **only("status = 'failed'")),
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
    author_id: int | None = identity(default=None)
    """The member of staff who wrote it; None: the bot."""
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
        Index("ix_outbox_done", "address_id", "id", **only("status not in ('pending', 'sending')")),
        Index("ix_outbox_open", "due_at", "id", **only("status in ('pending', 'sending')")),
        Index("ix_outbox_chat", "address_id", "id", **only("kind = 'reply' and status in ('pending', 'sending')")),
        Index("ix_outbox_given_up", "id", **only("status in ('dead', 'failed')")),
        Index("ix_outbox_marketing", "member_id", "created_at", **only("kind = 'marketing'")),
        Index("ix_outbox_provider", "provider_id", **only("provider_id is not null")),
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

    __table_args__: ClassVar[Any] = (Index("ix_event_open", "id", **only("status = 'waiting'")),)


class Timer(Base, table=True):
    """Something to be looked at later: a question's time-out, a trigger that may not send yet."""

    id: int = identity(primary_key=True, sa_column_kwargs={"autoincrement": False})
    key: str = text(unique=True)
    due_at: int = instant(index=True)
    kind: str = text()
    channel: str = text()
    address: str = text()
    data: str = json()


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


class Watermark(Base, table=True):
    """How far a periodic job has come (reconcile, triggers)."""

    name: str = text(primary_key=True)
    at: int = instant()
