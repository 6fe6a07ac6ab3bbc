"""The points ledger: double entry, append-only, and the only writer of its tables.

Rules: reference §1.1-1.2 as kept in docs/ledger.md. Every transaction's postings sum to zero per unit; a member's
account equals the sum of its lots' remaining points; an idempotency key makes a retry return the first result.
The account row is a snapshot: it is exact until its next lot matures or lapses, and is recomputed from the lots then.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import bindparam, func, select, update

from storage.database import Transaction
from storage.people import POINTS_UNIT
from storage.statement import Statement, insert_all
from storage.tables import Account, LedgerTransaction, Lot, Posting, Purchase, Referral

ISSUED = 1
"""The programme's account that stands against what members hold."""
_ISSUED_ACCOUNT = 1

_account: Any = Account.__table__  # type: ignore[attr-defined]
_transaction: Any = LedgerTransaction.__table__  # type: ignore[attr-defined]
_posting: Any = Posting.__table__  # type: ignore[attr-defined]
_lot: Any = Lot.__table__  # type: ignore[attr-defined]
_purchase: Any = Purchase.__table__  # type: ignore[attr-defined]
_referral: Any = Referral.__table__  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class Position:
    """What a member has now: points active and pending, and the next change. Instants in microseconds UTC."""

    active: int = 0
    pending: int = 0
    matures_at: int | None = None
    expiring: int = 0
    expires_at: int | None = None

    def holds_at(self, now: int) -> bool:
        """Nothing has matured or lapsed since this was computed."""
        return not (self.matures_at and self.matures_at <= now) and not (self.expires_at and self.expires_at <= now)


class LotRow(NamedTuple):
    """A lot with what it came from."""

    id: int
    original: int
    remaining: int
    activates_at: int
    expires_at: int | None
    kind: str
    reference: str
    effective_at: int


@dataclass(frozen=True, slots=True)
class Earning:
    """Points to give. `kind` says why (purchase, referral, birthday, …), `reference` names the order or friend."""

    key: str
    member_id: int
    points: int
    kind: str
    reference: str
    activates_at: int
    expires_at: int | None
    actor: str = "system"


@dataclass(frozen=True, slots=True)
class Earned:
    """The transaction of an earning; `repeated`: its key was used before and nothing new was written."""

    transaction_id: int
    repeated: bool


def position(lots: Iterable[tuple[int, int, int | None]], now: int) -> Position:
    """The position from (remaining, activates_at, expires_at) of open lots; lapsed lots do not count."""
    active = pending = 0
    matures: int | None = None
    lapses: dict[int, int] = {}
    for remaining, activates_at, expires_at in lots:
        if expires_at is not None and expires_at <= now:
            continue
        if activates_at > now:
            pending += remaining
            matures = activates_at if matures is None else min(matures, activates_at)
            continue
        active += remaining
        if expires_at is not None:
            lapses[expires_at] = lapses.get(expires_at, 0) + remaining
    first = min(lapses) if lapses else None
    return Position(active, pending, matures, lapses[first] if first else 0, first)


