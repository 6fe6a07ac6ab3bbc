"""Several people at the desk: who was first, who has it, who is told what."""

import asyncio

import pytest
from playwright.async_api import Route, expect

from tests.browser.conftest import Hire
from tests.browser.house import House

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


async def test_of_two_who_take_at_once_one_has_it_and_the_other_reads_who(house: House, hire: Hire) -> None:
    nora, olga = await hire("Nora"), await hire("Olga")
    anna = await house.asks("Anna")
    await asyncio.gather(nora.opens(anna), olga.opens(anna))
    for agent in (nora, olga):
        agent.forgiven += ["409"]
        await expect(agent.act("take")).to_be_visible()
    both = asyncio.Barrier(2)

    async def together(route: Route) -> None:
        await both.wait()
        await route.continue_()

    for agent in (nora, olga):
        await agent.page.route("**/take", together)
    await asyncio.gather(nora.act("take").click(no_wait_after=True), olga.act("take").click(no_wait_after=True))
    said = (nora.page.locator(".wrong"), olga.page.locator(".wrong"))
    await expect(said[0].or_(nora.page.locator("#lease[data-mine=true]"))).to_be_visible()
    await expect(said[1].or_(olga.page.locator("#lease[data-mine=true]"))).to_be_visible()

    rows = await house.rows(f"select owner_id, status from support_case where member_id = {anna.id}")
    winner, loser = (nora, olga) if rows[0][0] == nora.row.id else (olga, nora)
    assert rows == [(winner.row.id, "open")]
    await winner.may_write()
    await expect(loser.page.locator("#lease")).to_contain_text(f"{winner.row.name} has this conversation.")
    await expect(loser.page.get_by_role("alert").filter(has_text=winner.row.name)).to_have_text(
        f"{winner.row.name} took this conversation a moment ago."
    )
    await expect(loser.page.locator("#words")).to_be_disabled()
    await anna.hears(winner.row.name)
    assert not [one for one in anna.heard if loser.row.name in one]


async def test_a_colleague_reads_along_and_notes_stay_among_the_staff(house: House, hire: Hire) -> None:
    nora, olga = await hire("Nora"), await hire("Olga")
    anna = await house.asks("Anna")
    await nora.takes(anna)
    await olga.opens(anna)
    await expect(olga.page.locator("#lease")).to_contain_text("Nora has this conversation.")
    await nora.replies("Buongiorno Anna")
    await expect(olga.said("Buongiorno Anna")).to_be_visible()
    await expect(olga.said("Buongiorno Anna").locator(".author")).to_have_text("Nora")

    await olga.page.click(".noting summary")
    await olga.page.fill("#note-words", "Cliente da anni, attenzione")
    await olga.page.click("#note button")
    for agent in (olga, nora):
        note = agent.page.locator(".entry.note", has_text="Cliente da anni")
        await expect(note).to_be_visible()
        await expect(note).to_contain_text("seen by the staff only")
    await anna.hears("Buongiorno Anna")
    await nora.replies("Ecco fatto")
    await anna.hears("Ecco fatto")
    assert not [one for one in anna.heard if "Cliente da anni" in one]


async def test_a_conversation_is_handed_to_a_colleague(house: House, hire: Hire) -> None:
    nora, olga = await hire("Nora"), await hire("Olga")
    anna = await house.asks("Anna")
    await nora.takes(anna)
    await olga.opens(anna)
    await nora.further()
    await nora.page.select_option("select[name=to]", str(olga.row.id))
    await nora.act("assign").click()
    await olga.may_write()
    await expect(nora.page.locator("#lease")).to_contain_text("Olga has this conversation.")
    await expect(nora.page.locator("#composer")).to_have_attribute("inert", "")
    await expect(nora.page.locator(".entry.event").last).to_contain_text("Nora gave the conversation to Olga.")
    await olga.replies("Continuo io, Anna")
    await anna.hears("Continuo io, Anna")


async def test_what_was_put_aside_comes_back_when_the_member_writes(house: House, hire: Hire) -> None:
    nora = await hire("Nora")
    anna = await house.asks("Anna")
    page = await nora.takes(anna)
    await nora.further()
    await page.select_option("select[name=until]", "reply")
    await nora.act("snooze").click()
    await expect(page.locator("#lease")).to_contain_text("put aside")
    await expect(page.locator("#cases .case")).to_have_count(0)
    await anna.writes("Ho trovato lo scontrino")
    await expect(nora.came("Ho trovato lo scontrino")).to_be_visible()
    await nora.may_write()
    await expect(page.locator(f"#cases .case[data-member='{anna.id}']")).to_be_visible()
    await nora.replies("Perfetto")
    await anna.hears("Perfetto")
