"""Instants and the days of a place: microseconds UTC on one side, the wall clock of a zone on the other."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def local_time(instant: int, zone: ZoneInfo) -> datetime:
    """The wall clock of the zone at this instant."""
    return (_EPOCH + instant * _MICROSECOND).astimezone(zone)


def day_starts(day: date, zone: ZoneInfo) -> int:
    """The first instant of the day there; where the clock skips midnight, that of the change."""
    return (datetime.combine(day, time(), zone) - _EPOCH) // _MICROSECOND


def in_year(day: date, year: int) -> date:
    """The same day of another year; 29 February becomes the 28th where there is none."""
    if (day.month, day.day) == (2, 29):
        return date(year, 3, 1) - timedelta(days=1)
    return day.replace(year=year)
