"""What somebody types while an answer is on its way stays; what was sent is cleared."""

from __future__ import annotations

import asyncio

import pytest
from playwright.async_api import Route, expect

from tests.browser.conftest import Hire
from tests.browser.house import House
from tests.samples import PDF

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


async def test_what_is_typed_while_an_answer_is_sent_is_kept_with_its_draft(house: House, hire: Hire) -> None:
    nora = await hire("Nora")
    anna = await house.asks("Anna")
    page = await nora.takes(anna)
    arrived, go_on = asyncio.Event(), asyncio.Event()

    async def hold(route: Route) -> None:
        arrived.set()
        await go_on.wait()
        await route.continue_()

    await page.route("**/reply", hold)
    await page.fill("#words", "Arriva domani")
    await page.set_input_files("#file", {"name": "buono.pdf", "mimeType": "application/pdf", "buffer": PDF})
    key = await page.input_value("#composer [name=key]")
    await page.click("#composer button[type=submit]")
    await arrived.wait()
    await page.fill("#words", "E ancora una cosa")
    go_on.set()
    await expect(nora.said("Arriva domani")).to_be_visible()
    await expect(page.locator("#composer [name=key]")).not_to_have_value(key)
    await expect(page.locator("#words")).to_have_value("E ancora una cosa")
    assert await page.input_value("#file") == ""
    await page.reload()
    await expect(page.locator("#words")).to_have_value("E ancora una cosa")
    await page.click("#composer button[type=submit]")
    await expect(nora.said("E ancora una cosa")).to_be_visible()
    await expect(page.locator("#words")).to_have_value("")
    await page.reload()
    await expect(page.locator("#words")).to_have_value("")


async def test_the_help_opens_by_its_button(house: House, hire: Hire) -> None:
    nora = await hire("Nora")
    page = await nora.opens(await house.asks("Anna"))
    await page.click("[data-help]")
    await expect(page.locator("#help")).to_be_visible()
    await page.click("#help form button:last-child")
    await expect(page.locator("#help")).to_be_hidden()
    await page.focus("#thread")
    await expect(page.locator("#thread")).to_be_focused()
