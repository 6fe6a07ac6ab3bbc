"""What a code means to the staff: why a message did not arrive, why a person was needed, what a channel is called."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.channels import (
    BadRequest,
    Config,
    NeedsTemplate,
    OptedOut,
    PauseAccount,
    RetryAt,
    SendError,
    Unreachable,
)
from bot.desk._words import N_

CHANNELS: Mapping[str, str] = {
    "telegram": "Telegram",
    "whatsapp": "WhatsApp",
    "sms": "SMS",
    "simulator": N_("Test chat"),
}
REASONS: Mapping[str, str] = {
    "asked": N_("asked for a person"),
    "misunderstood": N_("was not understood"),
    "complaint": N_("complaint"),
    "survey": N_("low score in a survey"),
    "staff": N_("begun by the staff"),
}
PRIORITIES = (N_("urgent"), N_("high"), N_("normal"), N_("low"))
STATUSES: Mapping[str, str] = {
    "open": N_("open"),
    "snoozed": N_("put aside"),
    "pending": N_("with the bot"),
    "resolved": N_("resolved"),
}

UNSENT: Mapping[type[SendError], str] = {
    RetryAt: N_("The provider is slow or busy; the message will be tried again."),
    PauseAccount: N_("The provider asked us to slow down."),
    Unreachable: N_("This address cannot be reached any more."),
    OptedOut: N_("The member has opted out at the provider."),
    NeedsTemplate: N_("The 24-hour window is shut; only a template can be sent."),
    BadRequest: N_("The provider refused the message."),
    Config: N_("The channel's account needs attention."),
}
"""What every way in which sending can fail says to the staff; the same words as the errors' own."""
_DROPPED: Mapping[str, str] = {
    "expired": N_("It was too late to send it."),
    "opted_out": UNSENT[OptedOut],
    "unreachable": UNSENT[Unreachable],
    "no_consent": N_("The member does not want offers."),
    "human_active": N_("A person took the conversation before it was sent."),
    "window_closed": UNSENT[NeedsTemplate],
    "no template": N_("There is no approved template in the member's language."),
}
_UNKNOWN = N_("It could not be sent.")
_TELEGRAM: tuple[tuple[str, type[SendError]], ...] = (
    ("403", Unreachable),
    ("400 chat", Unreachable),
    ("400 user", Unreachable),
    ("400 deactivated", Unreachable),
    ("400 peer", Unreachable),
    ("400 no rights", Unreachable),
    ("400 migrated", RetryAt),
    ("400", BadRequest),
    ("401", Config),
    ("404", Config),
    ("409", Config),
    ("token", Config),
    ("413", BadRequest),
    ("429", PauseAccount),
    ("malformed", BadRequest),
)
"""What Telegram's codes begin with (bot/channels/_telegram_errors.py); the first that fits."""
_WAITS = frozenset({"timeout", "network", "5xx", "unreadable answer", "connect-timeout", "no-connection", "no-json"})


def why_unsent(error: str | None, channel: Any) -> str:
    """Why a message did not arrive, in English. `channel`: the one it was sent on, if we have it, which may know."""
    code = error or ""
    if code in _DROPPED:
        return _DROPPED[code]
    if code in _WAITS or code == "connection-lost":
        return UNSENT[RetryAt]
    meaning = _meaning(code, channel)
    return UNSENT.get(meaning, _UNKNOWN) if meaning is not None else _UNKNOWN


def _meaning(code: str, channel: Any) -> type[SendError] | None:
    receipt_error = getattr(channel, "receipt_error", None)
    if receipt_error is not None and code.isdigit():
        found: type[SendError] | None = receipt_error(code)
        return found
    return next((kind for begins, kind in _TELEGRAM if code.startswith(begins)), None)
