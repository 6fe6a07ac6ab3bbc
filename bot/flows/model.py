"""The schema of a flow file and the values the engine works on. See docs/flows.md for the author's view.

A flow is a graph of named steps. Two names are reserved: `end` ends the flow (whatever waits below it goes on), `stop`
ends the whole session (nothing that was to follow is run). Each step does exactly one thing: `say` a text, `ask` a
question, `do` something through a handler, or `go` to another flow and return.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator, model_validator

from bot.message import Value
from bot.texts import Message
from bot.understanding.phrases import IntentName
from loyalty.rules import MODULES

END = "end"
STOP = "stop"
RESERVED = frozenset({END, STOP})
Identifier = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,31}$")]
AnswerType = Literal["text", "number", "date", "phone", "email", "name", "code", "digits"]
"""What an `ask` without choices accepts; read by bot/understanding/answers.py."""

_DURATION = re.compile(r"^(\d{1,4})([smhd])$")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}


def seconds(duration: str) -> int:
    """`30m` -> 1800. Units: s, m, h, d. ValueError for anything else."""
    found = _DURATION.match(duration)
    if not found:
        raise ValueError(f"{duration!r} is not a duration like 30m, 12h or 2d")
    return int(found[1]) * _SECONDS[found[2]]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Counted(_Strict):
    """A text with a plural: `count` names the value that chooses the form."""

    one: str
    other: str
    count: Identifier


Sentence = str | Counted


class Timeout(_Strict):
    """Nobody answered: after this long the session goes on at `then`, without the question."""

    after: str
    then: Identifier

    @field_validator("after")
    @classmethod
    def _duration(cls, value: str) -> str:
        seconds(value)
        return value


class Step(_Strict):
    """One node. `then` defaults to `end`."""

    say: Sentence | None = None
    ask: Sentence | None = None
    do: Annotated[str, StringConstraints(pattern=r"^[a-z_]+\.[a-z_]+$")] | None = None
    go: Annotated[str, StringConstraints(pattern=r"^([a-z][a-z0-9_]{0,31}|\{[a-z][a-z0-9_]{0,31}\})$")] | None = None
    """Another flow by name, or `{value}`: the flow a value names (a menu's choice)."""

    then: Identifier = END
    outcomes: dict[Identifier, Identifier] = Field(default_factory=dict)
    choices: dict[str, Identifier] | Identifier | None = None
    """Label -> step, or the name of a value holding options (`Options`)."""
    type: AnswerType | None = None
    save: Identifier | None = None
    invalid: Sentence | None = None
    """Said before re-asking when the answer does not fit; a general sentence otherwise."""
    timeout: Timeout | None = None
    soft: bool = False
    """Any other understood message leaves this question without a word (a menu)."""
    contact: str | None = None
    """The label of a share-my-phone button shown with the question (private Telegram chats)."""
    qr: Identifier | None = None
    """The value encoded in a QR image sent with the text."""
    was: Identifier | None = None
    """The step's earlier name: people who wait there are moved here when this version is published."""

    @model_validator(mode="after")
    def _one_thing(self) -> Step:
        kinds = [name for name in ("say", "ask", "do", "go") if getattr(self, name) is not None]
        if len(kinds) != 1:
            raise ValueError("a step has exactly one of say, ask, do, go")
        if (self.do is not None) != bool(self.outcomes):
            raise ValueError("`do` needs outcomes, and only `do` has them")
        if self.ask is None and (self.choices or self.type or self.save or self.timeout or self.invalid or self.soft):
            raise ValueError("choices, type, save, timeout, invalid and soft belong to `ask`")
        if self.ask is not None and self.choices is None and self.type is None:
            raise ValueError("`ask` needs choices or a type")
        return self


class Definition(_Strict):
    """A flow as written in its file."""

    flow: Identifier
    about: str
    intents: tuple[IntentName, ...] = ()
    start: Identifier
    steps: dict[Identifier, Step]
    aside: bool = False
    """Read-only: may answer in the middle of another flow, whose open question is then asked again."""
    members: bool = True
    """Only for people who have joined; others are led through `join` first and then come here."""
    given: tuple[Identifier, ...] = ()
    """The values that whoever starts the flow (a trigger, an intent, another flow) passes in."""
    resumes: bool = True
    """Run once somebody who came for it has joined on the way; not for a flow that itself stands for a consent."""
    menu: str | None = None
    """Its label in the menu; without one it is not listed."""
    label: str | None = None
    """Its name where it is offered beside another meaning and has no line in the menu."""
    order: int = 100
    """Its place in the menu, smallest first; equal places go by file name."""
    command: str | None = None
    """What a provider's command list says about it; without one it is not listed there."""
    module: Identifier | None = None
    """The module of the programme it belongs to; where a market lacks that, it lacks the flow and its menu line."""
    purpose: Literal["service", "marketing"] = "service"
    """Of a triggered flow: which consent and hours it needs."""
    template: tuple[Identifier, ...] | None = None
    """Of a triggered flow: the values that fill the approved template, in its order."""

    @field_validator("module")
    @classmethod
    def _known_module(cls, value: str | None) -> str | None:
        if value is not None and value not in MODULES:
            raise ValueError(f"{value} is not a module of a programme: {', '.join(MODULES)}")
        return value

    @field_validator("steps")
    @classmethod
    def _free_names(cls, steps: dict[str, Step]) -> dict[str, Step]:
        taken = RESERVED & steps.keys()
        if taken:
            raise ValueError(f"{', '.join(sorted(taken))}: reserved, no step can have this name")
        return steps


@dataclass(frozen=True, slots=True)
class Option:
    """One answer of a dynamic question: what the member sees and the value it stands for."""

    label: str
    value: str


Options = tuple[Option, ...]
Values = Mapping[str, Value | Options]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a handler answers: one of its declared labels, and values for the texts and steps that follow."""

    label: str
    values: Values = field(default_factory=dict)


def message(sentence: Sentence, context: str | None = None) -> Message:
    """A flow's sentence as a message of the catalogues."""
    if isinstance(sentence, str):
        return Message(other=sentence, context=context)
    return Message(other=sentence.other, one=sentence.one, count=sentence.count, context=context)
