"""Refunds: what an order brought goes back in proportion, what was spent on it returns, each refund once.

Loyalty reference 1.4. Every refund is worked out from all that was refunded so far, so that its parts add up to the
whole. A refund may come before its order, or before the order is paid: it waits then and is applied with it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from loyalty import couponing, orders, paying, referring, stamping
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


class TakenRefund(WrongRefund):
    """The refund id was used for another order."""


@dataclass(frozen=True, slots=True)
class Refunded:
    """What a refund came to: points taken back, and points given back that were spent on the order."""

    label: Label
    points: int = 0
    returned: int = 0


def refund(work: Work, *, refund_id: str, order_id: str, amount: int, currency: str) -> Refunded:
    """Give back so much (minor units) of an order, once per refund id; more than is left of it changes nothing.

    `WrongRefund` for an amount that is not positive or in another currency, and for what cannot be an id;
    `TakenRefund` for the id of another order's refund.
    """
    if amount <= 0:
        raise WrongRefund("The amount of a refund is positive.")
    for one in (refund_id, order_id):
        if not orders.is_id(one):
            raise WrongRefund(f"{one!r} is no id of a refund or an order: letters, digits and . _ : # - only.")
    return _refund(work, refund_id=refund_id, order_id=order_id, amount=amount, currency=currency)


def cancel(work: Work, purchase: PurchaseRow) -> Refunded:
    """An order comes to nothing: what is left of it is refunded, what was used on it comes back, nothing waits on."""
    refund_id = cancel_id(purchase)
    left, done = purchase.total - purchase.refunded, Refunded("applied")
    if purchase.state == "open":
        done = Refunded("applied", returned=_undo_payment(work, purchase, refund_id))
    elif left:
        order_id, currency = purchase.order_id, purchase.currency
        done = _refund(work, refund_id=refund_id, order_id=order_id, amount=left, currency=currency)
    for row in purchases.waiting_refunds(work.transaction, purchase.order_id):
        purchases.settle_refund(work.transaction, row._replace(state="refused"))
    paying.release_of_order(work, purchase.order_id)
    return done


def cancel_id(purchase: PurchaseRow) -> str:
    """The id of the refund that a cancellation is: no till can send it."""
    return f"cancel/{purchase.round}:{purchase.order_id}"


def _refund(work: Work, *, refund_id: str, order_id: str, amount: int, currency: str) -> Refunded:
    found = lock(work, order_id)
    before = purchases.get_refund(work.transaction, refund_id)
    if before is not None and before.order_id != order_id:
        raise TakenRefund("The refund id is taken.")
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
    overtaken = purchases.overtaken(work.transaction, most)
    for order_id in overtaken:
        apply_waiting(work, order_id)
    return len(overtaken)


def _undo_payment(work: Work, purchase: PurchaseRow, refund_id: str) -> int:
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
        if first.order_id != row.order_id:
            raise TakenRefund("The refund id is taken.")
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
    counts = member is not None and not purchase.test
    taken = _take_back(work, found, row, points=points, credit=credit) if counts else 0
    returned = paying.give_back_for_refund(
        work, order_id=purchase.order_id, refunded=refunded, total=purchase.total, refund_id=row.refund_id
    )
    if refunded == purchase.total:
        couponing.order_refunded(work, purchase.order_id)
    if member is not None and counts:
        _undo(work, member, purchase, row)
        _tell(work, member, row, taken=taken, returned=returned)
    purchases.settle_refund(work.transaction, row._replace(state="applied", reversed=taken, returned=returned))
    return Refunded("applied", taken, returned)


def _take_back(work: Work, found: Locked, row: RefundRow, *, points: int, credit: int) -> int:
    """Take back points and credit of what the order brought its member; the points that were there or are owed."""
    purchase, member = found
    assert member is not None  # nobody else was given anything
    unit = ledger.cash_unit(purchase.currency)
    part = _Part(f"refund:{row.refund_id}", points_key(purchase), points, POINTS_UNIT)
    taken = _claw_back(work, member, purchase, part)
    _claw_back(work, member, purchase, _Part(f"refund/cash:{row.refund_id}", credit_key(purchase), credit, unit))
    return taken


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


def _undo(work: Work, member: MemberRow, purchase: PurchaseRow, row: RefundRow) -> None:
    """What the order is too small for by now: its stamps, its friend, and at last to count at all."""
    left = purchase.total - purchase.refunded - row.amount

    def fell_below(least: int) -> bool:
        return left < max(least, 1) <= left + row.amount

    if fell_below(1) and member.is_active:
        standings.count(work.transaction, member.id, -1)
    for card in work.rules(purchase.market).stamps:
        key = stamps_key(purchase, card.name)
        made = stampings.made(work.transaction, key) if fell_below(card.min_order) or fell_below(1) else None
        if made is not None:
            stamping.unstamp(work, member, card.name, f"un{key}", (made,))
    if fell_below(work.rules(member.market).referral.min_order) or fell_below(1):
        referring.undo(work, purchase.order_id)


def _tell(work: Work, member: MemberRow, row: RefundRow, *, taken: int, returned: int) -> None:
    if not member.is_active or not (taken or returned):
        return
    held = ledger.position_of(work.transaction, member.id, work.now)
    told = {"points": Points(taken), "returned": Points(returned), "total": Points(held.active + held.pending)}
    work.tell(f"refund_notice:{row.refund_id}", "refund_notice", member.id, **told)
