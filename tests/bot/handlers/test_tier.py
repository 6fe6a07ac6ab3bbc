"""The level and the way to the next one, in what each market counts."""

import pytest

from bot.message import Kind, Name, pack
from storage import standings
from storage.standings import StandingRow
from tests.bot.handlers.conftest import EMMA, Reader, join_in
from tests.builders import DAY, House

pytestmark = pytest.mark.asyncio


async def place(house: House, member: int, tier: str, *, days: int = 365) -> None:
    row = StandingRow(member, 0, tier, house.clock.now, house.clock.now + days * DAY)
    await house.database.write(lambda transaction: standings.place(transaction, row))


async def test_the_level_that_everybody_has(emma: Reader) -> None:
    assert await emma.asks("my level") == ["Your level: Bronze.", "500 more points to the next level: Silver."]


async def test_a_level_that_was_reached(house: House, emma: Reader) -> None:
    await place(house, emma.id, "silver")
    assert await emma.asks("my level") == [
        "Your level: Silver, since March 2, 2026.",
        "- A tenth more points on every purchase",
        "It is yours until January 31, 2027 at least.",
        "2,000 more points to the next level: Gold.",
    ]


async def test_the_highest_level(house: House, emma: Reader) -> None:
    await place(house, emma.id, "gold")
    lines = await emma.asks("my level")
    assert lines[0] == "Your level: Gold, since March 2, 2026."
    assert lines[-1] == "There is no higher level."


@pytest.mark.parametrize(
    ("market", "missing"),
    [
        ("JP", "10 more purchases to the next level: Moon."),
        ("AE", "Purchases of AED 3,000.00 more to the next level: Pearl."),
    ],
)
async def test_each_market_counts_in_its_own_way(house: House, market: str, missing: str) -> None:
    somebody = await join_in(house, "99", "telegram", hint=f"en-{market}")
    assert (await somebody.asks("my level"))[-1] == missing


async def test_a_market_without_levels_has_no_such_flow(house: House) -> None:
    somebody = await join_in(house, "99", "telegram", hint="en-ES")
    assert (await somebody.asks("my level"))[0] == "That is not part of our programme here."


async def test_a_level_is_told_with_what_it_brings_itself_whatever_came_after(house: House, emma: Reader) -> None:
    await place(house, emma.id, "gold")
    values = {"tier": pack(Name("Silver")), "brand": pack(Name("Shop")), "level": "silver"}
    data = {"flow": "tier_up", "values": values, "occasion": "tier"}
    (said,) = await house.put("tier:silver", Kind.TRIGGER, EMMA, **data)
    assert said.split("\n\n") == [
        "Shop says thank you: you have reached the level Silver!",
        "- A tenth more points on every purchase",
    ]
