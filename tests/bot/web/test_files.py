"""/files: the link gives the file as what it is, and nothing a browser could run."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import httpx
import pytest
from aiohttp import web
from starlette.applications import Starlette

from bot.channels import whatsapp
from bot.media import LINK_LIFE, link_for, read_link
from bot.message import Attachment
from bot.outbox import Files
from bot.render import Part
from bot.web import FilesPage
from loyalty.tokens import Keyring
from storage import attachments
from storage.database import Database
from tests.bot.channels._twilio_bot import ADA, PUBLIC, running
from tests.builders import Clock, add_person
from tests.samples import PDF, png

pytestmark = pytest.mark.asyncio
SHOP = "http://shop.test"


@dataclass
class Place:
    database: Database
    browser: httpx.AsyncClient
    keys: Keyring
    clock: Clock = field(default_factory=Clock)

    async def link(self, name: str, kind: str, content: bytes) -> str:
        def work(transaction) -> int:
            member = add_person(transaction, "sms", f"+39{len(name)}{kind}")
            fields = {"member_id": member, "staff_id": 1, "now": self.clock.now}
            return attachments.add(transaction, name=name, type=kind, content=content, **fields)

        return link_for(SHOP, self.keys, await self.database.write(work), self.clock.now)


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[Place]:
    database, keys, clock = Database(url), Keyring(b"of tests, and of nothing else"), Clock()
    app = Starlette(routes=FilesPage(database, keys, clock).routes())
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=SHOP) as browser:
        yield Place(database, browser, keys, clock)
    await database.close()


async def test_a_picture_is_shown_and_a_document_is_handed_over(sqlite_url: str) -> None:
    async with opened(sqlite_url) as place:
        for kind, content, how in (("image/png", png(), "inline"), ("application/pdf", PDF, "attachment")):
            link = await place.link("x.bin", kind, content)
            for method in ("GET", "HEAD"):
                file = await place.browser.request(method, link)
                assert (file.status_code, file.headers["content-type"]) == (200, kind)
                assert file.headers["content-length"] == str(len(content))
                assert file.headers["content-disposition"].startswith(f'{how}; filename="x.bin"')
                assert file.headers["content-security-policy"] == "default-src 'none'; sandbox"
                assert file.headers["x-content-type-options"] == "nosniff"
                assert file.headers["cache-control"].startswith("private")
                assert file.content == (content if method == "GET" else b"")


@pytest.mark.parametrize("kind", ["text/html", "image/svg+xml", "application/xhtml+xml", "text/plain", "audio/ogg"])
async def test_any_other_type_is_a_heap_of_bytes(sqlite_url: str, kind: str) -> None:
    async with opened(sqlite_url) as place:
        file = await place.browser.get(await place.link("page.html", kind, b"<script>alert(1)</script>"))
        assert file.headers["content-type"] == "application/octet-stream"
        assert file.headers["content-disposition"].startswith("attachment")


async def test_old_wrong_and_forged_links_and_gone_files_are_the_same_404(sqlite_url: str) -> None:
    async with opened(sqlite_url) as place:
        link = await place.link("x.pdf", "application/pdf", PDF)
        nobody = link_for(SHOP, place.keys, 12345, place.clock.now)
        forged = link_for(SHOP, Keyring(b"somebody else's secret, quite long"), 1, place.clock.now)
        wrong = [nobody, forged, link[:-1], f"{SHOP}/files/p1.x.y", f"{SHOP}/files/%F0%9F%98%80%00", f"{SHOP}/files/1"]
        place.clock.later(LINK_LIFE - 1)
        assert (await place.browser.get(link)).status_code == 200
        place.clock.later(1)
        for address in (*wrong, link):
            answer = await place.browser.get(address)
            assert (answer.status_code, answer.content, answer.headers["cache-control"]) == (404, b"", "no-store")


@pytest.mark.parametrize(
    ("name", "kind", "content"), [("a b.png", "image/png", png()), ("x.pdf", "application/pdf", PDF)]
)
async def test_twilio_gets_the_file_by_its_link(sqlite_url: str, name: str, kind: str, content: bytes) -> None:
    """The whole way: the outbox's link, WhatsApp's channel, the fake Twilio, which looks and then fetches."""

    async def pass_on(request: web.Request) -> web.Response:
        answer = await place.browser.request(request.method, str(request.rel_url))
        told = {"content-type": answer.headers.get("content-type", "text/plain")}
        return web.Response(body=answer.content, status=answer.status_code, headers=told)

    async with opened(sqlite_url) as place, running(whatsapp) as bot, served(pass_on) as at:
        bot.fake.world.tunnel = {f"{PUBLIC}/files": f"{at}/files", **bot.fake.world.tunnel}
        ada = bot.fake.user(ADA, channel="whatsapp")
        await ada.write("ciao")
        file_id = read_link(place.keys, (await place.link(name, kind, content)).rpartition("/")[2], place.clock.now)
        assert file_id is not None
        files = Files(place.database, place.keys, PUBLIC, place.clock)
        kept = await files.of(Attachment(file_id, name, kind, len(content)))
        assert kept is not None
        await bot.channel.send(ADA, Part("", attachment=kept))
        place.clock.later(LINK_LIFE)
        await bot.channel.send(ADA, Part("", attachment=kept))
        await bot.fake.settle()
        fresh, stale = bot.fake.world.messages[-2:]
        assert (fresh.files, fresh.status) == (((kind, content),), "read")
        assert (stale.files, stale.error) == ((), 63019)


@asynccontextmanager
async def served(handler) -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_get("/files/{token}", handler)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()
