"""What comes by itself: after a cut, and when somebody forgets a conversation."""

import pytest
from playwright.async_api import expect

from tests.browser.conftest import Hire
from tests.browser.house import House, until

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


async def test_what_came_while_the_line_was_cut_is_there_once_and_in_order(house: House, hire: Hire) -> None:
    nora = await hire("Nora")
    anna = await house.asks("Anna")
    page = await nora.takes(anna)
    nora.forgiven += ["ERR_INTERNET_DISCONNECTED", "ERR_NETWORK", "ERR_INCOMPLETE_CHUNKED"]
    await anna.writes("prima")
    await expect(nora.came("prima")).to_be_visible()
    banner = page.locator("#cut")
    await expect(banner).to_be_hidden()
    await nora.context.set_offline(True)
    for watch in list(house.app.desk.hub._watches):
        watch.close()
    await expect(banner).to_be_visible()
    await expect(banner).to_contain_text("The connection is cut.")
    missed = [f"messaggio {number}" for number in range(10)]
    await anna.writes(*missed)
    assert await page.locator(".entry.in", has_text="messaggio").count() == 0
    await nora.context.set_offline(False)
    await expect(nora.came(missed[-1])).to_be_visible()
    await expect(banner).to_be_hidden()
    assert [one for one in await nora.order() if one.startswith("messaggio")] == missed
    await anna.writes("dopo")
    await expect(nora.came("dopo")).to_have_count(1)
    assert (await nora.order())[-1] == "dopo"


async def test_who_does_nothing_is_warned_and_then_the_bot_is_back(house: House, hire: Hire) -> None:
    nora = await hire("Nora")
    anna = await house.asks("Anna")
    page = await nora.takes(anna)
    await nora.replies("Un momento")
    await house.later(minutes=25, seconds=10)
    await expect(page.locator("#lease .runs-out.warned")).to_be_visible()
    await expect(page.locator(".entry.event", has_text="Nothing has happened for a while")).to_be_visible()
    await page.reload()
    await expect(page.locator("#lease .runs-out [data-until]")).to_have_text("5 min")
    before = len(anna.heard)
    await house.later(minutes=5)
    await expect(page.locator("#lease")).to_contain_text("The bot has this conversation.")
    await expect(page.locator(".entry.event", has_text="the bot has the conversation again")).to_be_visible()
    await expect(page.locator("#composer")).to_have_attribute("inert", "")
    await until(lambda: len(anna.heard) > before)
    await anna.writes("saldo")
    await until(lambda: len(anna.heard) > before + 1)


async def test_a_member_who_waits_longer_than_that_is_back_in_the_queue(house: House, hire: Hire) -> None:
    nora, olga = await hire("Nora"), await hire("Olga")
    anna = await house.asks("Anna")
    await nora.takes(anna)
    await anna.writes("ci siete?")
    await olga.goes()
    await expect(olga.page.locator("#mine")).to_have_text("0")
    await olga.page.reload()
    await house.later(minutes=25, seconds=10)
    await olga.page.reload()
    await nora.page.reload()
    await house.later(minutes=5)
    await expect(nora.page.locator("#lease")).to_contain_text("Waiting in the queue.")
    await expect(olga.page.locator("#unowned")).to_have_text("1")
    await expect(nora.act("take")).to_be_visible()
