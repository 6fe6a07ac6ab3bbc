"""Coupons: given to a member; at the till a code looked at, held for an order, used, or let go.

A coupon at the till belongs to whoever has its code, which is shown to its member alone; so no proof is asked for.
"""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter
from pydantic import Field
from starlette.responses import Response

from bot.api._call import Call, Change, answers, answers_once, changes, reads
from bot.api._desk import Desk
from bot.api._problems import Problem
from bot.api._shapes import Flag, Id, In, Instant, Line, Market, OrderId, Out, Positive, Secret, Slug, shown
from loyalty import coupon_gifts, couponing
from loyalty.couponing import Checked
from loyalty.coupons import Basket
from loyalty.wording import said
from storage import coupons, members
from storage.coupons import CouponRow

router = APIRouter(tags=["coupons"])


class BasketIn(In):
    """What the coupon is to be used for, as far as it is known."""

    total: Positive | None = None
    """Minor units."""
    categories: Annotated[tuple[Slug, ...], Field(max_length=200)] | None = None
    """Of the order's items; not told: every one."""
    has_other: Flag = False
    """The order has another discount."""
    market: Market | None = None
    """Where it is used; the key's own market if not said."""


class CheckIn(In):
    """A code to look at."""

    code: Secret
    basket: BasketIn = BasketIn()


class CouponIn(CheckIn):
    """A code to hold or use for an order."""

    order_id: OrderId


class ReleaseIn(In):
    """A code that an order lets go."""

    code: Secret
    order_id: OrderId


class CouponOut(Out):
    """A coupon; what it takes off is in minor units of its market's currency."""

    id: str
    name: str
    title: str
    market: str
    currency: str
    state: Literal["issued", "reserved", "redeemed", "expired", "void"]
    discount: int
    """What it takes off the total; of a gift 0."""
    gift: str | None
    order_id: str | None
    expires_at: Instant


class CheckedOut(CouponOut):
    """A coupon, and whether it can be used now."""

    result: Literal[
        "ok", "used", "expired", "void", "wrong_market", "below_minimum", "wrong_product", "not_stackable", "reserved"
    ]


class GiftIn(In):
    """A coupon to give."""

    member_id: Id
    kind: Slug
    """The coupon's name in the programme."""
    reason: Line
    """What it is for, kept in the books. The same member, kind and reason again is the coupon that was given."""


@router.post("/coupons", **answers_once(CouponOut))
async def give_coupon(body: GiftIn, call: Annotated[Change, changes("coupons:write")]) -> Response:
    """Give a member a coupon; they are told in the chat, its code is theirs alone. None left is a 409."""

    def work(desk: Desk) -> CouponOut | Problem:
        given = coupon_gifts.give(desk.work, desk.member(body.member_id), body.kind, body.reason)
        row = coupons.get(desk.transaction, given.id) if given is not None else None
        return Problem("not-now", reason="sold_out") if row is None else _coupon(desk, row, 0)

    return await call.once(work)


@router.post("/coupons/check", **answers(CheckedOut, 400, 413, 415, 429))
async def check_coupon(body: CheckIn, call: Annotated[Call, reads("coupons:read")]) -> Response:
    """Whether a code can be used now. Nothing is changed; no Idempotency-Key is needed."""

    def look(desk: Desk) -> CheckedOut:
        row = _found(desk, body.code)
        done = couponing.check(desk.work, body.code, _basket(desk, body.basket))
        shape = _coupon(desk, done.coupon or row, done.discount).model_dump()
        return CheckedOut(**shape, result=done.label)  # type: ignore[arg-type]  # what is not found was raised

    return await call.read(look, secret=True)


@router.post("/coupons/reserve", **answers_once(CouponOut, 429))
async def reserve_coupon(body: CouponIn, call: Annotated[Change, changes("coupons:write")]) -> Response:
    """Hold a coupon for an order for half an hour; again for the same order moves the end."""

    def work(desk: Desk) -> CouponOut | Problem:
        _found(desk, body.code)
        return _used(desk, couponing.reserve(desk.work, body.code, body.order_id, basket=_basket(desk, body.basket)))

    return await call.once(work, secret=True)


@router.post("/coupons/redeem", **answers_once(CouponOut, 429))
async def redeem_coupon(body: CouponIn, call: Annotated[Change, changes("coupons:write")]) -> Response:
    """Use a coupon for an order, once; again for the same order is the same use."""

    def work(desk: Desk) -> CouponOut | Problem:
        _found(desk, body.code)
        return _used(desk, couponing.redeem(desk.work, body.code, body.order_id, basket=_basket(desk, body.basket)))

    return await call.once(work, secret=True)


@router.post("/coupons/release", **answers_once(CouponOut, 429))
async def release_coupon(body: ReleaseIn, call: Annotated[Change, changes("coupons:write")]) -> Response:
    """An order lets go of the coupon that it holds."""

    def work(desk: Desk) -> CouponOut | Problem:
        _found(desk, body.code)
        if not couponing.release(desk.work, body.code, body.order_id):
            return Problem("not-now", "The order does not hold this coupon.")
        return _coupon(desk, _found(desk, body.code), 0)

    return await call.once(work, secret=True)


def _found(desk: Desk, code: str) -> CouponRow:
    """The coupon of a code, if the key may see it."""
    row = couponing.check(desk.work, code).coupon
    if row is None or not desk.sees(row.market):
        raise Problem("not-found", guessed=True)
    return row


def _basket(desk: Desk, basket: BasketIn) -> Basket:
    market = basket.market or desk.caller.market
    if market is not None:
        desk.market(market)
    return Basket(market, basket.total, basket.categories, basket.has_other)


def _used(desk: Desk, done: Checked) -> CouponOut | Problem:
    if done.label != "ok" or done.coupon is None:
        return Problem("not-now", reason=done.label)
    return _coupon(desk, done.coupon, done.discount)


def _coupon(desk: Desk, row: CouponRow, discount: int) -> CouponOut:
    rules, owner = desk.work.rules(row.market), members.current(desk.transaction, row.member_id)
    kind, locale = rules.coupon(row.kind), owner.locale if owner is not None else "en"
    return CouponOut(
        id=str(row.id),
        name=row.kind,
        title=row.kind if kind is None else said(kind.title, locale),
        market=row.market,
        currency=rules.currency,
        state=row.state,  # type: ignore[arg-type]  # a column of text; its words are those of the table
        discount=discount,
        gift=None if kind is None or kind.gift is None else said(kind.gift, locale),
        order_id=row.order_id,
        expires_at=shown(row.expires_at),
    )
