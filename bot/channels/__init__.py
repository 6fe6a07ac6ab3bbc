"""One file a channel: a provider's payload in, neutral events out; a rendered part in, a provider call out.

A channel module offers `NAME`, `parse(body: bytes) -> list[Event]` (pure, tolerant, never raises) and
`build(settings, …) -> Channel | None` (None when it is not configured). The folder finds it.
"""

from bot.channels._contract import (
    BadRequest,
    Channel,
    Config,
    Fetched,
    Forged,
    MediaGone,
    Missing,
    NeedsTemplate,
    OptedOut,
    PauseAccount,
    Request,
    RetryAt,
    SendError,
    Sent,
    Unreachable,
)
from bot.channels._discovery import discover
from bot.channels._polling import poll, poll_updates
from bot.channels._refusals import apply_refusal, withdraw_prompt

__all__ = [
    "BadRequest",
    "Channel",
    "Config",
    "Fetched",
    "Forged",
    "MediaGone",
    "Missing",
    "NeedsTemplate",
    "OptedOut",
    "PauseAccount",
    "Request",
    "RetryAt",
    "SendError",
    "Sent",
    "Unreachable",
    "apply_refusal",
    "discover",
    "poll",
    "poll_updates",
    "withdraw_prompt",
]
