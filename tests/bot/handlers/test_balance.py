"""The balance and where it comes from, over time."""

import pytest

from bot.handlers.balance import MOST_LOTS
from storage import ledger
from storage.ledger import Earning
from tests.builders import ANNA, DAY, House, text


async def give(
    house: House, member: int, points: int, *, kind: str = "purchase", days: int = 0, life: int = 365
) -> None:
    now = house.clock.now
    key = f"{kind}:{points}:{days}:{now}"
    starts = now + days * DAY
    earning = Earning(key, member, points, kind, key, starts, starts + life * DAY)
    await house.database.write(lambda transaction: ledger.earn(transaction, earning, now))


async def asked(house: House, words: str) -> str:
    (said,) = await house.turn(text(ANNA, words))
    return said


@pytest.fixture
def words() -> str:
    return "saldo"


@pytest.mark.asyncio
async def test_the_balance_follows_the_lots(house: House, words: str) -> None:
    member = await house.join(ANNA)
    await house.said()
    assert "Non hai ancora punti" in await asked(house, words)
    await give(house, member, 1234, days=14)
    before = await asked(house, words)
    assert "1.234" in before
    assert "Hai" not in before
    await give(house, member, 5, life=30)
    both = await asked(house, words)
    assert all(part in both for part in ("Hai 5 punti", "1.234", "1 aprile 2026"))
    house.clock.later(31 * DAY)
    after = await asked(house, words)
    assert "Hai 1.234 punti" in after
    house.clock.later(400 * DAY)
    assert "Non hai ancora punti" in await asked(house, words)


@pytest.mark.asyncio
async def test_one_point_is_one_point(house: House, words: str) -> None:
    member = await house.join(ANNA)
    await house.said()
    await give(house, member, 1)
    assert "Hai 1 punto." in await asked(house, words)


@pytest.mark.asyncio
async def test_the_statement_names_where_points_came_from(house: House) -> None:
    member = await house.join(ANNA)
    await house.said()
    for points, kind in enumerate(("purchase", "referral", "birthday", "milestone", "goodwill"), 10):
        await give(house, member, points, kind=kind)
    statement = (await asked(house, "estratto conto punti")).split("\n\n")
    assert [line.partition(":")[0] for line in statement[-5:]] == ["10", "11", "12", "13", "14"]
    assert len({line.partition(":")[2] for line in statement[-5:]}) == 5


@pytest.mark.asyncio
async def test_the_statement_is_not_endless_and_leaves_out_what_lapsed(house: House) -> None:
    member = await house.join(ANNA)
    await house.said()
    await give(house, member, 999, life=1)
    house.clock.later(2 * DAY)
    for points in range(10, 10 + MOST_LOTS + 5):
        await give(house, member, points)
    lines = (await asked(house, "estratto conto punti")).split("\n\n")
    assert len(lines) == MOST_LOTS + 1
    assert not any("999" in line for line in lines)
