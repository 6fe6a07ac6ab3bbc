"""Where a conversation stands: a stack of flows, the open question if there is one, and its form in the database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from bot.flows.model import Option, Options, Values
from bot.message import Value, pack, unpack


@dataclass(frozen=True, slots=True)
class Frame:
    """One flow of the stack: `step` is where it waits (the top one) or goes on (those below)."""

    flow: str
    version: str
    step: str
    values: Values
    trail: tuple[str, ...] = ()
    """The questions asked on the way here, oldest first, the open one last; what Back walks."""


@dataclass(frozen=True, slots=True)
class Wait:
    """The open question. Its token is in every button and timer made for it, so that old ones are recognised."""

    token: str
    tries: int = 0
    """How many answers did not fit."""
    until: int | None = None
    """When the step's time-out fires (microseconds UTC)."""


@dataclass(frozen=True, slots=True)
class Session:
    """A conversation under way; the last frame is the one that runs."""

    frames: tuple[Frame, ...]
    wait: Wait | None = None
    turns: int = 0


def dump(session: Session) -> str:
    """The session as JSON text. TypeError if a value has no JSON form."""
    wait = session.wait
    row = {
        "frames": [
            [frame.flow, frame.version, frame.step, _pack_all(frame.values), frame.trail] for frame in session.frames
        ],
        "wait": None if wait is None else [wait.token, wait.tries, wait.until],
        "turns": session.turns,
    }
    return orjson.dumps(row).decode()


def load(text: str) -> Session:
    """The inverse of `dump`."""
    row = orjson.loads(text)
    return Session(
        frames=tuple(
            Frame(flow, version, step, _unpack_all(values), tuple(trail))
            for flow, version, step, values, trail in row["frames"]
        ),
        wait=None if row["wait"] is None else Wait(*row["wait"]),
        turns=row["turns"],
    )


def _pack_all(values: Values) -> dict[str, Any]:
    return {name: _pack_one(value) for name, value in values.items()}


def _pack_one(value: Value | Options) -> Any:
    if isinstance(value, tuple):
        return {"options": [[option.label, option.value] for option in value]}
    return pack(value)


def _unpack_all(row: Mapping[str, Any]) -> dict[str, Value | Options]:
    return {name: _unpack_one(value) for name, value in row.items()}


def _unpack_one(value: Any) -> Value | Options:
    if isinstance(value, dict):
        return tuple(Option(label, own) for label, own in value["options"])
    return unpack(value)
