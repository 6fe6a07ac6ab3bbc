"""What the checks look at and what they find."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

from bot.flows.compiled import Flow
from bot.flows.exchange import Saying
from bot.flows.library import Library
from bot.flows.model import Values
from bot.limits import Limits
from bot.texts import Message

Level = Literal["error", "warning", "info"]


@dataclass(frozen=True, slots=True)
class Finding:
    """Something about a flow that its author should know; `error` forbids publishing."""

    flow: str
    step: str | None
    what: str
    level: Level = "error"


@dataclass(frozen=True, slots=True)
class HandlerInfo:
    """What a handler promises: its outcomes, the values it may give, those it reads, whether it changes things."""

    outcomes: frozenset[str]
    values: frozenset[str] = frozenset()
    needs: frozenset[str] = frozenset()
    writes: bool = False


@dataclass(frozen=True, slots=True)
class Fit:
    """What a rendered saying takes: provider messages, and SMS parts where there are such."""

    parts: int
    segments: int = 1


class Measure(Protocol):
    """Renders a saying the way it is sent, to see how much room it takes."""

    def __call__(self, saying: Saying, limits: Limits, locale: str) -> Fit: ...


class Catalogues(Protocol):
    """The part of `bot.texts.Texts` the checks need."""

    @property
    def locales(self) -> Sequence[str]:
        """The active locales."""
        ...

    def label(self, locale: str, msgid: str) -> str:
        """A label in the locale."""
        ...

    def forms(self, locale: str, message: Message) -> Sequence[str] | None:
        """Every form of the translation (of English: the source); None if there is none."""
        ...


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Everything a flow is checked against."""

    library: Library
    handlers: Mapping[str, HandlerInfo]
    texts: Catalogues | None = None
    limits: Mapping[str, Limits] = field(default_factory=dict)
    reserved: frozenset[str] = frozenset()
    accepted: Mapping[str, Collection[str]] = field(default_factory=dict)
    measure: Measure | None = None
    samples: Values = field(default_factory=dict)


OwnRule = Callable[[Flow], Iterator[Finding]]
"""Something that must hold of a flow by itself."""

Rule = Callable[[Flow, Surroundings], Iterator[Finding]]
"""Something that must hold of a flow among handlers, other flows, texts and channels."""
