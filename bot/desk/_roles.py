"""Who may do what at the desk: the permissions, the roles that have them, and the markets a person sees."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum

import orjson

from storage.staff import StaffRow


class Permission(StrEnum):
    """What a page may ask of whoever opens it."""

    READ = "conversations:read"
    TAKE = "conversations:take"
    REPLY = "conversations:reply"
    NOTE = "conversations:note"
    ASSIGN = "conversations:assign"
    """Others' conversations too, and handing them out."""
    EXPORT = "conversations:export"
    POINTS = "points:give"
    FIGURES = "figures:read"
    AUDIT = "audit:read"
    STAFF = "staff:manage"


_AGENT = frozenset(
    {
        Permission.READ,
        Permission.TAKE,
        Permission.REPLY,
        Permission.NOTE,
        Permission.POINTS,
        Permission.FIGURES,
    }
)
ADMIN = "admin"
ROLES: Mapping[str, frozenset[Permission]] = {
    "viewer": frozenset({Permission.READ, Permission.FIGURES}),
    "agent": _AGENT,
    "supervisor": _AGENT | {Permission.ASSIGN, Permission.EXPORT},
    "marketer": frozenset({Permission.FIGURES}),
    ADMIN: frozenset(Permission),
    "auditor": frozenset({Permission.READ, Permission.AUDIT, Permission.EXPORT, Permission.FIGURES}),
}


def allows(role: str, permission: Permission) -> bool:
    """Whether a role has a permission; one that we do not know has none."""
    return permission in ROLES.get(role, frozenset())


def markets_of(staff: StaffRow) -> tuple[str, ...]:
    """The markets a person is limited to; none named: all."""
    return tuple(orjson.loads(staff.markets))


def reaches(staff: StaffRow, markets: Iterable[str]) -> bool:
    """Whether these markets of a colleague (none: all) are within those of a person."""
    own, others = set(markets_of(staff)), set(markets)
    return not own or (bool(others) and others <= own)


def sees(staff: StaffRow, market: str) -> bool:
    """Whether members of this market are theirs to look after."""
    markets = markets_of(staff)
    return not markets or market in markets
