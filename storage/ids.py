"""Row ids made by us: 64-bit, positive, time-ordered, unique over processes without a shared counter."""

import secrets
import time
from collections.abc import Callable
from threading import Lock

_EPOCH_MS = 1_735_689_600_000  # 2025-01-01 UTC
_SEQUENCE_BITS, _WORKER_BITS = 11, 11


class Ids:
    """Makes ids: 41 bits of milliseconds, 11 bits of this process (random), 11 bits of sequence."""

    def __init__(self, clock: Callable[[], int] = time.time_ns) -> None:
        self._clock = clock
        self._worker = secrets.randbits(_WORKER_BITS) << _SEQUENCE_BITS
        self._last = 0
        self._sequence = 0
        self._lock = Lock()

    def new(self) -> int:
        """The next id, larger than every earlier one of this process even if the clock steps back."""
        with self._lock:
            now = self._clock() // 1_000_000 - _EPOCH_MS
            if now > self._last:
                self._last, self._sequence = now, 0
            else:
                self._sequence += 1
                if self._sequence >> _SEQUENCE_BITS:
                    self._last, self._sequence = self._last + 1, 0
            return self._last << (_SEQUENCE_BITS + _WORKER_BITS) | self._worker | self._sequence


def first_at(instant: int) -> int:
    """The smallest id that can have been made at this instant (microseconds UTC)."""
    return max(0, instant // 1_000 - _EPOCH_MS) << (_SEQUENCE_BITS + _WORKER_BITS)
