"""A member's page: its structure, pages of entries, who may see whom, and that looking is written down."""

import re
from html.parser import HTMLParser

import pytest

from bot import takeover
from tests.bot.desk.front import NASTY, Front, act
from tests.builders import DAY, MINUTE


def attributes(html: str) -> set[str]:
    """The names of every attribute of every tag."""
    found: set[str] = set()

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            found.update(name for name, _ in attrs)

    Reader().feed(html)
    return found


@pytest.mark.asyncio
async def test_the_page_has_the_structure_that_the_script_knows(front: Front) -> None:
    member = await front.member()
    await front.hears(member, "Vorrei aiuto")
    case = await front.waits(member)
    html = await (await front.somebody()).page(f"/members/{member}")
    for piece in (
        '<aside id="queue" aria-label="Queue" data-query="">',
        f'<li class="case open here" id="case-{case.id}" data-member="{member}" data-owner=""',
        f'data-member="{member}" data-version="{case.version}" data-after="',
        '<header class="lease" id="lease"',
        '<ol class="thread" id="thread" role="log" tabindex="0" aria-live="polite"',
        f'<form id="composer" action="/desk/members/{member}/reply" method="post" enctype="multipart/form-data"',
        '<textarea id="words"',
        '<select id="canned"',
        '<output id="measure"',
        '<aside id="card" aria-label="Member"',
        '<button type="button" class="help" data-help',
        '<dialog id="help"',
    ):
        assert piece in html, piece
    assert not {name for name in attributes(html) if name.startswith("on") or name == "style"}
    assert not re.search(r'(?:src|href|action)="(?!/desk/|#)', html)


@pytest.mark.asyncio
async def test_fifty_entries_and_the_older_ones_behind_a_link(front: Front) -> None:
    member = await front.member()
    ids = [await front.hears(member, f"parola{number:02d}") for number in range(53)]
    paola = await front.somebody()
    html = await paola.page(f"/members/{member}")
    assert html.count('<li class="entry') == 50
    assert f'<a id="older" href="/desk/members/{member}?before={ids[3]}"' in html
    older = await paola.get(f"/members/{member}/thread?before={ids[3]}")
    assert [f"parola{number:02d}" in older.text for number in (0, 1, 2, 3)] == [True, True, True, False]
    assert "x-desk-older" not in older.headers
    middle = await paola.get(f"/members/{member}/thread?before={ids[52]}")
    assert middle.headers["x-desk-older"] == f"/desk/members/{member}/thread?before={ids[2]}"
    assert "parola00" in await paola.page(f"/members/{member}?before={ids[3]}")


@pytest.mark.asyncio
async def test_another_market_is_not_found_anywhere(front: Front) -> None:
    member = await front.member(market="DE")
    message = await front.hears(member, "Hallo")
    await front.waits(member, market="DE")
    paola = await front.somebody("admin", markets=("IT",))
    for path in ("", "/card", "/thread", f"/media/{message}/0", "/attachments/1", "/transcript.txt", "/transcript.csv"):
        assert (await paola.get(f"/members/{member}{path}")).status_code == 404, path
    for name in ("take", "release", "return", "resolve", "reopen", "snooze", "assign", "labels", "priority"):
        assert (await act(paola, member, name)).status_code == 404, name
    for name in ("note", "reply", "template", "points", "measure"):
        assert (await act(paola, member, name, words="x")).status_code == 404, name
    assert (await act(paola, member, f"messages/{message}/resend")).status_code == 404
    assert "conversation_seen" not in await front.done()
    assert (await paola.get("/members/999999")).status_code == 404
    assert (await paola.get("/members/99999999999999999999")).status_code == 404


@pytest.mark.asyncio
async def test_looking_is_written_down_once_in_ten_minutes(front: Front) -> None:
    member = await front.member()
    paola = await front.somebody()
    for _ in range(3):
        await paola.page(f"/members/{member}")
        await paola.get(f"/members/{member}/thread")
    assert (await front.done()).count("conversation_seen") == 1
    front.clock.later(10 * MINUTE)
    await paola.page(f"/members/{member}")
    assert (await front.done()).count("conversation_seen") == 2
    rows = await front.rows("select member_id, staff_id from audit_entry where action = 'conversation_seen'")
    assert rows[0] == (member, paola.staff.id if paola.staff else 0)


@pytest.mark.asyncio
async def test_a_merged_member_leads_to_whoever_took_over(front: Front) -> None:
    kept, gone = await front.member(), await front.member()
    await front.run(f"update member set merged_into = {kept} where id = {gone}")
    paola = await front.somebody()
    answer = await paola.get(f"/members/{gone}")
    assert (answer.status_code, answer.headers["location"]) == (303, f"/desk/members/{kept}")
    card = await paola.get(f"/members/{gone}/card")
    assert card.headers["location"] == f"/desk/members/{kept}/card"
    assert (await act(paola, gone, "note", words="x")).status_code == 409


@pytest.mark.asyncio
async def test_an_erased_member_is_said_to_be_so(front: Front) -> None:
    member = await front.member()
    await front.run(f"update member set erased_at = {front.clock()}, name = null where id = {member}")
    paola = await front.somebody()
    html = await paola.page(f"/members/{member}")
    assert "This member was erased on" in html
    assert "nobody is there to write to" in html
    assert (await act(paola, member, "take")).status_code == 422


@pytest.mark.asyncio
async def test_everything_somebody_wrote_is_text(front: Front) -> None:
    member = await front.member(name=NASTY)
    await front.hears(member, NASTY)
    await front.says(member, NASTY)
    case = await front.waits(member)
    paola = await front.somebody(name=NASTY)
    staff_id = paola.staff.id if paola.staff else 0
    await front.does(lambda t: takeover.note(t, member, NASTY, by=staff_id, now=front.clock()))
    await front.does(lambda t: takeover.label(t, case.id, [NASTY], by=staff_id, now=front.clock()))
    await front.taken(paola, member)
    for path in (f"/members/{member}", f"/members/{member}/card", f"/members/{member}/thread", "/", "/search?q=alert"):
        html = await paola.page(path)
        assert "<script>alert" not in html and "<img src=x" not in html, path
    assert "&lt;script&gt;alert(1)" in html


@pytest.mark.asyncio
async def test_a_viewer_reads_and_has_no_buttons(front: Front) -> None:
    member = await front.member()
    await front.hears(member, "Vorrei aiuto")
    await front.waits(member)
    html = await (await front.somebody("viewer")).page(f"/members/{member}")
    assert "Vorrei aiuto" in html
    assert 'class="act ' not in html and 'id="note"' not in html and 'id="resend"' not in html
    assert "You may read here, not answer." in html


@pytest.mark.asyncio
async def test_the_bar_counts_down_to_the_end_of_the_window(front: Front) -> None:
    heard = front.clock() - MINUTE
    member = await front.member(inbound=heard)
    await front.waits(member)
    paola = await front.somebody()
    html = await paola.page(f"/members/{member}")
    until = int(re.findall(r'free words for <span data-until="(\d+)"', html)[0])
    assert 0 < heard + DAY - until <= 5 * MINUTE
    front.clock.later(DAY)
    html = await (await front.somebody()).page(f"/members/{member}")
    assert 'data-shut="window_closed"' in html
