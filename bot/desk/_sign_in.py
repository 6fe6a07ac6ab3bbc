"""Signing in and out."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import unquote

from starlette.responses import RedirectResponse, Response

from bot.desk._call import Call, url
from bot.desk._context import PREFIX, DeskContext
from bot.desk._leaving import LEAVING, RELEASE, held_by, release_all
from bot.desk._nav import home
from bot.desk._routes import OPEN, SIGNED_IN, DeskRoute
from bot.desk._sessions import open_session
from bot.desk._tries import WINDOW, Tries
from bot.desk._words import N_
from bot.takeover import Lease
from storage import audit, staff
from storage.database import Transaction
from storage.staff import StaffRow

WRONG = N_("The e-mail address or the password is wrong.")
WAIT = N_("Too many tries. Try again in %(minutes)s minutes.")
WELCOME = N_("Your password is set. Sign in with it.")
_LONGEST_NEXT = 500
_DECODINGS = 4


def routes(desk: DeskContext) -> list[DeskRoute]:
    """The pages of signing in and out."""
    page = _SignIn(desk)
    return [
        DeskRoute("GET", "/sign-in", OPEN, page.show),
        DeskRoute("POST", "/sign-in", OPEN, page.take),
        DeskRoute("POST", "/sign-out", SIGNED_IN, sign_out),
    ]


@dataclass(frozen=True, slots=True)
class _SignIn:
    desk: DeskContext

    async def show(self, call: Call) -> Response:
        """The form."""
        if call.signed_in is not None:
            return _onward(call.query.get("next", ""), call.staff.role)
        said = call.gettext(WELCOME) if "welcome" in call.query else None
        return _form(call, next_=call.query.get("next", ""), flash=said)

    async def take(self, call: Call) -> Response:
        """Try an address and a password. What is answered tells not whether the address is anybody's."""
        email, password = tidy_email(call.form.get("email", "")), call.form.get("password", "")
        client = call.request.client.host if call.request.client else ""
        tries = Tries.of(self.desk.world.keyring, email, client)
        wait = await self.desk.database.write(lambda t: tries.begin(t, call.now))
        if wait:
            said = call.gettext(WAIT, minutes=-(-wait // 60))
            return _form(call, 429, {"retry-after": str(wait)}, said=said)
        person = await self.desk.database.read(lambda t: staff.by_email(t, email))
        kept = person.password if person is not None and person.disabled_at is None else None
        if await self.desk.passwords.is_right(password, kept) and person is not None:
            cookie = await self.desk.database.write(partial(_signed_in, call=call, person=person, tries=tries))
            if cookie is not None:
                return _welcome(call, person, cookie)
        await self.desk.database.write(partial(_failed, person=person, now=call.now))
        return _form(call, 401, said=call.gettext(WRONG))


def _signed_in(transaction: Transaction, call: Call, person: StaffRow, tries: Tries) -> str | None:
    """The new sign-in's cookie; None if the person has changed while the password was compared."""
    row = staff.by_id(transaction, person.id)
    if row is None or (row.password, row.disabled_at) != (person.password, person.disabled_at):
        return None
    before = call.request.cookies.get(call.wears["cookies"].session, "")
    tries.succeed(transaction)
    staff.sweep(transaction, call.now, **call.sessions.over(call.now), before=call.now - WINDOW)
    audit.record(transaction, staff_id=person.id, action="signed_in", now=call.now)
    return open_session(transaction, person.id, call.now, instead_of=before)


def _failed(transaction: Transaction, person: StaffRow | None, now: int) -> None:
    detail = {"staff": str(person.id)} if person is not None else {}
    audit.record(transaction, staff_id=None, action="sign_in_failed", detail=detail, now=now)


def _welcome(call: Call, person: StaffRow, cookie: str) -> Response:
    response = _onward(call.form.get("next", ""), person.role)
    call.sessions.forget(person.id)
    cookies = call.wears["cookies"]
    cookies.put(response, cookies.session, cookie)
    cookies.drop(response, cookies.door)
    return response


async def sign_out(call: Call) -> Response:
    """End this sign-in; who still has conversations first says what becomes of them."""
    digest, staff_id, then = call.session.hash, call.staff.id, call.form.get("conversations", "")
    if then not in LEAVING and (held := await call.desk.database.read(lambda t: held_by(t, staff_id))):
        return call.render("sign_out.html", held=held)

    def work(transaction: Transaction) -> None:
        if then == RELEASE:
            release_all(transaction, Lease.of(call.desk.world.programme), staff_id, call.now)
        staff.close_session(transaction, digest)
        audit.record(transaction, staff_id=staff_id, action="signed_out", now=call.now)

    await call.desk.database.write(work)
    call.sessions.forget(staff_id)
    response = call.done("/sign-in")
    call.wears["cookies"].drop(response, call.wears["cookies"].session)
    return response


def _form(
    call: Call, status: int = 200, headers: dict[str, str] | None = None, *, said: str | None = None, **more: Any
) -> Response:
    values = {
        "said": said,
        "email": call.form.get("email", "")[:200],
        "next": safe_next(more.get("next_") or call.form.get("next", "")) or "",
    }
    return call.render("sign_in.html", status, headers, flash=more.get("flash"), **values)


def _onward(wanted: str, role: str) -> Response:
    return RedirectResponse(safe_next(wanted) or url(home(role)), status_code=303)


def tidy_email(text: str) -> str:
    """As it is kept: small letters, without what stands around it."""
    return text.strip().lower()[:200]


def safe_next(text: str) -> str | None:
    """A path of the desk that somebody may be sent to after signing in; None for everything else.

    What a browser may read as another host (`//`, a backslash, a scheme) is refused, however often it is encoded.
    """
    if not text.startswith(f"{PREFIX}/") or len(text) > _LONGEST_NEXT:
        return None
    plain = text
    for _ in range(_DECODINGS):
        if not plain.isprintable() or "\\" in plain or "//" in plain or ".." in plain or " " in plain:
            return None
        plain = unquote(plain)
    return text if re.fullmatch(r"[!-~]+", text) and unquote(plain) == plain else None
