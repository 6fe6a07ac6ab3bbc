"""Every page, light and dark, wide and narrow: named, readable, reachable by keys, and telling what is new."""

from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.browser.agent import PHONE, Agent
from tests.browser.conftest import Hire
from tests.browser.house import House, Member
from tests.samples import png

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]
CHECKS = Path(__file__).with_name("checks.js").read_text()
CONTROLS = frozenset(
    {"button", "link", "textbox", "searchbox", "combobox", "checkbox", "radio", "spinbutton", "listbox", "dialog"}
    | {"DisclosureTriangle", "disclosureTriangle", "slider", "switch", "image", "img"}
)
_TO_THE_START = """() => {
    const body = document.body;
    body.tabIndex = -1;
    body.focus();
    body.removeAttribute("tabindex");
}"""
LOOKS: dict[str, dict[str, Any]] = {
    "light": {},
    "dark": {"color_scheme": "dark"},
    "phone": PHONE,
    "phone in the dark": {**PHONE, "color_scheme": "dark"},
}


async def complaints(page: Page, what: str) -> list[str]:
    found: list[str] = await page.evaluate(f"({CHECKS}).{what}()")
    return found


async def nameless(page: Page) -> list[str]:
    """What the browser tells assistive technology has no name: controls, pictures, dialogs."""
    session = await page.context.new_cdp_session(page)
    tree = await session.send("Accessibility.getFullAXTree")
    await session.detach()
    return [
        str(node["role"]["value"])
        for node in tree["nodes"]
        if not node.get("ignored")
        and node.get("role", {}).get("value") in CONTROLS
        and not str(node.get("name", {}).get("value", "")).strip()
    ]


async def walk(page: Page, tries: int = 3) -> list[str]:
    """Tab through the page: every stop once, in the order of the document, each seen."""
    count: Any = await complaints(page, "stops")
    await page.evaluate(_TO_THE_START)
    wrong: list[str] = []
    visited: list[int] = []
    for _ in range(int(count) + 8):
        await page.keyboard.press("Tab")
        here: Any = await complaints(page, "here")
        if here is None or (here[0] in visited[:-1] and here[0] >= 0):
            break
        visited.append(here[0])
        wrong += [] if here[1] else [f"no ring: {here[2]}"]
    if await page.locator("[data-stop]").count() < count and tries > 1:
        return await walk(page, tries - 1)  # something was drawn anew meanwhile
    known = list(dict.fromkeys(number for number in visited if number >= 0))
    wrong += [] if known == sorted(known) else [f"not in order: {known}"]
    for number in sorted(set(range(int(count))) - set(known)):
        missed = page.locator(f"[data-stop='{number}']")
        wrong.append("not reached: " + await missed.evaluate("one => one.outerHTML.slice(0, 90)"))
    return wrong


async def judge(page: Page, *, keys: bool = True) -> None:
    await page.wait_for_load_state()
    found = {
        "names": await nameless(page),
        "contrast": await complaints(page, "contrast"),
        "structure": await complaints(page, "structure"),
        "keys": await walk(page) if keys else [],
    }
    assert {name: one for name, one in found.items() if one} == {}, page.url


async def lived_in(house: House, nora: Agent, olga: Agent) -> tuple[Member, Member]:
    """One conversation that is nora's, with some of everything in it, and one that is a colleague's."""
    anna, bruno = await house.asks("Anna"), await house.asks("Bruno", "sms")
    page = await nora.takes(anna)
    await nora.replies("Buongiorno, vedi https://shop.example/resi")
    await anna.phone.send_file(png(4), "image/png", caption="lo scontrino")  # type: ignore[union-attr]
    house.twilio.fail_next(63013)
    await nora.replies("non arriva")
    await expect(page.locator(".entry.failed .resend")).to_be_visible()
    await page.click(".noting summary")
    await page.fill("#note-words", "una nota")
    await page.click("#note button")
    await expect(page.locator(".entry.note")).to_be_visible()
    await olga.takes(bruno)
    return anna, bruno


@pytest.mark.parametrize("look", list(LOOKS))
async def test_conversations(house: House, hire: Hire, look: str) -> None:
    nora, olga = await hire("Nora", **LOOKS[look]), await hire("Olga")
    anna, bruno = await lived_in(house, nora, olga)
    page = await nora.opens(anna)
    await nora.further()
    await page.click(".noting summary")
    await judge(page)
    await nora.opens(bruno)
    await judge(page, keys=look == "light")
    await nora.goes()
    if look in ("light", "dark"):
        await page.click(".filtering summary")
    await judge(page)


@pytest.mark.parametrize("look", list(LOOKS))
async def test_the_other_pages(house: House, hire: Hire, look: str) -> None:
    ada = await hire("Ada", "admin", **LOOKS[look])
    await house.asks("Anna")
    for path in ("/search?q=anna", "/figures", "/staff", "/audit", "/me"):
        await judge(await ada.goes(path), keys=look == "light")


@pytest.mark.parametrize("look", list(LOOKS))
async def test_signing_in(house: House, hire: Hire, look: str) -> None:
    nora = await hire("Nora", signed_in=False, **LOOKS[look])
    nora.forgiven.append("401")
    page = await nora.goes("/sign-in")
    await judge(page)
    await page.fill("[name=email]", nora.row.email)
    await page.fill("[name=password]", "not this one")
    await page.click("form.sheet button")
    await expect(page.get_by_role("alert")).to_contain_text("wrong")
    await judge(page)


async def test_what_a_screen_reader_is_told(house: House, hire: Hire) -> None:
    nora = await hire("Nora")
    anna = await house.asks("Anna")
    page = await nora.takes(anna)
    log = page.get_by_role("log", name="Messages")
    await expect(log).to_have_attribute("aria-live", "polite")
    await anna.writes("ci siete?")
    await expect(page.get_by_role("status").first).to_have_text("A new message from the member.")
    await expect(log).to_contain_text("ci siete?")
    await page.fill("#words", "Eccomi")
    await page.click("#composer button[type=submit]")
    await expect(page.get_by_role("status").first).to_have_text("Sent.")
    await page.keyboard.press("Escape")
    await page.keyboard.press("?")
    await expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    assert await complaints(page, "contrast") == []
    for landmark in ("main", "navigation", "search"):
        await expect(page.get_by_role(landmark).first).to_be_attached()  # type: ignore[arg-type]


async def test_the_checks_find_what_is_wrong(house: House, hire: Hire) -> None:
    """Each of them complains of a page that is made worse on purpose."""
    nora = await hire("Nora")
    page = await nora.goes()
    await page.evaluate("""() => {
        const bad = document.createElement("div");
        bad.innerHTML = '<button id="b1"></button><img src="/desk/logo"><p id="grey">grey</p><h1>again</h1>';
        document.querySelector("main").append(bad);
        document.querySelector("#grey").style.color = "rgb(190 190 190)";
        document.querySelector("#b1").style.outline = "none";
        document.querySelector("#q").tabIndex = 3;
    }""")
    assert "button" in await nameless(page)
    assert any('"grey"' in one for one in await complaints(page, "contrast"))
    wrong = await complaints(page, "structure")
    assert any("h1" in one for one in wrong)
    assert any("no alt" in one for one in wrong)
    assert any("tabindex" in one for one in wrong)
    walked = await walk(page)
    assert any("no ring" in one and "b1" in one for one in walked)
    assert any("not reached" in one and 'id="q"' in one for one in walked)
