"""Where the shops are: those of the market, in the programme's order, each with its own hours or the brand's."""

import pytest

from tests.bot.handlers.conftest import Reader, join_in
from tests.builders import House

pytestmark = pytest.mark.asyncio


async def test_every_shop_of_the_market_with_its_hours(emma: Reader) -> None:
    assert await emma.asks("where are you?") == [
        "Bentornato Centre: Via delle Tazzine 12, Milano (Mon-Sat 9-19)",
        "Bentornato Station: Piazza dei Torrefattori 3, Torino (Every day 7-20)",
        "You can reach us here: ciao@bentornato.example (Mon-Sat 9-19).",
    ]


async def test_another_market_has_its_own(house: House) -> None:
    said = await (await join_in(house, "77", "telegram", hint="en-US")).asks("when do you open?")
    assert [line.partition(":")[0] for line in said] == ["Bentornato Centre", "You can reach us here"]
    assert "Portland" in said[0]
