"""Stamp cards at the till: a visit or its items are stamped by hand."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter
from pydantic import Field
from starlette.responses import Response

from bot.api._call import Change, answers_once, changes
from bot.api._desk import Desk
from bot.api._problems import Problem
from bot.api._shapes import In, Instant, Line, OrderId, Out, Slug, shown
from bot.api._whom import Whom, member_of
from loyalty import stamping
from loyalty.stamping import Stamped, Visit

router = APIRouter(tags=["stamps"])


class StampIn(In):
    """Stamps for a visit or for items."""

    whom: Whom
    card: Slug
    """The card's name in the programme."""
    count: Annotated[int, Field(strict=True, ge=1, le=100)] = 1
    """How many items; a card that counts visits gets one stamp however many."""
    staff: Line | None = None
    """Who stamps, written into the books; the key's name if not said."""
    order_id: OrderId | None = None


class FullCard(Out):
    """The coupon of a full card. Its code goes to the member, not to the till."""

    coupon_id: str
    name: str
    expires_at: Instant


class StampedOut(Out):
    """What a stamping came to."""

    result: Literal["stamped", "known"]
    added: int
    balance: int
    """On the card now."""
    needed: int
    """Of how many."""
    full: list[FullCard]
    """Cards that this filled."""


@router.post("/stamps", **answers_once(StampedOut))
async def stamp_card(body: StampIn, call: Annotated[Change, changes("stamps:write")]) -> Response:
    """Stamp a member's card. Too soon after the last time, or often enough today, is a 409 with the reason."""

    def work(desk: Desk) -> StampedOut | Problem:
        member = member_of(desk, body.whom)
        staff = desk.caller.actor if body.staff is None else f"{desk.caller.actor}:{body.staff}"
        key = call.operation("stamp")
        done = stamping.stamp(desk.work, member, body.card, body.count, key, staff=staff, visit=Visit(body.order_id))
        return _stamped(done)

    return await call.once(work)


def _stamped(done: Stamped) -> StampedOut | Problem:
    if done.label not in ("stamped", "known"):
        return Problem("not-now", reason=done.label)
    full = [FullCard(coupon_id=str(one.id), name=one.kind, expires_at=shown(one.expires_at)) for one in done.coupons]
    return StampedOut(result=done.label, added=done.added, balance=done.balance, needed=done.needed, full=full)
