"""Finds the channel modules of this folder."""

from collections.abc import Mapping
from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType

_REQUIRED = ("NAME", "parse", "build")


def discover() -> Mapping[str, ModuleType]:
    """Channel name -> module, for every public module here; one that lacks part of the contract fails the start."""
    found: dict[str, ModuleType] = {}
    package = import_module("bot.channels")
    for info in iter_modules(package.__path__):
        if info.name.startswith("_"):
            continue
        module = import_module(f"bot.channels.{info.name}")
        missing = [name for name in _REQUIRED if not hasattr(module, name)]
        if missing:
            raise TypeError(f"bot/channels/{info.name}.py lacks {', '.join(missing)}")
        found[module.NAME] = module
    return found
