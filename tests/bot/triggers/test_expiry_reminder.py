"""Who hears of lapsing points, on which days, and once a day for every lot."""

import pytest

from bot.message import Day, unpack
from bot.permission import Occasion
from bot.triggers import expiry_reminder
from storage import ledger, occasions
from storage.ledger import Earning, Spending
from tests.bot.triggers.conftest import DAY, HOUR, MARKETS, PROGRAMME, House, us

pytestmark = pytest.mark.asyncio


async def give(house: House, member: int, points: int, until: str, *, unit: str = "points") -> None:
    """A lot that lapses at this instant."""
    earning = Earning(f"{member}:{until}:{points}:{unit}", member, points, "purchase", "A", 1, us(until), unit=unit)
    await house.database.write(lambda transaction: ledger.earn(transaction, earning, 1))


async def due(house: House, now: str) -> list[Occasion]:
    return await house.database.read(
        lambda transaction: expiry_reminder.due(transaction, now=us(now), programme=PROGRAMME, markets=MARKETS)
    )


async def keys(house: House, now: str) -> list[str]:
    return [one.key for one in await due(house, now)]


@pytest.mark.parametrize(("day", "stage"), [("2026-05-16", 30), ("2026-06-08", 7), ("2026-06-14", 1)])
async def test_a_month_a_week_and_a_day_before(house: House, day: str, stage: int) -> None:
    member = await house.member()
    await give(house, member, 10, "2026-06-15T15:00+02:00")
    for hour in ("00:00", "12:00", "23:59"):
        (found,) = await due(house, f"{day}T{hour}+02:00")
        assert found.key == f"expiry:{member}:2026-06-15:{stage}"
        assert unpack(found.values["until"]) == Day(6, 15, 2026)
    around = us(f"{day}T00:00+02:00")
    for instant in (around - HOUR, around + DAY):
        found = await house.database.read(
            lambda t, now=instant: expiry_reminder.due(t, now=now, programme=PROGRAMME, markets=MARKETS)
        )
        assert found == []


async def test_points_that_end_at_midnight_have_the_day_before_as_their_last(house: House) -> None:
    member = await house.member()
    await give(house, member, 10, "2026-06-16T00:00+02:00")
    assert await keys(house, "2026-06-14T10:00+02:00") == [f"expiry:{member}:2026-06-15:1"]


async def test_one_message_for_all_that_is_due(house: House) -> None:
    member = await house.member()
    for until in ("2026-06-15T09:00", "2026-06-15T18:00", "2026-06-21T09:00", "2026-07-14T09:00"):
        await give(house, member, 10, f"{until}+02:00")
    assert await keys(house, "2026-06-14T10:00+02:00") == [f"expiry:{member}:2026-07-14:30"]


async def test_what_was_decided_is_not_asked_again_and_no_nearer_stage_takes_its_place(house: House) -> None:
    member = await house.member()
    for until in ("2026-06-21T09:00+02:00", "2026-07-14T09:00+02:00"):
        await give(house, member, 10, until)
    now = "2026-06-14T10:00+02:00"
    (found,) = await due(house, now)
    row = {"key": found.key, "trigger": "expiry_reminder", "member_id": member, "decision": "send", "reason": ""}
    filled = {**row, "channel": None, "due_at": None, "at": us(now)}
    await house.database.write(lambda transaction: occasions.add_firing(transaction, filled))
    assert await keys(house, now) == []


async def test_only_open_points_of_who_wants_offers(house: House) -> None:
    until, now = "2026-06-15T15:00+02:00", "2026-06-14T10:00+02:00"
    for fields in ({"marketing": 0}, {"joined_at": None}, {"market": "AE"}):
        await give(house, await house.member(**fields), 10, until)
    other = await house.member()
    await give(house, other, 10, until, unit="cash:EUR")
    spent = await house.member()
    await give(house, spent, 10, until)
    taking = Spending("s", spent, 10, "redeem", "cup", "t")
    await house.database.write(lambda transaction: ledger.spend(transaction, taking, us("2026-06-01T00:00+00:00")))
    assert await keys(house, now) == []


async def test_days_are_the_members_own(house: House) -> None:
    far = await house.member(zone="Pacific/Auckland")
    await give(house, far, 10, "2026-06-15T01:00+12:00")
    assert await keys(house, "2026-06-13T11:59+00:00") == []
    assert await keys(house, "2026-06-13T12:01+00:00") == [f"expiry:{far}:2026-06-15:1"]


@pytest.mark.parametrize(
    ("now", "ends"), [("2026-06-14T10:00+02:00", "2026-06-15"), ("2026-06-08T10:00+02:00", "2026-06-11")]
)
async def test_it_waits_for_a_better_hour_as_long_as_that_makes_sense(house: House, now: str, ends: str) -> None:
    await give(house, await house.member(), 10, "2026-06-15T15:00+02:00")
    (found,) = await due(house, now)
    assert found.expires_at == us(f"{ends}T00:00+02:00")
