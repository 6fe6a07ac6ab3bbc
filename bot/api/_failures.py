"""How often a key may be wrong about a secret (QR, digits, card, coupon) in a minute and a day, in this process."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

MOST = 20
WINDOW = 60_000_000
"""Microseconds."""
MOST_A_DAY = 500
DAY = 24 * 3600 * 1_000_000


@dataclass(slots=True)
class _Key:
    """The failures of a key within the last minute, and how many since its day began."""

    times: deque[int] = field(default_factory=deque)
    began: int = 0
    today: int = 0


class Failures:
    """The failures of each key. A try counts as one until it turns out well, so that many at once get no further."""

    def __init__(self) -> None:
        self._of: dict[int, _Key] = {}

    def wait(self, key_id: int, now: int) -> int:
        """Seconds until the key may try again; 0 when it may."""
        key = self._of.get(key_id)
        if key is None:
            return 0
        while key.times and key.times[0] <= now - WINDOW:
            key.times.popleft()
        if now >= key.began + DAY:
            key.began, key.today = now, len(key.times)
        until = key.began + DAY if key.today >= MOST_A_DAY else key.times[0] + WINDOW if len(key.times) >= MOST else now
        if not key.today:
            del self._of[key_id]
        return -(-(until - now) // 1_000_000)

    def count(self, key_id: int, now: int) -> None:
        """One try more."""
        key = self._of.setdefault(key_id, _Key(began=now))
        key.times.append(now)
        key.today += 1

    def forgive(self, key_id: int, at: int) -> None:
        """The try counted then was right."""
        key = self._of.get(key_id)
        if key is not None and at in key.times:
            key.times.remove(at)
            key.today -= 1
