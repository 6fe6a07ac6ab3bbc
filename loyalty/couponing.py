"""Coupons: given once per key, checked, held for an order, used, let go, made worthless, and given again on a refund.

A code is made of the coupon's id and the installation's secret, so that only its hash is kept (loyalty reference 1.7).
A reservation that ran out and a coupon that lapsed count as such at once, whenever `lapse` marks them. An order that
holds a coupon may use it until its reservation ends, even if the coupon lapses meanwhile.
"""

from __future__ import annotations

from dataclasses import dataclass

from loyalty import codes, tokens
from loyalty.coupons import ANY, UNLIMITED, Basket, Label, discount, misfit, stands_alone, valid_until
from loyalty.modules import Coupon
from loyalty.work import LoyaltyError, Work
from storage import counters, coupons, members
from storage.coupons import CouponRow
from storage.members import MemberRow

HOLD_MINUTES = 30
"""How long an order holds a coupon if it does not say."""
_MINUTE = 60_000_000
_STATES: dict[str, Label] = {"redeemed": "used", "expired": "expired", "void": "void"}


class UnknownCoupon(LoyaltyError):
    """The market has no coupon of this name."""


@dataclass(frozen=True, slots=True)
class Issued:
    """A coupon that was given, with its code; `repeated`: its key was used before and this is that coupon."""

    id: int
    code: str
    kind: str
    expires_at: int
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class Checked:
    """Whether a coupon can be used, or why not; `discount` is what it takes off, in minor units (of a gift 0)."""

    label: Label
    coupon: CouponRow | None = None
    discount: int = 0


def issue(work: Work, member: MemberRow, kind_name: str, key: str, *, actor: str | None = None) -> Issued | None:
    """Give a member a coupon, once per key. None if no more of its kind are left, or the market has no coupons now.

    It can be used to the end of the member's day `valid_days` from today. `UnknownCoupon` for a name that is no kind.
    """
    before = coupons.by_key(work.transaction, key)
    if before is not None:
        return _issued(work, before, repeated=True)
    rules = work.rules(member.market)
    kind = rules.coupon(kind_name)
    if kind is None:
        raise UnknownCoupon(f"market {member.market} has no coupon {kind_name!r}")
    stock = f"coupon:{member.market}:{kind_name}"
    if not rules.has("coupons") or not counters.take(work.transaction, stock, most=kind.stock or UNLIMITED):
        return None
    made = _add(work, member, kind_name, key, until=valid_until(work.now, member.zone, kind.valid_days), actor=actor)
    if made.repeated:
        counters.put_back(work.transaction, stock)
    return made


def code_of(work: Work, row: CouponRow) -> str:
    """A coupon's code, made again from its id."""
    return _code(work, row.id)


def of_member(work: Work, member_id: int) -> list[CouponRow]:
    """The member's coupons, open ones first."""
    return coupons.of_member(work.transaction, member_id)


def check(work: Work, text: str, basket: Basket = ANY) -> Checked:
    """Whether this code can be used now, and for this basket; nothing is changed."""
    found = _find(work, text)
    return found if found.coupon is None else _check(work, found.coupon, basket, order_id=None)


def reserve(work: Work, text: str, order_id: str, *, basket: Basket = ANY, minutes: int = HOLD_MINUTES) -> Checked:
    """Hold a coupon for an order; again for the same order moves the end. Anything but `ok` changed nothing.

    A coupon that lapsed while it was held is held to the end told before, and no longer.
    """
    row, found = _locked(work, text, basket, order_id)
    if row is None or found.label != "ok":
        return found
    if row.state == "redeemed":
        return Checked("used", row)
    if row.expires_at <= work.now:
        return found
    until = work.now + minutes * _MINUTE
    done = coupons.reserve(work.transaction, row.id, order_id, until=until, now=work.now)
    return _after(work, row, found, order_id=order_id, done=done)


def redeem(work: Work, text: str, order_id: str, *, basket: Basket = ANY) -> Checked:
    """Use a coupon for an order, once; again for the same order is `ok`. Anything else changed nothing."""
    row, found = _locked(work, text, basket, order_id)
    if row is None or found.label != "ok" or row.state == "redeemed":
        return found
    done = coupons.redeem(work.transaction, row.id, order_id, now=work.now)
    return _after(work, row, found, order_id=order_id, done=done)


def release(work: Work, text: str, order_id: str) -> bool:
    """Let go of a coupon that this order holds; False if it holds none with this code."""
    row = _find(work, text).coupon
    return row is not None and coupons.release(work.transaction, row.id, order_id)


def void(work: Work, coupon_id: int) -> bool:
    """Make an open coupon worthless; False if it is used, lapsed or void already."""
    return coupons.void(work.transaction, coupon_id, actor=work.actor, now=work.now)


