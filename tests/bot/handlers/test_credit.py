"""Credit now, on its way and lapsing."""

import pytest

from tests.bot.handlers.conftest import Reader, join_in
from tests.builders import DAY, House

pytestmark = pytest.mark.asyncio
LEAST = "You can pay with it at the till as soon as you have R$5.00."


async def ana(house: House) -> Reader:
    return await join_in(house, "88", "telegram", hint="en-BR")


async def test_no_credit_yet(house: House) -> None:
    said = await (await ana(house)).asks("cashback")
    assert said == ["You have no credit yet. It comes with your next purchase.", LEAST]


async def test_credit_on_its_way_and_lapsing(house: House) -> None:
    somebody = await ana(house)
    await somebody.earns(1234, unit="cash:BRL", days=7)
    assert "On its way: R$12.34, ready on March 9, 2026." in await somebody.asks("cashback")
    await somebody.earns(50, unit="cash:BRL", life=3)
    assert await somebody.asks("cashback") == [
        "Your credit: R$0.50.",
        "On its way: R$12.34, ready on March 9, 2026.",
        "Of this, R$0.50 is valid until March 5, 2026.",
        LEAST,
    ]
    house.clock.later(8 * DAY)
    assert "Your credit: R$12.34." in await somebody.asks("cashback")
