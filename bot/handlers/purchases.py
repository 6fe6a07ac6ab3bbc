"""A paid order: points once per order id, the friend who brought the member, the milestones that were crossed."""

from bot.flows.model import Outcome
from bot.handlers import Context, MemberState, answers
from bot.message import Points, Value
from bot.permission import Occasion
from loyalty import milestones, points
from loyalty.programme import MarketRules
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
    if amount >= rules.referral.min_order:
        _reward_friends(context, rules)
    points_after = member.lifetime
    _climb(context, member, "purchases", purchases_before, member.purchases)
    _climb(context, member, "points", points_before, points_after)
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
        before = referrer.lifetime
        _earn(context, referrer, f"referral:{referral_id}:referrer", reward, "referral", "referrer")
        context.notices.append((referrer.id, "referral_reward", {"points": Points(reward)}))
        _climb(context, referrer, "points", before, referrer.lifetime)


def _climb(context: Context, member: MemberState, counter: milestones.Counter, before: int, after: int) -> None:
    """Give and announce every milestone between two counts. A milestone's own points do not count towards another."""
    rules = context.world.rules(member).milestones
    ladder = rules.purchases if counter == "purchases" else rules.points
    for milestone in milestones.crossed(before, after, ladder):
        key = milestones.occasion_key(member.id, counter, milestone.at)
        if milestone.points:
            _earn(context, member, key, milestone.points, "milestone", f"{counter}:{milestone.at}")
        values: dict[str, Value] = {"kind": counter, "reached": milestone.at, "points": Points(milestone.points)}
        life = context.now + NOTICE_LIFE
        context.occasions.append(Occasion.of(key, "milestone", "milestone", member.id, values, life))
