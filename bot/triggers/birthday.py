"""Birthdays: members whose own calendar shows their day now, from local midnight to local midnight, and no later."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.message import Points
from bot.permission import Occasion
from loyalty.birthdays import born_on, celebrated_on, is_due, occasion_key
from loyalty.markets import MarketProfile
from loyalty.programme import Programme
from storage import occasions
from storage.database import Transaction

NAME = "birthday"
FLOW = "birthday"
_SECOND = 1_000_000
_KEYS_AT_ONCE = 500
_LATER = "later"


def due(
    transaction: Transaction,
    *,
    now: int,
    programme: Programme,
    markets: Mapping[str, MarketProfile],  # noqa: ARG001  # the contract's; a zone is enough here
) -> list[Occasion]:
    """The birthdays that have begun where the member lives and have not ended."""
    found: list[Occasion] = []
    born = [pair for day in days_on_earth(now) for pair in born_on(day)]
    for member_id, zone, market, month, day, told_at in occasions.birthdays(transaction, born):
        rules = programme.market(market).birthday
        today = _local_day(now, zone)
        if (
            programme.market(market).hides(FLOW, "birthday")
            or celebrated_on(month, day, today.year, rules.leap_day) != today
        ):
            continue
        told_on = _local_day(told_at, zone) if told_at is not None else None
        last_gift = _last_gift(transaction, member_id, zone)
        if is_due((month, day), rules.leap_day, today=today, told_on=told_on, last_gift=last_gift):
            key = occasion_key(member_id, today.year)
            values = {"points": Points(rules.points)}
            found.append(Occasion.of(key, NAME, FLOW, member_id, values, _end_of(today, zone)))
    return _new(transaction, found)


def days_on_earth(now: int) -> list[date]:
    """The calendar days that are somewhere today: zones reach from UTC-12 to UTC+14."""
    at = datetime.fromtimestamp(now // _SECOND, UTC)
    return sorted({(at + timedelta(hours=ahead)).date() for ahead in (-12, 0, 14)})


def _local_day(at: int, zone: str) -> date:
    return datetime.fromtimestamp(at // _SECOND, UTC).astimezone(ZoneInfo(zone)).date()


def _end_of(day: date, zone: str) -> int:
    midnight = datetime.combine(day + timedelta(days=1), time(), ZoneInfo(zone))
    return int(midnight.timestamp()) * _SECOND


def _last_gift(transaction: Transaction, member_id: int, zone: str) -> date | None:
    """The day of the last birthday that was given, with words or without: the date may have been corrected since."""
    given = [
        due_at or at
        for _, trigger, decision, _, _, due_at, at in occasions.firings(transaction, member_id)
        if trigger == NAME and decision != _LATER
    ]
    return _local_day(max(given), zone) if given else None


def _new(transaction: Transaction, found: list[Occasion]) -> list[Occasion]:
    recorded: set[str] = set()
    for start in range(0, len(found), _KEYS_AT_ONCE):
        recorded |= occasions.fired(transaction, [one.key for one in found[start : start + _KEYS_AT_ONCE]])
    return [one for one in found if one.key not in recorded]
