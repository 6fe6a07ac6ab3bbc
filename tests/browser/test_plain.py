"""The desk in a browser that runs no scripts: links and forms."""

import pytest
from playwright.async_api import expect

from tests.browser.conftest import Hire
from tests.browser.house import House

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


async def test_a_case_is_worked_without_a_script(house: House, hire: Hire) -> None:
    nora = await hire("Nora", signed_in=False, java_script_enabled=False)
    anna = await house.asks("Anna")
    page = nora.page
    await nora.signs_in()
    await page.locator(".case a").click()
    await expect(page.locator("#conversation h1")).to_have_text("Anna")
    await nora.act("take").click()
    await nora.may_write()
    await page.select_option("#canned", "greeting")
    await page.locator(".pick .insert").click()
    await expect(page.locator("#words")).to_have_value("Ciao Anna, qui Nora. Come posso aiutarti?")
    await page.click("#composer button[type=submit]")
    await anna.hears("Ciao Anna, qui Nora.")
    await expect(nora.said("Ciao Anna, qui Nora.")).to_be_visible()
    await page.locator(".noting summary").click()
    await page.fill("#note-words", "tutto a mano")
    await page.click("#note button")
    await expect(page.locator(".entry.note")).to_contain_text("tutto a mano")
    await anna.writes("grazie")
    await page.reload()
    await expect(nora.came("grazie")).to_be_visible()
    await nora.act("resolve").click()
    await expect(page.locator("#lease")).to_contain_text("Resolved")
    await anna.hears("Com'è stato l'aiuto")
    assert not [one for one in anna.heard if "tutto a mano" in one]
    await page.click(".sign-out button")
    await expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


async def test_who_was_too_late_reads_why_and_keeps_what_was_typed(house: House, hire: Hire) -> None:
    nora = await hire("Nora", java_script_enabled=False)
    olga = await hire("Olga", "supervisor")
    nora.forgiven.append("409")
    anna = await house.asks("Anna")
    await nora.goes(f"/members/{anna.id}")
    await nora.act("take").click()
    await olga.takes(anna)
    await nora.page.fill("#words", "una lunga risposta")
    await nora.page.click("#composer button[type=submit]")
    await expect(nora.page.get_by_role("alert")).to_contain_text("Olga took this conversation a moment ago.")
    await expect(nora.page.locator("#words")).to_have_value("una lunga risposta")
    assert not [one for one in anna.heard if "lunga risposta" in one]
