"""Hours of a week on the wall clock: when a market may be written to, when the staff are at their desk."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise
from typing import Annotated, Literal, NamedTuple

from pydantic import AfterValidator, BeforeValidator

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEKDAYS: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_WINDOW = re.compile(r"^(\d\d):(\d\d)-(\d\d):(\d\d)$")


class Window(NamedTuple):
    """Minutes of a day: open from the first, shut from the second on."""

    opens: int
    shuts: int


def _window(value: object) -> Window:
    if isinstance(value, tuple):
        return Window(*value)
    found = _WINDOW.match(value) if isinstance(value, str) else None
    if not found:
        raise ValueError(f"{value!r} is not a window like 09:00-20:00")
    from_hour, from_minute, to_hour, to_minute = (int(part) for part in found.groups())
    window = Window(from_hour * 60 + from_minute, to_hour * 60 + to_minute)
    if from_minute > 59 or to_minute > 59 or not window.opens < window.shuts <= 24 * 60:
        raise ValueError(f"{value!r} does not lie within one day")
    return window


def _in_order(windows: tuple[Window, ...]) -> tuple[Window, ...]:
    if any(later.opens < earlier.shuts for earlier, later in pairwise(windows)):
        raise ValueError("the windows of a day must follow each other")
    return windows


def is_within(windows: Sequence[Window], local: datetime) -> bool:
    """This wall-clock time lies in one of the day's windows."""
    minute = local.hour * 60 + local.minute
    return any(window.opens <= minute < window.shuts for window in windows)


Windows = Annotated[tuple[Annotated[Window, BeforeValidator(_window)], ...], AfterValidator(_in_order)]
Hours = dict[Weekday, Windows]
