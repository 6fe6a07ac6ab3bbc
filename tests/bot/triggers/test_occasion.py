"""The calendar of a market: who is greeted, on which day, once a year."""

from datetime import date

import pytest

from bot.permission import Occasion
from bot.triggers import occasion
from loyalty.modules import Occasion as Rules
from storage import occasions
from tests.bot.triggers.conftest import MARKETS, PROGRAMME, House, us


async def due(house: House, now: str) -> list[Occasion]:
    return await house.database.read(
        lambda transaction: occasion.due(transaction, now=us(now), programme=PROGRAMME, markets=MARKETS)
    )


@pytest.mark.asyncio
async def test_everybody_of_the_market_who_wants_offers(house: House) -> None:
    greeted = [await house.member(market="ES", zone=zone) for zone in ("Europe/Madrid", "Atlantic/Canary")]
    for fields in ({"marketing": 0}, {"joined_at": None}, {"market": "IT"}):
        await house.member(**{"market": "ES", "zone": "Europe/Madrid", **fields})
    found = await due(house, "2027-01-06T10:00+01:00")
    assert [one.key for one in found] == [f"occasion:reyes:{member}:2027" for member in greeted]
    assert {one.flow for one in found} == {"occasion"}
    assert found[0].values == {"name": "reyes"}


@pytest.mark.asyncio
async def test_from_local_midnight_to_local_midnight(house: House) -> None:
    madrid = await house.member(market="ES", zone="Europe/Madrid")
    canary = await house.member(market="ES", zone="Atlantic/Canary")

    async def who(now: str) -> list[int]:
        return [one.member_id for one in await due(house, now)]

    assert await who("2027-01-05T23:59+01:00") == []
    assert await who("2027-01-06T00:30+01:00") == [madrid]
    assert await who("2027-01-06T23:30+01:00") == [madrid, canary]
    assert await who("2027-01-07T00:30+01:00") == [canary]
    found = await due(house, "2027-01-06T12:00+01:00")
    assert [one.expires_at for one in found] == [us("2027-01-07T00:00+01:00"), us("2027-01-07T00:00+00:00")]


@pytest.mark.asyncio
async def test_days_that_move_and_once_a_year(house: House) -> None:
    member = await house.member(market="IN", zone="Asia/Kolkata")
    (found,) = await due(house, "2026-11-08T12:00+05:30")
    row = {"key": found.key, "trigger": "occasion", "member_id": member, "decision": "no", "reason": ""}
    filled = {**row, "channel": None, "due_at": None, "at": 1}
    await house.database.write(lambda transaction: occasions.add_firing(transaction, filled))
    assert await due(house, "2026-11-08T13:00+05:30") == []
    assert [one.key for one in await due(house, "2027-10-29T12:00+05:30")] == [f"occasion:diwali:{member}:2027"]
    assert await due(house, "2027-11-08T12:00+05:30") == []


@pytest.mark.parametrize(
    ("fields", "day", "expected"),
    [
        ({"month": 12, "day": 25}, date(2026, 12, 25), True),
        ({"month": 12, "day": 25}, date(2026, 12, 24), False),
        ({"month": 2, "day": 29}, date(2027, 2, 28), False),
        ({"month": 2, "day": 29}, date(2028, 2, 29), True),
        ({"days": ["2026-11-08"]}, date(2026, 11, 8), True),
        ({"days": ["2026-11-08"]}, date(2027, 11, 8), False),
    ],
)
def test_on_which_days(fields: dict[str, object], day: date, expected: bool) -> None:
    rules = Rules.model_validate({"name": "x", "title": "X", **fields})
    assert occasion.falls_on(rules, day) is expected