_OPEN_LOTS = Statement(
    select(_lot.c.remaining, _lot.c.activates_at, _lot.c.expires_at).where(
        _lot.c.account_id == bindparam("account_id"), _lot.c.remaining > 0
    ),
    tuple,
)
_LOTS = Statement(
    select(
        _lot.c.id,
        _lot.c.original,
        _lot.c.remaining,
        _lot.c.activates_at,
        _lot.c.expires_at,
        _transaction.c.kind,
        _transaction.c.reference,
        _transaction.c.effective_at,
    )
    .join(_transaction, _transaction.c.id == _lot.c.transaction_id)
    .where(_lot.c.account_id == bindparam("account_id"), _lot.c.remaining > 0)
    .order_by(_lot.c.expires_at.is_(None), _lot.c.expires_at, _lot.c.id),
    LotRow._make,
)
_FIND_ACCOUNT = Statement(
    select(_account.c.id).where(_account.c.owner_id == bindparam("owner_id"), _account.c.unit == POINTS_UNIT),
    lambda row: int(row[0]),
)
_LOCK_ACCOUNT = Statement(
    select(_account.c.id).where(_account.c.id == bindparam("account_id")).with_for_update(), lambda row: int(row[0])
)
"""Two writers (a server and a command) must not each compute the snapshot without the other's lot."""
_ADD_ACCOUNT = Statement(insert_all(Account).on_conflict_do_nothing())
_ADD_TRANSACTION = Statement(insert_all(LedgerTransaction).on_conflict_do_nothing())
_FIND_TRANSACTION = Statement(
    select(_transaction.c.id).where(_transaction.c.idempotency_key == bindparam("idempotency_key")),
    lambda row: int(row[0]),
)
_ADD_POSTING = Statement(insert_all(Posting))
_ADD_LOT = Statement(insert_all(Lot))
_SNAPSHOT = Statement(
    update(_account)
    .where(_account.c.id == bindparam("key"))
    .values(
        active=bindparam("active"),
        pending=bindparam("pending"),
        matures_at=bindparam("matures_at"),
        expiring=bindparam("expiring"),
        expires_at=bindparam("expires_at"),
        lifetime=_account.c.lifetime + bindparam("earned"),
        version=_account.c.version + 1,
    )
)
_ADD_PURCHASE = Statement(insert_all(Purchase).on_conflict_do_nothing())
_PURCHASE = Statement(
    select(_purchase.c.id, _purchase.c.member_id, _purchase.c.amount, _purchase.c.currency, _purchase.c.points).where(
        _purchase.c.order_id == bindparam("order_id")
    ),
    tuple,
)
_ADD_REFERRAL = Statement(insert_all(Referral).on_conflict_do_nothing())
_REFERRAL = Statement(
    select(_referral.c.id, _referral.c.referrer_id, _referral.c.state).where(
        _referral.c.friend_id == bindparam("friend_id")
    ),
    tuple,
)
_REWARD_REFERRAL = Statement(
    update(_referral)
    .where(_referral.c.id == bindparam("key"), _referral.c.state == "pending")
    .values(state="rewarded", rewarded_at=bindparam("rewarded_at"))
)
_UNBALANCED = Statement(
    select(_posting.c.transaction_id).group_by(_posting.c.transaction_id).having(func.sum(_posting.c.amount) != 0),
    lambda row: int(row[0]),
)
_LOT_DIFFERENCE = Statement(
    select(_account.c.id)
    .outerjoin(_posting, _posting.c.account_id == _account.c.id)
    .where(_account.c.owner_id > ISSUED)
    .group_by(_account.c.id)
    .having(
        func.coalesce(func.sum(_posting.c.amount), 0)
        != select(func.coalesce(func.sum(_lot.c.remaining), 0))
        .where(_lot.c.account_id == _account.c.id)
        .correlate(_account)
        .scalar_subquery()
    ),
    lambda row: int(row[0]),
)


def account_of(transaction: Transaction, owner_id: int) -> int:
    """The id of the owner's points account, opened at need."""
    found = transaction.one(_FIND_ACCOUNT, owner_id=owner_id)
    if found is not None:
        return found
    fresh = _ISSUED_ACCOUNT if owner_id == ISSUED else transaction.ids.new()
    transaction.run(
        _ADD_ACCOUNT,
        id=fresh,
        owner_id=owner_id,
        unit=POINTS_UNIT,
        active=0,
        pending=0,
        matures_at=None,
        expiring=0,
        expires_at=None,
        lifetime=0,
        version=0,
    )
    opened = transaction.one(_FIND_ACCOUNT, owner_id=owner_id)
    assert opened is not None  # inserted above, by us or by a racing writer
    return opened


