"""Hearing of the server's end before it waits for its open responses: event streams would keep it waiting."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

_SIGNALS = (signal.SIGTERM, signal.SIGINT)


@contextmanager
def told_to_stop(tell: Callable[[], None]) -> Iterator[None]:
    """Inside, a signal to end the process calls `tell` on the loop too, beside whatever handles it already.

    uvicorn sets its handlers before it starts the application and lets responses finish before it ends it. Where
    signals cannot be set (not the main thread, as in tests) nothing is done.
    """
    loop = asyncio.get_running_loop()
    before: dict[signal.Signals, Any] = {}

    def heard(number: int, frame: FrameType | None) -> None:
        loop.call_soon_threadsafe(tell)
        handler = before[signal.Signals(number)]
        if callable(handler):
            handler(number, frame)

    try:
        for one in _SIGNALS:
            if callable(signal.getsignal(one)):
                before[one] = signal.signal(one, heard)
    except ValueError:
        before.clear()
    try:
        yield
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)
