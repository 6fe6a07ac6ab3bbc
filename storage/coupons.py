"""Coupons at rest: given once per key, found by the hash of their code, moved on by one conditional update each."""

from typing import Any, NamedTuple

from sqlalchemy import and_, bindparam, or_, select, update
from sqlalchemy import text as sql

from storage.database import Transaction
from storage.statement import Statement, insert_all, many
from storage.tables import Coupon

_coupon: Any = Coupon.__table__  # type: ignore[attr-defined]
OPEN = ("issued", "reserved")
"""The states of a coupon that can still be used."""


class CouponRow(NamedTuple):
    """One coupon; instants are microseconds UTC."""

    id: int
    key: str
    member_id: int
    market: str
    kind: str
    state: str
    order_id: str | None
    actor: str
    issued_at: int
    expires_at: int
    reserved_until: int | None
    settled_at: int | None

    def is_held(self, now: int) -> bool:
        """An order has reserved it, and its time has not run out."""
        return self.state == "reserved" and (self.reserved_until or 0) > now


_IS_OPEN = sql("coupon.state in ('issued', 'reserved')")
"""Said as the index says it: SQLite takes a partial index for no list of parameters."""
_IS_HELD = sql("coupon.state = 'reserved'")
_READ = select(*(_coupon.c[name] for name in CouponRow._fields))
_ADD = Statement(insert_all(Coupon).on_conflict_do_nothing())
_GET = Statement(_READ.where(_coupon.c.id == bindparam("coupon_id")), CouponRow._make)
_BY_KEY = Statement(_READ.where(_coupon.c.key == bindparam("given_for")), CouponRow._make)
_BY_HASH = Statement(_READ.where(_coupon.c.code_hash == bindparam("code_hash")), CouponRow._make)
_OF_ORDER = Statement(
    _READ.where(_coupon.c.order_id == bindparam("order_id"), _coupon.c.state.in_(("reserved", "redeemed"))).order_by(
        _coupon.c.id
    ),
    CouponRow._make,
)
_OF_MEMBER = Statement(
    _READ.where(_coupon.c.member_id == bindparam("member_id")).order_by(
        _coupon.c.state.not_in(OPEN), _coupon.c.expires_at, _coupon.c.id
    ),
    CouponRow._make,
)
_FREE = and_(
    _coupon.c.id == bindparam("coupon_id"),
    _coupon.c.expires_at > bindparam("now"),
    or_(
        _coupon.c.state == "issued",
        and_(
            _coupon.c.state == "reserved",
            or_(_coupon.c.order_id == bindparam("its_order"), _coupon.c.reserved_until <= bindparam("now")),
        ),
    ),
)
"""Nobody else holds it, and it has not lapsed."""
_ITS_OWN = and_(
    _coupon.c.id == bindparam("coupon_id"),
    _coupon.c.state == "reserved",
    _coupon.c.order_id == bindparam("its_order"),
    _coupon.c.reserved_until > bindparam("now"),
)
"""The order holds it: it stays good for it until the reservation ends, also past its own end."""
_RESERVE = Statement(
    update(_coupon)
    .where(_FREE)
    .values(state="reserved", order_id=bindparam("order_id"), reserved_until=bindparam("reserved_until"))
)
_REDEEM = Statement(
    update(_coupon)
    .where(or_(_FREE, _ITS_OWN))
    .values(state="redeemed", order_id=bindparam("order_id"), settled_at=bindparam("now"))
)
_RELEASE = Statement(
    update(_coupon)
    .where(
        _coupon.c.id == bindparam("coupon_id"),
        _coupon.c.state == "reserved",
        _coupon.c.order_id == bindparam("its_order"),
    )
    .values(state="issued", order_id=None, reserved_until=None)
)
_VOID = Statement(
    update(_coupon)
    .where(_coupon.c.id == bindparam("coupon_id"), _coupon.c.state.in_(OPEN))
    .values(state="void", settled_at=bindparam("now"), actor=bindparam("by"))
)
_NOT_HELD = or_(_coupon.c.state == "issued", _coupon.c.reserved_until <= bindparam("now"))
_LAPSED = Statement(
    select(_coupon.c.id)
    .where(_IS_OPEN, _NOT_HELD, _coupon.c.expires_at <= bindparam("now"))
    .order_by(_coupon.c.expires_at, _coupon.c.id)
    .limit(bindparam("most")),
    lambda row: int(row[0]),
)
_EXPIRE = Statement(
    update(_coupon)
    .where(
        _coupon.c.id.in_(many("ids")),
        _coupon.c.state.in_(OPEN),
        _NOT_HELD,
        _coupon.c.expires_at <= bindparam("now"),
    )
    .values(state="expired", settled_at=bindparam("now"))
)
_RAN_OUT = Statement(
    select(_coupon.c.id)
    .where(_IS_HELD, _coupon.c.reserved_until <= bindparam("now"))
    .order_by(_coupon.c.reserved_until, _coupon.c.id)
    .limit(bindparam("most")),
    lambda row: int(row[0]),
)
_FREE_AGAIN = Statement(
    update(_coupon)
    .where(_coupon.c.id.in_(many("ids")), _coupon.c.state == "reserved", _coupon.c.reserved_until <= bindparam("now"))
    .values(state="issued", order_id=None, reserved_until=None)
)


