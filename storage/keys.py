"""API keys, and the first answer to every request that was made with one under an idempotency key."""

from typing import Any, NamedTuple

from sqlalchemy import bindparam, delete, or_, select, update

from storage.database import Transaction
from storage.statement import Statement, insert_all
from storage.tables import ApiKey, ApiRequest

_key: Any = ApiKey.__table__  # type: ignore[attr-defined]
_request: Any = ApiRequest.__table__  # type: ignore[attr-defined]
_CLAIMED = 0
"""The status of a request whose answer is being made, in the same transaction."""


class KeyRow(NamedTuple):
    """A key. `scopes` are names separated by spaces; instants are microseconds UTC."""

    id: int
    name: str
    hash: str
    scopes: str
    market: str | None
    created_at: int
    used_at: int | None = None
    revoked_at: int | None = None


class AnswerRow(NamedTuple):
    """The first answer to an idempotency key; `digest` tells its request from others, `body` is JSON."""

    digest: str
    status: int
    body: str


_COLUMNS = [_key.c[name] for name in KeyRow._fields]
_ADD = Statement(insert_all(ApiKey))
_GET = Statement(select(*_COLUMNS).where(_key.c.id == bindparam("key_id")), KeyRow._make)
_ALL = Statement(select(*_COLUMNS).order_by(_key.c.id), KeyRow._make)
_REVOKE = Statement(
    update(_key).where(_key.c.id == bindparam("key_id"), _key.c.revoked_at.is_(None)).values(revoked_at=bindparam("at"))
)
_USE = Statement(
    update(_key)
    .where(_key.c.id == bindparam("key_id"), or_(_key.c.used_at.is_(None), _key.c.used_at <= bindparam("since")))
    .values(used_at=bindparam("at"))
)
_CLAIM = Statement(insert_all(ApiRequest).on_conflict_do_nothing())
_THIS = (_request.c.key_id == bindparam("owner"), _request.c.idempotency_key == bindparam("key"))
_ANSWER = Statement(select(*(_request.c[name] for name in AnswerRow._fields)).where(*_THIS), AnswerRow._make)
_SETTLE = Statement(update(_request).where(*_THIS).values(status=bindparam("code"), body=bindparam("text")))
_FORGET = Statement(delete(_request).where(_request.c.at < bindparam("before"), _request.c.status > 0))


def add(transaction: Transaction, row: KeyRow) -> None:
    """Keep a new key."""
    transaction.run(_ADD, **row._asdict())


def get(transaction: Transaction, key_id: int) -> KeyRow | None:
    """The key with this id, revoked or not."""
    return transaction.one(_GET, key_id=key_id)


def listed(transaction: Transaction) -> list[KeyRow]:
    """Every key there ever was, oldest first."""
    return transaction.all(_ALL)


def revoke(transaction: Transaction, key_id: int, now: int) -> bool:
    """The key opens nothing from now on; False if there is no such key or it was revoked before."""
    return bool(transaction.run(_REVOKE, key_id=key_id, at=now))


def use(transaction: Transaction, key_id: int, now: int, since: int) -> bool:
    """Note that the key is used now, unless that was noted after `since`; whether it was written."""
    return bool(transaction.run(_USE, key_id=key_id, at=now, since=since))


def claim(transaction: Transaction, key_id: int, idempotency_key: str, digest: str, now: int) -> AnswerRow | None:
    """Take this idempotency key for a request; None if it was free, else what its first request was answered.

    Who asks at the same time waits here until the other transaction has ended.
    """
    taken = {"key_id": key_id, "idempotency_key": idempotency_key, "digest": digest}
    if transaction.run(_CLAIM, **taken, status=_CLAIMED, body="", at=now):
        return None
    return transaction.one(_ANSWER, owner=key_id, key=idempotency_key)


def settle(transaction: Transaction, key_id: int, idempotency_key: str, *, status: int, body: str) -> None:
    """Keep the answer to a request that `claim` took, in the same transaction."""
    transaction.run(_SETTLE, owner=key_id, key=idempotency_key, code=status, text=body)


def forget(transaction: Transaction, before: int) -> int:
    """Drop answers given before then; how many."""
    return transaction.run(_FORGET, before=before)
