"""The one-time links: the very first administrator's, and those with which invited people choose a password."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

from starlette.responses import Response

from bot.desk._call import Call, Refused
from bot.desk._context import PREFIX, DeskContext
from bot.desk._passwords import objection
from bot.desk._people import FIRST_LIFE, Person, Unfit, add_staff, checked_email, give_link, link_hash, set_password
from bot.desk._roles import ADMIN
from bot.desk._routes import OPEN, DeskRoute
from bot.desk._words import N_
from loyalty.tokens import Keyring
from storage import staff
from storage.database import Database, Transaction
from storage.staff import LinkRow, StaffRow

GONE = N_("This link has been used, or it is too old. Ask for a new one.")
UNEQUAL = N_("The two passwords are not the same.")


async def first_link(database: Database, keyring: Keyring, public_url: str, now: int) -> str | None:
    """A link that makes the first administrator, for a day; None if there is any staff. Older ones die."""

    def work(transaction: Transaction) -> str | None:
        if staff.is_anybody(transaction):
            staff.drop_links(transaction, None)
            return None
        return give_link(transaction, keyring, None, now + FIRST_LIFE)

    token = await database.write(work)
    return link_url(public_url, token) if token is not None else None


def link_url(public_url: str, token: str) -> str:
    """Where a link's token is used."""
    return f"{public_url}{PREFIX}/set-up/{token}"


def routes(desk: DeskContext) -> list[DeskRoute]:
    """The page behind such a link."""
    page = _SetUp(desk)
    return [
        DeskRoute("GET", "/set-up/{token}", OPEN, page.show),
        DeskRoute("POST", "/set-up/{token}", OPEN, page.take),
    ]


@dataclass(frozen=True, slots=True)
class _Invited:
    """Whose link it is; `person` None: nobody's yet."""

    link: LinkRow
    person: StaffRow | None


@dataclass(frozen=True, slots=True)
class _SetUp:
    desk: DeskContext

    async def show(self, call: Call) -> Response:
        """The form. Looking does not use the link."""
        return _form(call, await self._invited(call))

    async def take(self, call: Call) -> Response:
        """Use the link."""
        invited = await self._invited(call)
        said = _wrong(call, invited)
        if said is not None:
            return _form(call, invited, said)
        kept = await self.desk.passwords.hash(call.form["password"])
        try:
            staff_id = await self.desk.database.write(partial(_use, call=call, invited=invited, kept=kept))
        except Unfit as unfit:
            return _form(call, invited, unfit.text)
        call.sessions.forget(staff_id)
        return call.redirect("/sign-in?welcome")

    async def _invited(self, call: Call) -> _Invited:
        digest = link_hash(self.desk.world.keyring, call.path("token"))
        found = await self.desk.database.read(partial(_look, digest=digest, now=call.now))
        if found is None:
            raise Refused(404, call.gettext(GONE))
        return found


def _look(transaction: Transaction, digest: str, now: int) -> _Invited | None:
    link = staff.link(transaction, digest, now)
    if link is None:
        return None
    if link.staff_id is None:
        return None if staff.is_anybody(transaction) else _Invited(link, None)
    person = staff.by_id(transaction, link.staff_id)
    return _Invited(link, person) if person is not None and person.disabled_at is None else None


def _wrong(call: Call, invited: _Invited) -> str | None:
    """What is wrong with what they sent, as a marked text."""
    person, password = invited.person, call.form.get("password", "")
    email = person.email if person is not None else call.form.get("email", "")
    name = person.name if person is not None else call.form.get("name", "")
    try:
        if person is None:
            email = checked_email(email)
            Person(name, ADMIN).checked()
    except Unfit as unfit:
        return unfit.text
    return objection(password, email=email, name=name) or (UNEQUAL if password != call.form.get("again", "") else None)


def _use(transaction: Transaction, call: Call, invited: _Invited, kept: str) -> int:
    """Take the link away and do what it is for. Of two at the same time the second finds it gone."""
    if not staff.use_link(transaction, invited.link.hash, call.now):
        raise Refused(404, call.gettext(GONE))
    if invited.person is None:
        if staff.is_anybody(transaction):
            raise Refused(404, call.gettext(GONE))
        first = Person(call.form["name"], ADMIN, locale=call.voice.locale)
        return add_staff(transaction, call.form["email"], first, by=None, now=call.now, password=kept).id
    row = staff.by_id(transaction, invited.person.id)
    if row is None or row.disabled_at is not None:
        raise Refused(404, call.gettext(GONE))
    set_password(transaction, row, kept, by=row.id, now=call.now)
    return row.id


def _form(call: Call, invited: _Invited, said: str | None = None) -> Response:
    person = invited.person
    values: dict[str, Any] = {
        "action": f"/set-up/{call.path('token')}",
        "is_first": person is None,
        "name": person.name if person is not None else call.form.get("name", "")[:100],
        "email": person.email if person is not None else call.form.get("email", "")[:200],
        "said": call.gettext(said) if said is not None else None,
    }
    return call.render("set_up.html", 400 if said else 200, flash=None, **values)
