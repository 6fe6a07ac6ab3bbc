"""The fake Twilio is as strict with files as the real one: credentials, redirects, types, sizes, no MMS."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import pytest
from aiohttp import BasicAuth, web

from bot.channels import sms, whatsapp
from tests.bot.channels._twilio_bot import ACCOUNT, ADA, OURS, PUBLIC, TOKEN, Bot, running
from tests.samples import PDF, png

pytestmark = pytest.mark.asyncio


@asynccontextmanager
async def shop(content: bytes, kind: str, *, status: int = 200, head: str | None = None) -> AsyncIterator[Bot]:
    """A bot whose public address gives this file."""

    async def give(request: web.Request) -> web.Response:
        told = head if head and request.method == "HEAD" else kind
        return web.Response(body=content, content_type=told, status=status)

    app = web.Application(client_max_size=99_000_000)
    app.router.add_get("/files/x", give)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    async with running(whatsapp) as bot:
        place = f"http://127.0.0.1:{runner.addresses[0][1]}"
        bot.fake.world.tunnel = {f"{PUBLIC}/files": f"{place}/files", **bot.fake.world.tunnel}
        await bot.fake.user(ADA, channel="whatsapp").write("ciao")
        yield bot
        await bot.fake.settle()
    await runner.cleanup()


async def create(bot: Bot, prefix: str = "whatsapp:", **fields: str) -> tuple[int, int | None]:
    """The status of a call and the code of its refusal."""
    form = {"To": prefix + ADA, "From": prefix + OURS, **fields}
    async with aiohttp.ClientSession() as session:
        url = f"{bot.fake.url}/2010-04-01/Accounts/{ACCOUNT}/Messages.json"
        async with session.post(
            url, data=form, headers={"Authorization": BasicAuth(ACCOUNT, TOKEN).encode()}
        ) as answer:
            return answer.status, (await answer.json()).get("code")


async def test_a_file_is_fetched_through_the_public_address() -> None:
    async with shop(png(), "image/png") as bot:
        assert await create(bot, Body="Look", MediaUrl=f"{PUBLIC}/files/x") == (201, None)
        (message,) = bot.fake.user(ADA, channel="whatsapp").messages
        assert (message.body, message.files, message.error) == ("Look", (("image/png", png()),), None)


async def test_a_document_loses_its_caption() -> None:
    async with shop(PDF, "application/pdf") as bot:
        await create(bot, Body="Look", MediaUrl=f"{PUBLIC}/files/x")
        (message,) = bot.fake.user(ADA, channel="whatsapp").messages
        assert (message.body, message.files[0][1]) == ("", PDF)


@pytest.mark.parametrize(
    ("content", "kind", "status", "head", "error"),
    [
        (png(), "image/png", 404, None, 63019),
        (png(), "text/html", 200, None, 12300),
        (png(), "image/png", 200, "text/plain", 12300),
        (png() + bytes(5 * 1024 * 1024), "image/png", 200, None, 63005),
    ],
    ids=["gone", "a page", "two types", "too large"],
)
async def test_what_cannot_be_had_is_reported_undelivered(
    content: bytes, kind: str, status: int, head: str | None, error: int
) -> None:
    async with shop(content, kind, status=status, head=head) as bot:
        told = {"StatusCallback": f"{PUBLIC}/webhooks/whatsapp"}
        assert (await create(bot, MediaUrl=f"{PUBLIC}/files/x", **told))[0] == 201
        await bot.fake.settle()
        assert bot.fake.world.messages[-1].error == error
        assert bot.statuses[-1] == "undelivered"
        assert bot.fake.user(ADA, channel="whatsapp").messages == []


async def test_sms_has_no_files_and_content_no_second_one() -> None:
    async with running(sms) as bot:
        assert await create(bot, "", Body="x", MediaUrl=f"{PUBLIC}/files/x") == (400, 30011)
        assert await create(bot, MediaUrl="javascript:alert(1)") == (400, 21620)
        assert bot.fake.world.messages == []


async def test_a_members_file_is_behind_credentials_and_a_redirect_without_them() -> None:
    async with running(whatsapp) as bot, aiohttp.ClientSession() as session:
        assert await bot.fake.user(ADA, channel="whatsapp").send_file(PDF, "application/pdf", caption="The bill") == 200
        (event,) = bot.events
        assert (event.text, event.media[0].type) == ("The bill", "application/pdf")
        path = (event.media[0].url or "").removeprefix("https://api.twilio.com")
        keys = {"Authorization": BasicAuth(ACCOUNT, TOKEN).encode()}
        async with session.get(bot.fake.url + path, allow_redirects=False) as answer:
            assert answer.status == 401
        async with session.get(bot.fake.url + path, headers=keys, allow_redirects=False) as answer:
            assert answer.status == 307
            there = answer.headers["Location"]
        assert there.startswith("https://mms.twiliocdn.com/")
        held = bot.fake.url + "/mms" + there.removeprefix("https://mms.twiliocdn.com")
        async with session.get(held, headers=keys) as answer:
            assert answer.status == 400
        async with session.get(held) as answer:
            assert (answer.content_type, await answer.read()) == ("application/pdf", PDF)
        async with session.get(bot.fake.url + path[:-1] + "9", headers=keys, allow_redirects=False) as answer:
            assert answer.status == 404
