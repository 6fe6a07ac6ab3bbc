"""When nothing, or only a template, can be sent: the desk says so, and says when it is over."""

import pytest
from playwright.async_api import expect

from bot.fakes.twilio import FakeUser
from tests.browser.conftest import Hire
from tests.browser.house import House, until

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


async def test_a_member_who_says_stop_is_still_answered(house: House, hire: Hire) -> None:
    nora = await hire("Nora")
    anna = await house.asks("Anna")
    page = await nora.takes(anna)
    await anna.hears("Nora")
    await anna.writes("STOP")
    await expect(nora.came("STOP")).to_be_visible()
    await expect(page.locator("#card .consents")).to_contain_text("withdrawn")
    await expect(page.locator("#lease")).to_contain_text("You have this conversation.")
    await nora.replies("Va bene Anna, niente offerte")
    await anna.hears("Va bene Anna, niente offerte")


async def test_a_number_that_the_carrier_has_blocked_cannot_be_written_to(house: House, hire: Hire) -> None:
    nora = await hire("Nora")
    bob = await house.asks("Bob", "sms")
    page = await nora.takes(bob)
    await bob.hears("Nora")
    assert isinstance(bob.phone, FakeUser)
    await bob.phone.stop()
    await expect(page.locator("#lease .shut")).to_have_text("The member asked for no more messages.")
    await expect(page.locator("#composer")).to_have_attribute("inert", "")
    await expect(page.locator("#card .channels .badge")).to_have_text("wants no messages")
    await page.reload()
    await expect(page.locator("#words")).to_be_disabled()
    await expect(page.locator("#why-not")).to_have_text("The member asked for no more messages.")
    await bob.writes("START")
    await nora.may_write()
    await nora.replies("Bentornato Bob")
    await bob.hears("Bentornato Bob")


async def test_after_a_day_a_template_opens_the_conversation_again(house: House, hire: Hire) -> None:
    await hire("Olga")
    anna = await house.asks("Anna")
    await house.later(hours=25)
    nora = await hire("Nora")
    page = await nora.opens(anna)
    await nora.act("take").click()
    await expect(page.locator("#lease .shut")).to_contain_text("only a template can be sent")
    await expect(page.locator("#words")).to_be_disabled()
    await expect(page.locator("#why-not")).to_contain_text("too long ago")
    template = page.locator("form.template")
    await expect(template.get_by_role("textbox")).to_have_value("Anna")
    await template.get_by_role("button").click()
    await anna.hears("Ciao Anna, abbiamo una risposta per te.")
    assert isinstance(anna.phone, FakeUser)
    await until(lambda: anna.phone.messages[-1].template)
    await expect(nora.said("abbiamo una risposta per te")).to_be_visible()

    await anna.writes("Eccomi!")
    await expect(nora.came("Eccomi!")).to_be_visible()
    await nora.may_write()
    await nora.replies("Il tuo pacco è partito")
    await anna.hears("Il tuo pacco è partito")
    assert not anna.phone.messages[-1].template


async def test_a_window_that_shuts_under_somebodys_hands_leaves_a_template(house: House, hire: Hire) -> None:
    await hire("Olga")
    anna = await house.asks("Anna")
    await house.later(hours=23, minutes=50)
    nora = await hire("Nora")
    page = await nora.takes(anna)
    await page.fill("#words", "una risposta lunga")
    await house.later(minutes=6)
    await house.asks("Bruno")
    await expect(page.locator("#lease .shut")).to_contain_text("only a template can be sent")
    await expect(page.locator("form.template")).to_be_visible()
    await expect(page.locator("#words")).to_be_disabled()
    await anna.writes("eccomi")
    await nora.may_write()
    await expect(page.locator("#words")).to_have_value("una risposta lunga")
