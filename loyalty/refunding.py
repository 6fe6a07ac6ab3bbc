"""Refunds: what an order brought goes back in proportion, what was spent on it returns, each refund once.

Loyalty reference 1.4. Every refund is worked out from all that was refunded so far, so that its parts add up to the
whole. A refund may come before its order, or before the order is paid: it waits then and is applied with it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from loyalty import couponing, paying, referring, stamping
from loyalty._purchasing_earning import credit_key, points_key, stamps_key
from loyalty._purchasing_orders import Locked, lock
from loyalty.refunds import reverse
from loyalty.values import Points
from loyalty.work import LoyaltyError, Work
from storage import ledger, purchases, stampings, standings
from storage.ledger import ClawBack
from storage.members import MemberRow
from storage.people import POINTS_UNIT
from storage.purchases import PurchaseRow, RefundRow

Label = Literal["applied", "known", "waiting", "too_much"]


class WrongRefund(LoyaltyError):
    """A refund cannot be for this order as it was reported; the message says why."""


@dataclass(frozen=True, slots=True)
class Refunded:
    """What a refund came to: points taken back, and points given back that were spent on the order."""

    label: Label
    points: int = 0
    returned: int = 0


def refund(work: Work, *, refund_id: str, order_id: str, amount: int, currency: str) -> Refunded:
    """Give back so much (minor units) of an order, once per refund id; more than is left of it changes nothing.

    `WrongRefund` for an amount that is not positive or in another currency.
    """
    if amount <= 0:
        raise WrongRefund("The amount of a refund is positive.")
    found = lock(work, order_id)
    before = purchases.get_refund(work.transaction, refund_id)
    if before is not None and before.state != "waiting":
        return _known(before)
    row = before or RefundRow(
        id=work.transaction.ids.new(),
        refund_id=refund_id,
        order_id=order_id,
        amount=amount,
        currency=currency,
        state="waiting",
        reversed=0,
        returned=0,
        at=work.now,
        created_at=work.now,
    )
    if row.order_id != order_id:
        raise WrongRefund(f"Refund {refund_id} is for order {row.order_id}.")
    if found is not None and found.purchase.currency != currency:
        raise WrongRefund(f"The refund is in {currency}, the order in {found.purchase.currency}.")
    return _take(work, found, row, fresh=before is None)


def apply_waiting(work: Work, order_id: str) -> int:
    """Apply the refunds that came before the order was there and paid, as they came; how many were settled."""
    waiting = purchases.waiting_refunds(work.transaction, order_id)
    for row in waiting:
        found = lock(work, order_id)
        if found is not None:
            _take(work, found, row, fresh=False)
    return len(waiting)


def settle(work: Work, most: int) -> int:
    """Apply refunds that still wait although their order is paid: both came at the same moment. How many orders."""
    orders = purchases.overtaken(work.transaction, most)
    for order_id in orders:
        apply_waiting(work, order_id)
    return len(orders)


def undo_payment(work: Work, purchase: PurchaseRow, refund_id: str) -> int:
    """An order that was never paid comes to nothing: what was used on it comes back; how many points did."""
    couponing.order_refunded(work, purchase.order_id)
    return paying.give_back_for_refund(
        work, order_id=purchase.order_id, refunded=purchase.total, total=purchase.total, refund_id=refund_id
    )


def _known(row: RefundRow) -> Refunded:
    return Refunded("too_much") if row.state == "refused" else Refunded("known", row.reversed, row.returned)


def _take(work: Work, found: Locked | None, row: RefundRow, *, fresh: bool) -> Refunded:
    """Apply a refund whose order is there and paid; else it waits."""
    if found is not None and found.purchase.state != "open" and not _fits(found.purchase, row):
        if not fresh:
            purchases.settle_refund(work.transaction, row._replace(state="refused"))
        return Refunded("too_much")
    if fresh and not purchases.add_refund(work.transaction, row):
        first = purchases.get_refund(work.transaction, row.refund_id)
        assert first is not None  # the insert ran into it
        return Refunded("waiting") if first.state == "waiting" else _known(first)
    if found is None or found.purchase.state == "open":
        return Refunded("waiting")
    return _apply(work, found, row)


def _fits(purchase: PurchaseRow, row: RefundRow) -> bool:
    left = purchase.total - purchase.refunded
    return purchase.state == "paid" and purchase.currency == row.currency and row.amount <= left


def _apply(work: Work, found: Locked, row: RefundRow) -> Refunded:
    purchase, member = found
    refunded = purchase.refunded + row.amount
    so_far = {"refunded": refunded, "total": purchase.total}
    points = reverse(purchase.earned, **so_far, already=purchase.reversed)
    credit = reverse(purchase.credited, **so_far, already=purchase.uncredited)
    purchases.take_off(work.transaction, purchase.id, row.amount, points=points, credit=credit)
    done = Refunded("applied")
    if member is not None and not purchase.test:
        done = _undo(work, member, purchase, row, points=points, credit=credit)
    settled = row._replace(state="applied", reversed=done.points, returned=done.returned)
    purchases.settle_refund(work.transaction, settled)
    return done


def _undo(
    work: Work, member: MemberRow, purchase: PurchaseRow, row: RefundRow, *, points: int, credit: int
) -> Refunded:
    key = f"refund:{row.refund_id}"
    taken = _claw_back(work, member, purchase, _Part(key, points_key(purchase), points, POINTS_UNIT))
    unit = ledger.cash_unit(purchase.currency)
    _claw_back(work, member, purchase, _Part(f"{key}:cash", credit_key(purchase), credit, unit))
    refunded = purchase.refunded + row.amount
    returned = paying.give_back_for_refund(
        work, order_id=purchase.order_id, refunded=refunded, total=purchase.total, refund_id=row.refund_id
    )
    if refunded == purchase.total:
        _undo_whole(work, member, purchase, key)
    if taken or returned:
        held = ledger.position_of(work.transaction, member.id, work.now)
        told = {"points": Points(taken), "returned": Points(returned), "total": Points(held.active + held.pending)}
        work.tell(f"refund_notice:{row.refund_id}", "refund_notice", member.id, **told)
    return Refunded("applied", taken, returned)


@dataclass(frozen=True, slots=True)
class _Part:
    """What to take back of one earning, by the earning's own key."""

    key: str
    earned_by: str
    amount: int
    unit: str


def _claw_back(work: Work, member: MemberRow, purchase: PurchaseRow, part: _Part) -> int:
    """Take back of an earning, from its own lots first; how much was there or is owed now."""
    source = purchases.transaction_of(work.transaction, part.earned_by)
    if not part.amount or source is None:
        return 0
    claw = ClawBack(
        key=part.key,
        member_id=member.id,
        amount=part.amount,
        sources=(source,),
        reference=purchase.order_id,
        may_owe=work.rules(purchase.market).negative and member.is_active,
        actor=work.actor,
        unit=part.unit,
    )
    return ledger.claw_back(work.transaction, claw, work.now).amount


def _undo_whole(work: Work, member: MemberRow, purchase: PurchaseRow, key: str) -> None:
    """The order is refunded in full: it counts no more, and neither do its stamps, its friend and its coupons."""
    if member.is_active:
        standings.count(work.transaction, member.id, -1)
    for card in work.rules(member.market).stamps:
        made = stampings.made(work.transaction, stamps_key(purchase, card.name))
        if made is not None:
            stamping.unstamp(work, member, card.name, f"{key}:stamps:{card.name}", (made,))
    referring.undo(work, purchase.order_id)
    couponing.order_refunded(work, purchase.order_id)
