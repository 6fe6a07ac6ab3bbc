"""What members had for points or credit: rewards and payments, reserved, then confirmed or released, once each."""

from typing import Any, NamedTuple

from sqlalchemy import bindparam, func, select, update
from sqlalchemy import text as sql

from storage.database import Transaction
from storage.statement import Statement, insert_all
from storage.tables import Redemption

_redemption: Any = Redemption.__table__  # type: ignore[attr-defined]


class RedemptionRow(NamedTuple):
    """One redemption; instants are microseconds UTC, what is meant by the other columns is in storage/tables."""

    id: int
    key: str
    member_id: int
    market: str
    kind: str
    name: str
    unit: str
    amount: int
    money: int
    state: str
    transaction_id: int | None
    returned: int
    order_id: str | None
    actor: str
    reserved_at: int
    expires_at: int
    settled_at: int | None


_READ = select(*(_redemption.c[name] for name in RedemptionRow._fields))
_ADD = Statement(insert_all(Redemption).on_conflict_do_nothing())
_GET = Statement(_READ.where(_redemption.c.id == bindparam("redemption_id")), RedemptionRow._make)
_BY_KEY = Statement(_READ.where(_redemption.c.key == bindparam("made_for")), RedemptionRow._make)
_BY_HASH = Statement(_READ.where(_redemption.c.code_hash == bindparam("code_hash")), RedemptionRow._make)
_OF_MEMBER = Statement(
    _READ.where(_redemption.c.member_id == bindparam("member_id")).order_by(
        _redemption.c.state != "reserved", _redemption.c.id.desc()
    ),
    RedemptionRow._make,
)
_OF_ORDER = Statement(
    _READ.where(_redemption.c.order_id == bindparam("order_id"), _redemption.c.state == "confirmed").order_by(
        _redemption.c.id
    ),
    RedemptionRow._make,
)
_RESERVED_FOR = Statement(
    _READ.where(_redemption.c.order_id == bindparam("order_id"), _redemption.c.state == "reserved").order_by(
        _redemption.c.id
    ),
    RedemptionRow._make,
)
_PAID = Statement(
    select(func.coalesce(func.sum(_redemption.c.money), 0)).where(
        _redemption.c.order_id == bindparam("order_id"),
        _redemption.c.kind == "payment",
        _redemption.c.state.in_(("reserved", "confirmed")),
    ),
    lambda row: int(row[0]),
)
_CONFIRM = Statement(
    update(_redemption)
    .where(
        _redemption.c.id == bindparam("redemption_id"),
        _redemption.c.state == "reserved",
        _redemption.c.expires_at > bindparam("now"),
    )
    .values(
        state="confirmed",
        settled_at=bindparam("now"),
        actor=bindparam("by"),
        order_id=func.coalesce(bindparam("its_order"), _redemption.c.order_id),
    )
)
_RELEASE = Statement(
    update(_redemption)
    .where(_redemption.c.id == bindparam("redemption_id"), _redemption.c.state == "reserved")
    .values(state="released", settled_at=bindparam("now"), actor=bindparam("by"))
)
_RETURN = Statement(
    update(_redemption)
    .where(
        _redemption.c.id == bindparam("redemption_id"),
        _redemption.c.returned + bindparam("most") <= _redemption.c.amount,
    )
    .values(returned=_redemption.c.returned + bindparam("back"))
)
_DUE = Statement(
    _READ.where(sql("redemption.state = 'reserved'"), _redemption.c.expires_at <= bindparam("now"))
    .order_by(_redemption.c.expires_at, _redemption.c.id)
    .limit(bindparam("most")),
    RedemptionRow._make,
)


def add(transaction: Transaction, row: dict[str, Any]) -> bool:
    """Reserve something; False if its key or its code is there already."""
    fresh = {"state": "reserved", "returned": 0, "settled_at": None}
    return bool(transaction.run(_ADD, **fresh, **row))


def get(transaction: Transaction, redemption_id: int) -> RedemptionRow | None:
    """A redemption by its id."""
    return transaction.one(_GET, redemption_id=redemption_id)


def by_key(transaction: Transaction, key: str) -> RedemptionRow | None:
    """The redemption that was made under this key."""
    return transaction.one(_BY_KEY, made_for=key)


def by_hash(transaction: Transaction, code_hash: str) -> RedemptionRow | None:
    """The redemption whose code has this hash."""
    return transaction.one(_BY_HASH, code_hash=code_hash)


def of_member(transaction: Transaction, member_id: int) -> list[RedemptionRow]:
    """The member's redemptions: what is reserved first, then the newest."""
    return transaction.all(_OF_MEMBER, member_id=member_id)


def of_order(transaction: Transaction, order_id: str) -> list[RedemptionRow]:
    """What was confirmed for an order."""
    return transaction.all(_OF_ORDER, order_id=order_id)


def reserved_for(transaction: Transaction, order_id: str) -> list[RedemptionRow]:
    """What is reserved for an order."""
    return transaction.all(_RESERVED_FOR, order_id=order_id)


def paid(transaction: Transaction, order_id: str) -> int:
    """The minor units of an order that points and credit pay, or are reserved to pay."""
    return transaction.one(_PAID, order_id=order_id) or 0


def confirm(transaction: Transaction, redemption_id: int, *, actor: str, now: int, order_id: str | None = None) -> bool:
    """It was handed over or paid; False unless it is reserved and its time has not run out."""
    given = {"redemption_id": redemption_id, "now": now, "by": actor, "its_order": order_id}
    return bool(transaction.run(_CONFIRM, **given))


def release(transaction: Transaction, redemption_id: int, *, actor: str, now: int) -> bool:
    """It comes to nothing; False unless it is reserved."""
    return bool(transaction.run(_RELEASE, redemption_id=redemption_id, by=actor, now=now))


def give_back(transaction: Transaction, redemption_id: int, amount: int) -> bool:
    """Note what a refund gave back; False if that is more than was taken."""
    return bool(transaction.run(_RETURN, redemption_id=redemption_id, most=amount, back=amount))


def due(transaction: Transaction, now: int, most: int) -> list[RedemptionRow]:
    """Reserved redemptions whose time has run out, the first first."""
    return transaction.all(_DUE, now=now, most=most)
