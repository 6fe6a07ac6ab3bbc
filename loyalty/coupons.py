"""Coupons as rules: until when they can be used, whether a basket is one for them, what they take off. Minor units."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from loyalty.days import day_starts, local_time
from loyalty.modules import Coupon

Label = Literal[
    "ok",
    "unknown",
    "malformed",
    "used",
    "expired",
    "void",
    "wrong_market",
    "below_minimum",
    "wrong_product",
    "not_stackable",
    "reserved",
]
"""Whether a coupon can be used, or why not."""
UNLIMITED = 2**53
"""The most of something without a limit. All that is given out is counted, so that a later limit knows of it."""


@dataclass(frozen=True, slots=True)
class Basket:
    """What a coupon is to be used for, as far as it is known.

    `total` is minor units, `categories` those of the order's items (None: not told), `has_other`: the order has
    another discount.
    """

    market: str | None = None
    total: int | None = None
    categories: tuple[str, ...] | None = None
    has_other: bool = False


ANY = Basket()
"""Nothing is known."""


def valid_until(now: int, zone: str, days: int) -> int:
    """The end of the local day so many days from today: what coupons and reserved rewards live to."""
    place = ZoneInfo(zone)
    return day_starts(local_time(now, place).date() + timedelta(days=days + 1), place)


def discount(kind: Coupon, total: int) -> int:
    """What a coupon takes off a total: a part rounded down, money up to the total, of a gift 0."""
    if kind.percent is not None:
        return max(total, 0) * kind.percent // 100
    return min(kind.money or 0, max(total, 0))


def misfit(kind: Coupon, market: str, basket: Basket) -> Label | None:
    """Why the basket is not one for a coupon of this kind and market; None if it is, as far as it is known."""
    if basket.market is not None and basket.market != market:
        return "wrong_market"
    if basket.total is not None and basket.total < kind.min_order:
        return "below_minimum"
    if basket.categories is not None and kind.categories and not set(kind.categories) & set(basket.categories):
        return "wrong_product"
    return "not_stackable" if basket.has_other and not kind.stackable else None


def stands_alone(kind: Coupon, others: Iterable[Coupon | None]) -> bool:
    """It may not join the order's other coupons, or one of them none (None: of a kind that is no more)."""
    return any(not kind.stackable or other is None or not other.stackable for other in others)
