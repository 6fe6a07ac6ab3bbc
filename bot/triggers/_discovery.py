"""Finds the trigger modules of this folder."""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from pkgutil import iter_modules
from typing import Protocol

from bot.permission import Occasion
from loyalty.markets import MarketProfile
from loyalty.programme import Programme
from storage.database import Transaction

_REQUIRED = ("NAME", "FLOW", "due")


class Due(Protocol):
    """Who is due now and not recorded yet."""

    def __call__(
        self, transaction: Transaction, *, now: int, programme: Programme, markets: Mapping[str, MarketProfile]
    ) -> list[Occasion]: ...


@dataclass(frozen=True, slots=True)
class Trigger:
    """What a trigger module offers."""

    name: str
    flow: str
    due: Due


def discover() -> tuple[Trigger, ...]:
    """Every public module here, by file name; a module that lacks part of the contract fails the start."""
    found: list[Trigger] = []
    package = import_module("bot.triggers")
    for info in iter_modules(package.__path__):
        if info.name.startswith("_"):
            continue
        module = import_module(f"bot.triggers.{info.name}")
        missing = [name for name in _REQUIRED if not hasattr(module, name)]
        if missing:
            raise TypeError(f"bot/triggers/{info.name}.py lacks {', '.join(missing)}")
        found.append(Trigger(module.NAME, module.FLOW, module.due))
    return tuple(found)
