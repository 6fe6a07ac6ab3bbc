"""Members, their addresses, conversations, open sessions and consents."""

from typing import Any, ClassVar

from sqlalchemy import Index, UniqueConstraint

from storage.columns import count, flag, identity, instant, json, text
from storage.tables._metadata import Base, only


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
    control: str = text(default="bot")
    """bot | human: who answers."""
    control_version: int = count(default=0)
    email: str | None = text(default=None)
    """A contact for exports only; no channel of ours. Its consent is the purpose `email`."""
    card_number: str | None = text(default=None, unique=True)
    """13 digits for the printed card."""
    merged_into: int | None = identity(default=None)
    """The member who took over everything of this one."""
    erased_at: int | None = instant(default=None)
    """When every personal datum was removed; the books stay under the id alone."""
    created_at: int = instant()

    __table_args__: ClassVar[Any] = (
        Index("ix_member_birthday", "birth_month", "birth_day"),
        Index("ix_member_merged", "merged_into", **only("merged_into is not null")),
    )


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
    leaning: str | None = text(default=None)
    """The locale the last message seemed to be in, beside the one the member is settled in."""


class Session(Base, table=True):
    """A flow that waits for this address's answer. A flow that ended has no row."""

    address_id: int = identity(primary_key=True, foreign_key="address.id", sa_column_kwargs={"autoincrement": False})
    flow: str = text()
    version: str = text()
    step: str = text()
    state: str = json()
    updated_at: int = instant()

    __table_args__: ClassVar[Any] = (Index("ix_session_flow", "flow", "version", "step"),)


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
