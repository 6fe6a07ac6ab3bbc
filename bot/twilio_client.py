"""Twilio's two directions: the signature of what it posts to us, and the REST client through which we call it.

The library's own pieces are replaced where they cost or fail: its validator takes fifteen times as long, its async
HTTP client ignores the time limit it is given, posts JSON bodies as forms and logs request URLs with phone numbers.
"""

from __future__ import annotations

import base64
import hmac
from collections.abc import Mapping, Sequence
from functools import lru_cache
from hashlib import sha256
from typing import Any
from urllib.parse import ParseResult, parse_qs, unquote_to_bytes, urlencode, urlparse, urlsplit

import orjson
from aiohttp import ClientSession, ClientTimeout, TCPConnector, encode_basic_auth
from twilio.base.exceptions import TwilioException  # type: ignore[import-untyped]  # twilio publishes no types
from twilio.http.async_http_client import AsyncTwilioHttpClient  # type: ignore[import-untyped]
from twilio.http.response import Response  # type: ignore[import-untyped]
from twilio.rest import Client  # type: ignore[import-untyped]

from bot.settings import Settings

__all__ = ["Client", "Signatures", "TwilioException", "form_pairs", "open_client", "status_url", "webhook_url"]

OVERRIDES = "rc=5&rp=all"
"""Connection overrides in the fragment of every URL given to Twilio: five retries, for every kind of failure."""

MAX_FIELDS = 512
"""A Twilio form has some 40 fields; one beyond this is refused unread."""

_SHORT = 128
"""Bytes of a name or value that are worth remembering: thousands of long ones would be megabytes."""

CONNECTIONS = 100

_ALGORITHMS = {"HMAC_SHA1": "sha1", "HMAC_SHA256": "sha256"}


def webhook_path(channel: str) -> str:
    """The path at which a channel's webhooks arrive."""
    return f"/webhooks/{channel}"


def webhook_url(settings: Settings, channel: str) -> str:
    """What to give Twilio as the URL of incoming messages. The fragment is no part of what it signs."""
    return f"{settings.public_url}{webhook_path(channel)}#{OVERRIDES}"


def status_url(settings: Settings, channel: str) -> str:
    """What to give Twilio as StatusCallback: receipts come to the same path as messages."""
    return webhook_url(settings, channel)


@lru_cache(maxsize=4)
def form_pairs(body: bytes) -> tuple[tuple[str, str], ...]:
    """The pairs of a form, blank values kept; bytes that are no UTF-8 stay as surrogate escapes, so nothing is lost.

    Remembered for a few bodies, because a webhook is read twice: once for its signature, once for its events.
    Raises ValueError for more than `MAX_FIELDS` fields.
    """
    return tuple(
        [
            (name.decode("utf-8", "surrogateescape"), value.decode("utf-8", "surrogateescape"))
            for name, value in _raw_pairs(body)
        ]
    )


@lru_cache(maxsize=4)
def _raw_pairs(body: bytes) -> tuple[tuple[bytes, bytes], ...]:
    if body.count(b"&") >= MAX_FIELDS:
        raise ValueError(f"more than {MAX_FIELDS} fields")
    pairs = []
    for part in body.split(b"&"):
        if part:
            name, _, value = part.partition(b"=")
            pairs.append(
                (
                    _unquoted(name) if b"%" in name or b"+" in name else name,
                    _unquoted(value) if b"%" in value or b"+" in value else value,
                )
            )
    return tuple(pairs)


def _unquoted(quoted: bytes) -> bytes:
    return _remembered(quoted) if len(quoted) <= _SHORT else unquote_to_bytes(quoted.replace(b"+", b" "))


@lru_cache(maxsize=2048)
def _remembered(quoted: bytes) -> bytes:
    return unquote_to_bytes(quoted.replace(b"+", b" "))


class Signatures:
    """Checks X-Twilio-Signature over the configured public URL, as the library's RequestValidator does."""

    def __init__(self, public_url: str, tokens: Sequence[str]) -> None:
        self._bases = tuple(base.encode() for base in _with_and_without_port(public_url))
        self._tokens = tuple(token.encode() for token in tokens)

    def valid(self, path: str, query: str, headers: Mapping[str, str], body: bytes) -> bool:
        """Whether one of the tokens signed this request. `query` is raw; header names are lower case."""
        algorithm = _algorithm(headers.get("x-twilio-webhooks-signature-settings", ""))
        signature = headers.get("x-twilio-signature", "").encode("utf-8", "surrogateescape")
        signed = _signed_part(query, headers.get("content-type", ""), body)
        if algorithm is None or signed is None:
            return False
        target = (path + ("?" + query if query else "")).encode("utf-8", "surrogateescape")
        return any(
            hmac.compare_digest(base64.b64encode(hmac.digest(token, base + target + signed, algorithm)), signature)
            for token in self._tokens
            for base in self._bases
        )


