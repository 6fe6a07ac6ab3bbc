"""One request at the desk, as an endpoint sees it: who asks, what they sent, and how to answer them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bot.desk._context import PREFIX, DeskContext
from bot.desk._form import Form
from bot.desk._roles import Permission, allows, sees
from bot.desk._sessions import Sessions, SignedIn
from bot.desk._words import N_, Voice
from storage import audit
from storage.staff import SessionRow, StaffRow

_LARGEST = 2**63 - 1
SAID: Mapping[int, str] = {
    400: N_("That was not understood."),
    401: N_("Sign in first."),
    403: N_("You may not do that."),
    404: N_("There is nothing here."),
    405: N_("That cannot be done here."),
    408: N_("That took too long to arrive."),
    409: N_("Somebody else was quicker."),
    413: N_("That is too large."),
    429: N_("Too many tries. Wait a little."),
    503: N_("The database is away. Try again in a moment."),
}
FAILED = N_("Something went wrong here. It is written down.")
"""What is told for any other status."""


class Refused(Exception):
    """The request is answered with this status; `said` is in their language (None: the usual words)."""

    def __init__(self, status: int, said: str | None = None, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(str(status))
        self.status = status
        self.said = said
        self.headers = dict(headers or {})


@dataclass(slots=True)
class Call:
    """A request. `form` is what a POST brought; `csrf` is what its forms must bring back."""

    desk: DeskContext
    sessions: Sessions
    request: Request
    now: int
    voice: Voice
    signed_in: SignedIn | None
    csrf: str
    sent: Form = field(default_factory=Form)
    wears: dict[str, Any] = field(default_factory=dict)
    """What every page shows besides: the brand, the version of its files."""

    @property
    def staff(self) -> StaffRow:
        """Who asks; only behind a route that is not open."""
        assert self.signed_in is not None
        return self.signed_in.staff

    @property
    def session(self) -> SessionRow:
        """The sign-in they came with; only behind a route that is not open."""
        assert self.signed_in is not None
        return self.signed_in.session

    @property
    def form(self) -> Mapping[str, str]:
        """The fields that were sent, each with its last value."""
        return self.sent.fields

    @property
    def query(self) -> Mapping[str, str]:
        """What follows the question mark."""
        return self.request.query_params

    @property
    def wants_json(self) -> bool:
        """Whether our own script asks."""
        return self.request.headers.get("x-desk") == "fetch"

    @property
    def wants_events(self) -> bool:
        """Whether the page listens for events."""
        return "text/event-stream" in self.request.headers.get("accept", "")

    def path(self, name: str) -> str:
        """A part of the address."""
        return str(self.request.path_params[name])

    def number(self, name: str) -> int:
        """A part of the address that is an id; what can be none is not found."""
        found = _id(self.path(name))
        if found is None:
            raise Refused(404)
        return found

    def asked(self, name: str) -> int | None:
        """An id or an instant in the query; None if there is none."""
        return _id(self.query.get(name, ""))

    def gettext(self, text: str, /, **values: Any) -> str:
        """The text in the language of whoever asks."""
        return self.voice.say(text, **values)

    @property
    def _(self) -> Callable[..., str]:
        """The same, by its usual name."""
        return self.voice.say

    def ngettext(self, one: str, other: str, number: int, /, **values: Any) -> str:
        """The form for a number, which is `%(num)s`."""
        return self.voice.count(one, other, number, **values)

    def can(self, permission: Permission) -> bool:
        """Whether whoever asks has this permission."""
        return self.signed_in is not None and allows(self.signed_in.staff.role, permission)

    def sees(self, market: str) -> bool:
        """Whether whoever asks looks after this market."""
        return self.signed_in is not None and sees(self.signed_in.staff, market)

    async def audit(self, action: str, member_id: int | None = None, **detail: Any) -> None:
        """Write down that somebody saw something. What changes something records it in its own transaction."""
        staff_id = self.staff.id
        await self.desk.database.write(
            lambda t: audit.record(
                t, staff_id=staff_id, action=action, member_id=member_id, detail=detail, now=self.now
            )
        )

    async def saw(self, action: str, member_id: int | None = None, **detail: Any) -> None:
        """The same, unless they did it a few minutes ago: pages are loaded often."""
        look = (self.staff.id, action, member_id)
        if self.desk.looks.is_new(look, self.now):
            await self.audit(action, member_id, **detail)
            self.desk.looks.keep(look, self.now)

    async def is_alive(self) -> bool:
        """Whether the sign-in still counts; asking does not keep it alive."""
        cookie = self.request.cookies.get(self.wears["cookies"].session, "")
        return await self.sessions.find(cookie, self.desk.clock(), using=False) is not None

    def fragment(self, template: str, **values: Any) -> str:
        """The HTML of a template, with what every page knows."""
        return self.voice.fragment(template, **self._shown(), **values)

    def render(
        self, template: str, status: int = 200, headers: Mapping[str, str] | None = None, **values: Any
    ) -> Response:
        """A whole page."""
        flash = self.sessions.flashed(self.signed_in) if self.signed_in is not None else None
        html = self.fragment(template, **{"flash": flash, **values})
        return Response(html, status, dict(headers or {}), "text/html; charset=utf-8")

    def _shown(self) -> dict[str, Any]:
        return {
            "call": self,
            "can": self.can,
            "csrf": self.csrf,
            "locale": self.voice.locale,
            "lang": self.voice.tag,
            "dir": self.voice.direction,
            "now": self.now,
            "Permission": Permission,
            "staff": self.signed_in.staff if self.signed_in is not None else None,
            "url": url,
            **self.wears,
        }

    def json(self, row: Mapping[str, Any], status: int = 200) -> Response:
        """An answer for our own script."""
        return Response(orjson.dumps(row), status, media_type="application/json")

    def redirect(self, path: str) -> Response:
        """To another page of the desk; `path` is below it and begins with one slash."""
        return RedirectResponse(url(path), status_code=303)

    def done(self, path: str, said: str | None = None, **row: Any) -> Response:
        """What a POST answers when it is done: JSON for our script, else the page at `path`, which tells `said`."""
        if self.wants_json:
            return self.json({"ok": True, **row})
        if said is not None and self.signed_in is not None:
            self.sessions.flash(self.signed_in, said)
        return self.redirect(path)

    def deny(self, status: int = 403, said: str | None = None) -> Response:
        """A refusal: a page, or JSON for our script. `said` is already in their language."""
        text = said or self.gettext(SAID.get(status, FAILED))
        if self.wants_json or self.wants_events:
            return self.json({"error": text}, status)
        return self.render("error.html", status, said=text, flash=None)


def url(path: str) -> str:
    """The whole path of a page of the desk."""
    return f"{PREFIX}{path}"


def _id(text: str) -> int | None:
    if not (text.isascii() and text.isdigit() and len(text) <= 19):
        return None
    found = int(text)
    return found if found <= _LARGEST else None
