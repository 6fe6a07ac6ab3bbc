"""The desk without a mouse."""

import pytest
from playwright.async_api import Page, expect

from tests.browser.conftest import Hire
from tests.browser.house import PASSWORD, House

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]
_RING = """() => {
    const style = getComputedStyle(document.activeElement);
    const ring = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
    return [document.activeElement.id || document.activeElement.name || document.activeElement.tagName, ring];
}"""


async def on(page: Page, wanted: str) -> None:
    """The focus is there, and can be seen."""
    await expect(page.locator(wanted).first).to_be_focused()
    name, ring = await page.evaluate(_RING)
    assert ring, f"the focus cannot be seen on {name}"


async def tab_to(page: Page, wanted: str, most: int = 60) -> None:
    for _ in range(most):
        await page.keyboard.press("Tab")
        if await page.locator(wanted).first.evaluate("one => one === document.activeElement"):
            return await on(page, wanted)
    raise AssertionError(f"Tab does not lead to {wanted}")


async def test_signing_in_and_finding_a_conversation(house: House, hire: Hire) -> None:
    nora = await hire("Nora", signed_in=False)
    bruno, anna = await house.asks("Bruno"), await house.asks("Anna")
    page, keys = nora.page, nora.page.keyboard
    await nora.goes("/sign-in")
    await on(page, "[name=email]")
    await keys.type(nora.row.email)
    await tab_to(page, "[name=password]")
    await keys.type(PASSWORD)
    await keys.press("Enter")
    await expect(page.locator(".case")).to_have_count(2)
    await page.wait_for_load_state()

    await keys.press("j")
    await on(page, f".case[data-member='{bruno.id}'] a")
    await keys.press("j")
    await on(page, f".case[data-member='{anna.id}'] a")
    await keys.press("k")
    await on(page, f".case[data-member='{bruno.id}'] a")
    await bruno.writes("ci siete?")
    await expect(page.locator(".preview", has_text="ci siete?")).to_be_visible()
    await on(page, f".case[data-member='{bruno.id}'] a")
    await keys.press("j")
    await keys.press("Enter")
    await expect(page.locator("#conversation h1")).to_have_text("Anna")
    await page.wait_for_load_state()
    await keys.press("?")
    await expect(page.locator("#help")).to_be_visible()
    assert await page.evaluate("document.querySelector('#help').contains(document.activeElement)")
    await keys.press("Escape")
    await expect(page.locator("#help")).to_be_hidden()
    await expect(page.locator("#help :focus")).to_have_count(0)
    await keys.press("/")
    await on(page, "#q")


async def test_a_case_is_worked_by_keys(house: House, hire: Hire) -> None:
    nora = await hire("Nora")
    bruno, anna = await house.asks("Bruno"), await house.asks("Anna")
    page, keys = await nora.opens(anna), nora.page.keyboard
    await keys.press("t")
    await nora.may_write()
    await keys.press("r")
    await on(page, "#words")
    await keys.type("Buongiorno, j k t e n sono lettere")
    await keys.press("Control+Enter")
    await expect(nora.said("sono lettere")).to_be_visible()
    await anna.hears("Buongiorno, j k t e n sono lettere")
    await on(page, "#words")
    await keys.press("Escape")
    await expect(page.locator("#words")).not_to_be_focused()
    await keys.press("n")
    await on(page, "#note-words")
    await keys.type("chiamata al corriere")
    await tab_to(page, "#note button", 2)
    await keys.press("Enter")
    await expect(page.locator(".entry.note")).to_contain_text("chiamata al corriere")
    await keys.press("Escape")
    await keys.press("e")
    await expect(page.locator("#lease")).to_contain_text("Resolved")
    assert await house.rows(f"select status from support_case where member_id = {anna.id}") == [("resolved",)]
    assert await house.rows(f"select status from support_case where member_id = {bruno.id}") == [("open",)]


async def test_single_letters_can_be_turned_off(house: House, hire: Hire) -> None:
    nora = await hire("Nora")
    anna = await house.asks("Anna")
    page, keys = await nora.opens(anna), nora.page.keyboard
    await keys.press("?")
    await tab_to(page, "#keys", 4)
    await keys.press("Space")
    await keys.press("Escape")
    await expect(page.locator("#help :focus")).to_have_count(0)
    await keys.press("t")
    await page.reload()
    await keys.press("t")
    await expect(nora.act("take")).to_be_visible()
    await expect(page.locator("#lease")).to_contain_text("Waiting in the queue.")
