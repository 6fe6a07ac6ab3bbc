"""Whom a request means: a member by id, by what they show, or by what the till knows of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Discriminator, Tag

from bot.api._desk import Desk
from bot.api._problems import Problem, too_many
from bot.api._shapes import Id, In, Phone, Secret
from loyalty.codes import read_card
from storage import members
from storage.members import MemberRow


class ById(In):
    """The member's id, from a look-up."""

    id: Id


class ByQr(In):
    """The QR on the member's phone, as it was scanned. It is used up."""

    qr: Secret


class ByCode(In):
    """The six digits the member reads out. They are used up."""

    code: Secret


class ByCard(In):
    """The thirteen digits of the printed card."""

    card: Secret


class ByPhone(In):
    """The member's phone."""

    phone: Phone


def _which(value: Any) -> str | None:
    if isinstance(value, Mapping):
        return next((name for name in ("id", "qr", "code", "card", "phone") if name in value), None)
    return next((name for name in type(value).model_fields), None) if isinstance(value, In) else None


Shown = Annotated[
    Annotated[ByQr, Tag("qr")]
    | Annotated[ByCode, Tag("code")]
    | Annotated[ByCard, Tag("card")]
    | Annotated[ByPhone, Tag("phone")],
    Discriminator(_which),
]
"""What a member shows or tells at the till."""
Whom = Annotated[
    Annotated[ById, Tag("id")] | Annotated[ByCard, Tag("card")] | Annotated[ByPhone, Tag("phone")],
    Discriminator(_which),
]
"""Somebody who earns: nothing of these proves who they are."""


def member_of(desk: Desk, whom: ById | ByCard | ByPhone) -> MemberRow:
    """The member; one that is not there, or not for this key, raises a `Problem`."""
    found = known(desk, whom)
    if found is None:
        raise Problem("not-found")
    return found


def known(desk: Desk, whom: ById | ByCard | ByPhone) -> MemberRow | None:
    """The member, or None for a phone that is nobody's (yet): a guest's."""
    if isinstance(whom, ById):
        return desk.member(whom.id)
    if isinstance(whom, ByCard):
        return _of_card(desk, whom.card)
    row = members.by_phone(desk.transaction, whom.phone)
    found = members.current(desk.transaction, row.id) if row is not None else None
    return desk.visible(found) if found is not None and found.is_active else None


def _of_card(desk: Desk, card: str) -> MemberRow:
    """The member of a printed card; a wrong number counts as a wrong code."""
    if desk.wait:
        raise too_many(desk.wait)
    number = read_card(card)
    row = members.by_card(desk.transaction, number) if number is not None else None
    found = members.current(desk.transaction, row.id) if row is not None else None
    if found is None or not found.is_active or not desk.sees(found.market):
        raise Problem("not-found", guessed=True)
    return found
