"""What a channel owes the rest of the house, and the closed set of ways in which sending can fail."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Literal, Protocol

from bot.limits import Limits
from bot.message import Event, Media
from bot.render import Part


@dataclass(frozen=True, slots=True)
class Request:
    """A webhook call as it came: header names lower-cased, the raw query (no `?`), the raw body."""

    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Sent:
    """The provider took the message. `moved_to`: the chat has a new address from now on."""

    provider_id: str
    moved_to: str | None = None


@dataclass(frozen=True, slots=True)
class Fetched:
    """A file a member sent. `type` is what its bytes show, whatever the provider says."""

    content: bytes
    type: str
    name: str | None = None


Missing = Literal["gone", "too_large", "not_allowed", "unavailable"]
"""gone: nobody has it (any more); not_allowed: we do not fetch from there; unavailable: perhaps another time."""


class MediaGone(Exception):  # not a failure of sending, and never retried by itself
    """A file that a member sent cannot be had; `reason` is for the desk."""

    def __init__(self, reason: Missing) -> None:
        super().__init__(f"media {reason}")
        self.reason = reason


class Forged(Exception):
    """The webhook's signature or secret is wrong. `status` is what the provider's rules say to answer."""

    def __init__(self, status: int) -> None:
        super().__init__(f"forged webhook, answered {status}")
        self.status = status


class SendError(Exception):
    """A provider refused or failed to take a message; `code` is the provider's own, for the log and the desk.

    Exactly one of the subclasses below is raised, whatever the provider. `staff` says what a person should know.
    """

    retry: ClassVar[bool] = False
    staff: ClassVar[str] = ""

    def __init__(self, code: str, *, seconds: float | None = None, sent_perhaps: bool = False) -> None:
        super().__init__(f"{type(self).__name__} ({code})")
        self.code = code
        self.seconds = seconds
        """How long to wait, when the provider says so."""
        self.sent_perhaps = sent_perhaps
        """The call may have gone through (time-out): a repeat can double it."""


class RetryAt(SendError):
    """Try this message again later: after `seconds`, or by the sender's own back-off."""

    retry = True
    staff = "The provider is slow or busy; the message will be tried again."


class PauseAccount(SendError):
    """The whole account (bot token, sender) must wait `seconds`; the message is not at fault."""

    retry = True
    staff = "The provider asked us to slow down."


class Unreachable(SendError):
    """This address takes no messages: blocked the bot, no such chat, not a mobile number."""

    staff = "This address cannot be reached any more."


class OptedOut(SendError):
    """The provider holds an opt-out for this address; our consent follows it."""

    staff = "The member has opted out at the provider."


class NeedsTemplate(SendError):
    """Free-form text is not allowed now (WhatsApp's window is shut): only an approved template."""

    staff = "The 24-hour window is shut; only a template can be sent."


class BadRequest(SendError):
    """The provider finds this one message malformed or not permitted: a bug or refused content. Never retried."""

    staff = "The provider refused the message."


class Config(SendError):
    """The account is not set up for this (token, sender, registration): sending on it stops until someone mends it."""

    staff = "The channel's account needs attention."


class Channel(Protocol):
    """A configured channel. Created inside the running loop; `close` releases its connections."""

    name: str
    limits: Limits

    def verify(self, request: Request) -> None:
        """Raise `Forged` unless the request is the provider's, judged on the raw body."""

    def limits_for(self, address: str) -> Limits:
        """What this address can be shown: `limits`, but for the simulator, which plays every channel."""

    def parse(self, body: bytes) -> list[Event]:
        """The events of a webhook body; odd input becomes an `ignored` event, never an exception."""

    async def send(self, address: str, part: Part) -> Sent:
        """Hand one rendered part to the provider, or raise one of the closed set of `SendError`s."""

    async def fetch(self, media: Media, *, most: int) -> Fetched:
        """The file behind an inbound attachment, of at most so many bytes; `MediaGone` when it cannot be had."""

    async def answer_callback(self, callback_id: str, text: str | None) -> None:
        """Answer a button tap (Telegram); a channel without taps does nothing."""

    def missed(self, since: datetime) -> AsyncIterator[bytes]:
        """Webhook bodies the provider may have failed to deliver since then, oldest first (Twilio's REST list)."""

    async def close(self) -> None:
        """Release connections."""
