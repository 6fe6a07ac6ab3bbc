"""When hours open: marketing's on the wall clock of every zone the member may be in, the staff's on their own."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from loyalty.hours import Window

HORIZON_DAYS = 14
"""Hours that do not open within two weeks never do."""
_SECOND = 1_000_000


class WeekHours(Protocol):
    """Hours on the wall clock: a market's for marketing, or those of its staff."""

    def windows(self, day: date) -> tuple[Window, ...]:
        """The hours of a local day."""
        ...

    def is_open(self, local: datetime) -> bool:
        """Whether this wall-clock time is one of them."""
        ...


def next_open(market: WeekHours, zones: Sequence[str], at: int) -> int | None:
    """The first instant from `at` on that is legal in all of the zones; None where their hours never meet."""
    moment: int | None = at
    while moment is not None and moment <= at + HORIZON_DAYS * 86_400 * _SECOND:
        shut = [zone for zone in zones if not market.is_open(_local(moment, zone))]
        if not shut:
            return moment
        after = moment
        openings = [next(_openings(market, zone, after), None) for zone in shut]
        moment = None if None in openings else max(opening for opening in openings if opening is not None)
    return None


def _openings(market: WeekHours, zone: str, after: int) -> Iterator[int]:
    """The zone's openings after an instant, in order. Where the clock skips an opening it moves on by as much; where
    the clock repeats it both count."""
    today = _local(after, zone).date()
    for day in (today + timedelta(days=ahead) for ahead in range(HORIZON_DAYS + 1)):
        walls = [
            datetime.combine(day, time(window.opens // 60, window.opens % 60, fold=fold), ZoneInfo(zone))
            for window in market.windows(day)
            for fold in (0, 1)
        ]
        instants = sorted({int(wall.timestamp()) * _SECOND for wall in walls})
        yield from (one for one in instants if one > after and market.is_open(_local(one, zone)))


def _local(at: int, zone: str) -> datetime:
    return datetime.fromtimestamp(at // _SECOND, UTC).astimezone(ZoneInfo(zone))
