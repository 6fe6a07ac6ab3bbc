"""How fast one provider account and each of its chats may be written to. Times are seconds of a monotonic clock."""

from collections.abc import Callable

_FORGET = 4_096


class Limiter:
    """A token bucket for the account, a least distance for each chat, and pauses the provider asked for."""

    def __init__(self, per_second: float, chat_seconds: float, clock: Callable[[], float]) -> None:
        self._rate = per_second
        self._chat_seconds = chat_seconds
        self._clock = clock
        self._burst = max(1.0, per_second)
        self._tokens = self._burst
        self._filled_at = clock()
        self._paused_until = 0.0
        self._chats: dict[str, float] = {}

    def paused(self) -> float:
        """Seconds until the account may send again; 0 when it may now."""
        return max(0.0, self._paused_until - self._clock())

    def pause(self, seconds: float) -> None:
        """The whole account waits; a longer pause already set stands."""
        self._paused_until = max(self._paused_until, self._clock() + seconds)

    def take(self, chat: str) -> float:
        """Take the right to send one message to a chat now: 0 when granted, else the seconds to wait."""
        now = self._clock()
        wait = max(self._paused_until - now, self._chats.get(chat, 0.0) - now)
        if wait > 0:
            return wait
        self._tokens = min(self._burst, self._tokens + (now - self._filled_at) * self._rate)
        self._filled_at = now
        if self._tokens < 1.0:
            return (1.0 - self._tokens) / self._rate
        self._tokens -= 1.0
        if self._chat_seconds:
            self._remember(chat, now)
        return 0.0

    def _remember(self, chat: str, now: float) -> None:
        if len(self._chats) >= _FORGET:
            self._chats = {name: free for name, free in self._chats.items() if free > now}
        self._chats[chat] = now + self._chat_seconds
