"""Orders between the shop's words and our rows, and whose they are: what purchases and refunds share."""

from __future__ import annotations

from typing import NamedTuple

import orjson

from loyalty.orders import Line, Order
from loyalty.tokens import hashed
from loyalty.work import LoyaltyError, Work
from storage import members, purchases
from storage.database import Conflict
from storage.members import MemberRow
from storage.purchases import PurchaseRow


class WrongOrder(LoyaltyError):
    """An order cannot be booked as it was reported; the message says why."""


class UnknownOrder(LoyaltyError):
    """No order with this id was ever reported."""


class Locked(NamedTuple):
    """An order that nobody else changes meanwhile, and whose it is (None: a guest's)."""

    purchase: PurchaseRow
    member: MemberRow | None


def row_of(work: Work, order: Order, market: str, *, member_id: int | None, phone: str | None) -> PurchaseRow:
    """A fresh row for an order; a guest's keeps the phone."""
    return PurchaseRow(
        id=work.transaction.ids.new(),
        order_id=order.order_id,
        member_id=member_id,
        phone=phone if member_id is None else None,
        market=market,
        state="paid" if order.paid else "open",
        currency=order.currency,
        total=order.total,
        shipping=order.shipping,
        tax=order.tax,
        redeemed=order.redeemed,
        lines=orjson.dumps([(one.amount, one.quantity, one.category) for one in order.lines]).decode(),
        test=int(order.test),
        payment=None,
        round=0,
        earned=0,
        credited=0,
        refunded=0,
        reversed=0,
        uncredited=0,
        at=order.at,
        created_at=work.now,
    )


def order_of(purchase: PurchaseRow) -> Order:
    """The order of a row; it counts as paid."""
    return Order(
        purchase.order_id,
        purchase.currency,
        purchase.total,
        purchase.at,
        shipping=purchase.shipping,
        tax=purchase.tax,
        redeemed=purchase.redeemed,
        lines=tuple(Line(*fields) for fields in orjson.loads(purchase.lines)),
        test=bool(purchase.test),
    )


def payment_hash(work: Work, payment: str | None) -> str | None:
    """What is kept of a means of payment: enough to see that two orders were paid alike."""
    return None if payment is None else hashed(work.keyring, "payment", payment)


def in_round(kind: str, purchase: PurchaseRow) -> str:
    """A key of this kind for this round of the order. What the shop chose comes last, so that no two can be alike."""
    return f"{kind}/{purchase.round}:{purchase.order_id}" if purchase.round else f"{kind}:{purchase.order_id}"


def lock(work: Work, order_id: str) -> Locked | None:
    """The order and its member, locked, the member first; None if there is no such order."""
    seen = purchases.get(work.transaction, order_id)
    if seen is None:
        return None
    member = None if seen.member_id is None else lock_member(work, seen.member_id)
    purchase = purchases.lock(work.transaction, order_id)
    if purchase is None or purchase.member_id != seen.member_id:
        raise Conflict("the order became somebody else's meanwhile")
    return Locked(purchase, member)


def lock_member(work: Work, member_id: int) -> MemberRow:
    """The member, or whoever took over everything of theirs, locked until the transaction ends."""
    found = members.current(work.transaction, member_id)
    if found is None:
        raise LoyaltyError(f"there is no member {member_id}")
    (locked,) = members.lock(work.transaction, found.id)
    if locked.merged_into is not None:
        raise Conflict("the member was merged meanwhile")
    return locked


def lock_known(work: Work, member: MemberRow) -> MemberRow:
    """Lock a member; what the caller's turn changed of them and has not written yet stands."""
    locked = lock_member(work, member.id)
    return member if locked.id == member.id and locked.erased_at is None else locked
