"""Purchases: an order is recorded once, earns once it is paid, may be cancelled and paid again, or find its guest.

Loyalty reference 1.2, 1.3 and 1.13. The order's own time decides about days, campaigns and lots; `record` is given
what a till or shop reports, and a repeat changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from loyalty import _purchasing_earning as earning
from loyalty import _purchasing_plan as planning
from loyalty import orders, refunding
from loyalty._purchasing_orders import (
    Locked,
    UnknownOrder,
    WrongOrder,
    in_round,
    lock,
    lock_known,
    order_of,
    payment_hash,
    row_of,
)
from loyalty.orders import Order
from loyalty.points import DAY, Plan
from loyalty.refunding import Refunded
from loyalty.values import Money
from loyalty.work import Work
from storage import coupons, members, purchases, redemptions
from storage.members import MemberRow
from storage.purchases import PurchaseRow

__all__ = [
    "Recorded",
    "UnknownOrder",
    "WrongOrder",
    "adopt",
    "cancel",
    "complete",
    "credit_guest",
    "dry_run",
    "record",
]

Label = Literal["booked", "known", "waiting", "test", "guest"]


@dataclass(frozen=True, slots=True)
class Recorded:
    """What a reported order came to: `waiting` for its payment, a `guest`'s, a `test`, `known` with its first figures.

    `points` and `credit` (minor units) are what it brought, `stamps` how many on each card, `tier_up` the level that
    it took the member to.
    """

    label: Label
    purchase_id: int
    points: int = 0
    credit: int = 0
    stamps: dict[str, int] = field(default_factory=dict)
    tier_up: str | None = None
    plan: Plan | None = None


def record(
    work: Work,
    member: MemberRow | None,
    order: Order,
    *,
    market: str,
    phone: str | None = None,
    payment: str | None = None,
) -> Recorded:
    """Record an order, once per order id; a paid one earns at once.

    Without a member the phone says whose it is, or will be once they join. `payment` tells means of payment apart and
    is kept as a hash. `WrongOrder` if it cannot be booked.
    """
    place = _checked(work, order, market, member)
    owner = _owner(work, member, phone)
    phone = phone if member is None else phone or member.phone
    if owner is None and phone is None:
        raise WrongOrder("The order names neither a member nor a phone.")
    row = row_of(work, order, place, member_id=None if owner is None else owner.id, phone=phone)
    if not purchases.add(work.transaction, row._replace(payment=payment_hash(work, payment))):
        return _known(work, order.order_id)
    if order.test:
        return Recorded("test", row.id)
    return _earn(work, Locked(row, owner)) if order.paid else Recorded("waiting", row.id)


def complete(work: Work, order_id: str) -> Recorded:
    """An open order is paid, or a cancelled one after all: it earns, once each time it is cancelled and paid again.

    Paid again it brings what it brought before. `UnknownOrder`; `WrongOrder` for one that is paid or a test, and for a
    cancelled one whose payment in points or coupons went back to the member.
    """
    found = _found(work, order_id)
    purchase = found.purchase
    if purchase.test:
        raise WrongOrder(f"Order {order_id} is a test.")
    if purchase.state == "paid":
        raise WrongOrder(f"Order {order_id} is paid already.")
    if purchase.state == "cancelled" and _gave_back(work, purchase):
        raise WrongOrder(f"What paid for a part of order {order_id} was given back: report it as a new order.")
    change = purchases.pay if purchase.state == "open" else purchases.pay_again
    change(work.transaction, purchase.id)
    fresh = purchases.get(work.transaction, order_id)
    assert fresh is not None  # orders are never deleted
    return _earn(work, Locked(fresh, found.member), before=purchase if purchase.state == "cancelled" else None)


def cancel(work: Work, order_id: str) -> Refunded:
    """The order comes to nothing: all that is left of it is refunded, once; it may be paid again. `UnknownOrder`."""
    purchase = _found(work, order_id).purchase
    if purchase.state == "cancelled":
        return Refunded("known")
    done = refunding.cancel(work, purchase)
    purchases.cancel(work.transaction, purchase.id)
    return done


def dry_run(work: Work, member: MemberRow, order: Order, market: str) -> Plan:
    """What the order would bring this member now, and which rules say so; nothing is changed. `WrongOrder`."""
    return planning.plan(work, member, order, _checked(work, order, market, member))


def credit_guest(work: Work, member: MemberRow) -> int:
    """Orders that the member's phone made before they joined become theirs, as if bought then; how many.

    Called when somebody joins or shows a phone; only orders from `guest_days` before joining on count.
    """
    owner = lock_known(work, member)
    if not owner.is_active or owner.phone is None or owner.joined_at is None:
        return 0
    since = owner.joined_at - work.rules(owner.market).guest_days * DAY
    found = purchases.guests(work.transaction, owner.phone, since)
    brought = [_credit(work, owner, row) for row in found]
    booked = [(row, one) for row, one in zip(found, brought, strict=True) if one is not None]
    if booked:
        last = booked[-1][0]
        points = sum(one.points for _, one in booked)
        credit = sum(one.credit for row, one in booked if row.currency == last.currency)
        key = f"guest_notice:{owner.id}:{last.id}"
        earning.tell(work, owner, key, points=points, credit=Money(credit, last.currency))
    return len(found)


def adopt(work: Work, most: int) -> int:
    """Credit guests' orders whose phone is by now a member's, for up to so many members; how many they were.

    The phone came with a merge, or the order at the same moment as the member.
    """
    programme = work.programme
    done = 0
    for market, rules in programme.markets.items():
        known = tuple(programme.markets) if market == programme.default_market else ()
        span, left = rules.guest_days * DAY, most - done
        for member_id in purchases.adoptable(work.transaction, (market,), span, left, known=known) if left else []:
            found = members.get(work.transaction, member_id)
            done += int(found is not None and credit_guest(work, found) > 0)
    return done


def _checked(work: Work, order: Order, market: str, member: MemberRow | None) -> str:
    """The market whose rules apply, if the order can be booked there: of somebody from where we have none the default.

    `WrongOrder` otherwise.
    """
    place = market
    if market not in work.programme.markets:
        if member is None or member.market != market:
            raise WrongOrder(f"The programme has no market {market}.")
        place = work.programme.default_market
    problem = orders.problem(order, work.rules(place))
    if problem is not None:
        raise WrongOrder(problem)
    return place


def _owner(work: Work, member: MemberRow | None, phone: str | None) -> MemberRow | None:
    """Whose order it is, locked; None for somebody who has not joined yet."""
    found = member or (members.by_phone(work.transaction, phone) if phone is not None else None)
    if found is None:
        return None
    owner = lock_known(work, found)
    if owner.erased_at is not None:
        raise WrongOrder("The member was erased.")
    return owner if owner.is_active else None


def _known(work: Work, order_id: str) -> Recorded:
    row = purchases.get(work.transaction, order_id)
    assert row is not None  # the insert ran into it
    return Recorded("known", row.id, row.earned, row.credited)


def _found(work: Work, order_id: str) -> Locked:
    found = lock(work, order_id)
    if found is None:
        raise UnknownOrder(f"There is no order {order_id}.")
    return found


def _gave_back(work: Work, purchase: PurchaseRow) -> bool:
    """Points, credit or coupons that were used on a cancelled order are the member's again."""
    used = coupons.of_order(work.transaction, purchase.order_id)
    return (
        purchase.redeemed > 0
        or any(row.returned for row in redemptions.of_order(work.transaction, purchase.order_id))
        or any(coupons.by_key(work.transaction, f"reissue:{row.id}") is not None for row in used)
    )


def _earn(work: Work, found: Locked, before: PurchaseRow | None = None) -> Recorded:
    """Book a paid order, then the refunds that came before it. `before`: as it stood in its last round."""
    purchase, member = found
    done = Recorded("guest", purchase.id)
    if member is not None and member.is_active:
        brought = earning.earn(work, member, purchase, before)
        key = in_round("purchase_notice", purchase)
        money = Money(brought.credit, purchase.currency)
        earning.tell(work, member, key, points=brought.points, credit=money)
        figures = (brought.points, brought.credit, brought.stamps, brought.tier, brought.plan)
        done = Recorded("booked", purchase.id, *figures)
    refunding.apply_waiting(work, purchase.order_id)
    return done


def _credit(work: Work, owner: MemberRow, row: PurchaseRow) -> earning.Brought | None:
    """The order is the member's now; what it brought, unless it is not paid, a test, or refunded in full."""
    purchases.give_to(work.transaction, row.id, owner.id)
    if row.state != "paid" or not order_of(row).counts or row.refunded == row.total:
        return None
    return earning.earn(work, owner, row._replace(member_id=owner.id))
