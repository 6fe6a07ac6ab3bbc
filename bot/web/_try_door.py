"""Who may open /try: somebody at this very machine, or somebody who has the key."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from hashlib import sha256
from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response

COOKIE = "bentornato_try_key"
_MONTH = 30 * 24 * 3600
_FORWARDING = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip", "via")
_OWN_SITE = ("same-origin", "none")


class Door:
    """Lets loopback in unless a proxy stands before it, and everybody with `key` (`?key=`, then a cookie).

    `at_home`: the server is known by a loopback address only. Behind a public one a proxy may look like loopback, so
    there the key is always asked for.
    """

    def __init__(self, key: str | None, *, at_home: bool = True) -> None:
        self._at_home = at_home
        self._key = key.encode() if key else b""
        self._pass = sha256(b"bentornato /try\0" + self._key).hexdigest() if key else ""

    def admits(self, request: Request) -> bool:
        """Whether this request may see the page."""
        here = self._at_home and _is_here(request)
        return here or self._shows_key(request) or self._has_pass(request)

    def hand_pass(self, request: Request, response: Response) -> None:
        """Who came with the key need not show it again."""
        if self._shows_key(request):
            secure = request.url.scheme == "https"
            response.set_cookie(
                COOKIE, self._pass, max_age=_MONTH, path="/try", httponly=True, samesite="strict", secure=secure
            )

    def _shows_key(self, request: Request) -> bool:
        return bool(self._key) and hmac.compare_digest(request.query_params.get("key", "").encode(), self._key)

    def _has_pass(self, request: Request) -> bool:
        shown = request.cookies.get(COOKIE, "").encode()
        return bool(self._key) and hmac.compare_digest(shown, self._pass.encode())


def is_foreign(headers: Mapping[str, str]) -> bool:
    """Whether a browser says that another site's page makes this request."""
    if headers.get("sec-fetch-site", "none") not in _OWN_SITE:
        return True
    origin = headers.get("origin")
    return origin is not None and urlsplit(origin).netloc.lower() != headers.get("host", "").lower()


def _is_here(request: Request) -> bool:
    """A loopback client that also calls us by a loopback name: a proxy, a tunnel or DNS rebinding does not."""
    if request.client is None or any(name in request.headers for name in _FORWARDING):
        return False
    return _is_loopback(request.client.host) and _is_loopback(_host_name(request.headers.get("host", "")))


def is_loopback_url(url: str) -> bool:
    """Whether a server's own public address names this machine only."""
    return _is_loopback(urlsplit(url).hostname or "")


def _host_name(host: str) -> str:
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


def _is_loopback(name: str) -> bool:
    if name == "localhost":
        return True
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return False
