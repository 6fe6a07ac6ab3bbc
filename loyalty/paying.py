"""Paying a part of an order with points or credit: reserved at the till, confirmed with the order, or released.

Loyalty reference 1.4 and 1.8. Amounts are minor units of the market's currency. Points and credit together pay no more
of an order than its share; an order is paid to the cent. What an order took comes back in step with its refunds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from loyalty import redeeming, refunds, settling
from loyalty.programme import MarketRules
from loyalty.settling import Reserved, Settled
from loyalty.work import Work
from storage import ledger, members, purchases, redemptions
from storage.database import Conflict
from storage.ledger import Entry, Short, Spending
from storage.members import MemberRow
from storage.people import POINTS_UNIT
from storage.purchases import PurchaseRow
from storage.redemptions import RedemptionRow

Label = Literal["too_few", "too_many", "over_share", "short", "off", "other"]
HOLD_MINUTES = 30
"""How long a payment is reserved for its order."""
_MINUTE = 60_000_000
_LATE = "late/"
"""In place of a refund's id: no till can send it."""


@dataclass(frozen=True, slots=True)
class Way:
    """One means to pay with: what there is of it, and the most of it that this order takes and what that pays."""

    unit: str
    available: int
    most: int
    minor: int


@dataclass(frozen=True, slots=True)
class Payment:
    """What is to be paid: `minor` of an order that costs `total`, in `unit` (points or cash:<currency>)."""

    unit: str
    minor: int
    total: int
    order_id: str
    key: str


@dataclass(frozen=True, slots=True)
class Refused:
    """Why it cannot be paid so.

    Less or more than the rules allow, more than the order's share takes, more than there is, or not in this market.
    """

    label: Label


def offer(work: Work, member: MemberRow, total: int) -> list[Way]:
    """The ways to pay a part of an order of this total that the member's market has; `most` 0: not now."""
    rules = work.rules(member.market)
    ways = []
    if _takes(rules, POINTS_UNIT):
        held = _available(work, member, POINTS_UNIT)
        points, minor = redeeming.most(total, held, rules.redeem)
        ways.append(Way(POINTS_UNIT, held, points, minor))
    credit = ledger.cash_unit(rules.currency)
    if _takes(rules, credit):
        held = _available(work, member, credit)
        minor = max(min(held, _share(total, rules)), 0)
        minor = minor if minor >= _least(rules) else 0
        ways.append(Way(credit, held, minor, minor))
    return ways


def reserve(work: Work, member: MemberRow, payment: Payment) -> Reserved | Refused:
    """Take points or credit for a part of an order, once per key; released by itself unless confirmed in time."""
    members.lock(work.transaction, member.id)
    before = redemptions.by_key(work.transaction, payment.key)
    if before is not None:
        wanted = (member.id, "payment", payment.unit, payment.order_id, payment.minor)
        is_same = wanted == (before.member_id, before.kind, before.unit, before.order_id, before.money)
        return _reserved(before, repeated=True) if is_same else Refused("other")
    rules = work.rules(member.market)
    amount = _amount(rules, payment)
    refused = _problem(work, member, payment, amount)
    if refused is not None:
        return Refused(refused)
    fresh = work.transaction.ids.new()
    reference, unit = payment.order_id, payment.unit
    spending = Spending(f"redeem:{fresh}", member.id, amount, "redeem", reference, work.actor, unit)
    spent = ledger.spend(work.transaction, spending, work.now)
    if isinstance(spent, Short):
        return Refused("short")
    return _reserved(_add(work, member, payment, (fresh, amount, spent.transaction_id)), repeated=False)


def confirm(work: Work, redemption_id: int, order_id: str) -> Settled:
    """The order was paid, so the payment stands; once, and again for the same order is `confirmed` too.

    What was refunded of the order by now, or all if it was cancelled, is given back at once.
    """
    row = _find(work, redemption_id)
    order = None if row is None else _lock_order(work, row, order_id)
    done = settling.confirm(work, row, actor=work.actor, order_id=order_id)
    if row is None or order is None or done.label != "confirmed":
        return done
    refunded = order.total if order.state == "cancelled" else order.refunded
    if not refunded:
        return done
    give_back_for_refund(work, order_id=order_id, refunded=refunded, total=order.total, refund_id=_LATE)
    return Settled(done.label, redemptions.get(work.transaction, row.id))


def release_of_order(work: Work, order_id: str) -> None:
    """The order was cancelled: what is reserved to pay for it is given back."""
    for row in redemptions.reserved_for(work.transaction, order_id):
        if row.kind == "payment":
            settling.release(work, row, actor=work.actor, reason=order_id)


def release(work: Work, redemption_id: int, reason: str = "") -> Settled:
    """The order came to nothing: what was reserved for it is given back to the lots it came from."""
    row = _find(work, redemption_id)
    named = reason or (row.order_id if row is not None else None) or "payment"
    return settling.release(work, row, actor=work.actor, reason=named)


