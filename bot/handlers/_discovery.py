"""Declares handlers and finds them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from inspect import getmembers, isfunction
from pkgutil import iter_modules
from typing import Any

from bot.flows.model import Outcome
from bot.handlers._context import Context


@dataclass(frozen=True, slots=True)
class Handler:
    """What a flow's author and the check need to know of a handler."""

    run: Callable[[Context], Outcome]
    outcomes: frozenset[str]
    values: frozenset[str]
    """Values it may answer with, whatever the outcome."""
    writes: bool
    """It changes something: an aside may not call it."""


Run = Callable[[Context], Outcome]


def answers(*outcomes: str, values: tuple[str, ...] = (), writes: bool = False) -> Callable[[Run], Run]:
    """Declare a handler with the labels it may answer and the values it may give."""

    def declare(run: Run) -> Run:
        marked: Any = run
        marked.handler = Handler(run, frozenset(outcomes), frozenset(values), writes)
        return run

    return declare


def discover() -> Mapping[str, Handler]:
    """`module.function` -> handler, for every public module of this folder."""
    found: dict[str, Handler] = {}
    package = import_module("bot.handlers")
    for info in iter_modules(package.__path__):
        if info.name.startswith("_"):
            continue
        module = import_module(f"bot.handlers.{info.name}")
        declared = {name: one.handler for name, one in getmembers(module, isfunction) if hasattr(one, "handler")}
        if not declared:
            raise TypeError(f"bot/handlers/{info.name}.py declares no handler")
        found.update((f"{info.name}.{name}", handler) for name, handler in declared.items())
    return found
