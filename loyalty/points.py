"""Points for a purchase, why so many, and when they count. Integers only; one rounding, on the whole order."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

from loyalty.campaigns import Extra, applies, multiplied, rounded
from loyalty.modules import EarnCaps, EarnRules, Tier
from loyalty.orders import Order, basis
from loyalty.programme import MarketRules

DAY = 86_400_000_000
"""Microseconds in 24 hours."""


@dataclass(frozen=True, slots=True)
class Used:
    """Points of purchases already given to the member: on this day, and in the days of the period's cap."""

    day: int = 0
    period: int = 0


@dataclass(frozen=True, slots=True)
class Fired:
    """One rule that had a say: `base`, `tier:gold`, `campaign:spring`, `budget:spring`, `cap:day`, `unpaid`.

    `points` may be negative (what a budget or cap takes away); `why` is an English sentence for staff.
    """

    rule: str
    points: int
    why: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What an order brings. The points of `fired` always add up to `points`.

    `base` is the points before tier and campaigns, `basis` the minor units that earn, `extra` what each campaign
    gives after budgets and caps; a campaign's budget is charged with it.
    """

    points: int
    base: int
    basis: int
    fired: tuple[Fired, ...]
    extra: tuple[tuple[str, int], ...] = ()


def earned(amount_minor: int, rules: MarketRules) -> int:
    """The points this amount brings by the plain rate; none for a refund, an empty order or a market without points."""
    earn = _earn_rules(rules)
    return 0 if earn is None else rounded(_exact(amount_minor, earn), earn.rounding)


def lot_times(now: int, rules: MarketRules) -> tuple[int, int | None]:
    """When points given now become active, and when they lapse (None: never). Microseconds UTC."""
    activates_at = now + rules.pending_days * DAY
    return activates_at, None if rules.expiry_days is None else activates_at + rules.expiry_days * DAY


def plan(
    order: Order, rules: MarketRules, *, local: datetime, tier: Tier | None, used: Used, budgets: Mapping[str, int]
) -> Plan:
    """What the order brings and which rules say so; nothing is changed, so it also serves to try an order out.

    `local` is the order's time on the member's clock, `tier` the member's level. `budgets` is the points left of
    each campaign that has a budget; one that is not named has all of it.
    """
    earn = _earn_rules(rules)
    if earn is None:
        return _nothing("off", "The market gives no points for purchases.")
    if order.test:
        return _nothing("test", "A test order brings nothing.")
    if not order.paid:
        return _nothing("unpaid", "An order brings points once it is paid.")
    counted = basis(order, earn)
    exact = _exact(counted, earn)
    name = None if tier is None else tier.name
    running = [one for one in earn.campaigns if applies(one, order, local=local, tier=name)]
    percent = 100 if tier is None else tier.percent
    full, extras = multiplied(exact, running, percent, rounding=earn.rounding, budgets=budgets)
    base = rounded(exact, earn.rounding)
    caps = tuple(_capped(full, earn.caps, used))
    cut = -sum(cap.points for cap in caps)
    raised = full - base - sum(extra.points for extra in extras)
    fired = (
        Fired("base", base, f"{earn.points} for every {earn.per} of {counted} minor units."),
        *_of_tier(tier, raised),
        *_of_campaigns(extras),
        *caps,
    )
    return Plan(full - cut, base, counted, fired, _kept(extras, cut))


def _earn_rules(rules: MarketRules) -> EarnRules | None:
    return rules.earn if rules.has("points") else None


def _exact(amount: int, earn: EarnRules) -> Fraction:
    return Fraction(max(amount, 0) * earn.points, earn.per)


def _nothing(rule: str, why: str) -> Plan:
    return Plan(0, 0, 0, (Fired(rule, 0, why),))


def _of_tier(tier: Tier | None, raised: int) -> Iterator[Fired]:
    if tier is not None and tier.percent != 100:
        yield Fired(f"tier:{tier.name}", raised, f"The tier gives {tier.percent} per cent.")


def _of_campaigns(extras: tuple[Extra, ...]) -> Iterator[Fired]:
    for extra in extras:
        name = extra.campaign.name
        why = f"The campaign gives {extra.campaign.percent} per cent."
        yield Fired(f"campaign:{name}", extra.points + extra.cut, why)
        if extra.cut:
            yield Fired(f"budget:{name}", -extra.cut, f"The campaign's budget had {extra.points} points left.")


def _capped(points: int, caps: EarnCaps, used: Used) -> Iterator[Fired]:
    limits = (
        ("order", caps.order, 0, "an order"),
        ("day", caps.day, used.day, "a day"),
        ("period", caps.period, used.period, f"in {caps.period_days} days"),
    )
    for name, limit, before, span in limits:
        if limit is not None and points > (left := max(limit - max(before, 0), 0)):
            yield Fired(f"cap:{name}", left - points, f"At most {limit} points {span}; {left} were left.")
            points = left


def _kept(extras: tuple[Extra, ...], cut: int) -> tuple[tuple[str, int], ...]:
    """What the campaigns give once the caps took `cut` points, from the last campaign first."""
    kept = []
    for extra in reversed(extras):
        taken = min(extra.points, cut)
        cut -= taken
        kept.append((extra.campaign.name, extra.points - taken))
    return tuple(reversed(kept))
