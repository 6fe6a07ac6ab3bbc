"""Fetching what a webhook points at: Twilio's hosts only, credentials for its API alone, the public internet only."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import BasicAuth, web
from aiohttp.abc import AbstractResolver

from bot.channels import MediaGone, whatsapp
from bot.channels import _twilio_media as media
from bot.channels._twilio_media import PublicOnly, allowed_host, fetch_media, is_public
from bot.message import Media
from bot.twilio_client import open_client
from tests.bot.channels._twilio_bot import ACCOUNT, ADA, TOKEN, running, settings
from tests.samples import PDF, png

FILE = f"https://api.twilio.com/2010-04-01/Accounts/{ACCOUNT}/Messages/SM1/Media/ME1"


@pytest.mark.parametrize(
    "url",
    [
        "http://api.twilio.com/x",
        "https://api.twilio.com:8443/x",
        "https://api.twilio.com:99999/x",
        "https://user:pw@api.twilio.com/x",
        "https://api.twilio.com@evil.example/x",
        "https://api.twilio.com.evil.example/x",
        "https://evil-api.twilio.com/x",
        "https://eviltwiliocdn.com/x",
        "https://twiliocdn.com.evil.example/x",
        "https://evil.example/twiliocdn.com",
        "https://evil.example#.twiliocdn.com",
        "https://evil.example\\.twiliocdn.com/x",
        "https://.twiliocdn.com/x",
        "https://127.0.0.1/x",
        "https://[::1]/x",
        "https://[::ffff:127.0.0.1/x",
        "https://169.254.169.254/latest/meta-data",
        "https://2130706433/x",
        "https://localhost/x",
        "https://metadata.google.internal/x",
        "ftp://api.twilio.com/x",
        "file:///etc/passwd",
        "gopher://api.twilio.com/x",
        "//api.twilio.com/x",
        "api.twilio.com/x",
        "https:///x",
        "data:text/html,x",
        "https://api.twi\tlio.com/x",
        "https://api.twilio.com/x\n",
        " https://api.twilio.com/x",
        "https://api.twilio.com\u3002evil.example/x",
        "https://\u0430pi.twilio.com/x",
        "https://api.twilio.com#@evil.example/",
    ],
)
@pytest.mark.asyncio
async def test_no_other_address_is_even_looked_up(url: str) -> None:
    with pytest.raises(MediaGone) as gone:
        await fetch_media(NoClient(), url, 9)
    assert gone.value.reason == "not_allowed"


class NoClient:
    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"{name} was used")


@pytest.mark.parametrize(
    "url",
    [
        "https://api.twilio.com/a?b",
        "https://API.Twilio.com:443/a",
        "https://mms.twiliocdn.com/a",
        "https://media.twiliocdn.com/a",
        "https://s3.eu.twiliocdn.com/a",
        "https://mms.twiliocdn.com",
        FILE,
    ],
)
def test_twilios_own_hosts_are_allowed(url: str) -> None:
    assert allowed_host(url).endswith(("twilio.com", "twiliocdn.com"))


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("52.1.2.3", True),
        ("2600:1f18::1", True),
        ("127.0.0.1", False),
        ("10.1.2.3", False),
        ("172.16.0.1", False),
        ("192.168.1.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("0.0.0.0", False),
        ("255.255.255.255", False),
        ("224.0.0.1", False),
        ("240.0.0.1", False),
        ("192.0.2.1", False),
        ("198.18.0.1", False),
        ("::1", False),
        ("::", False),
        ("fe80::1%eth0", False),
        ("fc00::1", False),
        ("fd00:ec2::254", False),
        ("ff02::1", False),
        ("::ffff:10.0.0.1", False),
        ("::ffff:127.0.0.1", False),
        ("2002:7f00:1::", False),
        ("64:ff9b::7f00:1", False),
        ("2001:db8::1", False),
        ("mms.twiliocdn.com", False),
        ("", False),
    ],
)
def test_only_the_public_internet_is_public(address: str, public: bool) -> None:
    assert is_public(address) == public


class Names(AbstractResolver):
    """Every name is these addresses."""

    def __init__(self, *addresses: str) -> None:
        self.addresses = addresses

    async def resolve(self, host: str, port: int = 0, family: Any = socket.AF_INET) -> Any:
        plain = {"hostname": host, "port": port, "family": socket.AF_INET, "proto": 0, "flags": 0}
        return [{**plain, "host": address} for address in self.addresses]

    async def close(self) -> None: ...


@pytest.mark.parametrize("addresses", [("127.0.0.1",), ("52.1.2.3", "10.0.0.1"), ()])
@pytest.mark.asyncio
async def test_a_name_that_leads_inside_is_refused_before_any_connection(
    addresses: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(media, "ThreadedResolver", lambda: Names(*addresses))
    client = open_client(settings())
    with pytest.raises(MediaGone) as gone:
        await fetch_media(client, FILE, 9)
    assert gone.value.reason == "not_allowed"
    await client.http_client.close()


@pytest.mark.asyncio
async def test_public_names_pass_the_guard() -> None:
    found = await PublicOnly(Names("52.1.2.3")).resolve("mms.twiliocdn.com", 443)
    assert [one["host"] for one in found] == ["52.1.2.3"]


@asynccontextmanager
async def place(
    answer: Callable[[web.Request], web.StreamResponse],
) -> AsyncIterator[tuple[Any, list[tuple[str, bool]]]]:
    """A client whose Twilio answers like this; the paths it was asked, and whether with credentials."""
    asked: list[tuple[str, bool]] = []

    async def handle(request: web.Request) -> web.StreamResponse:
        told = request.headers.get("Authorization")
        asked.append((request.path, told == BasicAuth(ACCOUNT, TOKEN).encode() if told else False))
        return answer(request)

    app = web.Application()
    app.router.add_get("/{path:.*}", handle)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    client = open_client(settings(twilio_api=f"http://127.0.0.1:{runner.addresses[0][1]}"))
    yield client, asked
    await client.http_client.close()
    await runner.cleanup()


def moved(to: str) -> web.Response:
    return web.Response(status=307, headers={"Location": to})


@pytest.mark.asyncio
async def test_credentials_stay_with_the_api() -> None:
    def answer(request: web.Request) -> web.Response:
        return web.Response(body=PDF) if request.path == "/mms/b" else moved("https://mms.twiliocdn.com/b")

    async with place(answer) as (client, asked):
        found = await fetch_media(client, FILE, 9_999)
    assert (found.content, found.type) == (PDF, "application/pdf")
    assert [has for _, has in asked] == [True, False]


@pytest.mark.parametrize(
    "target", ["https://evil.example/x", "http://mms.twiliocdn.com/x", "//127.0.0.1/x", "https://["]
)
@pytest.mark.asyncio
async def test_a_redirect_is_judged_like_the_first_address(target: str) -> None:
    async with place(lambda _: moved(target)) as (client, asked):
        with pytest.raises(MediaGone) as gone:
            await fetch_media(client, FILE, 9)
    assert gone.value.reason in ("not_allowed", "unavailable")
    assert len(asked) == 1


@pytest.mark.parametrize(("redirects", "found"), [(3, True), (4, False)])
@pytest.mark.asyncio
async def test_three_redirects_and_no_more(redirects: int, found: bool) -> None:
    left = [moved(f"/hop{number}") for number in range(redirects)]
    async with place(lambda _: left.pop(0) if left else web.Response(body=png())) as (client, asked):
        try:
            assert found == bool(await fetch_media(client, FILE, 9_999))
        except MediaGone as gone:
            assert (found, gone.reason) == (False, "unavailable")
    assert len(asked) == 4


@pytest.mark.asyncio
async def test_where_credentials_are_not_wanted_it_goes_without_once() -> None:
    def answer(request: web.Request) -> web.Response:
        return web.Response(status=401) if "Authorization" in request.headers else web.Response(body=png())

    async with place(answer) as (client, asked):
        assert (await fetch_media(client, FILE, 9_999)).type == "image/png"
        assert [has for _, has in asked] == [True, False]
    async with place(lambda _: web.Response(status=401)) as (client, asked):
        with pytest.raises(MediaGone):
            await fetch_media(client, FILE, 9)
        assert len(asked) == 2


@pytest.mark.parametrize(
    ("status", "reason"),
    [(404, "gone"), (410, "gone"), (403, "unavailable"), (500, "unavailable"), (204, "unavailable")],
)
@pytest.mark.asyncio
async def test_a_status_is_a_reason(status: int, reason: str) -> None:
    async with place(lambda _: web.Response(status=status)) as (client, _):
        with pytest.raises(MediaGone) as gone:
            await fetch_media(client, FILE, 9)
        assert gone.value.reason == reason


@pytest.mark.asyncio
async def test_an_endless_answer_is_left_in_the_middle() -> None:
    written = 0

    async def endless(request: web.Request) -> web.StreamResponse:
        nonlocal written
        answer = web.StreamResponse()
        await answer.prepare(request)
        for _ in range(1_000):
            await answer.write(b"x" * 64 * 1024)
            written += 1
        return answer

    app = web.Application()
    app.router.add_get("/{path:.*}", endless)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    client = open_client(settings(twilio_api=f"http://127.0.0.1:{runner.addresses[0][1]}"))
    with pytest.raises(MediaGone) as gone:
        await fetch_media(client, FILE, 100_000)
    assert gone.value.reason == "too_large"
    assert written < 500
    await client.http_client.close()
    await runner.cleanup()


@pytest.mark.asyncio
async def test_a_packed_answer_is_not_unpacked() -> None:
    packed = web.Response(body=b"\x1f\x8b" + bytes(50), headers={"Content-Encoding": "gzip"})
    async with place(lambda _: packed) as (client, _):
        assert len((await fetch_media(client, FILE, 60)).content) == 52


@pytest.mark.asyncio
async def test_what_was_missed_is_fetched_as_well() -> None:
    async with running(whatsapp) as bot:
        ada = bot.fake.user(ADA, channel="whatsapp")
        bot.answers = [503] * 6
        await ada.send_file(PDF, "application/pdf")
        start = bot.fake.world.messages[0].created
        (body,) = [one async for one in bot.channel.missed(start)]
        (event,) = bot.channel.parse(body)
        assert (await bot.channel.fetch(event.media[0], most=9_999)).content == PDF


@pytest.mark.asyncio
async def test_a_server_that_is_away_is_unavailable() -> None:
    client = open_client(settings(twilio_api="http://127.0.0.1:9"))
    with pytest.raises(MediaGone) as gone:
        await fetch_media(client, FILE, 9)
    assert gone.value.reason == "unavailable"
    await client.http_client.close()
    assert Media("x").url is None
