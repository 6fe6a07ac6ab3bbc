"""The desk over a real database, staff who are signed in, and what a browser does: cookies and forms."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any

import httpx

from bot.desk import _audit_page, _brand, _me, _set_up, _sign_in, _staff_pages, _static
from bot.desk._build import build_desk
from bot.desk._context import DeskContext
from bot.desk._people import Person, add_staff
from bot.desk._sessions import open_session
from bot.desk._words import Words
from storage.database import Database
from storage.staff import StaffRow
from tests.builders import Clock, query, settings, world

ORIGIN = "https://desk.test"
PASSWORD = "correct horse battery"
WORDS = Words.load()
_OWN = (_audit_page, _brand, _me, _set_up, _sign_in, _staff_pages, _static)
"""What everybody has; the pages of conversations have tests of their own."""
_numbers = count(1)
_HASHES: dict[str, str] = {}
"""Making one is slow on purpose."""
_CSRF = re.compile(r'name="csrf" value="([^"]+)"')


@dataclass
class Browser:
    """Somebody's browser at the desk."""

    client: httpx.AsyncClient
    staff: StaffRow | None = None
    csrf: str = ""

    async def get(self, path: str, **headers: str) -> httpx.Response:
        return await self.client.get(f"/desk{path}", headers={name.replace("_", "-"): v for name, v in headers.items()})

    async def post(
        self, path: str, form: Mapping[str, Any] | None = None, *, csrf: str | None = None, **headers: str
    ) -> httpx.Response:
        token = self.csrf if csrf is None else csrf
        return await self.client.post(
            f"/desk{path}",
            data={**(form or {}), **({"csrf": token} if token else {})},
            headers={name.replace("_", "-"): value for name, value in headers.items()},
        )

    async def page(self, path: str) -> str:
        """A page that must be there; its token is the browser's from now on."""
        answer = await self.get(path)
        assert answer.status_code == 200, answer.text
        found = _CSRF.search(answer.text)
        self.csrf = found[1] if found else self.csrf
        return answer.text

    async def signs_in(self, email: str, password: str = PASSWORD, **form: str) -> httpx.Response:
        await self.page("/sign-in")
        return await self.post("/sign-in", {"email": email, "password": password, **form})


@dataclass
class Office:
    """The desk, and who works there."""

    database: Database
    clock: Clock = field(default_factory=Clock)
    public_url: str = ORIGIN
    browsers: list[Browser] = field(default_factory=list)

    def __post_init__(self) -> None:
        known = settings(public_url=self.public_url)
        here = replace(world(), settings=known)
        self.context = DeskContext(self.database, here, {}, known, self.clock, hub=None, words=WORDS)
        self.app = build_desk(self.context, [route for one in _OWN for route in one.routes(self.context)])

    def browser(self, host: str = "192.0.2.7", **headers: str) -> Browser:
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False, client=(host, 4711), root_path="/desk")
        browser = Browser(httpx.AsyncClient(transport=transport, base_url=self.public_url, headers=headers))
        self.browsers.append(browser)
        return browser

    async def hires(self, role: str = "agent", *, password: str | None = None, **more: Any) -> StaffRow:
        """Somebody new; with `password` they can sign in by themselves."""
        email = more.pop("email", f"p{next(_numbers)}@desk.test")
        if password and password not in _HASHES:
            _HASHES[password] = await self.context.passwords.hash(password)
        kept = _HASHES[password] if password else "argon2 of nothing"
        person = Person(more.pop("name", "Paola"), role, **more)
        return await self.database.write(
            lambda t: add_staff(t, email, person, by=None, now=self.clock(), password=kept)
        )

    async def seats(self, row: StaffRow) -> Browser:
        """A browser in which this person is signed in."""
        browser = self.browser()
        cookie = await self.database.write(lambda t: open_session(t, row.id, self.clock()))
        browser.client.cookies.set("__Host-bentornato" if "https" in self.public_url else "bentornato_desk", cookie)
        browser.staff = row
        browser.csrf = (await self.rows("select csrf from staff_session order by created_at desc, rowid desc"))[0][0]
        return browser

    async def somebody(self, role: str = "agent", **more: Any) -> Browser:
        return await self.seats(await self.hires(role, **more))

    async def rows(self, words: str) -> list[tuple[Any, ...]]:
        statement = query(words)
        return await self.database.read(lambda transaction: transaction.all(statement))

    async def done(self) -> list[str]:
        """The actions in the audit, oldest first."""
        return [row[0] for row in await self.rows("select action from audit_entry order by id")]

    async def close(self) -> None:
        for browser in self.browsers:
            await browser.client.aclose()
