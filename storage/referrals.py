"""Referrals: who brought whom and how far it has come, and what is asked to find out whether a friend is a new one."""

from __future__ import annotations

from typing import Any, NamedTuple

from sqlalchemy import and_, bindparam, exists, func, or_, select, update
from sqlalchemy import text as sql

from storage.database import Transaction
from storage.ledger import PROGRAMME
from storage.statement import Statement, insert_all
from storage.tables import Account, Address, LedgerTransaction, Posting, Purchase, Referral, Suppression

_referral: Any = Referral.__table__  # type: ignore[attr-defined]
_address: Any = Address.__table__  # type: ignore[attr-defined]
_purchase: Any = Purchase.__table__  # type: ignore[attr-defined]
_suppression: Any = Suppression.__table__  # type: ignore[attr-defined]
_transaction: Any = LedgerTransaction.__table__  # type: ignore[attr-defined]
_posting: Any = Posting.__table__  # type: ignore[attr-defined]
_account: Any = Account.__table__  # type: ignore[attr-defined]


class ReferralRow(NamedTuple):
    """A friend who came by a member's code."""

    id: int
    referrer_id: int
    friend_id: int
    state: str
    """pending | review | qualified | rewarded | rejected | expired."""
    flags: str
    order_id: str | None
    created_at: int
    due_at: int | None
    rewarded_at: int | None
    decided_by: str | None

    def flagged(self, *more: str) -> str:
        """The flags with these added, each once."""
        return " ".join(dict.fromkeys((*self.flags.split(), *more)))


class Given(NamedTuple):
    """What the books gave under one key: the transaction and its points."""

    transaction_id: int
    points: int


_COLUMNS = [_referral.c[name] for name in ReferralRow._fields]
_ALL = select(*_COLUMNS)
_ADD = Statement(insert_all(Referral).on_conflict_do_nothing())
_GET = Statement(_ALL.where(_referral.c.id == bindparam("key")), ReferralRow._make)
_OF_FRIEND = Statement(_ALL.where(_referral.c.friend_id == bindparam("friend_id")), ReferralRow._make)
_BY_ORDER = Statement(_ALL.where(_referral.c.order_id == bindparam("order_id")), ReferralRow._make)
_DUE = Statement(
    _ALL.where(sql("state in ('pending', 'qualified')"), _referral.c.due_at <= bindparam("now"))
    .order_by(_referral.c.due_at, _referral.c.id)
    .limit(bindparam("most")),
    ReferralRow._make,
)
_LEFT_IN_REVIEW = Statement(
    _ALL.where(sql("state = 'review'"), _referral.c.order_id.is_(None), _referral.c.due_at <= bindparam("now"))
    .order_by(_referral.c.id)
    .limit(bindparam("most")),
    ReferralRow._make,
)
_IN_REVIEW = Statement(_ALL.where(sql("state = 'review'")).order_by(_referral.c.id), ReferralRow._make)
_LATEST = Statement(_ALL.order_by(_referral.c.id.desc()).limit(bindparam("most")), ReferralRow._make)
_MOVE = Statement(
    update(_referral)
    .where(
        _referral.c.id == bindparam("key"),
        _referral.c.state == bindparam("old_state"),
        _referral.c.flags == bindparam("old_flags"),
        func.coalesce(_referral.c.order_id, "") == bindparam("old_order"),
    )
    .values({name: bindparam(name) for name in ("state", "flags", "order_id", "due_at", "rewarded_at", "decided_by")})
)
_BROUGHT = Statement(
    select(_referral.c.id).where(
        _referral.c.referrer_id == bindparam("referrer_id"), _referral.c.friend_id == bindparam("friend_id")
    ),
    tuple,
)
_SINCE = Statement(
    select(func.count()).where(
        _referral.c.referrer_id == bindparam("referrer_id"), _referral.c.created_at > bindparam("at")
    ),
    lambda row: int(row[0]),
)
_STATES = Statement(
    select(_referral.c.state, func.count())
    .where(_referral.c.referrer_id == bindparam("referrer_id"))
    .group_by(_referral.c.state),
    lambda row: (str(row[0]), int(row[1])),
)
_other: Any = _address.alias("other")
_SHARED = Statement(
    select(_address.c.id)
    .join(_other, _other.c.value == _address.c.value)
    .where(_address.c.member_id == bindparam("one"), _other.c.member_id == bindparam("two")),
    tuple,
)
_WRITES_FROM = Statement(
    select(_address.c.id).where(_address.c.member_id == bindparam("member_id"), _address.c.value == bindparam("value")),
    tuple,
)
_BOUGHT = Statement(
    select(_purchase.c.id)
    .where(
        or_(
            _purchase.c.member_id == bindparam("member_id"),
            and_(_purchase.c.member_id.is_(None), _purchase.c.phone == bindparam("phone")),
        ),
        _purchase.c.state == "paid",
        _purchase.c.test == 0,
    )
    .limit(1),
    tuple,
)
_theirs: Any = _purchase.alias("theirs")
_PAID_ALIKE = Statement(
    select(_purchase.c.id).where(
        _purchase.c.order_id == bindparam("order_id"),
        exists().where(_theirs.c.member_id == bindparam("member_id"), _theirs.c.payment == _purchase.c.payment),
    ),
    tuple,
)
_SUPPRESSED = Statement(select(_suppression.c.at).where(_suppression.c.hash == bindparam("hash")), tuple)
_GIVEN = Statement(
    select(_transaction.c.id, -func.sum(_posting.c.amount))
    .join(_posting, _posting.c.transaction_id == _transaction.c.id)
    .join(_account, _account.c.id == _posting.c.account_id)
    .where(_transaction.c.idempotency_key == bindparam("key"), _account.c.owner_id <= PROGRAMME)
    .group_by(_transaction.c.id),
    lambda row: Given(int(row[0]), int(row[1])),
)


