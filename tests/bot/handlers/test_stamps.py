"""Stamp cards as they are read out."""

import pytest

from storage import ledger
from storage.ledger import ClawBack
from tests.bot.handlers.conftest import Reader
from tests.builders import House

pytestmark = pytest.mark.asyncio


async def test_an_empty_and_a_begun_card(emma: Reader) -> None:
    assert await emma.asks("my stamps") == ["Coffee card: 0 of 10. A full card brings you: Free coffee."]
    await emma.earns(9, unit="stamps:coffee")
    assert await emma.asks("my stamps") == ["Coffee card: 9 of 10. A full card brings you: Free coffee."]


async def test_stamps_that_are_owed_are_not_shown_below_nothing(house: House, emma: Reader) -> None:
    claw = ClawBack("c", emma.id, 2, (), "A1", may_owe=True, unit="stamps:coffee")
    await house.database.write(lambda transaction: ledger.claw_back(transaction, claw, house.clock.now))
    assert (await emma.asks("my stamps"))[0].startswith("Coffee card: 0 of 10.")