def earn(transaction: Transaction, earning: Earning, now: int) -> Earned:
    """Give points once per key: transaction, two postings, one lot, new snapshot. ValueError unless points > 0."""
    if earning.points <= 0:
        raise ValueError("an earning has at least one point")
    fresh = transaction.ids.new()
    added = transaction.run(
        _ADD_TRANSACTION,
        id=fresh,
        idempotency_key=earning.key,
        kind=earning.kind,
        reference=earning.reference,
        actor=earning.actor,
        effective_at=now,
        created_at=now,
    )
    if not added:
        first = transaction.one(_FIND_TRANSACTION, idempotency_key=earning.key)
        assert first is not None  # the key's row is what the insert ran into
        return Earned(first, repeated=True)
    account = account_of(transaction, earning.member_id)
    issued = account_of(transaction, ISSUED)
    for account_id, amount in ((account, earning.points), (issued, -earning.points)):
        transaction.run(
            _ADD_POSTING, id=transaction.ids.new(), transaction_id=fresh, account_id=account_id, amount=amount
        )
    transaction.run(
        _ADD_LOT,
        id=transaction.ids.new(),
        account_id=account,
        transaction_id=fresh,
        original=earning.points,
        remaining=earning.points,
        activates_at=earning.activates_at,
        expires_at=earning.expires_at,
    )
    _write_snapshot(transaction, account, now, earned=earning.points)
    return Earned(fresh, repeated=False)


def _write_snapshot(transaction: Transaction, account_id: int, now: int, *, earned: int = 0) -> None:
    transaction.one(_LOCK_ACCOUNT, account_id=account_id)
    current = position(transaction.all(_OPEN_LOTS, account_id=account_id), now)
    transaction.run(
        _SNAPSHOT,
        key=account_id,
        active=current.active,
        pending=current.pending,
        matures_at=current.matures_at,
        expiring=current.expiring,
        expires_at=current.expires_at,
        earned=earned,
    )


def position_of(transaction: Transaction, owner_id: int, now: int) -> Position:
    """The owner's position now, computed from the lots."""
    account = transaction.one(_FIND_ACCOUNT, owner_id=owner_id)
    return position(transaction.all(_OPEN_LOTS, account_id=account), now) if account is not None else Position()


def lots_of(transaction: Transaction, owner_id: int) -> list[LotRow]:
    """The owner's open lots, the first to lapse first: the answer to "why is my balance so?"."""
    account = transaction.one(_FIND_ACCOUNT, owner_id=owner_id)
    return transaction.all(_LOTS, account_id=account) if account is not None else []


def add_purchase(transaction: Transaction, row: dict[str, Any]) -> bool:
    """Record an order once; False when its order id is known already."""
    return bool(transaction.run(_ADD_PURCHASE, **row))


def purchase(transaction: Transaction, order_id: str) -> tuple[int, int, int, str, int] | None:
    """(id, member id, amount, currency, points) of an order."""
    found = transaction.one(_PURCHASE, order_id=order_id)
    return (found[0], found[1], found[2], found[3], found[4]) if found else None


def add_referral(transaction: Transaction, referrer_id: int, friend_id: int, now: int) -> bool:
    """Remember who brought this friend; False when somebody did already."""
    row = {"referrer_id": referrer_id, "friend_id": friend_id, "created_at": now}
    return bool(transaction.run(_ADD_REFERRAL, id=transaction.ids.new(), state="pending", rewarded_at=None, **row))


def pending_referral(transaction: Transaction, friend_id: int) -> tuple[int, int] | None:
    """(referral id, referrer's member id) while the friend's first purchase is awaited."""
    found = transaction.one(_REFERRAL, friend_id=friend_id)
    return (found[0], found[1]) if found and found[2] == "pending" else None


def reward_referral(transaction: Transaction, referral_id: int, now: int) -> bool:
    """Move a pending referral to rewarded; False when it was already."""
    return bool(transaction.run(_REWARD_REFERRAL, key=referral_id, rewarded_at=now))


def audit(transaction: Transaction) -> list[str]:
    """What is wrong with the books; empty when every transaction sums to zero and lots equal postings."""
    wrong = [f"transaction {row}: postings do not sum to zero" for row in transaction.all(_UNBALANCED)]
    return wrong + [f"account {row}: lots differ from postings" for row in transaction.all(_LOT_DIFFERENCE)]
