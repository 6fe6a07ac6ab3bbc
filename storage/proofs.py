"""One-time codes and used tokens: found by their keyed hash, used by one conditional update."""

from typing import Any, NamedTuple

from sqlalchemy import bindparam, delete, select, update

from storage.database import Transaction
from storage.statement import Statement, insert_all
from storage.tables import Proof

_proof: Any = Proof.__table__  # type: ignore[attr-defined]


class ProofRow(NamedTuple):
    """What is kept of a code or token. `data` is JSON; instants are microseconds UTC."""

    id: int
    purpose: str
    hash: str
    member_id: int
    data: str
    tries: int
    expires_at: int
    used_at: int | None


_COLUMNS = [_proof.c[name] for name in ProofRow._fields]
_ADD = Statement(insert_all(Proof).on_conflict_do_nothing())
_FIND = Statement(select(*_COLUMNS).where(_proof.c.hash == bindparam("wanted")), ProofRow._make)
_NEWEST = Statement(
    select(*_COLUMNS)
    .where(_proof.c.member_id == bindparam("member_id"), _proof.c.purpose == bindparam("purpose"))
    .order_by(_proof.c.id.desc())
    .limit(1),
    ProofRow._make,
)
_DUE = Statement(
    select(*_COLUMNS)
    .where(_proof.c.expires_at <= bindparam("now"), _proof.c.purpose == bindparam("purpose"))
    .order_by(_proof.c.expires_at)
    .limit(bindparam("most")),
    ProofRow._make,
)
_USE = Statement(
    update(_proof)
    .where(_proof.c.hash == bindparam("wanted"), _proof.c.used_at.is_(None), _proof.c.expires_at > bindparam("now"))
    .values(used_at=bindparam("at"))
)
_TRY = Statement(
    update(_proof)
    .where(
        _proof.c.id == bindparam("key"),
        _proof.c.used_at.is_(None),
        _proof.c.expires_at > bindparam("now"),
        _proof.c.tries < bindparam("most"),
    )
    .values(tries=_proof.c.tries + 1)
)
_VOID = Statement(
    delete(_proof).where(
        _proof.c.member_id == bindparam("member_id"),
        _proof.c.purpose == bindparam("purpose"),
        _proof.c.used_at.is_(None),
    )
)
_FREE = Statement(delete(_proof).where(_proof.c.hash == bindparam("wanted"), _proof.c.expires_at <= bindparam("now")))
_DROP = Statement(delete(_proof).where(_proof.c.id == bindparam("key")))
_OVER = (
    select(_proof.c.id)
    .where(_proof.c.expires_at <= bindparam("before"), _proof.c.purpose != "farewell")
    .order_by(_proof.c.expires_at)
    .limit(bindparam("most"))
)
_FORGET = Statement(delete(_proof).where(_proof.c.id.in_(_OVER)))


def add(transaction: Transaction, row: ProofRow, now: int) -> bool:
    """Keep a proof; False if its hash is that of another one that still lives. One that is over gives way."""
    transaction.run(_FREE, wanted=row.hash, now=now)
    return bool(transaction.run(_ADD, **row._asdict()))


def find(transaction: Transaction, hash: str) -> ProofRow | None:
    """The proof with this hash, used and over or not."""
    return transaction.one(_FIND, wanted=hash)


def newest(transaction: Transaction, purpose: str, member_id: int) -> ProofRow | None:
    """The last proof of this purpose that was made for a member."""
    return transaction.one(_NEWEST, purpose=purpose, member_id=member_id)


def due(transaction: Transaction, purpose: str, now: int, most: int) -> list[ProofRow]:
    """Proofs of a purpose whose time has come, earliest first."""
    return transaction.all(_DUE, purpose=purpose, now=now, most=most)


def use(transaction: Transaction, hash: str, now: int) -> bool:
    """Use a living proof; of two who try, one gets True."""
    return bool(transaction.run(_USE, wanted=hash, now=now, at=now))


def count_try(transaction: Transaction, proof_id: int, *, most: int, now: int) -> bool:
    """Count one more try; False when none is left or the proof is used or over."""
    return bool(transaction.run(_TRY, key=proof_id, most=most, now=now))


def void(transaction: Transaction, purpose: str, member_id: int) -> int:
    """Drop what was not used of a member's proofs of this purpose; how many there were."""
    return transaction.run(_VOID, purpose=purpose, member_id=member_id)


def drop(transaction: Transaction, proof_id: int) -> None:
    """Take one proof away."""
    transaction.run(_DROP, key=proof_id)


def forget(transaction: Transaction, before: int, most: int) -> int:
    """Drop up to so many proofs that were over by then, apart from farewells, which are work to be done."""
    return transaction.run(_FORGET, before=before, most=most)
