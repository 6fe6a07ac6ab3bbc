"""The menu: what a market has, a page at a time; a list on WhatsApp holds ten lines."""

import pytest

from bot.handlers._pages import MORE, PAGE
from bot.limits import WHATSAPP
from tests.bot.handlers.conftest import Reader, join_in
from tests.builders import House, world

pytestmark = pytest.mark.asyncio


async def page(reader: Reader, words: str) -> list[str]:
    return [choice.label for choice in (await reader.hears(words)).choices]


async def test_pages_turn_and_come_round(emma: Reader) -> None:
    first = await page(emma, "menu")
    assert len(first) == PAGE == WHATSAPP.list_items
    assert max(map(len, first)) <= WHATSAPP.list_label
    second = await page(emma, "10")
    assert second[-1] == first[-1] == "More…"
    assert not set(second[:-1]) & set(first)
    assert await page(emma, "more") == first


async def test_a_line_of_the_second_page_opens_its_flow(emma: Reader) -> None:
    second = await page(emma, "menu") and await page(emma, "more…")
    said = await emma.asks(str(second.index("History") + 1))
    assert said == ["Nothing has happened yet. Your first purchase will stand here."]


async def test_a_market_shows_what_it_has(house: House) -> None:
    lines = await page(await join_in(house, "77", "telegram", hint="en-AE"), "menu")
    assert lines[:2] == ["My level", "Rewards"]
    assert not {"My points", "My stamps", "My credit", "My coupons", "Invite a friend"} & set(lines)
    lines = await page(await join_in(house, "78", "telegram", hint="en-BR"), "menu")
    assert lines[:3] == ["My credit", "Invite a friend", "My points"]  # what Brazil's market file puts first


async def test_every_line_fits_a_list_in_every_language() -> None:
    texts = world().texts
    labels = [MORE.other, *(flow.definition.menu or "" for flow in world().library.menu())]
    long = [(locale, label) for locale in texts.locales for label in labels if len(texts.label(locale, label)) > 24]
    assert WHATSAPP.list_label == 24
    assert long == []
