"""What publishing a new version does to the people in the middle of the old one. Dry run first, never by force."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Literal

from bot.flows._values import NOTHING, Names, needed
from bot.flows.compiled import Flow, Node, compile_flow
from bot.flows.graph import exits
from bot.flows.model import RESERVED, Definition
from bot.flows.session import Frame, Session, Wait

Fate = Literal["keep", "re-ask", "map", "restart"]
"""keep: nothing changes for them · re-ask: the same question, asked anew · map: another step, its question asked ·
restart: the session is closed."""


@dataclass(frozen=True, slots=True)
class Move:
    """What happens to those who stand at one step."""

    step: str
    to: str | None
    fate: Fate
    live: int
    why: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """What happens to every live session of one old version."""

    flow: str
    old: str
    new: str
    moves: Mapping[str, Move] = field(default_factory=dict)

    def counts(self) -> dict[Fate, int]:
        """How many live sessions meet each fate."""
        found: Counter[Fate] = Counter()
        for move in self.moves.values():
            found[move.fate] += move.live
        return {fate: number for fate, number in found.items() if number}

    @property
    def is_harmless(self) -> bool:
        """Whether nobody notices: `serve` publishes such a plan by itself."""
        return self.counts().keys() <= {"keep"}


def plan(old: Definition, new: Definition, live: Sequence[tuple[str, int]]) -> Plan:
    """Compare two versions of a flow; `live` counts the sessions standing at each step of the old one."""
    before, after = compile_flow(old), compile_flow(new)
    counts: Counter[str] = Counter()
    for step, number in live:
        counts[step] += number
    renamed = {step.was: name for name, step in new.steps.items() if step.was is not None}
    standing = dict.fromkeys((*before.nodes, *counts))
    moves = {name: _move(before, after, name, live=counts[name], renamed=renamed) for name in standing}
    return Plan(before.name, before.version, after.version, moves)


def _move(before: Flow, after: Flow, name: str, *, live: int, renamed: Mapping[str, str]) -> Move:
    if name in RESERVED:
        return Move(name, name, "keep", live)
    to = name if name in after.nodes else renamed.get(name)
    old = before.nodes.get(name)
    if old is None or to is None:
        return Move(name, None, "restart", live, f"{name} is gone")
    new = after.nodes[to]
    lacking = sorted(_expected(after, to) - _expected(before, name))
    if lacking:
        return Move(name, None, "restart", live, f"{to} now needs {', '.join(lacking)}")
    if old.kind == "ask" and new.kind != "ask":
        return Move(name, None, "restart", live, f"{to} is no question any more")
    if to != name:
        return Move(name, to, "map", live, f"{name} is now {to}")
    if old.kind == "ask" and old.hash != new.hash:
        return Move(name, to, "re-ask", live, "the question has changed")
    return Move(name, to, "keep", live)


def _expected(flow: Flow, start: str) -> Names:
    """The values that must already be there at a step: those used before a handler can have provided them."""
    expected: set[str] = set()
    seen: dict[str, Names] = {}
    waiting: list[tuple[str, Names]] = [(start, NOTHING)]
    while waiting:
        name, saved = waiting.pop()
        node = flow.nodes.get(name)
        known = seen.get(name)
        if node is None or (known is not None and known <= saved):
            continue
        seen[name] = saved if known is None else known & saved
        expected |= needed(node) - seen[name]
        waiting += [(target, seen[name] | _saved(node)) for target in _before_handlers(node)]
    return frozenset(expected)


def _before_handlers(node: Node) -> Iterable[str]:
    return () if node.kind == "do" else exits(node)


def _saved(node: Node) -> Names:
    return NOTHING if node.save is None else frozenset({node.save})


def migrate(session: Session, plan: Plan) -> Session | None:
    """The session under the new version, the same object if the plan is not about it; None if it must be closed.

    Where the question changed the wait gets a new token, so that old buttons and timers are void: have it asked with
    `engine.repeat` and its time-out set again.
    """
    if not any(_concerned(frame, plan) for frame in session.frames):
        return session
    frames: list[Frame] = []
    for frame in session.frames:
        moved = _moved(frame, plan) if _concerned(frame, plan) else frame
        if moved is None:
            return None
        frames.append(moved)
    return replace(session, frames=tuple(frames), wait=_wait(session, plan))


def _concerned(frame: Frame, plan: Plan) -> bool:
    return (frame.flow, frame.version) == (plan.flow, plan.old)


def _moved(frame: Frame, plan: Plan) -> Frame | None:
    to = _place(frame.step, plan)
    if to is None:
        return None
    trail = tuple(place for step in frame.trail if (place := _place(step, plan)) is not None)
    return replace(frame, version=plan.new, step=to, trail=trail)


def _place(step: str, plan: Plan) -> str | None:
    if step in RESERVED:
        return step
    move = plan.moves.get(step)
    return None if move is None else move.to


def _wait(session: Session, plan: Plan) -> Wait | None:
    top = session.frames[-1]
    if session.wait is None or not _concerned(top, plan) or plan.moves[top.step].fate == "keep":
        return session.wait
    fresh = sha256(f"{session.wait.token}:{plan.new}".encode()).hexdigest()[:16]
    return Wait(fresh, until=session.wait.until)