def add(transaction: Transaction, row: dict[str, Any]) -> bool:
    """Give a coupon (id, key, code_hash, member_id, market, kind, actor, times); False if its key was used before."""
    fresh = {"state": "issued", "order_id": None, "reserved_until": None, "settled_at": None}
    return bool(transaction.run(_ADD, **fresh, **row))


def get(transaction: Transaction, coupon_id: int) -> CouponRow | None:
    """A coupon by its id."""
    return transaction.one(_GET, coupon_id=coupon_id)


def by_key(transaction: Transaction, key: str) -> CouponRow | None:
    """The coupon that was given under this key."""
    return transaction.one(_BY_KEY, given_for=key)


def by_hash(transaction: Transaction, code_hash: str) -> CouponRow | None:
    """The coupon whose code has this hash."""
    return transaction.one(_BY_HASH, code_hash=code_hash)


def of_order(transaction: Transaction, order_id: str) -> list[CouponRow]:
    """The coupons that an order holds or has used."""
    return transaction.all(_OF_ORDER, order_id=order_id)


def of_member(transaction: Transaction, member_id: int) -> list[CouponRow]:
    """The member's coupons: open ones first, then by the day they lapse."""
    return transaction.all(_OF_MEMBER, member_id=member_id)


def reserve(transaction: Transaction, coupon_id: int, order_id: str, *, until: int, now: int) -> bool:
    """Hold a coupon for an order until then; False if it is used, lapsed, or another order holds it."""
    given = {"coupon_id": coupon_id, "order_id": order_id, "its_order": order_id, "now": now}
    return bool(transaction.run(_RESERVE, **given, reserved_until=until))


def redeem(transaction: Transaction, coupon_id: int, order_id: str, *, now: int) -> bool:
    """Use a coupon for an order; False if it is used, lapsed unless this order holds it, or another's."""
    given = {"coupon_id": coupon_id, "order_id": order_id, "its_order": order_id, "now": now}
    return bool(transaction.run(_REDEEM, **given))


def release(transaction: Transaction, coupon_id: int, order_id: str) -> bool:
    """Let go of a coupon that this order holds; False if it does not."""
    return bool(transaction.run(_RELEASE, coupon_id=coupon_id, its_order=order_id))


def void(transaction: Transaction, coupon_id: int, *, actor: str, now: int) -> bool:
    """Make an open coupon worthless; False if it is not open."""
    return bool(transaction.run(_VOID, coupon_id=coupon_id, by=actor, now=now))


def expire(transaction: Transaction, now: int, most: int) -> int:
    """Mark up to so many coupons that no order holds as expired, the first to lapse first; how many."""
    ids = transaction.all(_LAPSED, now=now, most=most)
    return transaction.run(_EXPIRE, ids=ids, now=now) if ids else 0


def free_again(transaction: Transaction, now: int, most: int) -> int:
    """Let go of up to so many coupons whose reservation ran out; how many."""
    ids = transaction.all(_RAN_OUT, now=now, most=most)
    return transaction.run(_FREE_AGAIN, ids=ids, now=now) if ids else 0
