"""Stamp cards: how many stamps a visit brings, whether it may be stamped now, and what full cards leave over."""

from typing import Literal

from loyalty.modules import StampCard
from loyalty.orders import Order
from loyalty.points import DAY

_MINUTE = 60_000_000

Permit = Literal["yes", "too_soon", "enough_today"]


def stamps_for(card: StampCard, order: Order) -> int:
    """The stamps an order brings: one for the visit, or one for each item of the card's categories.

    An order that does not say what was bought counts as one item, unless the card is for some categories only.
    """
    if not order.counts or order.total < card.min_order:
        return 0
    if not order.lines:
        return stamps_by_hand(card, 0 if card.categories else 1)
    items = sum(line.quantity for line in order.lines if not card.categories or line.category in card.categories)
    return stamps_by_hand(card, items)


def stamps_by_hand(card: StampCard, quantity: int) -> int:
    """The stamps for so many qualifying items that staff counted at the till."""
    return max(quantity, 0) if card.per == "item" else int(quantity > 0)


def may_stamp(card: StampCard, *, last_at: int | None, today: int, now: int) -> Permit:
    """Whether the card may be stamped now: the interval since `last_at` and the visits of the day.

    `today` is how often it was stamped since the member's midnight; several items at once are one visit.
    """
    if today >= card.per_day:
        return "enough_today"
    if last_at is not None and now - last_at < card.interval_minutes * _MINUTE:
        return "too_soon"
    return "yes"


def full_cards(card: StampCard, balance: int) -> tuple[int, int]:
    """How many cards these stamps fill, and the stamps on the next one; what a refund left below 0 stays there."""
    return divmod(balance, card.needed) if balance > 0 else (0, balance)


def lapses_at(card: StampCard, now: int) -> int | None:
    """When stamps given now lapse (None: never). Microseconds UTC."""
    return None if card.expiry_days is None else now + card.expiry_days * DAY