def order_refunded(work: Work, order_id: str) -> tuple[Issued, ...]:
    """An order was refunded in full: the coupons it used are given again, where their kind says so.

    With a fresh code, for the rest of the time they had and at least the market's days of grace; once each. What the
    order only held is free again.
    """
    given = []
    for row in coupons.of_order(work.transaction, order_id):
        if row.state == "reserved":
            coupons.release(work.transaction, row.id, order_id)
        again = _reissue(work, row) if row.state == "redeemed" else None
        if again is not None:
            given.append(again)
    return tuple(given)


def lapse(work: Work, most: int) -> int:
    """Mark up to so many coupons that lapsed, and free those whose reservation ran out; how many."""
    expired = coupons.expire(work.transaction, work.now, most)
    if expired >= most:
        return expired
    return expired + coupons.free_again(work.transaction, work.now, most - expired)


def _add(work: Work, member: MemberRow, kind: str, key: str, *, until: int, actor: str | None) -> Issued:
    fresh = work.transaction.ids.new()
    row = {
        "id": fresh,
        "key": key,
        "code_hash": tokens.hashed(work.keyring, "coupon", _code(work, fresh)),
        "member_id": member.id,
        "market": member.market,
        "kind": kind,
        "actor": actor or work.actor,
        "issued_at": work.now,
        "expires_at": until,
    }
    added = coupons.add(work.transaction, row)
    made = coupons.by_key(work.transaction, key)
    assert made is not None  # inserted above, by us or by a racing writer
    return _issued(work, made, repeated=not added)


def _issued(work: Work, row: CouponRow, *, repeated: bool) -> Issued:
    return Issued(row.id, _code(work, row.id), row.kind, row.expires_at, repeated)


def _code(work: Work, coupon_id: int) -> str:
    return codes.coupon_code(tokens.coupon_entropy(work.keyring, coupon_id))


def _reissue(work: Work, row: CouponRow) -> Issued | None:
    key = f"reissue:{row.id}"
    before = coupons.by_key(work.transaction, key)
    if before is not None:
        return _issued(work, before, repeated=True)
    rules = work.rules(row.market)
    kind, owner = rules.coupon(row.kind), members.current(work.transaction, row.member_id)
    if kind is None or kind.on_refund == "void" or owner is None or not owner.is_active:
        return None
    until = max(row.expires_at, valid_until(work.now, owner.zone, rules.refund_grace_days))
    return _add(work, owner._replace(market=row.market), row.kind, key, until=until, actor=None)


def _find(work: Work, text: str) -> Checked:
    """The coupon of a code; a label of its own if there is none."""
    code = codes.read_coupon(text)
    if code is None:
        return Checked("malformed")
    row = coupons.by_hash(work.transaction, tokens.hashed(work.keyring, "coupon", code))
    return Checked("unknown") if row is None else Checked("ok", row)


def _locked(work: Work, text: str, basket: Basket, order_id: str) -> tuple[CouponRow | None, Checked]:
    """The coupon of a code, checked for an order, its member locked: two coupons of theirs do not pass each other."""
    found = _find(work, text)
    if found.coupon is None:
        return None, found
    members.lock(work.transaction, found.coupon.member_id)
    row = coupons.get(work.transaction, found.coupon.id)
    assert row is not None  # coupons are never deleted
    return row, _check(work, row, basket, order_id=order_id)


def _after(work: Work, row: CouponRow, found: Checked, *, order_id: str, done: bool) -> Checked:
    """What the update came to: the coupon as it is now, and if somebody was faster, what they made of it."""
    now = coupons.get(work.transaction, row.id)
    assert now is not None  # coupons are never deleted
    if done:
        return Checked("ok", now, found.discount)
    return Checked(_closed(now, order_id, work.now) or "reserved", now)


def _check(work: Work, row: CouponRow, basket: Basket, *, order_id: str | None) -> Checked:
    kind = work.rules(row.market).coupon(row.kind)
    worth = discount(kind, basket.total or 0) if kind is not None else 0
    if row.state == "redeemed" and row.order_id == order_id:
        return Checked("ok", row, worth)
    problem = _closed(row, order_id, work.now)
    if kind is None:
        return Checked(problem or "void", row)
    problem = problem or misfit(kind, row.market, basket)
    if problem is None and order_id is not None and stands_alone(kind, _others(work, row, order_id)):
        problem = "not_stackable"
    return Checked("ok", row, worth) if problem is None else Checked(problem, row)


def _closed(row: CouponRow, order_id: str | None, now: int) -> Label | None:
    """Why its state forbids an order to use the coupon; None if it does not."""
    if row.state in _STATES:
        return _STATES[row.state]
    if row.is_held(now) and order_id is not None and row.order_id == order_id:
        return None
    if row.expires_at <= now:
        return "expired"
    return "reserved" if row.is_held(now) else None


def _others(work: Work, row: CouponRow, order_id: str) -> list[Coupon | None]:
    """The kinds of the order's other coupons."""
    rows = coupons.of_order(work.transaction, order_id)
    others = [one for one in rows if one.id != row.id and (one.state == "redeemed" or one.is_held(work.now))]
    return [work.rules(one.market).coupon(one.kind) for one in others]
