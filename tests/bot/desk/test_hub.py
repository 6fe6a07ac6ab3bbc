"""The hub: nothing is lost however often a page is cut, each thing is drawn once, and a slow page costs nothing."""

import asyncio
import random

import pytest
import pytest_asyncio

from bot.desk._hub import Pace
from bot.desk._hub_reads import MOST_MISSED, lasting
from storage import cases, timeline
from storage.staff import StaffRow
from tests.bot.desk.desks import QUICK, Office, Stub
from tests.builders import query


@pytest_asyncio.fixture
async def office(database):
    found = Office(database)
    yield found
    found.hub.close()
    await asyncio.sleep(0)


@pytest.mark.asyncio
async def test_what_is_written_reaches_the_page_that_looks_at_it(office) -> None:
    anna, bruno = await office.person(1), await office.person(2)
    viewer = await office.staff()
    page, other = office.open(viewer, anna), office.open(viewer, bruno)
    sent = await office.say(anna)
    noted = await office.note(anna, "careful")
    await page.until(lambda one: {sent, noted} <= one.entries.keys())
    await office.settle()
    assert page.order == [sent, noted]
    assert page.entries[sent] == f"{sent}:pending:en"
    assert other.order == []
    assert page.last_id.startswith(f"{noted}-")


@pytest.mark.asyncio
async def test_a_message_whose_state_changes_is_sent_again(office) -> None:
    anna = await office.person(1)
    page = office.open(await office.staff(), anna)
    sent = await office.say(anna)
    await page.until(lambda one: sent in one.entries)
    await office.mark(anna, sent, "sent")
    await page.until(lambda one: one.entries[sent].startswith(f"{sent}:sent"))
    assert page.order == [sent, sent]


@pytest.mark.asyncio
async def test_nothing_is_told_twice_while_nobody_is_cut(office) -> None:
    anna = await office.person(1)
    page = office.open(await office.staff(), anna)
    written = [await office.say(anna, str(number)) for number in range(20)]
    await page.until(lambda one: written[-1] in one.entries)
    office.hub.touched(frozenset({anna}))
    await office.settle()
    assert page.order == written


@pytest.mark.asyncio
async def test_a_hundred_cuts_lose_nothing(office, monkeypatch: pytest.MonkeyPatch) -> None:
    """Cut at random moments, the page goes on from its last id: what it got in all is what was written, in order.

    Without the margins that look at a little of the past again, so that nothing but the stamp can save it.
    """
    monkeypatch.setattr(timeline, "_ID_MARGIN", 0)
    monkeypatch.setattr(timeline, "_OVERLAP", 0)
    chance, anna = random.Random(5), await office.person(1)
    viewer = await office.staff()
    written: list[int] = []
    got: dict[int, str] = {}
    last, cuts = f"0-{office.clock.now}", 0
    page = office.open(viewer, anna, last)
    first_seen: list[int] = []
    while cuts < 100:
        written.append(await office.say(anna))
        office.clock.later(chance.randrange(3_000_000))
        if chance.random() < 0.3:
            await office.mark(anna, chance.choice(written[-5:]), chance.choice(("sent", "delivered", "read")))
        if chance.random() < 0.5:
            await asyncio.sleep(chance.random() * 0.006)
            await page.cut()
            cuts += 1
            first_seen += [one for one in dict.fromkeys(page.order) if one not in got]
            got |= page.entries
            last = page.last_id or last
            page = office.open(viewer, anna, last)
    await page.until(lambda one: (got | one.entries).keys() >= set(written))
    await office.settle()
    first_seen += [one for one in dict.fromkeys(page.order) if one not in got]
    got |= page.entries
    assert first_seen == written
    rows = await office.database.read(lambda t: t.all(query("select id, status from outbox")))
    assert got == {entry: f"{entry}:{status}:en" for entry, status in rows}