def _algorithm(header: str) -> str | None:
    for part in header.split(","):
        name, _, value = part.partition("=")
        if name.strip() == "algorithm" and value.strip():
            return _ALGORITHMS.get(value.strip().upper())
    return "sha1"


def _signed_part(query: str, content_type: str, body: bytes) -> bytes | None:
    """What follows the URL in the signed text; None when the body is not the one the URL vouches for."""
    if content_type.lower().startswith("application/json"):
        told = parse_qs(query).get("bodySHA256", [""])[0]
        actual = sha256(body).hexdigest()
        return b"" if hmac.compare_digest(told.encode("utf-8", "surrogateescape"), actual.encode()) else None
    try:
        pairs = _raw_pairs(body)
    except ValueError:
        return None
    return b"".join([name + value for name, value in sorted(set(pairs))])


def _with_and_without_port(url: str) -> tuple[str, str]:
    """The library tries both, Twilio being inconsistent about the port; so do we, cut and added just as it does."""
    parsed = urlparse(url)
    if parsed.port:
        return _replaced(parsed, parsed.netloc.split(":")[0]), parsed.geturl()
    port = 443 if parsed.scheme == "https" else 80
    return parsed.geturl(), _replaced(parsed, f"{parsed.netloc}:{port}")


def _replaced(parsed: ParseResult, netloc: str) -> str:
    return parsed._replace(netloc=netloc).geturl()


class _PooledHttp(AsyncTwilioHttpClient):  # type: ignore[misc]  # untyped base
    """The library's HTTP client over one session with a time limit, pointed at another server where one is set."""

    def __init__(self, *, seconds: float, base: str | None) -> None:
        super().__init__(pool_connections=False, timeout=seconds)
        self.session = ClientSession(timeout=ClientTimeout(total=seconds), connector=TCPConnector(limit=CONNECTIONS))
        self._base = base
        self.elsewhere = base is not None
        """Whether another server stands in for Twilio."""

    async def request(
        self,
        method: str,
        url: str,
        params: Mapping[str, Any] | None = None,
        data: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,  # noqa: ASYNC109  # the session's own limit counts
        allow_redirects: bool = False,
    ) -> Response:
        sent = dict(headers or {})
        if auth is not None:
            sent["Authorization"] = encode_basic_auth(*auth)
        async with self.session.request(
            method.upper(),
            self.target(url),
            params=params or None,
            data=_encoded(data, sent.get("Content-Type", "")),
            headers=sent,
            allow_redirects=allow_redirects,
        ) as response:
            return Response(response.status, await response.text("utf-8", "replace"), response.headers)

    def target(self, url: str) -> str:
        """Twilio's hosts become path prefixes of the other server: content.twilio.com/v1 -> /content/v1."""
        if self._base is None:
            return url
        parts = urlsplit(url)
        product = parts.netloc.split(".")[0]
        prefix = "" if product == "api" else f"/{product}"
        return f"{self._base}{prefix}{parts.path}" + (f"?{parts.query}" if parts.query else "")


def _encoded(data: Mapping[str, Any] | None, content_type: str) -> bytes | None:
    if not data:
        return None
    if content_type == "application/json":
        return orjson.dumps(data)
    return urlencode(data, doseq=True).encode()


def open_client(settings: Settings) -> Client:
    """A Twilio client on a session of its own; call it inside the running loop, close `http_client` at the end."""
    if settings.twilio_account is None or settings.twilio_token is None:
        raise ValueError("twilio_account and twilio_token are not set")
    http = _PooledHttp(seconds=settings.provider_timeout, base=settings.twilio_api)
    client = Client(settings.twilio_account, settings.twilio_token.get_secret_value(), http_client=http)
    # The library imports a product's modules at first touch; that shall not stop the loop in the middle of the day.
    _ = client.messages, client.content.v1.contents
    return client
