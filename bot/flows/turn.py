"""One turn of the engine under way: the running flow, what waits below it, what has been said, and the caps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.flows.compiled import Flow, Node
from bot.flows.exchange import Advance, EngineError, Offer, Result, Saying
from bot.flows.library import Library
from bot.flows.model import END, STOP, Options, Outcome, Values
from bot.flows.session import Frame, Session, Wait, dump
from bot.message import Code, Day, Link, Moment, Money, Name, Points, Value
from bot.texts import N_, Message

STEPS = 64
"""Steps a turn."""
DEPTH = 8
"""Flows on the stack."""
VALUES = 40
CHARACTERS = 1000
"""Of one value or label."""
CHOICES = 100
SESSION_BYTES = 16 * 1024
TRAIL = 8
"""Questions Back can walk."""

SORRY = N_("Sorry, something went wrong here. Please start again.")


class HaltError(Exception):
    """The turn cannot go on: a cap was hit or something is no longer there."""

    def __init__(self, result: Result, why: str) -> None:
        super().__init__(why)
        self.result = result
        self.why = why


@dataclass(slots=True)
class Turn:
    """Mutable state of one turn; values and frames in it are never changed in place."""

    library: Library
    token: str
    now: int
    number: int
    flow: Flow
    step: str
    values: Values
    trail: tuple[str, ...] = ()
    below: list[Frame] = field(default_factory=list)
    sayings: list[Saying] = field(default_factory=list)
    steps: int = 0

    def next_node(self) -> Node | None:
        """The step to work on now, going down the stack where flows have ended; None when all have."""
        while self.step == END and self.below:
            self._resume(self.below.pop())
        if self.step in (END, STOP):
            return None
        self.steps += 1
        if self.steps > STEPS:
            raise HaltError("capped", f"more than {STEPS} steps in {self.flow.name}")
        node = self.flow.nodes.get(self.step)
        if node is None:
            raise HaltError("lost", f"no step {self.step} in {self.flow.name} {self.flow.version}")
        return node

    def _resume(self, frame: Frame) -> None:
        flow = self.library.get(frame.flow, frame.version)
        if flow is None:
            raise HaltError("lost", f"no flow {frame.flow} {frame.version}")
        self.flow, self.step, self.values, self.trail = flow, frame.step, frame.values, frame.trail

    def say(self, node: Node) -> None:
        self.sayings.append(
            Saying(
                message=_text(node),
                values=self.values,
                flow=self.flow.name,
                step=node.name,
                qr=_shown(node, self.values),
            )
        )
        self.step = node.then

    def did(self, node: Node, outcome: Outcome) -> None:
        """Follow a handler's outcome."""
        target = node.outcomes.get(outcome.label)
        if target is None:
            raise EngineError(f"{node.handler} answered {outcome.label!r}, unknown to {self.flow.name}.{node.name}")
        self.step = target
        if outcome.values:
            self.values = merged(self.values, outcome.values)

    def go(self, node: Node) -> None:
        """Start the other flow on top; a flow with nothing left to do does not stay below."""
        name = node.go if node.go is not None else _plain(self.values.get(node.go_value or ""))
        flow = self.library.get(name)
        if flow is None:
            raise HaltError("lost", f"{self.flow.name}.{node.name} goes to the unknown flow {name!r}")
        if node.then != END:
            self.below.append(Frame(self.flow.name, self.flow.version, node.then, self.values, self.trail))
        if len(self.below) >= DEPTH:
            raise HaltError("capped", f"more than {DEPTH} flows deep in {self.flow.name}")
        self.flow, self.step, self.trail = flow, flow.start, ()

    def ask(self, node: Node) -> Advance:
        """Put the question and end the turn."""
        if node.name in self.trail:
            self.trail = self.trail[: self.trail.index(node.name)]
        self.trail = (*self.trail, node.name)[-TRAIL:]
        top = Frame(self.flow.name, self.flow.version, node.name, self.values, self.trail)
        until = None if node.timeout is None else self.now + node.timeout
        session = Session((*self.below, top), Wait(self.token, until=until), self.number)
        stored = _dumped(session)
        self.sayings.append(prompt(self.flow, node, self.values, self.token))
        return Advance(session, tuple(self.sayings), "asked", stored=stored)

    def halted(self, halt: HaltError) -> Advance:
        """The end of a turn that cannot go on; a loop's repetitions are not said."""
        first = {(saying.flow, saying.step): saying for saying in reversed(self.sayings)}
        sayings = tuple(reversed(first.values()))
        if halt.result == "capped":
            sayings = (*sayings, Saying(SORRY, {}, self.flow.name, self.step))
        return Advance(None, sayings, halt.result, why=halt.why)


_SMALL = frozenset({int, Points, Money, Day, Moment})


def merged(values: Values, new: Values) -> Values:
    """Both, the new ones winning. HaltError if they are too many or too long to keep."""
    for name, value in new.items():
        if not _fits(value):
            raise HaltError("capped", f"the value {name} is too long")
    both = {**values, **new}
    if len(both) > VALUES:
        raise HaltError("capped", f"more than {VALUES} values")
    return both


def _fits(value: Value | Options) -> bool:
    if type(value) in _SMALL:
        return True
    if isinstance(value, str):
        return len(value) <= CHARACTERS
    if isinstance(value, tuple):
        return len(value) <= CHOICES and all(
            len(option.label) <= CHARACTERS and len(option.value) <= CHARACTERS for option in value
        )
    if isinstance(value, Code | Name | Link):
        return len(value.value) <= CHARACTERS
    return True


def _dumped(session: Session) -> str:
    try:
        stored = dump(session)
    except TypeError as error:
        raise HaltError("capped", f"a value has no JSON form: {error}") from error
    if len(stored.encode()) > SESSION_BYTES:
        raise HaltError("capped", f"the session is over {SESSION_BYTES} bytes")
    return stored


def prompt(flow: Flow, node: Node, values: Values, token: str) -> Saying:
    """The question of an `ask` step as something to say."""
    return Saying(
        message=_text(node),
        values=values,
        flow=flow.name,
        step=node.name,
        choices=offers(flow, node, values, token),
        contact=node.contact,
        qr=_shown(node, values),
        prompt=True,
    )


def offers(flow: Flow, node: Node, values: Values, token: str) -> tuple[Offer, ...]:
    """What the question offers, in order; each payload names flow, token and place: at most 64 bytes of ASCII."""
    stem = f"v1:{flow.name}:{token}:"
    if node.options is None:
        return tuple(Offer(label, False, f"{stem}{index}") for index, (label, _) in enumerate(node.labels))
    found = options(node, values)
    return tuple(Offer(option.label, True, f"{stem}{index}") for index, option in enumerate(found))


def options(node: Node, values: Mapping[str, Value | Options]) -> Options:
    """The dynamic choices of a step."""
    found = values.get(node.options or "")
    if not isinstance(found, tuple) or not (found or node.type):
        raise EngineError(f"the step {node.name} has no options in {node.options!r}")
    return found


def _text(node: Node) -> Message:
    if node.message is None:
        raise EngineError(f"the step {node.name} has nothing to say")
    return node.message


def _shown(node: Node, values: Values) -> str | None:
    if node.qr is None:
        return None
    if node.qr not in values:
        raise EngineError(f"the step {node.name} has no value {node.qr!r} for its QR image")
    return _plain(values[node.qr])


def _plain(value: Value | Options | None) -> str:
    return str(getattr(value, "value", value))
