"""The desk on a phone: one thing under the other, nothing to scroll sideways, everything large enough for a thumb."""

from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.browser.agent import PHONE
from tests.browser.conftest import Hire
from tests.browser.house import House

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]
LEAST = 44
_SMALL = """least => [...document.querySelectorAll("a[href], button, select, summary, textarea, input")]
    .filter(one => one.type !== "hidden")
    .filter(one => one.checkVisibility({visibilityProperty: true}) && !one.matches(".skip"))
    .map(one => {
        const label = one.matches("[type=checkbox], [type=radio]") ? one.closest("label") : null;
        return [one, (label ?? one).getBoundingClientRect()];
    })
    .filter(([one, box]) => box.width > 1 && box.height < least - 0.5)
    .filter(([one]) => !one.closest("p, dd, td, .hits li, .people li"))
    .map(([one, box]) => `${one.tagName} ${one.className || one.name || one.textContent.trim()} ${box.height}`)"""


async def fits(page: Page) -> None:
    """Nothing is wider than the screen."""
    wide: Any = await page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
    assert wide[0] <= wide[1], f"{page.url} scrolls sideways"
    assert await page.evaluate(_SMALL, LEAST) == [], page.url


async def test_from_the_queue_to_the_answer_and_back(house: House, hire: Hire) -> None:
    nora = await hire("Nora", **PHONE)
    anna = await house.asks("Anna")
    page = await nora.goes()
    await fits(page)
    async with page.expect_response(lambda answer: "/desk/events?member" in answer.url):
        await page.locator(".case a").tap()
    await expect(page.locator("#conversation h1")).to_have_text("Anna")
    await expect(page.locator("#queue")).to_be_hidden()
    await fits(page)
    await nora.act("take").tap()
    await nora.may_write()
    await page.fill("#words", "Buongiorno Anna")
    await page.locator("#composer button[type=submit]").tap()
    await anna.hears("Buongiorno Anna")
    await expect(nora.said("Buongiorno Anna")).to_be_in_viewport()
    await anna.writes("w" * 300, "https://shop.example/" + "x" * 200)
    await expect(nora.came("https://shop.example/")).to_be_visible()
    await page.locator(".further summary").tap()
    await page.locator(".noting summary").tap()
    await fits(page)
    await page.get_by_role("link", name="Conversations").tap()
    await expect(page.locator(".case")).to_be_visible()


@pytest.mark.parametrize("path", ["/figures", "/me", "/search?q=anna", "/staff", "/audit", "/"])
async def test_every_page_fits(house: House, hire: Hire, path: str) -> None:
    ada = await hire("Ada", "admin", **PHONE)
    await house.asks("Anna")
    await fits(await ada.goes(path))


async def test_signing_in_fits(house: House, hire: Hire) -> None:
    ada = await hire("Ada", "admin", signed_in=False, **PHONE)
    await fits(await ada.goes("/sign-in"))
    await ada.signs_in()
    await fits(ada.page)