def give_back_for_refund(work: Work, *, order_id: str, refunded: int, total: int, refund_id: str) -> int:
    """Give back what the order took in points and credit, in step with its refunds; the points given back.

    `refunded` is all that was refunded of the order so far, this refund included, of its `total`. A repeat of a refund
    gives nothing back. Credit comes back too, and is not counted in the result. The last refund gives back the rest.
    To somebody who was erased nothing comes back.
    """
    owners = {row.member_id for row in redemptions.of_order(work.transaction, order_id)}
    kept = {one for one in sorted(owners) if _lock_heir(work, one)}
    points = 0
    for row in redemptions.of_order(work.transaction, order_id) if kept else []:
        if row.member_id not in kept:
            continue
        due = refunds.give_back(row.amount, refunded=refunded, total=total, already=row.returned)
        entry = Entry(f"return/{row.id}:{refund_id}", "return", order_id, work.actor)
        given = settling.give_back(work, row, due, entry)
        if given:
            redemptions.give_back(work.transaction, row.id, given)
        points += given if row.unit == POINTS_UNIT else 0
    return points


def _find(work: Work, redemption_id: int) -> RedemptionRow | None:
    row = redemptions.get(work.transaction, redemption_id)
    return row if row is not None and row.kind == "payment" else None


def _lock_order(work: Work, row: RedemptionRow, order_id: str) -> PurchaseRow | None:
    """The order that is paid for, locked with who pays: a refund of it comes before or after, not meanwhile."""
    seen = purchases.get(work.transaction, order_id)
    if seen is None:
        return None
    members.lock(work.transaction, *(one for one in (row.member_id, seen.member_id) if one is not None))
    return purchases.lock(work.transaction, order_id)


def _lock_heir(work: Work, member_id: int) -> bool:
    """Lock who paid, or whoever took over everything of theirs; False if they were erased."""
    heir = members.current(work.transaction, member_id)
    if heir is None:
        return False
    members.lock(work.transaction, member_id, heir.id)
    return heir.erased_at is None


def _takes(rules: MarketRules, unit: str) -> bool:
    """The market lets members pay with this."""
    if rules.redeem.share == 0:
        return False
    if unit == POINTS_UNIT:
        return rules.has("points") and rules.redeem.money > 0
    return rules.has("cashback") and unit == ledger.cash_unit(rules.currency)


def _available(work: Work, member: MemberRow, unit: str) -> int:
    return ledger.position_of(work.transaction, member.id, work.now, unit).active


def _share(total: int, rules: MarketRules) -> int:
    return max(total, 0) * rules.redeem.share // 100


def _least(rules: MarketRules) -> int:
    """The least credit that can be used."""
    return max(rules.cashback.minimum if rules.cashback is not None else 0, 1)


def _amount(rules: MarketRules, payment: Payment) -> int:
    """The points, or the credit, that this payment takes."""
    if payment.unit == POINTS_UNIT and _takes(rules, POINTS_UNIT):
        return redeeming.points_for(payment.minor, rules.redeem)
    return payment.minor


def _problem(work: Work, member: MemberRow, payment: Payment, amount: int) -> Label | None:
    rules = work.rules(member.market)
    if not _takes(rules, payment.unit):
        return "off"
    available = _available(work, member, payment.unit)
    over = payment.minor + redemptions.paid(work.transaction, payment.order_id) > _share(payment.total, rules)
    if payment.unit == POINTS_UNIT:
        found = redeeming.problem(amount, order_total=payment.total, available=available, redeem=rules.redeem)
        return "over_share" if over and found in (None, "short") else found
    if payment.minor < _least(rules):
        return "too_few"
    return "over_share" if over else "short" if payment.minor > available else None


def _add(work: Work, member: MemberRow, payment: Payment, taken: tuple[int, int, int]) -> RedemptionRow:
    """The row of a payment; `taken` is its id, what it took, and the spending."""
    fresh, amount, spend = taken
    row = {
        "id": fresh,
        "key": payment.key,
        "code_hash": None,
        "member_id": member.id,
        "market": member.market,
        "kind": "payment",
        "name": payment.unit,
        "unit": payment.unit,
        "amount": amount,
        "money": payment.minor,
        "transaction_id": spend,
        "order_id": payment.order_id,
        "actor": work.actor,
        "reserved_at": work.now,
        "expires_at": work.now + HOLD_MINUTES * _MINUTE,
    }
    if not redemptions.add(work.transaction, row):
        raise Conflict("the key was taken meanwhile")
    made = redemptions.get(work.transaction, fresh)
    assert made is not None  # inserted above
    return made


def _reserved(row: RedemptionRow, *, repeated: bool) -> Reserved:
    return Reserved(row.id, None, row.expires_at, row.amount, row.money, row.state, repeated)
