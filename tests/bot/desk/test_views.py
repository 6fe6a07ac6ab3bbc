"""What the hub sends is what the page shows."""

from typing import Any

import pytest

from bot.desk._hub_reads import Audience
from bot.desk._sessions import SignedIn
from bot.desk._views import PageViews
from storage import timeline
from storage.staff import SessionRow
from tests.bot.desk.front import Front, act
from tests.bot.desk.office import Browser


def viewer(browser: Browser) -> SignedIn:
    assert browser.staff is not None
    return SignedIn(browser.staff, SessionRow("hash", browser.staff.id, browser.csrf, 1, 1))


@pytest.mark.asyncio
async def test_entries_lease_card_and_queue_are_those_of_the_page(front: Front) -> None:
    member = await front.member()
    await front.hears(member, "Vorrei aiuto")
    await front.says(member, "Un attimo", status="dead", error="timeout", author_id=7)
    case = await front.waits(member)
    paola = await front.somebody()
    html = await paola.page(f"/members/{member}?market=IT")
    views, now = PageViews(front.context), front.clock()

    def draw(t: Any) -> Any:
        entries = timeline.page(t, member)
        drawn = views.entries(t, member, entries, Audience("en", may_reply=True))
        return drawn, views.lease(t, member, viewer(paola), now), views.queue(t, "market=IT", ("IT",), "en", now)

    entries, lease, queue = await front.database.read(draw)
    assert len(entries) == 3
    for one in entries:
        assert one.replace(" switched", "").strip() in html.replace(" switched", "")
    assert lease.html.strip() in html and (lease.version, lease.mine) == (case.version, False)
    assert queue.strip().replace(" open", " open here", 1).partition("<a ")[0] in html
    await front.taken(paola, member)
    taken = await front.database.read(lambda t: views.lease(t, member, viewer(paola), now))
    assert taken.mine


@pytest.mark.asyncio
@pytest.mark.parametrize("is_opted_out", [False, True])
async def test_the_bar_says_what_sending_does_when_the_case_s_address_is_gone(front: Front, is_opted_out: bool) -> None:
    member = await front.member()
    paola = await front.somebody()
    case = await front.taken(paola, member)
    await front.run(f"update support_case set address_id = 12345 where id = {case.id}")
    if is_opted_out:
        await front.opt_out(member)
    views, now = PageViews(front.context), front.clock()
    lease = await front.database.read(lambda t: views.lease(t, member, viewer(paola), now))
    sent = await act(paola, member, "reply", await front.case(member), words="Ciao")
    assert (lease.mine, sent.status_code) == ((False, 409) if is_opted_out else (True, 200))


@pytest.mark.asyncio
async def test_a_card_is_drawn_the_same_until_something_changes(front: Front) -> None:
    member = await front.member()
    paola = await front.somebody()
    views = PageViews(front.context)

    async def card() -> str:
        return await front.database.read(lambda t: views.card(t, member, viewer(paola), front.clock()))

    before = await card()
    assert before == await card()
    await front.earns(member, 10)
    assert before != await card()


@pytest.mark.asyncio
async def test_a_queue_of_other_markets_is_empty(front: Front) -> None:
    await front.waits(await front.member())
    views = PageViews(front.context)
    html = await front.database.read(lambda t: views.queue(t, "market=IT", ("DE",), "en", 1))
    assert html.strip() == ""
