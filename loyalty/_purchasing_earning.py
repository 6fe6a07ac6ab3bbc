"""Booking what an order brings: points, credit, stamps, the count of orders, the level, milestones, and the news."""

from __future__ import annotations

from dataclasses import dataclass, replace

from loyalty import cashback, gifts, referring, stamping, standing
from loyalty._purchasing_orders import in_round, order_of
from loyalty._purchasing_plan import charge
from loyalty.orders import Order
from loyalty.points import Plan, lot_times
from loyalty.refunds import reverse
from loyalty.stamps import stamps_for
from loyalty.values import Money, Points
from loyalty.work import Work
from storage import ledger, purchases, standings
from storage.ledger import Earning
from storage.members import MemberRow
from storage.people import POINTS_UNIT
from storage.purchases import PurchaseRow


@dataclass(frozen=True, slots=True)
class Brought:
    """What an order brought: points and credit (minor units) after refunds, stamps by card, the level reached.

    Without a `plan` it brought what it had brought before.
    """

    plan: Plan | None
    points: int
    credit: int
    stamps: dict[str, int]
    tier: str | None


def earn(work: Work, member: MemberRow, purchase: PurchaseRow, last: PurchaseRow | None = None) -> Brought:
    """Book a paid order for its member, who is locked. What was refunded of it before brings nothing.

    `last` is the order as it was cancelled: what it brought then, it brings again, and takes no budget twice.
    """
    order = order_of(purchase)
    if last is not None and (last.earned or last.credited):
        plan, booked = None, _figures(purchase, last.earned, last.credited)
    else:
        plan = charge(work, member, order, purchase.market)
        booked = _figures(purchase, plan.points, cashback.credit(order, work.rules(purchase.market)))
    purchases.book(work.transaction, booked)
    before = standings.lifetime(work.transaction, member.id)
    points, credit = booked.earned - booked.reversed, booked.credited - booked.uncredited
    _give_points(work, member, booked, points)
    _give_credit(work, member, booked, credit)
    gifts.climb_points(work, member, before, standings.lifetime(work.transaction, member.id))
    stamps = _stamp(work, member, booked, order)
    referring.qualify(work, member.id, purchase.order_id, purchase.total - purchase.refunded)
    count = standings.get(work.transaction, member.id).purchases
    standings.count(work.transaction, member.id, 1)
    gifts.climb_purchases(work, member, count, count + 1)
    tier = standing.rise(work, member)
    return Brought(plan, points, credit, stamps, None if tier is None else tier.name)


def tell(work: Work, member: MemberRow, key: str, *, points: int, credit: Money) -> None:
    """Let the member hear what came and what they have now; nothing where nothing came."""
    if points:
        held = ledger.position_of(work.transaction, member.id, work.now)
        total = Points(held.active + held.pending)
        work.tell(key, "purchase_notice", member.id, points=Points(points), credit=credit, total=total)
    elif credit.minor:
        unit = ledger.cash_unit(credit.currency)
        held = ledger.position_of(work.transaction, member.id, work.now, unit)
        total_credit = Money(held.active + held.pending, credit.currency)
        work.tell(key, "cashback_notice", member.id, credit=credit, total=total_credit)


def points_key(purchase: PurchaseRow) -> str:
    """The idempotency key of the points of an order's round."""
    return in_round("purchase", purchase)


def credit_key(purchase: PurchaseRow) -> str:
    """The idempotency key of the credit of an order's round."""
    return in_round("cashback", purchase)


def stamps_key(purchase: PurchaseRow, card: str) -> str:
    """The idempotency key of the stamps of an order's round on a card."""
    return in_round(f"stamp/{card}", purchase)


def _figures(purchase: PurchaseRow, points: int, credit: int) -> PurchaseRow:
    refunded = {"refunded": purchase.refunded, "total": purchase.total, "already": 0}
    return purchase._replace(
        earned=points,
        credited=credit,
        reversed=reverse(points, **refunded),
        uncredited=reverse(credit, **refunded),
    )


def _give_points(work: Work, member: MemberRow, purchase: PurchaseRow, points: int) -> None:
    times = lot_times(purchase.at, work.rules(purchase.market))
    _give(work, member, purchase, _Lot(points_key(purchase), "purchase", points, times, POINTS_UNIT))


def _give_credit(work: Work, member: MemberRow, purchase: PurchaseRow, credit: int) -> None:
    times = cashback.times(purchase.at, work.rules(purchase.market))
    unit = ledger.cash_unit(purchase.currency)
    _give(work, member, purchase, _Lot(credit_key(purchase), "cashback", credit, times, unit))


@dataclass(frozen=True, slots=True)
class _Lot:
    """Points or credit to give; `times`: when they become active, and when they lapse."""

    key: str
    kind: str
    amount: int
    times: tuple[int, int | None]
    unit: str


def _give(work: Work, member: MemberRow, purchase: PurchaseRow, lot: _Lot) -> None:
    if not lot.amount:
        return
    activates_at, expires_at = lot.times
    earning = Earning(
        key=lot.key,
        member_id=member.id,
        points=lot.amount,
        kind=lot.kind,
        reference=purchase.order_id,
        activates_at=activates_at,
        expires_at=expires_at,
        actor=work.actor,
        unit=lot.unit,
    )
    ledger.earn(work.transaction, earning, work.now)


def _stamp(work: Work, member: MemberRow, purchase: PurchaseRow, order: Order) -> dict[str, int]:
    """Stamp the cards of the member's own market at the order's time: intervals and days are those of the visit."""
    rules = work.rules(member.market)
    if work.rules(purchase.market) is not rules or not rules.has("stamps"):
        return {}
    left = replace(order, total=purchase.total - purchase.refunded)
    visit = stamping.Visit(order.order_id, min(order.at, work.now))
    given = {}
    for card in rules.stamps:
        count = stamps_for(card, left)
        key = stamps_key(purchase, card.name)
        if count:
            done = stamping.stamp(work, member, card.name, count, key, staff=work.actor, visit=visit)
            given[card.name] = done.added
    return given
