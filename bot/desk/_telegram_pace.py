"""How fast the staff's group may be written to: Telegram takes twenty messages a minute in a group."""

from __future__ import annotations

from collections.abc import Callable

BURST = 5
EVERY_SECONDS = 4.0
"""Together never more than twenty in any minute: the burst, and fifteen."""
_ROOM = 1.25
"""A share of a topic is so much longer than it must be: cards and new topics need sends too."""
GAP_SECONDS = 1.0
"""Between any two: what Telegram grants a chat."""


class Pace:
    """A bucket of sends that fills slowly. What Telegram says goes above it."""

    def __init__(
        self,
        clock: Callable[[], float],
        *,
        burst: int = BURST,
        every: float = EVERY_SECONDS,
        gap: float = GAP_SECONDS,
    ) -> None:
        self._clock = clock
        self._burst = burst
        self._every = every
        self._gap = gap
        self._next_at = clock()
        self._full_at = clock()
        self._paused_until = clock()

    def wait(self) -> float:
        """Seconds until one message may be sent; 0 when it may be sent now."""
        now = self._clock()
        lacking = self._full_at - now - (self._burst - 1) * self._every
        return max(0.0, lacking, self._next_at - now, self._paused_until - now)

    def spend(self) -> None:
        """Count a message that is sent now."""
        now = self._clock()
        self._full_at = max(self._full_at, now) + self._every
        self._next_at = now + self._gap

    def share(self, topics: int) -> float:
        """Seconds between two messages into one topic while so many are told of; few need not wait for each other."""
        return topics * self._every * _ROOM if topics > self._burst else 0.0

    def pause(self, seconds: float) -> None:
        """Telegram says to wait."""
        self._paused_until = max(self._paused_until, self._clock() + seconds)
