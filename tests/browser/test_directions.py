"""Arabic in an English desk: each bubble runs as its words do, the page stays as it is, codes stay readable."""

import pytest
from playwright.async_api import Locator, expect

from tests.browser.conftest import Hire
from tests.browser.house import House

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]
QUESTION = "لم تصل نقاط مشترياتي أمس، الرمز هو BTN-4471 والمبلغ 35.50"
ANSWER = "أهلًا كريم، أتحقق من الرمز BTN-4471 الآن"


async def runs(one: Locator) -> str:
    """Which way it runs: rtl or ltr."""
    return str(await one.evaluate("one => getComputedStyle(one).direction"))


async def test_arabic_runs_from_the_right_and_the_page_from_the_left(house: House, hire: Hire) -> None:
    nora = await hire("Nora")
    karim = await house.asks("كريم", "telegram", locale="ar")
    page = await nora.takes(karim)
    await karim.writes(QUESTION, "ABC 123")
    asked, latin = nora.came(QUESTION), nora.came("ABC 123")
    await expect(latin).to_be_visible()
    assert await runs(page.locator("html")) == "ltr"
    assert await runs(page.locator("#thread")) == "ltr"
    assert await runs(asked.locator(".words")) == "rtl"
    assert await runs(latin.locator(".words")) == "ltr"
    assert await asked.evaluate("one => getComputedStyle(one.querySelector('.words')).unicodeBidi") == "plaintext"
    box, thread = await asked.bounding_box(), await page.locator("#thread").bounding_box()
    assert box is not None and thread is not None
    assert box["x"] - thread["x"] < 40, "what the member says stands on the left, in whatever script"

    await page.fill("#words", ANSWER)
    assert await runs(page.locator("#words")) == "rtl"
    await page.click("#composer button[type=submit]")
    await expect(nora.said(ANSWER)).to_be_visible()
    assert await runs(nora.said(ANSWER).locator(".words")) == "rtl"
    await karim.hears(ANSWER)

    name = page.locator("#conversation h1 bdi")
    await expect(name).to_have_text("كريم")
    assert await runs(name) == "rtl"
    preview = page.locator(".case .preview")
    await karim.writes(QUESTION)
    await expect(preview).to_contain_text("BTN-4471")
    assert await runs(preview) == "rtl"


async def test_a_code_in_arabic_words_runs_from_the_left(house: House, hire: Hire) -> None:
    nora = await hire("Nora")
    karim = await house.member("كريم", "telegram", locale="ar")
    await karim.writes("رصيدي")
    await karim.writes("بطاقتي")
    await karim.writes("موظف")
    page = await nora.opens(karim)
    codes = page.locator("#thread code, #card code, #card bdi[dir=ltr]")
    assert await codes.count() >= 1
    for number in range(await codes.count()):
        assert await runs(codes.nth(number)) == "ltr"
