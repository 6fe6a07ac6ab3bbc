"""The links on top of every page, those that lead somewhere for whoever looks."""

from __future__ import annotations

from dataclasses import dataclass

from bot.desk._call import Call
from bot.desk._context import PREFIX
from bot.desk._roles import Permission, allows
from bot.desk._words import N_

_PLACES: tuple[tuple[str, str, Permission | None], ...] = (
    ("/", N_("Conversations"), Permission.READ),
    ("/figures", N_("Figures"), Permission.FIGURES),
    ("/staff", N_("Staff"), Permission.STAFF),
    ("/audit", N_("Audit"), Permission.AUDIT),
    ("/me", N_("Me"), None),
)


@dataclass(frozen=True, slots=True)
class Place:
    """A link; `is_here` if its page is the one that is shown."""

    path: str
    title: str
    is_here: bool


def nav(call: Call) -> list[Place]:
    """Where whoever is signed in can go."""
    here = call.request.scope["path"].removeprefix(PREFIX)
    return [
        Place(path, call.gettext(title), _is_here(path, here))
        for path, title, permission in _PLACES
        if permission is None or call.can(permission)
    ]


def home(role: str) -> str:
    """The first page that this role may see."""
    return next(path for path, _, permission in _PLACES if permission is None or allows(role, permission))


def _is_here(path: str, here: str) -> bool:
    if path == "/":
        return here == "/" or here.startswith(("/members/", "/search"))
    return here == path or here.startswith(f"{path}/")
