"""The last lines of the books, of points and credit together."""

import pytest

from bot.handlers.history import MOST_LINES
from storage import ledger, standings
from storage.ledger import Spending
from tests.bot.handlers.conftest import Reader, join_in
from tests.builders import DAY, House

pytestmark = pytest.mark.asyncio


async def test_nothing_yet(emma: Reader) -> None:
    assert await emma.asks("transactions") == ["Nothing has happened yet. Your first purchase will stand here."]


async def test_where_nothing_is_booked_no_purchase_is_awaited(house: House) -> None:
    sami = await join_in(house, "77", "telegram", hint="en-AE")
    assert await sami.asks("transactions") == ["Nothing is booked in points here."]


async def test_a_purchase_that_brought_nothing(house: House, emma: Reader) -> None:
    await house.database.write(lambda transaction: standings.count(transaction, emma.id, 1))
    assert await emma.asks("transactions") == ["Nothing is booked in points here."]


async def test_what_came_and_what_went_newest_first(house: House, emma: Reader) -> None:
    await emma.earns(500, unit="points", life=10)
    house.clock.later(DAY)
    spending = Spending("s1", emma.id, 200, "redeem", "something", "chat")
    await house.database.write(lambda transaction: ledger.spend(transaction, spending, house.clock.now))
    house.clock.later(20 * DAY)
    await house.database.write(lambda transaction: ledger.expire(transaction, house.clock.now, 9))
    assert await emma.asks("transactions") == [
        "-300: expired, March 12, 2026",
        "-200: booked on March 3, 2026",
        "500: purchase, March 2, 2026",
    ]


async def test_credit_stands_among_the_points(house: House) -> None:
    ana = await join_in(house, "88", "telegram", hint="en-BR")
    await ana.earns(625, unit="cash:BRL", kind="cashback")
    await ana.earns(50, unit="points")
    assert await ana.asks("history") == ["50: purchase, March 2, 2026", "R$6.25: cashback, March 2, 2026"]


async def test_only_so_many_lines(emma: Reader) -> None:
    for amount in range(1, MOST_LINES + 4):
        await emma.earns(amount, unit="points")
    lines = await emma.asks("history")
    assert len(lines) == MOST_LINES
    assert lines[0].startswith(f"{MOST_LINES + 3}:")
