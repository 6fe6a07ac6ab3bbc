"""The balance and where it comes from, over time, and what is about to lapse."""

import pytest

from bot.handlers.balance import MOST_DAYS, MOST_LOTS
from bot.message import Day, Kind, pack
from storage import ledger
from storage.ledger import ClawBack, Earning
from tests.bot.handlers.conftest import EMMA, Reader, join_in
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
    for _ in range(4):
        house.clock.later(100 * DAY)
        await asked(house, words)
    assert "Non hai ancora punti" in await asked(house, words)


@pytest.mark.asyncio
async def test_one_point_is_one_point(house: House, words: str) -> None:
    member = await house.join(ANNA)
    await house.said()
    await give(house, member, 1)
    assert "Hai 1 punto." in await asked(house, words)


@pytest.mark.asyncio
async def test_what_stands_beside_the_points(emma: Reader) -> None:
    await emma.earns(7, unit="stamps:coffee")
    assert (await emma.asks("balance"))[1:] == ["Coffee card: 7 of 10.", "Your level: Bronze."]


@pytest.mark.asyncio
async def test_lots_are_named_by_where_they_came_from(house: House, emma: Reader) -> None:
    kinds = ("purchase", "referral", "birthday", "occasion", "milestone", "return", "goodwill")
    for points, kind in enumerate(kinds, 10):
        await give(house, emma.id, points, kind=kind)
    lines = await emma.asks("explain")
    assert lines[0] == "You have 91 points. This is where they come from:"
    assert lines[1:] == [
        "10: purchase, March 2, 2026",
        "11: thanks to a friend, March 2, 2026",
        "12: birthday gift, March 2, 2026",
        "13: gift for the day, March 2, 2026",
        "14: milestone, March 2, 2026",
        "15: given back, March 2, 2026",
        "16: credited on March 2, 2026",
        "Valid until March 2, 2027.",
    ]


@pytest.mark.asyncio
async def test_lots_that_lapse_together_are_told_so_once(house: House, emma: Reader) -> None:
    for points, life in ((10, 30), (20, 30), (30, 60)):
        await give(house, emma.id, points, life=life)
    for words in ("explain", "why is my balance like this"):
        assert (await emma.asks(words))[1:] == [
            "10: purchase, March 2, 2026",
            "20: purchase, March 2, 2026",
            "Valid until April 1, 2026.",
            "30: purchase, March 2, 2026",
            "Valid until May 1, 2026.",
        ]


@pytest.mark.asyncio
async def test_the_explanation_is_not_endless_and_leaves_out_what_lapsed(house: House, emma: Reader) -> None:
    await give(house, emma.id, 999, life=1)
    house.clock.later(2 * DAY)
    for points in range(10, 10 + MOST_LOTS + 5):
        await give(house, emma.id, points)
    lines = await emma.asks("explain")
    assert len(lines) == MOST_LOTS + 3
    assert lines[-1] == "All the others together: 100 points."
    assert not any("999" in line for line in lines)


@pytest.mark.asyncio
async def test_a_refund_of_spent_points_leaves_a_debt(house: House, emma: Reader) -> None:
    claw = ClawBack("refund:1", emma.id, 30, (), "A1", may_owe=True)
    await house.database.write(lambda transaction: ledger.claw_back(transaction, claw, house.clock.now))
    owed = "30 points are still owed after a refund. Your next points settle them."
    assert (await emma.asks("balance"))[0] == owed
    assert await emma.asks("explain") == [owed]


@pytest.mark.asyncio
async def test_without_points_the_balance_speaks_of_the_rest(house: House) -> None:
    sami = await join_in(house, "77", "telegram", hint="en-AE")
    assert await sami.asks("balance") == ["With us you need not collect points.", "Your level: Guest of the house."]
    assert await sami.asks("explain") == ["With us you need not collect points."]


async def reminded(house: House, until: Day) -> list[str]:
    data = {"flow": "expiry_reminder", "values": {"until": pack(until)}, "occasion": "expiry"}
    return await house.put(f"expiry:{house.clock.now}:{until.day}", Kind.TRIGGER, EMMA, **data)


@pytest.mark.asyncio
async def test_a_reminder_names_every_lot_that_is_due(house: House, emma: Reader) -> None:
    for points, life in ((10, 5), (20, 5), (30, 7), (40, 30)):
        await give(house, emma.id, points, life=life)
    assert await reminded(house, Day(3, 6, 2026)) == []
    single = "30 points lapse after March 7, 2026. Use them before then!"
    assert await reminded(house, Day(3, 7, 2026)) == [single]
    (several,) = await reminded(house, Day(3, 31, 2026))
    assert several.split("\n\n") == [
        "60 points lapse soon:",
        "30: until March 7, 2026",
        "30: until March 9, 2026",
        "Use them before then!",
    ]


@pytest.mark.asyncio
async def test_a_long_reminder_sums_up_on_its_last_line(house: House, emma: Reader) -> None:
    for life in range(1, MOST_DAYS + 6):
        await give(house, emma.id, life, life=life)
    (said,) = await reminded(house, Day(4, 30, 2026))
    lines = said.split("\n\n")
    assert len(lines) == MOST_DAYS + 2
    amounts = [int(line.partition(":")[0]) for line in lines[1:-1]]
    assert sum(amounts) == sum(range(1, MOST_DAYS + 6))
    assert lines[-2].endswith("until March 27, 2026")


@pytest.mark.asyncio
async def test_what_points_are_worth_at_the_till(emma: Reader) -> None:
    (menu,) = [await emma.hears("menu")]
    lines = await emma.asks(str([choice.label for choice in menu.choices].index("My points") + 1))
    assert lines[-2:] == ["At the till 100 points pay €1.00.", "You can pay with points from 500 points on."]
