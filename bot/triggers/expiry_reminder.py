"""Points about to lapse: told 30 days, a week and a day before, every lot that is due by then in one message."""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from bot.message import Day
from bot.permission import Occasion
from loyalty.days import day_starts, local_time
from loyalty.markets import MarketProfile
from loyalty.programme import Programme
from storage import audiences, occasions
from storage.audiences import LapsingRow
from storage.database import Transaction

NAME = "expiry_reminder"
FLOW = "expiry_reminder"
STAGES = (30, 7, 1)
"""Days before the last day of the points, the member's own; the widest stage of a day stands for the others."""
_DAY = 86_400_000_000
_MOST_LATE = 2
"""Days a reminder may wait for an hour that suits, if the points last as long."""
_KEYS_AT_ONCE = 500


def due(
    transaction: Transaction,
    *,
    now: int,
    programme: Programme,
    markets: Mapping[str, MarketProfile],  # noqa: ARG001  # the contract's; a zone is enough here
) -> list[Occasion]:
    """One reminder a member and day, for the last day of points at the widest stage that this day is."""
    found: dict[int, Occasion] = {}
    for stage in STAGES:
        for row in _lapsing(transaction, stage, now):
            if row.member_id not in found and not programme.market(row.market).hides(FLOW, "points"):
                found[row.member_id] = _occasion(row, stage, now)
    return _new(transaction, list(found.values()))


def _lapsing(transaction: Transaction, stage: int, now: int) -> Iterator[LapsingRow]:
    """Whose points have their last day in so many days. The instants searched are a day wider on both sides."""
    around = now + stage * _DAY
    for row in audiences.lapsing(transaction, around - _DAY, around + 2 * _DAY):
        if _last_day(row) - _today(row, now) == timedelta(days=stage):
            yield row


def _occasion(row: LapsingRow, stage: int, now: int) -> Occasion:
    until = _last_day(row)
    stale = _today(row, now) + timedelta(days=min(stage, _MOST_LATE + 1))
    key = f"expiry:{row.member_id}:{until.isoformat()}:{stage}"
    ends = day_starts(stale, ZoneInfo(row.zone))
    return Occasion.of(key, NAME, FLOW, row.member_id, {"until": Day.of(until)}, ends)


def _last_day(row: LapsingRow) -> date:
    return local_time(row.expires_at - 1, ZoneInfo(row.zone)).date()


def _today(row: LapsingRow, now: int) -> date:
    return local_time(now, ZoneInfo(row.zone)).date()


def _new(transaction: Transaction, found: list[Occasion]) -> list[Occasion]:
    recorded: set[str] = set()
    for start in range(0, len(found), _KEYS_AT_ONCE):
        recorded |= occasions.fired(transaction, [one.key for one in found[start : start + _KEYS_AT_ONCE]])
    return [one for one in found if one.key not in recorded]
