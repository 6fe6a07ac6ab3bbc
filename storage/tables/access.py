"""Who may do what: one-time codes, merges and their opposite, API keys and the requests they made."""

from typing import Any, ClassVar

from sqlalchemy import Index

from storage.columns import count, identity, instant, json, text
from storage.tables._metadata import Base, only


class Proof(Base, table=True):
    """A one-time code or a used token, as a keyed hash: for the till, for another address, a QR once used."""

    id: int = identity(primary_key=True, sa_column_kwargs={"autoincrement": False})
    purpose: str = text()
    """till | link | qr | export."""
    hash: str = text(unique=True)
    member_id: int = identity(index=True)
    data: str = json(default="{}")
    tries: int = count(default=0)
    expires_at: int = instant(index=True)
    used_at: int | None = instant(default=None)


class Merge(Base, table=True):
    """Two members who turned out to be one; `data` holds what is needed to part them again."""

    id: int = identity(primary_key=True, sa_column_kwargs={"autoincrement": False})
    kept_id: int = identity(foreign_key="member.id", index=True)
    merged_id: int = identity(foreign_key="member.id", index=True)
    data: str = json()
    actor: str = text()
    at: int = instant()
    undone_at: int | None = instant(default=None)


class SeparatePair(Base, table=True):
    """Two members who must never be merged."""

    __tablename__ = "separate_pair"

    low_id: int = identity(primary_key=True, sa_column_kwargs={"autoincrement": False})
    high_id: int = identity(primary_key=True, sa_column_kwargs={"autoincrement": False})
    actor: str = text()
    at: int = instant()


class Suppression(Base, table=True):
    """A phone that was erased, as a keyed hash: it is nobody's, but it is not new to us."""

    hash: str = text(primary_key=True)
    at: int = instant()


class ApiKey(Base, table=True):
    """A till's or shop's key, as a hash, with what it may do."""

    __tablename__ = "api_key"

    id: int = identity(primary_key=True, sa_column_kwargs={"autoincrement": False})
    name: str = text()
    hash: str = text(unique=True)
    scopes: str = text()
    """Names separated by spaces."""
    market: str | None = text(default=None)
    """The one market it may act in; None: all."""
    created_at: int = instant()
    used_at: int | None = instant(default=None)
    revoked_at: int | None = instant(default=None)


class ApiRequest(Base, table=True):
    """The first answer to an idempotency key, given again to a repeat."""

    __tablename__ = "api_request"

    key_id: int = identity(primary_key=True, sa_column_kwargs={"autoincrement": False})
    idempotency_key: str = text(primary_key=True)
    digest: str = text()
    """Of method, path and body: the same key with another request is refused."""
    status: int = count()
    body: str = json()
    at: int = instant()

    __table_args__: ClassVar[Any] = (Index("ix_api_request_at", "at", **only("status > 0")),)
