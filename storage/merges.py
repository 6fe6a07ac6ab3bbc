"""Merges of two members and pairs that must never be merged; what belongs to a member, moved by id."""

from typing import Any, NamedTuple

from sqlalchemy import bindparam, delete, or_, select, update

from storage.database import Transaction
from storage.statement import Statement, insert_all, many
from storage.tables import (
    Address,
    Attachment,
    Case,
    CaseEntry,
    Coupon,
    Member,
    Merge,
    Purchase,
    Redemption,
    Referral,
    SeparatePair,
    TriggerFiring,
)

_merge: Any = Merge.__table__  # type: ignore[attr-defined]
_pair: Any = SeparatePair.__table__  # type: ignore[attr-defined]
_member: Any = Member.__table__  # type: ignore[attr-defined]
_address: Any = Address.__table__  # type: ignore[attr-defined]
_referral: Any = Referral.__table__  # type: ignore[attr-defined]
_firing: Any = TriggerFiring.__table__  # type: ignore[attr-defined]
_AT_ONCE = 500
NO_DATA = "{}"
"""Of a merge that cannot be undone any more: one of the two was erased, or its time is over."""


class MergeRow(NamedTuple):
    """A merge. `data` is the JSON that parts the two again, or `NO_DATA`."""

    id: int
    kept_id: int
    merged_id: int
    data: str
    actor: str
    at: int
    undone_at: int | None


class Between(NamedTuple):
    """A referral of one of two members by the other."""

    id: int
    state: str
    flags: str


class _Owned(NamedTuple):
    ids: Statement[int]
    move: Statement[Any]


def _owned(table: Any, column: str) -> _Owned:
    core = table.__table__
    owner = core.c[column]
    ids = select(core.c.id).where(owner == bindparam("member_id")).order_by(core.c.id)
    move = update(core).where(core.c.id.in_(many("ids")), owner == bindparam("from_id"))
    return _Owned(Statement(ids, lambda row: int(row[0])), Statement(move.values({column: bindparam("to_id")})))


_OWNED = {
    "address": _owned(Address, "member_id"),
    "purchase": _owned(Purchase, "member_id"),
    "coupon": _owned(Coupon, "member_id"),
    "redemption": _owned(Redemption, "member_id"),
    "referrer": _owned(Referral, "referrer_id"),
    "friend": _owned(Referral, "friend_id"),
    "case": _owned(Case, "member_id"),
    "entry": _owned(CaseEntry, "member_id"),
    "attachment": _owned(Attachment, "member_id"),
}
OWNED = tuple(_OWNED)
"""What belongs to a member by a column of its own; `referrer` and `friend` are the two sides of a referral."""

_COLUMNS = [_merge.c[name] for name in MergeRow._fields]
_ADD = Statement(insert_all(Merge))
_GET = Statement(select(*_COLUMNS).where(_merge.c.id == bindparam("key")), MergeRow._make)
_OF = Statement(
    select(*_COLUMNS)
    .where(or_(_merge.c.kept_id == bindparam("kept"), _merge.c.merged_id == bindparam("merged")))
    .order_by(_merge.c.id),
    MergeRow._make,
)
_UNDO = Statement(
    update(_merge)
    .where(_merge.c.id == bindparam("key"), _merge.c.undone_at.is_(None))
    .values(undone_at=bindparam("now"))
)
_OLD = (
    select(_merge.c.id)
    .where(_merge.c.at < bindparam("before"), _merge.c.data != NO_DATA)
    .order_by(_merge.c.id)
    .limit(bindparam("most"))
)
_FORGET = Statement(update(_merge).where(_merge.c.id.in_(_OLD)).values(data=NO_DATA))
_PART = Statement(insert_all(SeparatePair).on_conflict_do_nothing())
_PARTED = Statement(
    select(_pair.c.low_id).where(_pair.c.low_id == bindparam("low"), _pair.c.high_id == bindparam("high")), tuple
)
_JOIN = Statement(delete(_pair).where(_pair.c.low_id == bindparam("low"), _pair.c.high_id == bindparam("high")))
_CHANNELS = Statement(
    select(_address.c.channel).where(_address.c.member_id == bindparam("member_id")).distinct(), lambda row: str(row[0])
)
_PREDECESSORS = Statement(
    select(_member.c.id).where(_member.c.merged_into == bindparam("member_id")).order_by(_member.c.id),
    lambda row: int(row[0]),
)
_BETWEEN = Statement(
    select(_referral.c.id, _referral.c.state, _referral.c.flags).where(
        _referral.c.referrer_id.in_(many("ids")), _referral.c.friend_id.in_(many("ids"))
    ),
    Between._make,
)
_JUDGE = Statement(
    update(_referral)
    .where(_referral.c.id == bindparam("key"))
    .values(state=bindparam("new_state"), flags=bindparam("new_flags"))
)
_UNFIRE = Statement(delete(_firing).where(_firing.c.key == bindparam("firing")))


