"""Campaigns: which of them an order falls into, and what they add to its points.

Everything is exact until the end: the running product is a fraction, and only its rounded value is ever given.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Literal, get_args

from loyalty.modules import Campaign, Weekday
from loyalty.orders import Order

Rounding = Literal["down", "half_up"]
_HALF = Fraction(1, 2)
_WEEKDAYS: tuple[Weekday, ...] = get_args(Weekday)


@dataclass(frozen=True, slots=True)
class Extra:
    """What one campaign adds: `points` are given, `cut` is what its budget no longer covers."""

    campaign: Campaign
    points: int
    cut: int = 0


def rounded(value: Fraction, rounding: Rounding) -> int:
    """Whole points of an exact value that is not negative."""
    return (value + _HALF if rounding == "half_up" else value).__floor__()


def applies(campaign: Campaign, order: Order, *, local: datetime, tier: str | None) -> bool:
    """The order falls into the campaign; `local` is its time on the member's clock.

    Hours over midnight belong to the day on which they begin. `min_order` is held against the whole order.
    """
    day = _day_of_hours(campaign, local)
    return (
        day is not None
        and campaign.first <= day <= campaign.last
        and (not campaign.weekdays or _WEEKDAYS[day.weekday()] in campaign.weekdays)
        and (not campaign.tiers or tier in campaign.tiers)
        and (not campaign.categories or not order.categories.isdisjoint(campaign.categories))
        and order.total >= campaign.min_order
    )


def _day_of_hours(campaign: Campaign, local: datetime) -> date | None:
    """The day whose hours `local` lies in; None outside of them."""
    if campaign.hours is None:
        return local.date()
    opens, shuts = (int(part[:2]) * 60 + int(part[3:]) for part in campaign.hours.split("-"))
    minute = local.hour * 60 + local.minute
    if opens < shuts:
        return local.date() if opens <= minute < shuts else None
    if minute >= opens:
        return local.date()
    return local.date() - timedelta(days=1) if minute < shuts else None


def multiplied(
    base: Fraction,
    running: Sequence[Campaign],
    tier_percent: int = 100,
    *,
    rounding: Rounding = "down",
    budgets: Mapping[str, int] | None = None,
) -> tuple[int, tuple[Extra, ...]]:
    """The points of an exact base under a tier and the campaigns that apply, and what each campaign adds.

    The tier always multiplies. Of the campaigns that say `best` the one that adds the most counts; those that say
    `stack` multiply on top. `budgets` is what is left of each; a campaign that is not in it has all of its own.
    """
    value = base * tier_percent / 100
    stacks = [[one] for one in running if one.combine == "stack"]
    best = [one for one in running if one.combine == "best"]
    found = []
    for choice in ([best] if best else []) + stacks:
        extra = _most([_extra(value, one, rounding, budgets or {}) for one in choice])
        found.append(extra)
        full = value * extra.campaign.percent / 100
        value = Fraction(rounded(value, rounding) + extra.points) if extra.cut else full
    return rounded(value, rounding), tuple(found)


def _most(extras: Iterable[Extra]) -> Extra:
    return max(extras, key=lambda one: (one.points, one.campaign.percent))


def _extra(value: Fraction, campaign: Campaign, rounding: Rounding, budgets: Mapping[str, int]) -> Extra:
    full = rounded(value * campaign.percent / 100, rounding) - rounded(value, rounding)
    left = budgets.get(campaign.name, campaign.budget)
    given = full if campaign.budget is None or left is None else min(full, max(left, 0))
    return Extra(campaign, given, full - given)
