"""How many open cases each has, and of whose markets a member is."""

import pytest

from storage import caseload
from storage.database import Database
from tests.bot.desk.desks import Office
from tests.builders import query


@pytest.mark.asyncio
async def test_only_open_cases_with_an_owner_count(database: Database) -> None:
    office = Office(database)
    for number, owner in enumerate((7, 7, 8, None, 9)):
        await office.person(number, owner=owner)
    await database.write(lambda t: t.run(query("update support_case set status = 'snoozed' where owner_id = 9")))
    assert await database.read(caseload.by_owner) == {7: 2, 8: 1}


@pytest.mark.asyncio
async def test_a_member_is_followed_to_their_heir(database: Database) -> None:
    office = Office(database)
    anna, bea, carla = [await office.person(number, market=market) for number, market in enumerate(("FR", "IT", "DE"))]
    assert await database.read(lambda t: caseload.kept_of(t, anna)) == (anna, {"FR"})
    assert await database.read(lambda t: caseload.kept_of(t, 99)) is None
    for merged, kept in ((anna, bea), (bea, carla)):
        words = f"update member set merged_into = {kept} where id = {merged}"
        await database.write(lambda t, words=words: t.run(query(words)))
    assert await database.read(lambda t: caseload.kept_of(t, anna)) == (carla, {"FR", "IT", "DE"})