def add(transaction: Transaction, row: ReferralRow) -> bool:
    """Keep a new referral; False if the friend has one already."""
    return bool(transaction.run(_ADD, **row._asdict()))


def move(transaction: Transaction, row: ReferralRow, **changes: Any) -> bool:
    """Change state, flags, order, dates or decider by one conditional update; False if it is not as read any more."""
    after = row._replace(**changes)
    values = {name: getattr(after, name) for name in ReferralRow._fields[3:] if name != "created_at"}
    old = {"old_state": row.state, "old_flags": row.flags, "old_order": row.order_id or ""}
    return bool(transaction.run(_MOVE, key=row.id, **old, **values))


def get(transaction: Transaction, referral_id: int) -> ReferralRow | None:
    """The referral with this id."""
    return transaction.one(_GET, key=referral_id)


def of_friend(transaction: Transaction, friend_id: int) -> ReferralRow | None:
    """The referral that brought this member."""
    return transaction.one(_OF_FRIEND, friend_id=friend_id)


def by_order(transaction: Transaction, order_id: str) -> ReferralRow | None:
    """The referral that this order qualified."""
    return transaction.one(_BY_ORDER, order_id=order_id)


def due(transaction: Transaction, now: int, most: int) -> list[ReferralRow]:
    """Ones without an order that are too old, and qualified ones whose hold is over; the longest due first.

    Those in review come last. With an order they wait for a person, however long.
    """
    found = transaction.all(_DUE, now=now, most=most)
    return [*found, *transaction.all(_LEFT_IN_REVIEW, now=now, most=most - len(found))]


def in_review(transaction: Transaction) -> list[ReferralRow]:
    """Those that wait for a person, oldest first."""
    return transaction.all(_IN_REVIEW)


def latest(transaction: Transaction, most: int) -> list[ReferralRow]:
    """The newest ones, newest first."""
    return transaction.all(_LATEST, most=most)


def brought(transaction: Transaction, referrer_id: int, friend_id: int) -> bool:
    """The one came by the code of the other, whatever became of it."""
    return transaction.one(_BROUGHT, referrer_id=referrer_id, friend_id=friend_id) is not None


def count_since(transaction: Transaction, referrer_id: int, at: int) -> int:
    """How many came by this member's code after an instant (microseconds UTC)."""
    return transaction.one(_SINCE, referrer_id=referrer_id, at=at) or 0


def states_of(transaction: Transaction, referrer_id: int) -> dict[str, int]:
    """How many of the member's friends are in each state; states without any are left out."""
    return dict(transaction.all(_STATES, referrer_id=referrer_id))


def share_address(transaction: Transaction, one: int, two: int) -> bool:
    """Both members write from the same address value, on whatever channels."""
    return transaction.one(_SHARED, one=one, two=two) is not None


def writes_from(transaction: Transaction, member_id: int, value: str) -> bool:
    """The member has an address with this value on some channel."""
    return transaction.one(_WRITES_FROM, member_id=member_id, value=value) is not None


def has_bought(transaction: Transaction, member_id: int, phone: str | None) -> bool:
    """There is a paid order of the member, or a guest's with this phone. Test orders do not count."""
    return transaction.one(_BOUGHT, member_id=member_id, phone=phone or "") is not None


def is_suppressed(transaction: Transaction, phone_hash: str) -> bool:
    """The phone with this keyed hash was erased once: it is not new to us."""
    return transaction.one(_SUPPRESSED, hash=phone_hash) is not None


def paid_alike(transaction: Transaction, order_id: str, member_id: int) -> bool:
    """The member has an order that was paid by the same means as this one."""
    return transaction.one(_PAID_ALIKE, order_id=order_id, member_id=member_id) is not None


def given(transaction: Transaction, key: str) -> Given | None:
    """What the ledger gave under this idempotency key."""
    return transaction.one(_GIVEN, key=key)
