"""How often a key may be wrong about a secret (QR, six digits, coupon): a sliding window, kept in this process."""

from __future__ import annotations

from collections import deque

MOST = 20
WINDOW = 60_000_000
"""Microseconds."""


class Failures:
    """The failures of each key. A try counts as one until it turns out well, so that many at once get no further."""

    def __init__(self) -> None:
        self._of: dict[int, deque[int]] = {}

    def wait(self, key_id: int, now: int) -> int:
        """Seconds until the key may try again; 0 when it may."""
        times = self._of.get(key_id, deque())
        while times and times[0] <= now - WINDOW:
            times.popleft()
        if not times:
            self._of.pop(key_id, None)
        return -(-(times[0] + WINDOW - now) // 1_000_000) if len(times) >= MOST else 0

    def count(self, key_id: int, now: int) -> None:
        """One try more."""
        self._of.setdefault(key_id, deque()).append(now)

    def forgive(self, key_id: int, at: int) -> None:
        """The try counted then was right."""
        times = self._of.get(key_id)
        if times is not None and at in times:
            times.remove(at)
