"""Paying a part of an order with points or credit: what is possible, reserved, confirmed with the order, or released.

Reserving needs a proof; only the key that reserved a payment confirms or releases it.
"""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import StringConstraints
from starlette.responses import Response

from bot.api._call import Call, Change, answers, answers_once, changes, reads
from bot.api._desk import Desk, row_id
from bot.api._problems import Problem
from bot.api._shapes import Id, In, Instant, OrderId, Out, Positive, Secret, shown, shown_if
from loyalty import paying
from loyalty.orders import LARGEST
from loyalty.settling import Settled
from storage import redemptions
from storage.redemptions import RedemptionRow

router = APIRouter(tags=["payments"])
_WHAT = "pay"
PayUnit = Annotated[str, StringConstraints(pattern=r"^(points|cash:[A-Z]{3})$")]


class WayOut(Out):
    """One means to pay with."""

    unit: str
    """`points` or `cash:<ISO 4217>`."""
    available: int
    most: int
    """The most of it that this order takes; 0: none now."""
    money: int
    """What that pays, in minor units."""


class Ways(Out):
    """How a member can pay a part of an order."""

    currency: str
    ways: list[WayOut]


class PaymentIn(In):
    """A part of an order to pay with points or credit."""

    member_id: Id
    proof: Secret | None = None
    """From a look-up by QR or six digits; needed."""
    order_id: OrderId
    order_total: Positive
    """What the whole order costs, minor units."""
    amount: Positive
    """What is to be paid so, minor units."""
    unit: PayUnit = "points"


class PaymentOut(Out):
    """A payment and what became of it."""

    id: str
    member_id: str
    order_id: str
    unit: str
    taken: int
    """Points, or minor units of credit."""
    amount: int
    """What it pays, minor units."""
    returned: int
    """Given back by refunds, in the unit."""
    state: Literal["reserved", "confirmed", "released"]
    expires_at: Instant
    """A payment that is not confirmed by then is released."""
    settled_at: Instant | None


@router.get("/members/{member_id}/ways-to-pay", **answers(Ways))
async def get_ways_to_pay(
    member_id: Id,
    total: Annotated[int, Query(ge=1, le=LARGEST, description="What the order costs, minor units.")],
    call: Annotated[Call, reads("payments:write")],
) -> Response:
    """The most that this member could pay of an order with points and with credit."""

    def look(desk: Desk) -> Ways:
        member = desk.member(member_id)
        ways = [
            WayOut(unit=one.unit, available=one.available, most=one.most, money=one.minor)
            for one in paying.offer(desk.work, member, total)
        ]
        return Ways(currency=desk.work.rules(member.market).currency, ways=ways)

    return await call.read(look)


@router.post("/payments", **answers_once(PaymentOut, 429))
async def reserve_payment(body: PaymentIn, call: Annotated[Change, changes("payments:write")]) -> Response:
    """Take points or credit for a part of an order. Needs a proof; released by itself unless confirmed in time."""

    def work(desk: Desk) -> PaymentOut | Problem:
        member = desk.member(body.member_id)
        desk.require_proof(body.proof, member)
        wanted = paying.Payment(body.unit, body.amount, body.order_total, body.order_id, call.operation(_WHAT))
        done = paying.reserve(desk.work, member, wanted)
        if isinstance(done, paying.Refused):
            if done.label == "other":
                raise Problem("idempotency-conflict")
            return Problem("short" if done.label == "short" else "not-now", reason=done.label)
        return _payment(_own(desk, str(done.redemption_id)))

    return await call.once(work, secret=True)


@router.post("/payments/{payment_id}/confirm", **answers_once(PaymentOut))
async def confirm_payment(payment_id: Id, call: Annotated[Change, changes("payments:write")]) -> Response:
    """The order was paid, so the payment stands."""

    def work(desk: Desk) -> PaymentOut | Problem:
        row = _own(desk, payment_id)
        return _settled(paying.confirm(desk.work, row.id, row.order_id or ""), "confirmed")

    return await call.once(work)


@router.post("/payments/{payment_id}/release", **answers_once(PaymentOut))
async def release_payment(payment_id: Id, call: Annotated[Change, changes("payments:write")]) -> Response:
    """The order came to nothing: what was taken for it comes back."""
    return await call.once(
        lambda desk: _settled(paying.release(desk.work, _own(desk, payment_id).id), "released"),
    )


def _own(desk: Desk, payment_id: str) -> RedemptionRow:
    """A payment that this key reserved."""
    row = redemptions.get(desk.transaction, row_id(payment_id))
    if row is None or row.kind != "payment" or not row.key.startswith(f"{_WHAT}:{desk.caller.audience}:"):
        raise Problem("not-found")
    return row


def _settled(done: Settled, wanted: str) -> PaymentOut | Problem:
    if done.label != wanted or done.redemption is None:
        return Problem("not-now", reason=done.label)
    return _payment(done.redemption)


def _payment(row: RedemptionRow) -> PaymentOut:
    return PaymentOut(
        id=str(row.id),
        member_id=str(row.member_id),
        order_id=row.order_id or "",
        unit=row.unit,
        taken=row.amount,
        amount=row.money,
        returned=row.returned,
        state=row.state,  # type: ignore[arg-type]  # a column of text; its words are those of the table
        expires_at=shown(row.expires_at),
        settled_at=shown_if(row.settled_at),
    )
