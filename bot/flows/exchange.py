"""What goes into the engine and what comes out of it. `bot.flows.engine` offers all of these names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

from bot.flows.model import AnswerType, Values
from bot.flows.session import Session
from bot.message import Value
from bot.texts import Message


class EngineError(Exception):
    """A flow, a handler or the caller broke the contract (docs/flows.md); `flows check` finds most of these."""


@dataclass(frozen=True, slots=True)
class Begin:
    """Start a flow. `after`: another flow to run once this one has ended (join first, then what was wanted).

    `over`: the open question waits below it and is asked again at the end.
    """

    flow: str
    values: Values = field(default_factory=dict)
    after: str | None = None
    over: bool = False


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer to the open question. `contact` is the E.164 number of the member's own shared contact."""

    text: str | None = None
    payload: str | None = None
    contact: str | None = None


@dataclass(frozen=True, slots=True)
class Expired:
    """A question's time-out fired; void unless the token is the open question's."""

    token: str


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """The question could not be delivered: its session is closed; void if it has moved on."""

    token: str


@dataclass(frozen=True, slots=True)
class Back:
    """The member wants the previous question."""


@dataclass(frozen=True, slots=True)
class Cancel:
    """The member wants out."""


Input = Begin | Reply | Expired | Withdrawn | Back | Cancel


@dataclass(frozen=True, slots=True)
class Call:
    """Yielded by the engine: run this handler with these values and send its `Outcome` back."""

    handler: str
    values: Values
    flow: str
    step: str


@dataclass(frozen=True, slots=True)
class Offer:
    """One answer of a question. `literal`: the label is shown as it is, else it is a msgid."""

    label: str
    literal: bool
    payload: str


@dataclass(frozen=True, slots=True)
class Saying:
    """One thing to say. `prompt`: it is the open question; `contact` is the msgid of its share-my-phone button."""

    message: Message
    values: Values
    flow: str
    step: str
    choices: tuple[Offer, ...] = ()
    contact: str | None = None
    qr: str | None = None
    prompt: bool = False


Result = Literal[
    "asked", "ended", "cancelled", "withdrawn", "stale", "unanswered", "given_up", "void", "capped", "lost"
]
"""How a turn came out; docs/flows.md says what the caller does about each."""


@dataclass(frozen=True, slots=True)
class Advance:
    """The end of a turn. `session` is the very object that came in when nothing about it changed."""

    session: Session | None
    sayings: tuple[Saying, ...]
    result: Result
    why: str = ""
    """For the log, of `capped` and `lost`."""
    stored: str | None = None
    """`dump(session)`, when the session is a new one: it was needed here for its size."""


class Reader(Protocol):
    """Understands answers in the conversation's locale; it has the translated labels."""

    def choice(self, text: str, offers: Sequence[Offer]) -> int | None:
        """Which offer the text means: its label, its number, an unambiguous beginning."""
        ...

    def typed(self, type: AnswerType, text: str) -> Value | None:
        """The text as a value of this type, None if it is not one."""
        ...
