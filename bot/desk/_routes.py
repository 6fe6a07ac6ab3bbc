"""The routes of the desk. Every module of the folder may offer `routes(desk)`; each route says who may come in."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from importlib import import_module
from pkgutil import iter_modules
from re import sub

from starlette.responses import Response

import bot.desk
from bot.desk._call import Call
from bot.desk._context import PREFIX, DeskContext
from bot.desk._roles import Permission

__all__ = ["OPEN", "PREFIX", "SIGNED_IN", "Call", "DeskContext", "DeskRoute", "Permission", "Rule", "discover"]

Endpoint = Callable[[Call], Awaitable[Response]]
FORM_BYTES = 64 * 1024
METHODS = ("GET", "POST")


class Door(StrEnum):
    """A rule that asks for no permission."""

    OPEN = "open"
    SIGNED_IN = "signed in"


OPEN, SIGNED_IN = Door.OPEN, Door.SIGNED_IN
"""Without signing in; whoever is signed in."""
Rule = Permission | Door


class RoutesError(Exception):
    """The routes of the desk do not fit together."""


@dataclass(frozen=True, slots=True)
class DeskRoute:
    """One thing that can be asked: `path` begins with `/` and is below the desk's own."""

    method: str
    path: str
    rule: Rule
    endpoint: Endpoint
    most_bytes: int = FORM_BYTES
    """The longest body it takes."""
    is_webhook: bool = False
    """A provider calls it, without cookies or a page of ours: the endpoint reads and checks the body by itself."""


def discover(desk: DeskContext) -> list[DeskRoute]:
    """The routes of every module of this folder that offers any, checked."""
    found: list[DeskRoute] = []
    for info in sorted(iter_modules(bot.desk.__path__), key=lambda info: info.name):
        module = import_module(f"bot.desk.{info.name}")
        if hasattr(module, "routes"):
            found += module.routes(desk)
    return checked(found)


def checked(routes: Iterable[DeskRoute]) -> list[DeskRoute]:
    """The same routes, fixed paths before those with a part that varies, if each has a rule and none clash."""
    known: dict[tuple[str, str], DeskRoute] = {}
    for route in routes:
        named = f"{route.method} {route.path}"
        if not isinstance(route.rule, Permission | Door):
            raise RoutesError(f"{named}: no rule says who may come in")
        if route.method not in METHODS or not route.path.startswith("/"):
            raise RoutesError(f"{named}: a route is GET or POST and its path begins with /")
        if route.is_webhook and route.rule is not OPEN:
            raise RoutesError(f"{named}: a provider is not signed in")
        before = known.setdefault((route.method, sub(r"{[^}]*}", "{}", route.path)), route)
        if before is not route:
            raise RoutesError(f"{named}: clashes with {before.method} {before.path}")
    return sorted(known.values(), key=lambda route: ("{" in route.path, route.path))
