"""Definitions made ready to run: plain values worked out once, so that a turn validates and copies nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Literal

import orjson

from bot.flows.model import END, AnswerType, Definition, Sentence, Step, message, seconds
from bot.texts import Message

Kind = Literal["say", "ask", "do", "go"]


@dataclass(frozen=True, slots=True)
class Node:
    """One step, compiled. Only the fields of its kind are filled."""

    name: str
    kind: Kind
    hash: str
    """Of the step's content without its name; equal hashes ask the same question and lead to the same places."""
    then: str = END
    message: Message | None = None
    handler: str = ""
    outcomes: Mapping[str, str] = field(default_factory=dict)
    go: str | None = None
    go_value: str | None = None
    """The value that names the flow to go to."""
    labels: tuple[tuple[str, str], ...] = ()
    """Written choices: English label and step."""
    options: str | None = None
    """The value that holds the choices."""
    type: AnswerType | None = None
    save: str | None = None
    invalid: Message | None = None
    timeout: int | None = None
    """Microseconds."""
    timeout_then: str | None = None
    soft: bool = False
    contact: str | None = None
    qr: str | None = None


@dataclass(frozen=True, slots=True)
class Flow:
    """A definition, its version and its compiled steps."""

    name: str
    version: str
    start: str
    aside: bool
    nodes: Mapping[str, Node]
    definition: Definition


def compile_flow(definition: Definition) -> Flow:
    """Make a definition ready to run."""
    return Flow(
        name=definition.flow,
        version=version_of(definition),
        start=definition.start,
        aside=definition.aside,
        nodes={name: _node(name, step) for name, step in definition.steps.items()},
        definition=definition,
    )


def version_of(definition: Definition) -> str:
    """The first 16 hexadecimal digits of the content's SHA-256; keys left at their default do not count."""
    row = definition.model_dump(mode="json", exclude_defaults=True)
    row["steps"] = {name: _step_row(step) for name, step in definition.steps.items()}
    return _digest(row)


def step_hash(step: Step) -> str:
    """The same of one step's content; its former name does not count."""
    row = _step_row(step)
    row.pop("was", None)
    return _digest(row)


def _step_row(step: Step) -> dict[str, Any]:
    row = step.model_dump(mode="json", exclude_defaults=True)
    if isinstance(step.choices, dict):
        row["choices"] = list(step.choices.items())  # their order is what a button's index counts
    return row


def _digest(row: object) -> str:
    return sha256(orjson.dumps(row, option=orjson.OPT_SORT_KEYS)).hexdigest()[:16]


def _node(name: str, step: Step) -> Node:
    kind, sentence = _kind(step)
    timeout = step.timeout
    return Node(
        name=name,
        kind=kind,
        hash=step_hash(step),
        then=step.then,
        message=None if sentence is None else message(sentence),
        handler=step.do or "",
        outcomes=dict(step.outcomes),
        go=None if step.go is None or step.go.startswith("{") else step.go,
        go_value=step.go[1:-1] if step.go is not None and step.go.startswith("{") else None,
        labels=tuple(step.choices.items()) if isinstance(step.choices, dict) else (),
        options=step.choices if isinstance(step.choices, str) else None,
        type=step.type,
        save=step.save,
        invalid=None if step.invalid is None else message(step.invalid),
        timeout=None if timeout is None else seconds(timeout.after) * 1_000_000,
        timeout_then=None if timeout is None else timeout.then,
        soft=step.soft,
        contact=step.contact,
        qr=step.qr,
    )


def _kind(step: Step) -> tuple[Kind, Sentence | None]:
    if step.say is not None:
        return "say", step.say
    if step.ask is not None:
        return "ask", step.ask
    return ("do" if step.do is not None else "go"), None
