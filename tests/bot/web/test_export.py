"""/export: a look uses nothing, the button gives the file once, and an old or used link shows nothing."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest

from bot.app import App, open_app
from loyalty import exporting
from loyalty.work import Work
from tests.builders import DAY, Clock, add_person, settings

pytestmark = pytest.mark.asyncio


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[tuple[App, Clock, httpx.AsyncClient]]:
    clock = Clock()
    async with open_app(settings(database=url), clock=clock, send=False) as app:
        transport = httpx.ASGITransport(app.web())
        async with httpx.AsyncClient(transport=transport, base_url="http://shop.test") as browser:
            yield app, clock, browser


async def link_for_anna(app: App) -> str:
    def work(transaction) -> str:
        anna = add_person(transaction, "whatsapp", "+393331234567", name="Anna", phone="+393331234567")
        made = Work(transaction, app.world.programme, app.world.keyring, app.clock())
        return exporting.make_link(made, anna, "http://shop.test")

    return await app.database.write(work)


async def test_a_look_uses_nothing_and_the_button_gives_the_file_once(sqlite_url: str) -> None:
    async with opened(sqlite_url) as (app, _, browser):
        link = await link_for_anna(app)
        for _ in range(3):
            page = await browser.get(link)
            assert (page.status_code, "Anna" in page.text, "bentornato.json" in page.text) == (200, False, True)
        file = await browser.post(link)
        assert file.json()["profile"]["name"] == "Anna"
        assert file.headers["content-disposition"] == 'attachment; filename="bentornato.json"'
        for method in ("GET", "POST"):
            used = await browser.request(method, link)
            assert (used.status_code, "button" in used.text.split("</style>")[1]) == (404, False)


async def test_a_link_of_yesterday_or_of_nobody(sqlite_url: str) -> None:
    async with opened(sqlite_url) as (app, clock, browser):
        link = await link_for_anna(app)
        clock.later(DAY)
        for address in (link, "/export/p1.x.y", "/export/%F0%9F%98%80%00", "/export/a%0Ab"):
            for method in ("GET", "POST"):
                old = await browser.request(method, address)
                assert (old.status_code, old.headers["cache-control"]) == (404, "no-store"), address
        assert app.world.programme.brand.contact in old.text


async def test_the_page_takes_nothing_from_elsewhere(sqlite_url: str) -> None:
    async with opened(sqlite_url) as (app, _, browser):
        page = await browser.get(await link_for_anna(app))
        assert "default-src 'none'" in page.headers["content-security-policy"]
        assert (page.headers["referrer-policy"], page.headers["x-robots-tag"]) == ("no-referrer", "noindex")


async def test_junk_never_comes_to_the_writer_and_of_two_who_press_one_gets_the_file(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened(sqlite_url) as (app, _, browser):
        link = await link_for_anna(app)
        written, write = [], app.database.write
        monkeypatch.setattr(app.database, "write", lambda work: written.append(work) or write(work))
        for junk in ("p1.x.y", "junk", link.rpartition("/")[2][:-1] + "!"):
            assert (await browser.post(f"/export/{junk}")).status_code == 404
        assert written == []
        both = await asyncio.gather(browser.post(link), browser.post(link))
        assert sorted(one.status_code for one in both) == [200, 404]
