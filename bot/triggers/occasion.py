"""The days of a market's calendar (Christmas, Diwali): every member there who wants offers, on their own day."""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.permission import Occasion
from loyalty import modules
from loyalty.days import day_starts, local_time
from loyalty.markets import MarketProfile
from loyalty.programme import Programme
from storage import audiences
from storage.database import Transaction

NAME = "occasion"
FLOW = "occasion"
_OFFSETS = (timedelta(hours=-12), timedelta(), timedelta(hours=14))
"""Zones reach from UTC-12 to UTC+14; together they show every day there is now."""


def due(
    transaction: Transaction,
    *,
    now: int,
    programme: Programme,
    markets: Mapping[str, MarketProfile],  # noqa: ARG001  # the contract's; a zone is enough here
) -> list[Occasion]:
    """The occasions that have begun where their members live and have not ended; stale at the end of the local day."""
    found: list[Occasion] = []
    for market, rules in programme.markets.items():
        if not rules.hides(FLOW, "occasions"):
            for one in rules.occasions:
                found += _greetings(transaction, market, one, now)
    return found


def falls_on(occasion: modules.Occasion, day: date) -> bool:
    """Whether the occasion is on this day; 29 February only in years that have it."""
    return day in occasion.days or (day.month, day.day) == (occasion.month, occasion.day)


def _greetings(transaction: Transaction, market: str, one: modules.Occasion, now: int) -> Iterator[Occasion]:
    for day in _days_on_earth(now):
        if not falls_on(one, day):
            continue
        for member_id, zone in audiences.ungreeted(transaction, market, one.name, day.year):
            place = ZoneInfo(zone)
            if local_time(now, place).date() == day:
                key = audiences.occasion_key(one.name, member_id, day.year)
                ends = day_starts(day + timedelta(days=1), place)
                yield Occasion.of(key, NAME, FLOW, member_id, {"name": one.name}, ends)


def _days_on_earth(now: int) -> list[date]:
    at = datetime.combine(date(1970, 1, 1), time(), UTC) + timedelta(microseconds=now)
    return sorted({(at + offset).date() for offset in _OFFSETS})
