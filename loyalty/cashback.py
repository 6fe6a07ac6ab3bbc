"""Cashback: a part of a purchase as credit, and when it can be used. Minor units of the market's currency."""

from loyalty.orders import Order
from loyalty.points import DAY, lot_times
from loyalty.programme import MarketRules

_WHOLE = 10_000
"""Basis points of the whole."""


def credit(order: Order, rules: MarketRules) -> int:
    """The credit an order brings: a part of its items, net of shipping and of what points or credit paid.

    Rounded down once. Nothing for a test, an order that is not paid, or a market without cashback.
    """
    if rules.cashback is None or not rules.has("cashback") or not order.counts:
        return 0
    spent = max(order.total - order.shipping - order.redeemed, 0)
    return spent * rules.cashback.basis_points // _WHOLE


def times(now: int, rules: MarketRules) -> tuple[int, int | None]:
    """When credit given now can be used, and when it lapses (None: never). Microseconds UTC.

    A market without cashback answers with the times of its points.
    """
    if rules.cashback is None:
        return lot_times(now, rules)
    activates_at = now + rules.cashback.pending_days * DAY
    days = rules.cashback.expiry_days
    return activates_at, None if days is None else activates_at + days * DAY
