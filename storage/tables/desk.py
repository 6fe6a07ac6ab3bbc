"""The desk: cases that people work on, what is written beside them, the staff, how they signed in, what they did."""

from typing import Any, ClassVar

from sqlalchemy import Index, UniqueConstraint

from storage.columns import count, identity, instant, json, raw, text
from storage.tables._metadata import Base, only


class Case(Base, table=True):
    """One matter of one member that a person works on, and the lease on the conversation. One unresolved a member."""

    __tablename__ = "support_case"

    id: int = identity(primary_key=True, sa_column_kwargs={"autoincrement": False})
    member_id: int = identity(foreign_key="member.id")
    market: str = text()
    status: str = text(default="open")
    """open | snoozed: a person has the conversation. pending: the bot has it. resolved: done."""
    owner_id: int | None = identity(default=None)
    """The member of staff who answers; None: nobody yet."""
    reason: str = text()
    """asked | misunderstood | complaint | survey | staff: why a person was needed."""
    priority: int = count(default=2)
    """0 urgent, 1 high, 2 normal, 3 low."""
    labels: str = json(default="[]")
    """Names in order of the alphabet."""
    channel: str = text()
    address_id: int = identity()
    """Where the member wrote last: answers go there."""
    since: int = instant()
    """When the present owner (or the queue) got it."""
    lease_until: int | None = instant(default=None)
    """When the lease ends unless the owner does something."""
    warned_at: int | None = instant(default=None)
    waiting_since: int | None = instant(default=None)
    """The oldest message of the member that no person has answered."""
    heard_at: int | None = instant(default=None)
    answered_at: int | None = instant(default=None)
    away_at: int | None = instant(default=None)
    """When the member was last told that nobody is there."""
    snoozed_until: int | None = instant(default=None)
    parked_at: int | None = instant(default=None)
    """When the bot fell silent; None while it speaks."""
    opened_at: int = instant()
    resolved_at: int | None = instant(default=None)
    resolved_by: int | None = identity(default=None)
    score: int | None = count(default=None)
    """1 to 5: what the member thought of the help."""
    version: int = count(default=0)
    """Grows with every change of owner or status: what a person sees must still be so when they act."""

    __table_args__: ClassVar[Any] = (
        Index("ix_support_case_member", "member_id", unique=True, **only("status <> 'resolved'")),
        Index("ix_support_case_of", "member_id", "id"),
        Index("ix_support_case_queue", "waiting_since", "id", **only("status <> 'resolved'")),
        Index("ix_support_case_owner", "owner_id", **only("status <> 'resolved' and owner_id is not null")),
    )


class CaseEntry(Base, table=True):
    """What stands in a conversation beside its messages: private notes, and who did what with the case."""

    __tablename__ = "case_entry"

    id: int = identity(primary_key=True, sa_column_kwargs={"autoincrement": False})
    case_id: int | None = identity(default=None)
    member_id: int = identity(foreign_key="member.id")
    kind: str = text()
    """note | event."""
    actor: int | None = identity(default=None)
    """The member of staff; None: the system."""
    data: str = json()
    """note: {text}; event: {what, ...}."""
    at: int = instant()

    __table_args__: ClassVar[Any] = (Index("ix_case_entry_member", "member_id", "id"),)


class Attachment(Base, table=True):
    """A file that staff send to a member."""

    id: int = identity(primary_key=True, sa_column_kwargs={"autoincrement": False})
    member_id: int = identity(index=True)
    staff_id: int = identity()
    name: str = text()
    type: str = text()
    """The MIME type, as the first bytes show it."""
    content: bytes = raw()
    at: int = instant()


class Staff(Base, table=True):
    """Somebody who works at the desk."""

    id: int = identity(primary_key=True, sa_column_kwargs={"autoincrement": False})
    email: str = text(unique=True)
    """Small letters."""
    name: str = text()
    """As members read it."""
    role: str = text()
    """viewer | agent | supervisor | marketer | admin | auditor."""
    markets: str = json(default="[]")
    """The markets they see; an empty list: all."""
    locale: str = text(default="en")
    password: str | None = text(default=None)
    """argon2; None until they have chosen one."""
    telegram_id: int | None = identity(default=None, unique=True)
    """Their Telegram user, for the desk there."""
    created_at: int = instant()
    disabled_at: int | None = instant(default=None)


class StaffSession(Base, table=True):
    """A sign-in at the web desk."""

    __tablename__ = "staff_session"

    hash: str = text(primary_key=True)
    """SHA-256 of the cookie's value."""
    staff_id: int = identity(index=True)
    csrf: str = text()
    created_at: int = instant()
    seen_at: int = instant()


class StaffLink(Base, table=True):
    """A one-time link with which somebody chooses a password."""

    __tablename__ = "staff_link"

    hash: str = text(primary_key=True)
    staff_id: int | None = identity(default=None)
    """Whose; None: of the very first administrator."""
    expires_at: int = instant()


class SignInGuard(Base, table=True):
    """Failed sign-ins of an e-mail address or from a place, as a keyed hash."""

    __tablename__ = "sign_in_guard"

    key: str = text(primary_key=True)
    failures: int = count(default=0)
    since: int = instant()


class AuditEntry(Base, table=True):
    """Who saw whose personal data, and who changed what. Append-only; no personal data itself."""

    __tablename__ = "audit_entry"

    id: int = identity(primary_key=True, sa_column_kwargs={"autoincrement": False})
    staff_id: int | None = identity(default=None)
    action: str = text()
    member_id: int | None = identity(default=None)
    detail: str = json(default="{}")
    at: int = instant()

    __table_args__: ClassVar[Any] = (
        Index("ix_audit_entry_member", "member_id", "id", **only("member_id is not null")),
        Index("ix_audit_entry_staff", "staff_id", "id", **only("staff_id is not null")),
    )


class DeskTopic(Base, table=True):
    """A member's topic in the staff's Telegram group, and how far it has been told."""

    __tablename__ = "desk_topic"

    member_id: int = identity(primary_key=True, sa_column_kwargs={"autoincrement": False})
    chat_id: int = identity()
    thread_id: int = identity()
    card_id: int | None = identity(default=None)
    """The pinned status card's message."""
    shown_id: int = identity(default=0)
    """The last entry of the conversation that was told there."""

    __table_args__: ClassVar[Any] = (UniqueConstraint("thread_id", "chat_id"),)