@pytest.mark.asyncio
async def test_a_page_that_does_not_read_is_cut_and_told_everything_later(office) -> None:
    anna = await office.person(1)
    viewer = await office.staff()
    slow = office.hub.watch(viewer, member_id=anna)
    written = []
    await anext(slow)
    while slow.is_live or len(written) < 10:
        written.append(await office.say(anna, "x" * 10))
        await asyncio.sleep(0.002)
    drawn = office.views.drawn.total()
    written += [await office.say(anna) for _ in range(5)]
    await office.settle()
    assert (slow._size, office.views.drawn.total()) == (0, drawn)
    page = office.open(viewer, anna)
    page.task.cancel()
    page.watch.close()
    page.watch = slow
    page.task = asyncio.create_task(page._read())
    await page.until(lambda one: set(written) <= one.entries.keys())
    assert list(dict.fromkeys(page.order)) == written
    assert slow.is_live


@pytest.mark.asyncio
async def test_who_missed_too_much_loads_the_page_again(office) -> None:
    anna = await office.person(1)
    office.views.failing = set()

    for _ in range(3):
        await asyncio.gather(*(office.say(anna) for _ in range((MOST_MISSED + 3) // 3)))
    page = office.open(await office.staff(), anna, f"0-{office.clock.now}")
    await page.until(lambda one: one.named("reload"))
    assert page.order == []


@pytest.mark.asyncio
async def test_an_entry_is_drawn_once_for_all_who_read_the_same_language(office) -> None:
    anna = await office.person(1)
    pages = [office.open(await office.staff(n, locale="it" if n > 3 else "en"), anna) for n in range(1, 7)]
    await asyncio.gather(*(page.until(lambda one: one.named("lease")) for page in pages))
    sent = await office.say(anna)
    await asyncio.gather(*(page.until(lambda one, sent=sent: sent in one.entries) for page in pages))
    counts = {key: count for key, count in office.views.drawn.items() if key[0] == "entry"}
    assert sorted((key[3].locale, count) for key, count in counts.items()) == [("en", 1), ("it", 1)]
    assert {page.entries[sent][-2:] for page in pages} == {"en", "it"}


@pytest.mark.asyncio
async def test_the_lease_is_told_only_when_it_looks_different(office) -> None:
    anna = await office.person(1)
    page = office.open(await office.staff(), anna)
    await page.until(lambda one: one.named("lease"))
    await office.say(anna)
    await page.until(lambda one: one.entries)
    assert len(page.named("lease")) == 1
    office.views.lease_of = "Ada"
    await office.note(anna, "taken")
    await page.until(lambda one: len(one.named("lease")) == 2)
    assert page.named("lease")[1] == {"html": "Ada", "version": 1, "mine": False}


@pytest.mark.asyncio
async def test_a_burst_draws_the_card_at_once_and_once_more(database) -> None:
    office = Office(database, pace=Pace(card=0.3, digest=60, beat=60, sweep=60))
    anna = await office.person(1)
    page = office.open(await office.staff(), anna)
    await page.until(lambda one: one.named("card"))
    for number in range(10):
        await office.say(anna, str(number))
        await asyncio.sleep(0.006)
    assert len(page.named("card")) == 1
    await page.until(lambda one: len(one.named("card")) == 2)
    await asyncio.sleep(0.4)
    assert len(page.named("card")) == 2
    office.hub.close()


@pytest.mark.asyncio
async def test_a_queue_is_drawn_once_for_all_and_at_most_so_often(database) -> None:
    office = Office(database, pace=Pace(card=60, digest=0.2, beat=60, sweep=60))
    anna = await office.person(1, owner=2)
    pages = [office.open(await office.staff(n), query="owner=0") for n in range(1, 6)]
    await asyncio.gather(*(page.until(lambda one: one.named("queue")) for page in pages))
    started = asyncio.get_running_loop().time()
    before = len(pages[0].named("queue"))
    while asyncio.get_running_loop().time() < started + 1.0:
        await office.database.write(lambda t: t.run(query("update support_case set waiting_since = waiting_since + 1")))
        await office.say(anna)
        await asyncio.sleep(0.005)
    assert 3 <= len(pages[0].named("queue")) - before <= 6
    assert office.views.drawn["queue", "owner=0", (), "en"] <= len(pages[0].named("queue")) + 2
    first = pages[0].named("queue")[0]
    assert (first["waiting"], first["unowned"], first["mine"]) == (1, 0, 0)
    assert pages[1].named("queue")[0]["mine"] == 1
    office.hub.close()


@pytest.mark.asyncio
async def test_a_queue_that_did_not_change_is_not_sent_again(office) -> None:
    anna = await office.person(1)
    page = office.open(await office.staff(), query="")
    await page.until(lambda one: one.named("queue"))
    for _ in range(5):
        await office.say(anna)
        await asyncio.sleep(0.03)
    assert len(page.named("queue")) == 1


@pytest.mark.asyncio
async def test_nothing_is_read_while_nobody_looks(office) -> None:
    anna = await office.person(1)
    page = office.open(await office.staff(), anna, query="")
    await page.until(lambda one: one.named("queue"))
    await page.cut()
    reads = []
    read = office.database.read
    office.database.read = lambda work: reads.append(work) or read(work)
    await office.say(anna)
    await office.settle()
    assert (office.hub.size, reads) == (0, [])
    assert office.hub._conversations == {}


@pytest.mark.asyncio
async def test_what_another_process_writes_is_found_by_the_sweep(database) -> None:
    office = Office(database, pace=Pace(card=60, digest=60, beat=60, sweep=0.05))
    anna = await office.person(1)
    page = office.open(await office.staff(), anna)
    await page.until(lambda one: one.named("lease"))
    database._subscribers.clear()
    sent = await office.say(anna)
    await page.until(lambda one: sent in one.entries)
    leases = office.views.drawn["lease"]
    await asyncio.sleep(0.2)
    assert office.views.drawn["lease"] == leases
    office.hub.close()


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "change",
    [
        "delete from staff_session",
        "update staff set disabled_at = 1",
        "update staff set role = 'marketer'",
        "update staff set markets = '[\"FR\"]'",
    ],
)
async def test_who_may_not_look_any_more_is_sent_away(office, change: str) -> None:
    anna = await office.person(1)
    page = office.open(await office.staff(), anna)
    await page.until(lambda one: one.named("lease"))
    await office.database.write(lambda t: t.run(query(change)))
    office.hub.sign_out(1)
    await page.until(lambda one: one.task.done())
    assert [event for event, _ in page.events][-1] == "bye"
    assert office.hub.size == 0


@pytest.mark.asyncio
async def test_who_is_sent_away_elsewhere_is_noticed_at_the_next_beat(database) -> None:
    office = Office(database, pace=Pace(card=60, digest=60, beat=0.05, sweep=60))
    page = office.open(await office.staff(), await office.person(1))
    other = office.open(await office.staff(2), query="")
    await asyncio.sleep(0.2)
    assert not page.named("bye")
    await database.write(lambda t: t.run(query("update staff set disabled_at = 1 where id = 1")))
    await page.until(lambda one: one.task.done())
    assert page.named("bye")
    assert not other.task.done()
    office.hub.close()


@pytest.mark.asyncio
@pytest.mark.parametrize("change", ["role = 'supervisor'", "markets = '[\"IT\"]'"])
async def test_who_may_do_other_things_now_loads_their_pages_again(office, change: str) -> None:
    page, queue = office.open(viewer := await office.staff(), await office.person(1)), office.open(viewer, query="")
    other = office.open(await office.staff(2), query="")
    await page.until(lambda one: one.named("lease"))
    await office.database.write(lambda t: t.run(query(f"update staff set {change} where id = 1")))
    office.hub.sign_out(1)
    for one in (page, queue):
        await one.until(lambda one: one.task.done())
        assert one.named("bye")
    assert not other.task.done()


@pytest.mark.asyncio
@pytest.mark.parametrize("markets", ["[]", '["IT"]'])
async def test_the_page_of_a_merged_member_is_sent_away_and_never_told_of_the_heir(office, markets: str) -> None:
    anna, heir = await office.person(1), await office.person(2, market="FR")
    viewer = await office.staff(markets=markets)
    page = office.open(viewer, anna)
    await page.until(lambda one: one.named("card"))
    office.views.drawn.clear()

    def merge(transaction: object) -> None:
        transaction.run(query(f"update member set merged_into = {heir} where id = {anna}"))
        transaction.touch(cases.TOPIC, anna)

    await office.database.write(merge)
    await page.until(lambda one: one.task.done())
    late = office.open(viewer, anna, after="1-1")
    await late.until(lambda one: one.task.done())
    assert page.named("bye") and late.named("bye")
    assert not office.views.drawn
    assert office.hub.size == 0


@pytest.mark.asyncio
async def test_a_member_who_moves_to_another_market_is_shown_to_nobody_of_the_old_one(office) -> None:
    anna = await office.person(1)
    page = office.open(await office.staff(markets='["IT"]'), anna)
    await page.until(lambda one: one.named("card"))
    office.views.drawn.clear()
    await office.database.write(lambda t: t.run(query("update member set market = 'FR'")))
    sent = await office.say(anna)
    await page.until(lambda one: one.task.done())
    assert page.named("bye") and sent not in page.entries
    assert office.views.drawn["lease"] == office.views.drawn["card"] == 0


@pytest.mark.asyncio
async def test_a_new_language_counts_from_the_next_look(office) -> None:
    anna = await office.person(1)
    viewer = await office.staff()
    page = office.open(viewer, anna)
    await page.until(lambda one: one.named("lease"))
    await office.database.write(lambda t: t.run(query("update staff set locale = 'it'")))
    office.hub.sign_out(1)
    await asyncio.sleep(0.05)
    assert isinstance(page.watch.signed_in.staff, StaffRow)
    sent = await office.say(anna)
    await page.until(lambda one: sent in one.entries)
    assert page.entries[sent].endswith(":it")


@pytest.mark.asyncio
async def test_one_conversation_that_cannot_be_shown_stops_no_other(office) -> None:
    anna, bruno = await office.person(1), await office.person(2)
    viewer = await office.staff()
    broken, fine = office.open(viewer, anna), office.open(viewer, bruno)
    await fine.until(lambda one: one.named("lease"))
    await broken.until(lambda one: one.named("lease"))
    odd = await office.say(anna)
    office.views.failing.add(odd)
    sent = await office.say(bruno)
    await fine.until(lambda one: sent in one.entries)
    office.views.failing.clear()
    office.hub.touched(frozenset({anna}))
    await broken.until(lambda one: odd in one.entries)
    assert broken.entries[odd] == f"{odd}:pending:en"


@pytest.mark.asyncio
async def test_closing_lets_every_page_go_at_once(office) -> None:
    anna = await office.person(1)
    viewer = await office.staff()
    pages = [office.open(viewer, anna), office.open(viewer, query="")]
    await pages[0].until(lambda one: one.named("lease"))
    office.hub.close()
    await asyncio.wait_for(asyncio.gather(*(page.task for page in pages)), 1)
    late = office.open(viewer, anna)
    await asyncio.wait_for(late.task, 1)
    assert office.hub.size == 0


@pytest.mark.asyncio
async def test_a_stamp_from_the_future_hides_nothing(office) -> None:
    anna = await office.person(1)
    page = office.open(await office.staff(), anna, f"{2**63 - 1}-{10**16}")
    await page.until(lambda one: one.named("lease"))
    sent = await office.say(anna)
    await page.until(lambda one: sent in one.entries)
    assert page.order == [sent]


def test_what_passes_by_itself_is_no_change() -> None:
    html = (
        '<p><time class="x" datetime="{at}">{ago}</time> <span data-until="5">{left}</span>'
        '<input name="key" value="{key}"> <b>{words}</b></p>'
    )
    first = lasting(html.format(at="1", ago="now", left="2 h", key="a", words="same"))
    assert first == lasting(html.format(at="1", ago="1 min", left="1 h", key="b", words="same"))
    assert first != lasting(html.format(at="2", ago="now", left="2 h", key="a", words="same"))
    assert first != lasting(html.format(at="1", ago="now", left="2 h", key="a", words="other"))
    assert lasting("<p>nothing</p>") == "<p>nothing</p>"


def test_the_usual_pace_is_what_the_desk_promises() -> None:
    assert (Pace().digest, Pace().card, Pace().beat, Pace().sweep) == (0.5, 1.0, 15.0, 10.0)
    assert QUICK.digest < Pace().digest
    assert Stub().lease_of == "nobody"
