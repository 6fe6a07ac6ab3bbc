"""The queue: order, filters, pages, markets, and whoever may not read conversations."""

import pytest

from bot.desk._queue import Asked
from storage.cases import Filter
from tests.bot.desk.front import NASTY, Front
from tests.builders import MINUTE


def order(html: str, *names: str) -> list[str]:
    return sorted((name for name in names if name in html), key=html.index)


@pytest.mark.asyncio
async def test_who_waits_longest_comes_first(front: Front) -> None:
    for name in ("Primo", "Secondo", "Terzo"):
        await front.waits(await front.member(name=name))
        front.clock.later(MINUTE)
    html = await (await front.somebody()).page("/")
    assert order(html, "Terzo", "Secondo", "Primo") == ["Primo", "Secondo", "Terzo"]
    assert '<ol class="cases" id="cases">' in html
    assert 'id="waiting">3<' in html


@pytest.mark.asyncio
async def test_other_markets_are_not_there(front: Front) -> None:
    await front.waits(await front.member(name="Italiana"))
    await front.waits(await front.member(name="Tedesca", market="DE"), market="DE")
    mine = await front.somebody(markets=("DE",))
    html = await mine.page("/")
    assert "Tedesca" in html and "Italiana" not in html
    assert "Italiana" not in await mine.page("/queue?market=IT")
    assert 'id="waiting">1<' in html


@pytest.mark.asyncio
async def test_filters(front: Front) -> None:
    anna, bruno = await front.member(name="Anna"), await front.member("sms", name="Bruno", locale="de")
    await front.waits(anna)
    await front.waits(bruno, channel="sms", reason="complaint")
    paola = await front.somebody()
    await front.taken(paola, anna)
    found = {
        "owner=me": ["Anna"],
        "owner=none": ["Bruno"],
        f"owner={paola.staff.id if paola.staff else 0}": ["Anna"],
        "channel=sms": ["Bruno"],
        "locale=de": ["Bruno"],
        "priority=1": ["Bruno"],
        "status=snoozed": [],
        "status=any": ["Anna", "Bruno"],
        "owner=nonsense&priority=9&status=x&page=-1": ["Anna", "Bruno"],
    }
    for query, names in found.items():
        assert sorted(order(await paola.page(f"/queue?{query}"), "Anna", "Bruno")) == names, query


@pytest.mark.asyncio
async def test_pages_of_thirty(front: Front) -> None:
    for number in range(32):
        await front.waits(await front.member(name=f"M{number:02d}"))
    paola = await front.somebody()
    first = await paola.page("/?market=IT")
    assert first.count('<li class="case') == 30
    assert "market=IT&amp;page=2" in first
    second = await paola.page("/?market=IT&page=2")
    assert second.count('<li class="case') == 2
    assert "M31" in second


@pytest.mark.asyncio
async def test_names_and_previews_are_text(front: Front) -> None:
    member = await front.member(name=NASTY)
    await front.hears(member, NASTY)
    await front.waits(member)
    html = await (await front.somebody()).page("/")
    assert "<script>alert" not in html and "<img src=x" not in html
    assert "&lt;script&gt;" in html


@pytest.mark.asyncio
async def test_a_marketer_is_led_to_the_figures(front: Front) -> None:
    answer = await (await front.somebody("marketer")).get("/")
    assert (answer.status_code, answer.headers["location"]) == (303, "/desk/figures")
    assert (await (await front.somebody("marketer")).get("/queue")).status_code == 403


def test_the_filter_that_everybody_understands_names_me() -> None:
    asked = Asked.of({"owner": "me", "market": "IT"})
    assert asked.for_anybody(7).query() == "market=IT&owner=7"
    assert asked.filter((), 7).owner == 7
    assert asked.query() == "market=IT&owner=me"


def test_a_market_that_is_not_theirs_finds_nothing_rather_than_all() -> None:
    found = Asked.of({"market": "IT"}).filter(("DE",))
    assert isinstance(found, Filter)
    assert found.markets and "IT" not in found.markets and "DE" not in found.markets


@pytest.mark.asyncio
async def test_looking_at_the_queue_is_written_down_once_in_ten_minutes_without_anybody_s_data(front: Front) -> None:
    member = await front.member(name="Anna")
    await front.waits(member)
    browser = await front.somebody()
    words = "select staff_id, member_id, detail from audit_entry where action = 'queue_seen'"
    for path in ("/", "/queue", "/?market=IT", f"/members/{member}"):
        await browser.get(path)
    assert browser.staff is not None
    seen = (browser.staff.id, None, '{"cases":1}')
    assert await front.rows(words) == [seen]
    front.clock.later(10 * MINUTE)
    await browser.get("/queue")
    assert await front.rows(words) == [seen] * 2
