"""What stands before every page: security headers, who is signed in, where a POST comes from, and who may come in."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import urlencode, urlsplit

import structlog
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.desk._call import Call, Refused
from bot.desk._context import PREFIX, DeskContext
from bot.desk._form import BadForm, read_form
from bot.desk._roles import Permission, allows
from bot.desk._routes import OPEN, DeskRoute
from bot.desk._sessions import Sessions, SignedIn
from loyalty.tokens import hashed
from storage.database import StorageError

_log = structlog.get_logger()
_OWN_SITE = ("same-origin", "none")
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; media-src 'self'; "
    "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
_HEADERS = {
    "content-security-policy": _POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cache-control": "no-store",
    "x-frame-options": "DENY",
    "x-robots-tag": "noindex",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}
_TRANSPORT = "max-age=31536000"
_KEPT = ("content-security-policy", "cache-control")
"""What a response may say for itself: a file is kept, a logo is shut in tighter still."""


class Headers:
    """The outermost layer: security headers on every response, whatever made it."""

    def __init__(self, app: ASGIApp, is_https: bool) -> None:
        self._app = app
        self._more = {"strict-transport-security": _TRANSPORT} if is_https else {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                self.put(MutableHeaders(scope=message))
            await send(message)

        await self._app(scope, receive, sending if scope["type"] == "http" else send)

    def put(self, headers: MutableHeaders) -> None:
        """Add them to these headers."""
        for name, value in {**_HEADERS, **self._more}.items():
            if name not in _KEPT or name not in headers:
                headers[name] = value


@dataclass(frozen=True, slots=True)
class Cookies:
    """The names of our cookies, and whether they are for https only."""

    is_https: bool

    @property
    def session(self) -> str:
        """Holds the sign-in."""
        return "__Host-bentornato" if self.is_https else "bentornato_desk"

    @property
    def door(self) -> str:
        """Ties the forms of somebody who is not signed in to their browser."""
        return f"{self.session}_door"

    def put(self, response: Response, name: str, value: str) -> None:
        """For as long as the browser is open."""
        response.set_cookie(name, value, path="/", secure=self.is_https, httponly=True, samesite="lax")

    def drop(self, response: Response, name: str) -> None:
        """Take it back."""
        response.delete_cookie(name, path="/", secure=self.is_https, httponly=True, samesite="lax")


class Guard:
    """Lets requests through to their endpoints, or refuses them."""

    def __init__(self, desk: DeskContext, sessions: Sessions, cookies: Cookies, wears: dict[str, Any]) -> None:
        self._desk = desk
        self._sessions = sessions
        self._cookies = cookies
        self._wears = wears
        self._own = urlsplit(desk.settings.public_url).netloc.lower()

    def endpoint(self, route: DeskRoute) -> Callable[[Request], Awaitable[Response]]:
        """The route's endpoint behind everything that is checked before it."""
        return partial(self._answer, route)

    async def _answer(self, route: DeskRoute, request: Request) -> Response:
        call = self._call(request, None)
        try:
            call = self._call(request, await self._signed_in(request, call.now))
            self._admit(route, call)
            if request.method == "POST" and not route.is_webhook:
                call.sent = await read_form(request, route.most_bytes)
                self._check_token(call)
            response = await route.endpoint(call)
        except Refused as refused:
            response = self._refuse(call, refused)
        except BadForm as bad:
            response = call.deny(bad.status)
        except StorageError as error:
            _log.warning("the desk's database failed", path=route.path, error=type(error).__name__)
            response = call.deny(503)
        except Exception:
            _log.exception("the desk failed", path=route.path)
            response = call.deny(500)
        self._tie(call, response)
        return response

    async def lost(self, request: Request, status: int) -> Response:
        """The answer to what is no route of ours; the desk without its last slash leads to it."""
        if request.scope["path"] == PREFIX:
            return RedirectResponse(f"{PREFIX}/", status_code=303)
        try:
            signed_in = await self._signed_in(request, self._desk.clock())
        except StorageError:
            signed_in = None
        return self._call(request, signed_in).deny(status)

    async def _signed_in(self, request: Request, now: int) -> SignedIn | None:
        cookie = request.cookies.get(self._cookies.session, "")
        return await self._sessions.find(cookie, now) if cookie else None

    def _call(self, request: Request, signed_in: SignedIn | None) -> Call:
        words = self._desk.words
        locale = signed_in.staff.locale if signed_in else words.wanted(request.headers.get("accept-language", ""))
        csrf = signed_in.session.csrf if signed_in else self._door_token(request)
        now = self._desk.clock()
        return Call(self._desk, self._sessions, request, now, words.voice(locale), signed_in, csrf, wears=self._wears)

    def _admit(self, route: DeskRoute, call: Call) -> None:
        if call.request.method == "POST" and not route.is_webhook and self._is_foreign(call.request):
            raise Refused(403)
        if route.rule is OPEN:
            return
        if call.signed_in is None:
            raise Refused(401)
        if isinstance(route.rule, Permission) and not allows(call.staff.role, route.rule):
            raise Refused(403)

    def _is_foreign(self, request: Request) -> bool:
        """Whether a browser says that another site's page makes this request."""
        if request.headers.get("sec-fetch-site", "none") not in _OWN_SITE:
            return True
        origin = request.headers.get("origin")
        if origin is None:
            return False
        return urlsplit(origin).netloc.lower() not in (self._own, request.headers.get("host", "").lower())

    def _check_token(self, call: Call) -> None:
        shown = call.request.headers.get("x-csrf-token") or call.form.get("csrf", "")
        if not call.csrf or not hmac.compare_digest(shown.encode(), call.csrf.encode()):
            raise Refused(403, call.gettext("This page is too old. Load it again and repeat what you did."))

    def _refuse(self, call: Call, refused: Refused) -> Response:
        if refused.status == 401 and not (call.wants_json or call.wants_events):
            path, query = call.request.scope["path"], call.request.url.query
            here = f"{path}?{query}" if query else path
            return call.redirect("/sign-in" + (f"?{urlencode({'next': here})}" if call.request.method == "GET" else ""))
        response = call.deny(refused.status, refused.said)
        response.headers.update(refused.headers)
        return response

    def _door_token(self, request: Request) -> str:
        """The token of the forms of somebody who is not signed in: made of a cookie that only their browser has."""
        door = request.cookies.get(self._cookies.door) or secrets.token_urlsafe(24)
        request.scope["bentornato.door"] = door
        return hashed(self._desk.world.keyring, "desk door", door)

    def _tie(self, call: Call, response: Response) -> None:
        """A page with a form that is not signed in leaves the cookie that its token is made of."""
        door = call.request.scope.get("bentornato.door")
        is_page = (response.media_type or "").startswith("text/html")
        if is_page and call.signed_in is None and door and self._cookies.door not in call.request.cookies:
            self._cookies.put(response, self._cookies.door, door)
