"""The engine: a pure function of (definitions, session, input, outcomes). No provider, no clock, no database.

`advance` is a generator: it yields a `Call` whenever a `do` step needs its handler, is sent the `Outcome`, and returns
an `Advance` with the next session and what is to be said. The same inputs and outcomes replay to the same transcript.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, replace

from bot.flows.compiled import Flow, Node
from bot.flows.exchange import (
    Advance,
    Back,
    Begin,
    Call,
    Cancel,
    EngineError,
    Expired,
    Input,
    Offer,
    Reader,
    Reply,
    Result,
    Saying,
    Withdrawn,
)
from bot.flows.library import Library
from bot.flows.model import Outcome, Values
from bot.flows.session import Frame, Session, Wait, dump
from bot.flows.turn import CHARACTERS, SORRY, HaltError, Turn, merged, offers, options, prompt
from bot.message import Value
from bot.texts import N_

__all__ = [
    "NOT_UNDERSTOOD",
    "SORRY",
    "TOKEN_LENGTH",
    "TRIES",
    "Advance",
    "Back",
    "Begin",
    "Call",
    "Cancel",
    "EngineError",
    "Expired",
    "Input",
    "Offer",
    "Question",
    "Reader",
    "Reply",
    "Result",
    "Saying",
    "Withdrawn",
    "advance",
    "busy",
    "flow_of",
    "open_question",
    "reask",
    "repeat",
]

TRIES = 3
TOKEN_LENGTH = 20
"""The longest token whose payload stays within 64 bytes."""

NOT_UNDERSTOOD = N_("Sorry, I did not understand that.")

Running = Generator[Call, Outcome, Advance]


@dataclass(frozen=True, slots=True)
class Question:
    """The open question of a session, with the flow and step that asked it."""

    flow: Flow
    node: Node
    frame: Frame
    wait: Wait

    @property
    def offers(self) -> tuple[Offer, ...]:
        return offers(self.flow, self.node, self.frame.values, self.wait.token)

    @property
    def saying(self) -> Saying:
        return prompt(self.flow, self.node, self.frame.values, self.wait.token)


def advance(
    library: Library, session: Session | None, given: Input, *, reader: Reader, token: str, now: int
) -> Running:
    """One turn. `token` is a fresh one-use token for the next question, `now` is microseconds UTC."""
    if len(token) > TOKEN_LENGTH or not token.isascii() or ":" in token:
        raise EngineError(f"{token!r} is no token of at most {TOKEN_LENGTH} ASCII characters without a colon")
    if isinstance(given, Begin):
        return (yield from _begin(library, session, given, token=token, now=now))
    if session is None or session.wait is None:
        return Advance(session, (), _with_nothing_open(given))
    question = open_question(library, session)
    if question is None:
        return Advance(None, (), "lost", why=f"{session.frames[-1].flow}.{session.frames[-1].step} is gone")
    step = _read(question, given, reader) if isinstance(given, Reply) else _move(question, given)
    if isinstance(step, str):
        return _standing(session, question, step)
    turn = Turn(
        library=library,
        token=token,
        now=now,
        number=session.turns + 1,
        flow=question.flow,
        step=step.to,
        values=question.frame.values,
        trail=step.trail,
        below=list(session.frames[:-1]),
    )
    return (yield from _run(turn, step.saved))


def open_question(library: Library, session: Session | None) -> Question | None:
    """The question that waits for an answer; None if none does or its flow, version or step is gone."""
    if session is None or session.wait is None or not session.frames:
        return None
    frame = session.frames[-1]
    flow = library.get(frame.flow, frame.version)
    node = None if flow is None else flow.nodes.get(frame.step)
    if flow is None or node is None or node.kind != "ask":
        return None
    return Question(flow, node, frame, session.wait)


def busy(library: Library, session: Session | None) -> bool:
    """Whether a question is open that another flow may not simply push away."""
    question = open_question(library, session)
    return question is not None and not question.node.soft


def reask(library: Library, session: Session | None) -> Advance:
    """Nothing could be made of the answer: say so and ask again; `given_up` at the third: time to offer a person."""
    question = open_question(library, session)
    if session is None or question is None:
        return Advance(None, (), "void" if session is None else "lost")
    wait = replace(question.wait, tries=question.wait.tries + 1)
    again = replace(session, wait=wait)
    if wait.tries >= TRIES:
        return Advance(again, (), "given_up", stored=dump(again))
    sorry = Saying(
        question.node.invalid or NOT_UNDERSTOOD, question.frame.values, question.flow.name, question.node.name
    )
    return Advance(again, (sorry, question.saying), "asked", stored=dump(again))


def repeat(library: Library, session: Session | None) -> Advance:
    """Ask the open question once more, uncounted: after a change of language, a takeover, a publication."""
    question = open_question(library, session)
    if session is None or question is None:
        return Advance(None, (), "void" if session is None else "lost")
    return Advance(session, (question.saying,), "asked")


def flow_of(payload: str) -> str | None:
    """The flow whose question a button belonged to; None if the payload is not one of ours."""
    parts = payload.split(":")
    return parts[1] if len(parts) == 4 and parts[0] == "v1" else None


@dataclass(frozen=True, slots=True)
class _Move:
    to: str
    trail: tuple[str, ...]
    saved: Values | None = None


def _begin(library: Library, session: Session | None, begin: Begin, *, token: str, now: int) -> Running:
    flow = library.get(begin.flow)
    if flow is None:
        return Advance(None, (), "lost", why=f"no flow {begin.flow}")
    interrupted = open_question(library, session) if flow.aside and begin.after is None else None
    turn = Turn(library=library, token=token, now=now, number=1, flow=flow, step=flow.start, values={})
    if begin.after is not None:
        after = library.get(begin.after)
        if after is None:
            return Advance(None, (), "lost", why=f"no flow {begin.after}")
        turn.below.append(Frame(after.name, after.version, after.start, begin.values))
    elif begin.over and session is not None and open_question(library, session) is not None:
        turn.below.extend(session.frames)
    done = yield from _run(turn, begin.values)
    if interrupted is None or done.result != "ended":
        return done
    again = () if interrupted.node.soft else (interrupted.saying,)
    return Advance(session, done.sayings + again, "asked")


def _run(turn: Turn, new: Values | None) -> Running:
    try:
        if new:
            turn.values = merged(turn.values, new)
        while (node := turn.next_node()) is not None:
            if node.kind == "do":
                outcome = yield Call(node.handler, turn.values, turn.flow.name, node.name)
                turn.did(node, outcome)
            elif node.kind == "say":
                turn.say(node)
            elif node.kind == "go":
                turn.go(node)
            else:
                return turn.ask(node)
    except HaltError as halt:
        return turn.halted(halt)
    return Advance(None, tuple(turn.sayings), "ended")


def _with_nothing_open(given: Input) -> Result:
    if isinstance(given, Reply):
        return "unanswered" if given.payload is None else "stale"
    return "void"


def _standing(session: Session, question: Question, result: Result) -> Advance:
    """The end of a turn in which nothing ran: the session stays as it is, or is closed."""
    if result == "stale":
        return Advance(session, (question.saying,), result)
    if result in ("unanswered", "void"):
        return Advance(session, (), result)
    return Advance(None, (), result)


def _move(question: Question, given: Input) -> _Move | Result:
    trail = question.frame.trail
    if isinstance(given, Back):
        return _Move(trail[-2], trail[:-2]) if len(trail) > 1 else "cancelled"
    if isinstance(given, Cancel):
        return "cancelled"
    if isinstance(given, Expired | Withdrawn) and given.token != question.wait.token:
        return "void"
    if isinstance(given, Withdrawn):
        return "withdrawn"
    return "ended" if question.node.timeout_then is None else _Move(question.node.timeout_then, trail)


def _read(question: Question, reply: Reply, reader: Reader) -> _Move | Result:
    """Where an answer leads and what it leaves behind."""
    node = question.node
    if reply.payload is not None:
        index = _tapped(question, reply.payload)
        return "stale" if index is None else _chosen(question, index)
    if reply.contact is not None and node.type == "phone":
        return _answered(question, node.then, reply.contact)
    if reply.text is None:
        return "unanswered"
    offered = question.offers
    index = reader.choice(reply.text, offered) if offered else None
    if index is not None and 0 <= index < len(offered):
        return _chosen(question, index)
    value = None if node.type is None else reader.typed(node.type, reply.text)
    return "unanswered" if value is None else _answered(question, node.then, value)


def _tapped(question: Question, payload: str) -> int | None:
    for index, offer in enumerate(question.offers):
        if offer.payload == payload:
            return index
    return None


def _chosen(question: Question, index: int) -> _Move:
    node = question.node
    if node.options is not None:
        return _answered(question, node.then, options(node, question.frame.values)[index].value)
    label, target = node.labels[index]
    return _answered(question, target, label)


def _answered(question: Question, to: str, value: Value) -> _Move:
    if question.node.save is None:
        return _Move(to, question.frame.trail)
    kept = value[:CHARACTERS] if isinstance(value, str) else value
    return _Move(to, question.frame.trail, {question.node.save: kept})