def add(transaction: Transaction, row: MergeRow) -> None:
    """Record a merge."""
    transaction.run(_ADD, **row._asdict())


def get(transaction: Transaction, merge_id: int) -> MergeRow | None:
    """A merge by its id."""
    return transaction.one(_GET, key=merge_id)


def of_member(transaction: Transaction, member_id: int) -> list[MergeRow]:
    """The merges a member took part in, on either side, oldest first."""
    return transaction.all(_OF, kept=member_id, merged=member_id)


def mark_undone(transaction: Transaction, merge_id: int, now: int) -> bool:
    """A merge is undone once."""
    return bool(transaction.run(_UNDO, key=merge_id, now=now))


def forget(transaction: Transaction, before: int, most: int) -> int:
    """Let go of what would undo merges older than this, up to so many; how many."""
    return transaction.run(_FORGET, before=before, most=most)


def separate(transaction: Transaction, one: int, other: int, *, actor: str, at: int) -> bool:
    """These two are never to be merged; False if that was known."""
    low, high = sorted((one, other))
    return bool(transaction.run(_PART, low_id=low, high_id=high, actor=actor, at=at))


def unseparate(transaction: Transaction, one: int, other: int) -> bool:
    """They may be merged after all; False if nothing spoke against it."""
    low, high = sorted((one, other))
    return bool(transaction.run(_JOIN, low=low, high=high))


def are_separate(transaction: Transaction, one: int, other: int) -> bool:
    """Whether these two are never to be merged."""
    low, high = sorted((one, other))
    return transaction.one(_PARTED, low=low, high=high) is not None


def channels(transaction: Transaction, member_id: int) -> set[str]:
    """The channels a member has addresses on."""
    return set(transaction.all(_CHANNELS, member_id=member_id))


def predecessors(transaction: Transaction, member_id: int) -> list[int]:
    """Everybody who was merged into this member, also through others; nearest first."""
    found = transaction.all(_PREDECESSORS, member_id=member_id)
    return [*found, *(earlier for one in found for earlier in predecessors(transaction, one))]


def owned(transaction: Transaction, what: str, member_id: int) -> list[int]:
    """The ids of what belongs to a member."""
    return transaction.all(_OWNED[what].ids, member_id=member_id)


def move(transaction: Transaction, what: str, ids: list[int], *, from_id: int, to_id: int) -> int:
    """Give these of one member to another; those that are not theirs (any more) stay. How many moved."""
    moved = 0
    for start in range(0, len(ids), _AT_ONCE):
        part = ids[start : start + _AT_ONCE]
        moved += transaction.run(_OWNED[what].move, ids=part, from_id=from_id, to_id=to_id)
    return moved


def referrals_between(transaction: Transaction, one: int, other: int) -> list[Between]:
    """Referrals of one of the two by the other."""
    return transaction.all(_BETWEEN, ids=[one, other])


def judge(transaction: Transaction, referral: Between) -> None:
    """Write a referral's state and flags."""
    transaction.run(_JUDGE, key=referral.id, new_state=referral.state, new_flags=referral.flags)


def drop_firings(transaction: Transaction, keys: list[str]) -> None:
    """Forget these occasions."""
    transaction.run_many(_UNFIRE, [{"firing": key} for key in keys])
