"""What an order brings a member: the pure plan, with what they already got and what campaigns have left."""

from __future__ import annotations

from collections.abc import Mapping
from zoneinfo import ZoneInfo

from loyalty import points, standing
from loyalty.days import day_starts, local_time
from loyalty.modules import EarnCaps, EarnRules
from loyalty.orders import Order
from loyalty.points import DAY, Plan, Used
from loyalty.work import Work
from storage import counters, purchases
from storage.members import MemberRow

_NEXT_DAY_AT_MOST = 26 * 3600 * 1_000_000
"""Microseconds after a day's beginning that surely lie in the next day, whatever the clocks do."""
_EVER = 2**62


def plan(work: Work, member: MemberRow, order: Order, market: str) -> Plan:
    """What the order would bring now; nothing is changed."""
    return _plan(work, member, order, market, _budgets(work, market))


def charge(work: Work, member: MemberRow, order: Order, market: str) -> Plan:
    """What the order brings, taken from the campaigns' budgets; one that was emptied meanwhile gives nothing extra."""
    budgets = _budgets(work, market)
    while True:
        found = _plan(work, member, order, market, budgets)
        empty = _take(work, found, market)
        if empty is None:
            return found
        budgets = {**budgets, empty: 0}


def _plan(work: Work, member: MemberRow, order: Order, market: str, budgets: Mapping[str, int]) -> Plan:
    rules = work.rules(market)
    caps = EarnCaps() if rules.earn is None else rules.earn.caps
    return points.plan(
        order,
        rules,
        local=local_time(order.at, ZoneInfo(member.zone)),
        tier=standing.tier_of(work, member),
        used=_used(work, member, order, caps),
        budgets=budgets,
    )


def _used(work: Work, member: MemberRow, order: Order, caps: EarnCaps) -> Used:
    """The points of the member's other orders of that day, and since the period of the caps began."""
    zone = ZoneInfo(member.zone)
    today = period = 0
    if caps.day is not None:
        begins = day_starts(local_time(order.at, zone).date(), zone)
        ends = day_starts(local_time(begins + _NEXT_DAY_AT_MOST, zone).date(), zone)
        today = purchases.used(work.transaction, member.id, begins, ends)
    if caps.period is not None:
        since = order.at - caps.period_days * DAY
        period = purchases.used(work.transaction, member.id, since, _EVER)
    return Used(today, period)


def _limits(work: Work, market: str) -> dict[str, int]:
    earn = work.rules(market).earn or EarnRules()
    return {one.name: one.budget for one in earn.campaigns if one.budget is not None}


def _budgets(work: Work, market: str) -> dict[str, int]:
    limits = _limits(work, market).items()
    return {name: most - counters.taken(work.transaction, _counter(market, name)) for name, most in limits}


def _take(work: Work, found: Plan, market: str) -> str | None:
    """Take what the plan's campaigns give from their budgets, all or nothing; the first that has not so much left."""
    limits = _limits(work, market)
    wanted = sorted((name, extra) for name, extra in found.extra if extra and name in limits)
    for place, (name, extra) in enumerate(wanted):
        if not counters.take(work.transaction, _counter(market, name), most=limits[name], amount=extra):
            for taken, amount in wanted[:place]:
                counters.put_back(work.transaction, _counter(market, taken), amount)
            return name
    return None


def _counter(market: str, campaign: str) -> str:
    return f"campaign:{market}:{campaign}"
