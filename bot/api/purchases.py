"""Purchases at the till: an order reported once, paid or cancelled later, tried out, read again; and its refunds."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter
from pydantic import Field
from starlette.responses import Response

from bot.api._call import Call, Change, answers, answers_once, changes, reads
from bot.api._desk import Desk
from bot.api._problems import Problem, Wrong
from bot.api._shapes import (
    Currency,
    Flag,
    In,
    Instant,
    InstantIn,
    Line,
    Market,
    Minor,
    OrderId,
    Out,
    Positive,
    Slug,
    read_instant,
    shown,
)
from bot.api._whom import ByPhone, Whom, known, member_of
from loyalty import orders, purchasing, refunding
from loyalty.orders import Order
from loyalty.points import DAY, Plan
from loyalty.purchasing import Recorded
from storage import purchases
from storage.purchases import PurchaseRow

router = APIRouter(tags=["purchases"])
_MOST_LINES = 200


class LineIn(In):
    """One line of an order."""

    amount: Minor
    """What all its pieces cost together, after discounts; minor units."""
    quantity: Annotated[int, Field(strict=True, ge=1, le=10_000)] = 1
    category: Slug | None = None


class OrderIn(In):
    """An order as its shop sees it; amounts are minor units of the currency."""

    currency: Currency
    total: Positive
    """What it costs after discounts, with shipping and tax, before points or credit pay a part."""
    shipping: Minor = 0
    tax: Minor = 0
    redeemed: Minor = 0
    """The part of the total that points or credit paid."""
    lines: Annotated[tuple[LineIn, ...], Field(max_length=_MOST_LINES)] = ()
    at: InstantIn | None = None
    """When it was bought; now if not said, and never later than tomorrow."""


class PurchaseIn(OrderIn):
    """An order to record."""

    order_id: OrderId
    whom: Whom
    """Whose it is. A phone that is nobody's makes it a guest's: credited when its owner joins."""
    market: Market | None = None
    """Where it was bought; the key's own market, else the member's, if not said."""
    paid: Flag = True
    """`false`: it earns once it is completed."""
    test: Flag = False
    """A test order is recorded and brings nothing."""
    payment: Line | None = None
    """The same text for the same means of payment; only a keyed hash of it is kept."""


class TrialIn(OrderIn):
    """An order to try out."""

    whom: Whom
    market: Market | None = None


class RuleOut(Out):
    """A rule that had a say about an order's points."""

    rule: str
    points: int
    """May be negative: what a budget or cap takes away."""
    why: str


class Booked(Out):
    """What an order came to."""

    result: Literal["booked", "known", "waiting", "test", "guest"]
    """`known`: reported before, with what it brought then; `waiting` for its payment; `guest`: nobody's yet."""
    order_id: str
    points: int
    credit: int
    """Minor units of the order's currency."""
    stamps: dict[str, int]
    """Stamps on each card."""
    tier_up: str | None
    """The level it took the member to."""
    rules: list[RuleOut]


class Trial(Out):
    """What an order would bring, and why."""

    points: int
    basis: int
    """The minor units that earn."""
    rules: list[RuleOut]


class PurchaseOut(Out):
    """An order as it stands in the books; amounts are minor units of its currency."""

    order_id: str
    member_id: str | None
    market: str
    state: Literal["open", "paid", "cancelled"]
    currency: str
    total: int
    shipping: int
    tax: int
    redeemed: int
    test: bool
    points: int
    """Given for it, less what refunds took back."""
    credit: int
    refunded: int
    at: Instant


class RefundIn(In):
    """Money given back for an order."""

    refund_id: OrderId
    order_id: OrderId
    amount: Positive
    """Minor units."""
    currency: Currency


class RefundOut(Out):
    """What a refund came to."""

    result: Literal["applied", "known", "waiting"]
    """`waiting`: its order is not there or not paid yet; it is applied with it."""
    points: int
    """Taken back of what the order brought."""
    returned: int
    """Given back of the points that paid for it."""


@router.post("/purchases", **answers_once(Booked))
async def record_purchase(body: PurchaseIn, call: Annotated[Change, changes("purchases:write")]) -> Response:
    """Record an order, once per order id. A paid one earns at once."""

    def work(desk: Desk) -> Booked:
        member = known(desk, body.whom)
        market = desk.market_of_order(body.market, member)
        before = purchases.get(desk.transaction, body.order_id)
        if before is not None and not desk.sees(before.market):
            raise Problem("not-now", "The order id is taken.")
        order = _order(desk, body, body.order_id, paid=body.paid, test=body.test)
        phone = body.whom.phone if isinstance(body.whom, ByPhone) else None
        return _booked(
            body.order_id,
            purchasing.record(desk.work, member, order, market=market, phone=phone, payment=body.payment),
        )

    return await call.once(work)


