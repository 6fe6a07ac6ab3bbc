"""The page on which administrators look after the staff: who is limited to markets, after colleagues within them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from starlette.responses import Response

from bot.desk._call import Call, Refused
from bot.desk._context import DeskContext
from bot.desk._people import Person, Unfit, add_staff, change_staff, disable_staff, enable_staff, staff_link
from bot.desk._roles import Permission, markets_of, reaches
from bot.desk._routes import DeskRoute
from bot.desk._set_up import link_url
from bot.desk._words import N_
from storage import staff
from storage.database import Rejected, Transaction
from storage.staff import StaffRow

Result = TypeVar("Result")
ROLE_NAMES = {
    "viewer": N_("Viewer"),
    "agent": N_("Agent"),
    "supervisor": N_("Supervisor"),
    "marketer": N_("Marketer"),
    "admin": N_("Administrator"),
    "auditor": N_("Auditor"),
}
SAVED = N_("Saved.")


def routes(desk: DeskContext) -> list[DeskRoute]:
    """The list, and what can be done with each person."""
    page = _StaffPage(desk)
    asked: dict[str, Callable[[Call], Any]] = {
        "/staff": page.add,
        "/staff/{id}": page.change,
        "/staff/{id}/disable": page.disable,
        "/staff/{id}/enable": page.enable,
        "/staff/{id}/link": page.link,
    }
    posts = [DeskRoute("POST", path, Permission.STAFF, endpoint) for path, endpoint in asked.items()]
    return [DeskRoute("GET", "/staff", Permission.STAFF, page.show), *posts]


@dataclass(frozen=True, slots=True)
class _StaffPage:
    desk: DeskContext

    async def show(self, call: Call) -> Response:
        """Everybody, and a form for somebody new."""
        return await self._page(call)

    async def add(self, call: Call) -> Response:
        """Somebody new; their link is shown this once."""

        def work(transaction: Transaction) -> tuple[StaffRow, str]:
            row = add_staff(transaction, call.form.get("email", ""), self._person(call), by=call.staff.id, now=call.now)
            return row, staff_link(transaction, self.desk.world.keyring, row, by=call.staff.id, now=call.now)

        return await self._linked(call, work)

    async def link(self, call: Call) -> Response:
        """A new link for somebody; it is shown this once."""

        def work(transaction: Transaction) -> tuple[StaffRow, str]:
            row = _known(transaction, call)
            return row, staff_link(transaction, self.desk.world.keyring, row, by=call.staff.id, now=call.now)

        return await self._linked(call, work)

    async def change(self, call: Call) -> Response:
        """What somebody may do, sees and reads."""

        def work(transaction: Transaction) -> None:
            row = _known(transaction, call)
            own = call.session.hash if row.id == call.staff.id else ""
            change_staff(transaction, row, self._person(call), by=call.staff.id, now=call.now, session=own)

        return await self._done(call, work)

    async def disable(self, call: Call) -> Response:
        """At once and everywhere."""
        return await self._done(call, lambda t: disable_staff(t, _known(t, call), by=call.staff.id, now=call.now))

    async def enable(self, call: Call) -> Response:
        """They may sign in again."""
        return await self._done(call, lambda t: enable_staff(t, _known(t, call), by=call.staff.id, now=call.now))

    async def _done(self, call: Call, work: Callable[[Transaction], None]) -> Response:
        try:
            await self._write(work)
        except Unfit as unfit:
            return await self._unfit(call, unfit.text)
        call.sessions.forget(call.number("id"))
        return call.done("/staff", call.gettext(SAVED))

    async def _linked(self, call: Call, work: Callable[[Transaction], tuple[StaffRow, str]]) -> Response:
        try:
            row, token = await self._write(work)
        except Unfit as unfit:
            return await self._unfit(call, unfit.text)
        link = link_url(self.desk.settings.public_url, token)
        if call.wants_json:
            return call.json({"ok": True, "link": link})
        return await self._page(call, link=link, linked=row.name)

    async def _write(self, work: Callable[[Transaction], Result]) -> Result:
        try:
            return await self.desk.database.write(work)
        except Rejected:
            raise Unfit(N_("Somebody has this e-mail address already.")) from None

    async def _unfit(self, call: Call, text: str) -> Response:
        said = call.gettext(text)
        return call.json({"error": said}, 400) if call.wants_json else await self._page(call, 400, said=said)

    async def _page(self, call: Call, status: int = 200, **more: Any) -> Response:
        everybody = await self.desk.database.read(staff.everybody)
        values: dict[str, Any] = {
            "everybody": [(one, markets_of(one)) for one in everybody if reaches(call.staff, markets_of(one))],
            "roles": {name: call.gettext(title) for name, title in ROLE_NAMES.items()},
            "markets": [one for one in self.desk.world.programme.markets if call.sees(one)],
            "is_limited": bool(markets_of(call.staff)),
            "languages": self.desk.words.names(),
        }
        return call.render("staff.html", status, **values, **{"link": None, "linked": None, "said": None, **more})

    def _person(self, call: Call) -> Person:
        markets = tuple(call.sent.lists.get("market", ()))
        if not set(markets) <= set(self.desk.world.programme.markets):
            raise Unfit(N_("There is no such market."))
        if not reaches(call.staff, markets):
            raise Unfit(N_("Choose from your own markets."))
        locale = call.form.get("locale", "en")
        if locale not in self.desk.words.locales:
            raise Unfit(N_("The desk does not speak this language."))
        role = call.form.get("role", "")
        return Person(call.form.get("name", ""), role, markets, locale, telegram_of(call.form.get("telegram", "")))


def telegram_of(text: str) -> int | None:
    """A Telegram user's id as it was typed; None if nothing was."""
    plain = text.strip()
    if not plain:
        return None
    if not (plain.isascii() and plain.isdigit() and len(plain) <= 19):
        raise Unfit(N_("A Telegram id is a number."))
    return int(plain)


def _known(transaction: Transaction, call: Call) -> StaffRow:
    row = staff.by_id(transaction, call.number("id"))
    if row is None or not reaches(call.staff, markets_of(row)):
        raise Refused(404)
    return row
