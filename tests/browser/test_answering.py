"""A conversation from the member's question to the score: what stands on the page and what reaches the phone."""

import pytest
from playwright.async_api import expect

from bot.fakes.twilio import FakeUser
from tests.browser.conftest import Hire
from tests.browser.house import House, until
from tests.samples import PDF, png

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


async def test_answers_and_questions_cross_and_each_arrives_once(house: House, hire: Hire) -> None:
    nora = await hire("Nora")
    anna = await house.asks("Anna")
    page = await nora.takes(anna)
    await anna.hears("Nora")
    before = len(anna.heard)
    loads: list[str] = []
    page.on("load", lambda: loads.append(page.url))
    asked = [f"domanda numero {number}" for number in range(1, 5)]
    answered = [f"risposta numero {number}" for number in range(1, 5)]
    for question, answer in zip(asked, answered, strict=True):
        await anna.writes(question)
        await nora.replies(answer)
    await anna.writes("saldo")
    await expect(nora.came("saldo")).to_be_visible()
    await anna.hears(answered[-1])
    await house.quiet()

    assert anna.heard[before:] == answered, "the bot is silent, and each answer came once"
    shown = [one for one in await nora.order() if one in (*asked, *answered)]
    assert [one for one in shown if one in asked] == asked
    assert [one for one in shown if one in answered] == answered
    assert loads == []
    await expect(page.locator(".entry.out .state").last).to_have_text("read")


async def test_files_go_both_ways(house: House, hire: Hire) -> None:
    nora = await hire("Nora")
    anna = await house.asks("Anna")
    page = await nora.takes(anna)
    assert isinstance(anna.phone, FakeUser)
    await anna.phone.send_file(png(12), "image/png", caption="ecco lo scontrino")
    image = nora.came("ecco lo scontrino").locator("img")
    await expect(image).to_be_visible()
    assert await page.wait_for_function("document.querySelector('.entry.in img').naturalWidth === 348")

    await page.fill("#words", "Il tuo buono")
    await page.set_input_files("#file", {"name": "buono.pdf", "mimeType": "application/pdf", "buffer": PDF})
    await expect(page.locator("output.chosen")).to_contain_text("buono.pdf")
    await page.click("#composer button[type=submit]")
    await expect(page.locator(".entry.out .file", has_text="buono.pdf")).to_be_visible()
    await until(lambda: any(one.files == (("application/pdf", PDF),) for one in anna.phone.messages))
    await anna.hears("Il tuo buono")
    await expect(page.locator("output.chosen")).to_have_text("")
    await page.reload()
    await expect(image).to_be_in_viewport()
    assert await page.wait_for_function("document.querySelector('.entry.in img').naturalWidth === 348")
    await expect(page.locator(".entry").last).to_be_in_viewport(ratio=0.9)


async def test_the_bot_takes_up_the_question_it_had_asked(house: House, hire: Hire) -> None:
    nora = await hire("Nora")
    anna = await house.member("Anna")
    await anna.writes("compleanno")
    await anna.hears("24 marzo 1990")
    await anna.writes("operatore")
    await anna.hears("ti risponderà qui")
    page = await nora.takes(anna)
    await nora.replies("Non serve il tuo compleanno")
    before = len(anna.heard)
    await nora.act("return").click()
    await expect(page.locator("#lease")).to_contain_text("The bot has this conversation.")
    await until(lambda: any("24 marzo 1990" in one for one in anna.heard[before:]), seen=lambda: anna.heard)
    assert any("di nuovo l'assistente" in one for one in anna.heard[before:])
    await expect(page.locator("#composer")).to_have_attribute("inert", "")
    await anna.writes("24 marzo 1990")
    await anna.hears("24 marzo.")
    await expect(nora.came("24 marzo 1990")).to_be_visible()


async def test_a_resolved_matter_is_scored_and_the_score_is_on_the_card(house: House, hire: Hire) -> None:
    nora = await hire("Nora")
    anna = await house.asks("Anna")
    assert isinstance(anna.phone, FakeUser)
    page = await nora.takes(anna)
    await nora.replies("Fatto")
    await nora.act("resolve").click()
    await expect(page.locator("#lease")).to_contain_text("Resolved")
    await anna.hears("Com'è stato l'aiuto")
    await until(lambda: anna.phone.messages[-1].buttons)
    await anna.phone.press(anna.phone.messages[-1], 4)
    await anna.hears("Grazie per avercelo detto!")
    await expect(page.locator(".entry.event", has_text="The member gave the help 5 of 5.")).to_be_visible()
    await expect(page.locator("#card .score")).to_have_text("5 of 5")


async def test_points_are_given_up_to_what_one_person_may_give(house: House, hire: Hire) -> None:
    nora = await hire("Nora")
    anna, bruno = await house.asks("Anna"), await house.member("Bruno")
    await bruno.writes("saldo")
    page = await nora.takes(anna)
    other = await nora.context.new_page()
    await other.goto(f"{nora.root}/members/{bruno.id}")
    await other.fill("#card [name=points]", "100")
    await page.fill("#card [name=points]", "150")
    await page.click("#card form[data-act=points] button")
    await expect(page.locator(".entry.event", has_text="Nora gave 150 points")).to_be_visible()
    nora.forgiven.append("422")
    await other.click("#card form[data-act=points] button")
    await expect(other.locator("#card [role=alert]")).to_have_text("That is more than you may give today: 50 are left.")
    await expect(other.locator("#card [name=points]")).to_have_value("100")
    await page.reload()
    await expect(page.locator("#card")).to_contain_text("You can give 50 more today, of 200.")
    await expect(page.locator("#card .holds strong").first).to_have_text("150")


async def test_what_the_provider_refused_says_why_and_is_sent_again(house: House, hire: Hire) -> None:
    nora = await hire("Nora")
    anna = await house.asks("Anna")
    await nora.takes(anna)
    await anna.hears("Nora")
    house.twilio.fail_next(63013)
    await nora.replies("Ecco il rimborso")
    entry = nora.said("Ecco il rimborso")
    await expect(entry.locator(".reason")).to_have_text("The provider refused the message.")
    await expect(entry.locator(".state")).to_have_class("state failed")
    assert "Ecco il rimborso" not in anna.heard
    await entry.get_by_role("button", name="Send again").click()
    await anna.hears("Ecco il rimborso")
    await expect(entry.locator(".reason")).to_have_count(0)
    await expect(entry.get_by_role("button", name="Send again")).to_have_count(0)
    assert sum("Ecco il rimborso" in one for one in anna.heard) == 1


async def test_a_ready_answer_is_filled_in_the_members_language(house: House, hire: Hire) -> None:
    nora = await hire("Nora")
    anna = await house.asks("Anna")
    page = await nora.takes(anna)
    await page.select_option("#canned", "greeting")
    await expect(page.locator("#words")).to_have_value("Ciao Anna, qui Nora. Come posso aiutarti?")
    await page.press("#words", "Control+Enter")
    await anna.hears("Ciao Anna, qui Nora. Come posso aiutarti?")
