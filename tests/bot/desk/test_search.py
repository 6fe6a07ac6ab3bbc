"""Search: by whatever a member is known by, by words, within one's markets, and written down without the words."""

import asyncio
import time
from typing import Any
from urllib.parse import quote

import pytest

from bot.desk import _search
from bot.desk._search import wanted
from tests.bot.desk.front import NASTY, Front


@pytest.mark.asyncio
async def test_every_way_to_find_a_member(front: Front) -> None:
    member = await front.member(
        name="Élodie Brambilla", value="+393331112223", phone="+393331112223", referral_code="ELO-77"
    )
    await front.run(f"update member set email = 'elo@example.org', card_number = '2000000000015' where id = {member}")
    await front.member(name="Carla", value="+393339998877")
    browser = await front.somebody()
    for words in (
        "elodie",
        "Élodie",
        "élodie",
        "brambil",
        "+39 333 111 2223",
        "333 1112223",
        "00393331112223",
        "ELO@example.org",
        "elo-77",
        "2000000000015",
        str(member),
    ):
        html = await browser.page(f"/search?q={quote(words)}")
        is_found = f"/desk/members/{member}" in html
        assert is_found is (words != "elodie"), words
        assert "Carla" not in html, words


@pytest.mark.asyncio
async def test_a_phone_that_is_no_member_s_own_yet(front: Front) -> None:
    member = await front.member("sms", value="+393331112223")
    assert f"/desk/members/{member}" in await (await front.somebody()).page("/search?q=3331112223")


@pytest.mark.asyncio
async def test_wildcards_are_letters(front: Front) -> None:
    await front.member(name="Carla")
    browser = await front.somebody()
    for words in ("%25%25", "__", "C%25a", "%5C%5C"):
        assert "Carla" not in await browser.page(f"/search?q={words}"), words


@pytest.mark.asyncio
async def test_what_was_asked_for_is_text(front: Front) -> None:
    html = await (await front.somebody()).page(f"/search?q={quote(NASTY)}")
    assert "<script>alert" not in html and "&lt;script&gt;" in html


@pytest.mark.asyncio
async def test_words_of_messages(front: Front) -> None:
    member = await front.member()
    message = await front.hears(member, "Il pacco blu non arriva <b>mai</b>")
    await front.says(member, "Il pacco arriva domani", author_id=1)
    await front.says(member, "Il pacco del bot")
    html = await (await front.somebody()).page("/search?q=PACCO")
    assert html.count("<mark>pacco</mark>") == 2
    assert f"?before={message + 1}#e{message}" in html
    assert "&lt;b&gt;mai" in html and "del bot" not in html
    assert "<mark>" not in await (await front.somebody()).page("/search?q=text")


@pytest.mark.asyncio
async def test_other_markets_are_not_found(front: Front) -> None:
    member = await front.member(name="Tedesca", market="DE", value="+4930123456")
    await front.hears(member, "Paket")
    browser = await front.somebody(markets=("IT",))
    for words in ("Tedesca", "Paket", str(member), "%2B4930123456"):
        assert str(member) not in (await browser.page(f"/search?q={words}")).replace(f'value="{member}"', ""), words


@pytest.mark.asyncio
async def test_it_is_written_down_without_the_words(front: Front) -> None:
    await front.member(name="Anna")
    browser = await front.somebody()
    await browser.page("/search?q=Anna")
    await browser.page("/search?q=x")
    rows = await front.rows("select detail from audit_entry where action = 'searched'")
    assert rows == [('{"members":1,"messages":0}',)]


@pytest.mark.asyncio
async def test_words_of_how_an_answer_is_kept_hide_no_hit(front: Front) -> None:
    member = await front.member()
    old = await front.says(member, "please text us", author_id=1)
    heard = await front.hears(member, "a text message")
    for number in range(130):
        await front.says(member, f"unrelated {number}", author_id=1)
    html = await (await front.somebody()).page("/search?q=text")
    assert html.count("<mark>text</mark>") == 2
    assert f"#e{old}" in html and f"#e{heard}" in html


@pytest.mark.asyncio
async def test_what_is_read_for_hits_has_an_end(front: Front, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_search, "_PAGE", 2)
    monkeypatch.setattr(_search, "_MOST_PAGES", 3)
    member = await front.member()
    found = []
    for words in ("text one", "no", "no", "text two", "no", "no", "no"):
        found.append(await front.says(member, words, author_id=1))
    html = await (await front.somebody()).page("/search?q=text")
    assert f"#e{found[3]}" in html and f"#e{found[0]}" not in html


@pytest.mark.asyncio
async def test_quotes_and_line_ends_are_found_as_they_were_written(front: Front) -> None:
    member = await front.member()
    await front.says(member, 'it is called "Blu\\Rosso"', author_id=1)
    words = 'called "Blu\\Rosso"'
    assert "<mark>" in await (await front.somebody()).page(f"/search?q={quote(words)}")


@pytest.mark.asyncio
async def test_twenty_searches_a_minute_each(front: Front) -> None:
    browser, other = await front.somebody(), await front.somebody()
    for _ in range(_search.MOST_SEARCHES):
        assert (await browser.get("/search?q=Anna")).status_code == 200
    front.clock.later(20_000_000)
    refused = await browser.get("/search?q=Anna")
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "40")
    assert "You searched very often" in refused.text
    assert (await browser.get("/search?q=x")).status_code == 200, "too short to be one"
    assert (await other.get("/search?q=Anna")).status_code == 200
    front.clock.later(40_000_000)
    assert (await browser.get("/search?q=Anna")).status_code == 200


@pytest.mark.asyncio
async def test_one_search_at_a_time(front: Front, monkeypatch: pytest.MonkeyPatch) -> None:
    under_way, most = [0], [0]
    searched = _search.search

    def slow(*args: Any) -> Any:
        under_way[0] += 1
        most[0] = max(most[0], under_way[0])
        time.sleep(0.02)
        under_way[0] -= 1
        return searched(*args)

    monkeypatch.setattr(_search, "search", slow)
    browsers = [await front.somebody() for _ in range(4)]
    answers = await asyncio.gather(*[one.get("/search?q=Anna") for one in browsers])
    assert [one.status_code for one in answers] == [200] * 4
    assert most == [1]


def test_digits_are_read_as_each_region_writes_them() -> None:
    assert "+393331112223" in wanted("333 111 2223", ["IT", "DE"]).phones
    assert wanted("Anna", ["IT"]).phones == ()
    assert wanted("9" * 40, ["IT"]).number == -1
