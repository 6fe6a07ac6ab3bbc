"""What everybody settles for themselves: their language and their password."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from starlette.responses import Response

from bot.desk._call import Call
from bot.desk._context import DeskContext
from bot.desk._passwords import objection
from bot.desk._people import Person, Unfit, change_staff, set_password
from bot.desk._roles import markets_of
from bot.desk._routes import SIGNED_IN, DeskRoute
from bot.desk._set_up import UNEQUAL
from bot.desk._staff_pages import ROLE_NAMES, SAVED
from bot.desk._tries import Tries
from bot.desk._words import N_
from storage import staff
from storage.database import Transaction

_WRONG = N_("The present password is wrong.")


def routes(desk: DeskContext) -> list[DeskRoute]:
    """The page and its two forms."""
    page = _Me(desk)
    return [
        DeskRoute("GET", "/me", SIGNED_IN, page.show),
        DeskRoute("POST", "/me", SIGNED_IN, page.change),
        DeskRoute("POST", "/me/password", SIGNED_IN, page.password),
    ]


@dataclass(frozen=True, slots=True)
class _Me:
    desk: DeskContext

    async def show(self, call: Call) -> Response:
        """Both forms."""
        return self._page(call)

    async def change(self, call: Call) -> Response:
        """The language. Their Telegram user is for an administrator to set: it speaks for them in the group."""
        locale = call.form.get("locale", "")
        try:
            if locale not in self.desk.words.locales:
                raise Unfit(N_("The desk does not speak this language."))
            await self.desk.database.write(lambda t: _settle(t, call, locale))
        except Unfit as unfit:
            return self._page(call, unfit.text)
        call.sessions.forget(call.staff.id)
        return call.done("/me", self.desk.words.voice(locale).say(SAVED))

    async def password(self, call: Call) -> Response:
        """A new password; who has it must show the present one."""
        row, form = call.staff, call.form
        tries = Tries.of(self.desk.world.keyring, row.email, f"staff {row.id}")
        wait = await self.desk.database.write(lambda t: tries.begin(t, call.now))
        if wait:
            return call.deny(429)
        if not await self.desk.passwords.is_right(form.get("present", ""), row.password):
            return self._page(call, _WRONG)
        await self.desk.database.write(tries.succeed)
        wrong = objection(form.get("password", ""), email=row.email, name=row.name)
        if wrong is None and form.get("password") != form.get("again"):
            wrong = UNEQUAL
        if wrong is not None:
            return self._page(call, wrong)
        kept = await self.desk.passwords.hash(form["password"])
        own = call.session.hash
        await self.desk.database.write(
            lambda t: set_password(t, staff.by_id(t, row.id) or row, kept, by=row.id, now=call.now, session=own)
        )
        call.sessions.forget(row.id)
        return call.done("/me", call.gettext(SAVED))

    def _page(self, call: Call, wrong: str | None = None) -> Response:
        said = call.gettext(wrong) if wrong is not None else None
        if said is not None and call.wants_json:
            return call.json({"error": said}, 400)
        values: dict[str, Any] = {
            "said": said,
            "role": call.gettext(ROLE_NAMES.get(call.staff.role, call.staff.role)),
            "markets": markets_of(call.staff),
            "languages": self.desk.words.names(),
        }
        return call.render("me.html", 400 if said else 200, **values)


def _settle(transaction: Transaction, call: Call, locale: str) -> None:
    row = staff.by_id(transaction, call.staff.id) or call.staff
    person = Person(row.name, row.role, markets_of(row), locale, row.telegram_id)
    change_staff(transaction, row, person, by=row.id, now=call.now, session=call.session.hash)