@router.post("/dry-runs", **answers(Trial, 400, 413, 415))
async def try_purchase(body: TrialIn, call: Annotated[Call, reads("purchases:write")]) -> Response:
    """What an order would bring this member now, and which rules say so. Nothing is recorded; no key is needed."""

    def look(desk: Desk) -> Trial:
        member = member_of(desk, body.whom)
        market = desk.market_of_order(body.market, member)
        plan = purchasing.dry_run(desk.work, member, _order(desk, body, "dry-run"), market)
        return Trial(points=plan.points, basis=plan.basis, rules=_rules(plan))

    return await call.read(look)


@router.get("/purchases/{order_id}", **answers(PurchaseOut))
async def get_purchase(order_id: OrderId, call: Annotated[Call, reads("purchases:write")]) -> Response:
    """An order as it stands in the books."""
    return await call.read(lambda desk: _purchase(_own(desk, order_id)))


@router.post("/purchases/{order_id}/complete", **answers_once(Booked))
async def complete_purchase(order_id: OrderId, call: Annotated[Change, changes("purchases:write")]) -> Response:
    """An open order is paid, or a cancelled one after all: it earns."""

    def work(desk: Desk) -> Booked | Problem:
        _own(desk, order_id)
        try:
            return _booked(order_id, purchasing.complete(desk.work, order_id))
        except purchasing.WrongOrder as wrong:
            return Problem("not-now", str(wrong))

    return await call.once(work)


@router.post("/purchases/{order_id}/cancel", **answers_once(RefundOut))
async def cancel_purchase(order_id: OrderId, call: Annotated[Change, changes("purchases:write")]) -> Response:
    """The order comes to nothing: all that is left of it is refunded. It may be completed again."""

    def work(desk: Desk) -> RefundOut | Problem:
        _own(desk, order_id)
        return _refunded(purchasing.cancel(desk.work, order_id))

    return await call.once(work)


@router.post("/refunds", tags=["refunds"], **answers_once(RefundOut))
async def refund_purchase(body: RefundIn, call: Annotated[Change, changes("refunds:write")]) -> Response:
    """Give back a part of an order, or all of it, once per refund id.

    It may come before its order, except from a key that is bound to a market.
    """

    def work(desk: Desk) -> RefundOut | Problem:
        if desk.caller.market is not None or purchases.get(desk.transaction, body.order_id) is not None:
            _own(desk, body.order_id)
        try:
            return _refunded(refunding.refund(desk.work, **body.model_dump()))
        except refunding.TakenRefund as taken:
            return Problem("not-now", str(taken))

    return await call.once(work)


def _own(desk: Desk, order_id: str) -> PurchaseRow:
    """The order, if there is one that the key may see."""
    row = purchases.get(desk.transaction, order_id)
    if row is None or not desk.sees(row.market):
        raise Problem("not-found")
    return row


def _order(desk: Desk, body: OrderIn, order_id: str, *, paid: bool = True, test: bool = False) -> Order:
    at = desk.work.now if body.at is None else read_instant(body.at)
    if at > desk.work.now + DAY:
        raise Problem("invalid", errors=[Wrong(where="body.at", why="this lies in the future")])
    lines = tuple(orders.Line(one.amount, one.quantity, one.category) for one in body.lines)
    parts = {"shipping": body.shipping, "tax": body.tax, "redeemed": body.redeemed}
    return Order(order_id, body.currency, body.total, at, **parts, lines=lines, test=test, paid=paid)


def _booked(order_id: str, done: Recorded) -> Booked:
    return Booked(
        result=done.label,
        order_id=order_id,
        points=done.points,
        credit=done.credit,
        stamps=done.stamps,
        tier_up=done.tier_up,
        rules=[] if done.plan is None else _rules(done.plan),
    )


def _rules(plan: Plan) -> list[RuleOut]:
    return [RuleOut(rule=one.rule, points=one.points, why=one.why) for one in plan.fired]


def _purchase(row: PurchaseRow) -> PurchaseOut:
    return PurchaseOut(
        order_id=row.order_id,
        member_id=None if row.member_id is None else str(row.member_id),
        market=row.market,
        state=row.state,  # type: ignore[arg-type]  # a column of text; its words are those of the table
        currency=row.currency,
        total=row.total,
        shipping=row.shipping,
        tax=row.tax,
        redeemed=row.redeemed,
        test=bool(row.test),
        points=row.earned - row.reversed,
        credit=row.credited - row.uncredited,
        refunded=row.refunded,
        at=shown(row.at),
    )


def _refunded(done: refunding.Refunded) -> RefundOut | Problem:
    if done.label == "too_much":
        return Problem("not-now", "This is more than is left of the order.", reason=done.label)
    return RefundOut(result=done.label, points=done.points, returned=done.returned)
