"""Who has a birthday at this instant, all over the world."""

import pytest

from bot.triggers import birthday
from storage import occasions
from storage.database import Transaction
from tests.bot.triggers.conftest import DAY, MARKETS, PROGRAMME, House, us

pytestmark = pytest.mark.asyncio


async def due(house: House, now: str) -> set[str]:
    def work(transaction: Transaction) -> set[str]:
        found = birthday.due(transaction, now=us(now), programme=PROGRAMME, markets=MARKETS)
        return {occasion.key for occasion in found}

    return await house.database.read(work)


def key(member_id: int, year: int = 2026) -> str:
    return f"birthday:{member_id}:{year}"


async def test_one_instant_has_two_dates(house: House) -> None:
    zones = ["Pacific/Auckland", "Europe/Rome", "America/Sao_Paulo", "Pacific/Honolulu"]
    born = {(zone, day): await house.member(birth=(6, day), zone=zone) for zone in zones for day in (14, 15)}
    at_eleven_in_the_morning_utc = await due(house, "2026-06-15T11:00+00:00")
    assert at_eleven_in_the_morning_utc == {key(born[zone, 15]) for zone in zones}
    late = await due(house, "2026-06-14T12:00+00:00")
    assert late == {key(born["Pacific/Auckland", 15])} | {key(born[zone, 14]) for zone in zones[1:]}
    early = await due(house, "2026-06-15T03:30+00:00")
    assert early == {key(born[zone, 15]) for zone in zones[:3]} | {key(born["Pacific/Honolulu", 14])}


async def test_from_local_midnight_to_local_midnight(house: House) -> None:
    member = await house.member(birth=(6, 15))
    assert await due(house, "2026-06-14T23:59:59+02:00") == set()
    assert await due(house, "2026-06-15T00:00+02:00") == {key(member)}
    assert await due(house, "2026-06-15T23:59:59+02:00") == {key(member)}
    assert await due(house, "2026-06-16T00:00+02:00") == set()


async def test_the_occasion_ends_with_the_local_day(house: House) -> None:
    await house.member(birth=(4, 24), zone="Africa/Cairo")  # the clock skips the first hour of this day
    now = us("2026-04-24T10:00+03:00")
    found = await house.database.read(
        lambda transaction: birthday.due(transaction, now=now, programme=PROGRAMME, markets=MARKETS)
    )
    assert [one.expires_at for one in found] == [us("2026-04-25T00:00+03:00")]
    assert found[0].values == {"points": ["Points", 50]}


async def test_29_february_by_the_markets_rule(house: House) -> None:
    italian = await house.member(birth=(2, 29))
    german = await house.member(birth=(2, 29), zone="Europe/Berlin", market="DE")
    assert await due(house, "2026-02-28T12:00+00:00") == {key(italian)}
    assert await due(house, "2026-03-01T12:00+00:00") == {key(german)}
    assert await due(house, "2028-02-28T12:00+00:00") == set()
    assert await due(house, "2028-02-29T12:00+00:00") == {key(italian, 2028), key(german, 2028)}
    assert await due(house, "2028-03-01T12:00+00:00") == set()


async def test_told_too_late_counts_from_next_year(house: House) -> None:
    told = us("2026-05-20T12:00+02:00")
    member = await house.member(birth=(6, 15), birth_set_at=told)
    assert await due(house, "2026-06-15T12:00+02:00") == set()
    assert await due(house, "2027-06-15T12:00+02:00") == {key(member, 2027)}


async def test_people_who_have_not_joined_have_none(house: House) -> None:
    await house.member(birth=(6, 15), joined_at=None)
    assert await due(house, "2026-06-15T12:00+02:00") == set()


async def record(house: House, member: int, year: int, at: int, decision: str = "send") -> None:
    row = {
        "key": key(member, year),
        "trigger": "birthday",
        "member_id": member,
        "decision": decision,
        "reason": "ok",
        "channel": "telegram",
        "due_at": at,
        "at": at,
    }
    await house.database.write(lambda transaction: occasions.add_firing(transaction, row))


async def test_a_recorded_one_is_not_due_again(house: House) -> None:
    member = await house.member(birth=(6, 15))
    await record(house, member, 2026, us("2026-06-15T09:00+02:00"), "later")
    assert await due(house, "2026-06-15T12:00+02:00") == set()


async def test_a_corrected_date_gives_no_second_gift(house: House) -> None:
    """The gift came on 1 March; in April the date was corrected to October, or to January."""
    told = us("2026-04-01T12:00+02:00")
    october = await house.member(birth=(10, 5), birth_set_at=told)
    january = await house.member(birth=(1, 15), birth_set_at=told)
    for member in (october, january):
        await record(house, member, 2026, us("2026-03-01T09:00+01:00"))
    assert await due(house, "2026-10-05T12:00+02:00") == set()
    assert await due(house, "2027-01-15T12:00+01:00") == set()
    assert await due(house, "2027-10-05T12:00+02:00") == {key(october, 2027)}
    assert await due(house, "2028-01-15T12:00+01:00") == {key(january, 2028)}


async def test_last_year_late_this_year_early(house: House) -> None:
    member = await house.member(birth=(6, 15))
    await record(house, member, 2025, us("2026-06-15T00:30+02:00") - 365 * DAY + DAY // 2)
    assert await due(house, "2026-06-15T00:30+02:00") == {key(member)}
