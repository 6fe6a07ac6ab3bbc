"""Points for a purchase, and when they count. Integers only; floor on the whole order, never on its lines."""

from loyalty.programme import MarketRules

DAY = 86_400_000_000
"""Microseconds in 24 hours."""


def earned(amount_minor: int, rules: MarketRules) -> int:
    """The points an order of this amount brings; none for a refund or an empty order."""
    return max(amount_minor, 0) * rules.earn.points // rules.earn.per


def lot_times(now: int, rules: MarketRules) -> tuple[int, int | None]:
    """When points given now become active, and when they lapse (None: never). Microseconds UTC."""
    activates_at = now + rules.pending_days * DAY
    return activates_at, None if rules.expiry_days is None else activates_at + rules.expiry_days * DAY
