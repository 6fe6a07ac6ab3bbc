"""The provider's window: free-form messages only so long after the member's own last one."""

from bot.limits import WINDOW_MARGIN, Limits

SECOND = 1_000_000
"""Microseconds."""


def window_open(limits: Limits, last_inbound_at: int | None, now: int) -> bool:
    """A free-form message started now arrives before the window shuts; always where the channel has none."""
    if limits.window_seconds is None:
        return True
    if last_inbound_at is None:
        return False
    return now < last_inbound_at + (limits.window_seconds - WINDOW_MARGIN) * SECOND
