"""Files that members sent through Twilio: fetched from Twilio's own hosts only, with credentials for its API alone.

A webhook is signed, but the address in it is still a stranger's word: https only, hosts by list, redirects followed
by hand and judged like the first address, and no connection to a machine that is not on the public internet.
"""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urljoin

from aiohttp import ClientError, ClientResponse, ClientSession, ClientTimeout, TCPConnector, encode_basic_auth
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver

from bot.channels._contract import Fetched, MediaGone
from bot.media import sniff
from bot.twilio_client import Client

API = "api.twilio.com"
CDN = ".twiliocdn.com"
REDIRECTS = 3
SECONDS = 30.0
"""A file takes longer than a call of the API."""

_ADDRESS = re.compile(r"https://(?P<host>[a-z0-9-]+(?:\.[a-z0-9-]+)+)(?::443)?(?:[/?][!-\[\]-~]*)?", re.IGNORECASE)
"""Only what every reader of addresses reads alike: no user, no backslash, no blank, nothing beyond ASCII."""
_CHUNK = 64 * 1024
_MOVED = frozenset({301, 302, 303, 307, 308})
_GONE = frozenset({404, 410})
_UNAUTHORISED = 401


class PublicOnly(AbstractResolver):
    """Names become addresses of the public internet, or nothing; what was judged is what is connected to."""

    def __init__(self, under: AbstractResolver | None = None) -> None:
        self._under = under or ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        found = await self._under.resolve(host, port, family)
        if not found or not all(is_public(one["host"]) for one in found):
            raise MediaGone("not_allowed")
        return found

    async def close(self) -> None:
        await self._under.close()


def is_public(address: str) -> bool:
    """Whether this is an address anybody on the internet could have; one inside an IPv6 address counts by itself."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(found, ipaddress.IPv6Address):
        inner = found.ipv4_mapped or found.sixtofour or (found.teredo[1] if found.teredo else None)
        if found in _NAT64:
            inner = ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)
        if inner is not None and not (inner.is_global and not inner.is_multicast):
            return False
    return found.is_global and not found.is_multicast


_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


def allowed_host(url: str) -> str:
    """The host of an address we may fetch from; `MediaGone` for any other."""
    found = _ADDRESS.fullmatch(url)
    host = found["host"].lower() if found else ""
    if not (host == API or host.endswith(CDN)):
        raise MediaGone("not_allowed")
    return host


async def fetch_media(client: Client, url: str | None, most: int) -> Fetched:
    """The file at an address from a webhook."""
    if not url:
        raise MediaGone("gone")
    allowed_host(url)
    try:
        async with _session(client) as session:
            content = await _follow(session, client, url, most)
    except (ClientError, TimeoutError, OSError, ValueError) as error:
        raise MediaGone("unavailable") from error
    return Fetched(content, sniff(content))


@asynccontextmanager
async def _session(client: Client) -> AsyncIterator[ClientSession]:
    """Bytes as they are sent: a small answer shall not unpack into a large one."""
    resolver = None if client.http_client.elsewhere else PublicOnly()
    timeout = ClientTimeout(total=SECONDS, connect=client.http_client.timeout)
    async with ClientSession(
        connector=TCPConnector(resolver=resolver),
        timeout=timeout,
        auto_decompress=False,
        headers={"Accept-Encoding": "identity"},
    ) as session:
        yield session


async def _follow(session: ClientSession, client: Client, url: str, most: int) -> bytes:
    """Read the file, at most three redirects away; one more try without credentials where they are not wanted."""
    redirects, is_known = 0, True
    while redirects <= REDIRECTS:
        headers = {"Authorization": _credentials(client)} if allowed_host(url) == API and is_known else {}
        async with session.get(client.http_client.target(url), headers=headers, allow_redirects=False) as answer:
            if answer.status in _MOVED:
                url, redirects = urljoin(url, answer.headers.get("Location", "")), redirects + 1
            elif answer.status == _UNAUTHORISED and headers:
                is_known = False
            else:
                return await _content(answer, most)
    raise MediaGone("unavailable")


def _credentials(client: Client) -> str:
    return encode_basic_auth(client.username, client.password)


async def _content(answer: ClientResponse, most: int) -> bytes:
    if answer.status in _GONE:
        raise MediaGone("gone")
    if answer.status != 200:
        raise MediaGone("unavailable")
    return await read_at_most(answer, most)


async def read_at_most(answer: ClientResponse, most: int) -> bytes:
    """The body, unless it is larger: then no more of it is read."""
    if answer.content_length is not None and answer.content_length > most:
        raise MediaGone("too_large")
    found = bytearray()
    async for chunk in answer.content.iter_chunked(_CHUNK):
        found += chunk
        if len(found) > most:
            raise MediaGone("too_large")
    return bytes(found)
