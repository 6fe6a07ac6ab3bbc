"""A paid order: points once per order id, the friend who brought the member, the milestones that were crossed."""

from collections.abc import Sequence

from bot.flows.model import Outcome
from bot.handlers import Context, MemberState, answers
from bot.message import Points, Value
from bot.permission import Occasion
from loyalty import milestones, points
from loyalty.programme import MarketRules, Milestone
from storage import ledger
from storage.ledger import Earning

NOTICE_LIFE = 3 * 24 * 3600 * 1_000_000
"""Microseconds after which news of a milestone is stale."""


class WrongPurchase(ValueError):
    """A reported purchase cannot be booked (currency, amount); it is kept and listed."""


@answers("booked", "known", writes=True)
def record(context: Context) -> Outcome:
    """Book a purchase event: `order_id`, `amount` (minor units), `currency`."""
    member = context.member
    rules = context.world.rules(member)
    amount, currency = int(context.value("amount")), str(context.value("currency"))
    if amount <= 0 or currency != rules.currency:
        raise WrongPurchase(f"{currency} order in a {rules.currency} market or amount not positive")
    order_id = str(context.value("order_id"))
    earned = points.earned(amount, rules)
    if not _book(context, order_id, amount, earned):
        return Outcome("known")
    purchases_before, points_before = member.purchases, member.lifetime
    context.change(purchases=purchases_before + 1)
    if earned:
        _earn(context, member, f"purchase:{order_id}", earned, "purchase", order_id)
    if purchases_before == 0 and amount >= rules.referral.min_order:
        _reward_friends(context, rules)
    _milestones(context, rules, purchases_before, points_before)
    if earned:
        total = Points(member.position.active + member.position.pending)
        context.notices.append((member.id, "purchase_notice", {"points": Points(earned), "total": total}))
    return Outcome("booked")


def _book(context: Context, order_id: str, amount: int, earned: int) -> bool:
    row = {
        "id": context.transaction.ids.new(),
        "order_id": order_id,
        "member_id": context.member.id,
        "amount": amount,
        "currency": str(context.value("currency")),
        "points": earned,
        "at": context.now,
    }
    return ledger.add_purchase(context.transaction, row)


def _earn(context: Context, member: MemberState, key: str, amount: int, kind: str, reference: str) -> None:
    activates_at, expires_at = points.lot_times(context.now, context.world.rules(member))
    context.earn(
        Earning(
            key=key,
            member_id=member.id,
            points=amount,
            kind=kind,
            reference=reference,
            activates_at=activates_at,
            expires_at=expires_at,
        )
    )


def _reward_friends(context: Context, rules: MarketRules) -> None:
    pending = ledger.pending_referral(context.transaction, context.member.id)
    if pending is None:
        return
    referral_id, referrer_id = pending
    referrer = context.other(referrer_id)
    if referrer is None or not ledger.reward_referral(context.transaction, referral_id, context.now):
        return
    if rules.referral.friend:
        _earn(context, context.member, f"referral:{referral_id}:friend", rules.referral.friend, "referral", "friend")
    reward = context.world.rules(referrer).referral.referrer
    if reward:
        _earn(context, referrer, f"referral:{referral_id}:referrer", reward, "referral", "referrer")
        context.notices.append((referrer.id, "referral_reward", {"points": Points(reward)}))


def _milestones(context: Context, rules: MarketRules, purchases_before: int, points_before: int) -> None:
    member = context.member
    crossings: Sequence[tuple[milestones.Counter, int, int, Sequence[Milestone]]] = (
        ("purchases", purchases_before, member.purchases, rules.milestones.purchases),
        ("points", points_before, member.lifetime, rules.milestones.points),
    )
    for what, before, after, ladder in crossings:
        for milestone in milestones.crossed(before, after, ladder):
            _celebrate(context, what, milestone)


def _celebrate(context: Context, what: milestones.Counter, milestone: Milestone) -> None:
    member = context.member
    key = milestones.occasion_key(member.id, what, milestone.at)
    if milestone.points:
        _earn(context, member, key, milestone.points, "milestone", f"{what}:{milestone.at}")
    values: dict[str, Value] = {"kind": what, "reached": milestone.at, "points": Points(milestone.points)}
    context.occasions.append(Occasion.of(key, "milestone", "milestone", member.id, values, context.now + NOTICE_LIFE))
