"""The audit: written with the deed, read newest first."""

import orjson
import pytest

from storage import audit
from storage.database import Database


async def record(database: Database, action: str, **more: object) -> int:
    given = {"staff_id": None, "now": 5, **more}
    return await database.write(lambda t: audit.record(t, action=action, **given))


@pytest.mark.asyncio
async def test_pages_of_a_member_and_of_a_person(database: Database) -> None:
    made = [
        await record(database, f"a{number}", staff_id=number % 2 or None, member_id=number % 3 or None)
        for number in range(7)
    ]
    page = await database.read(lambda t: audit.page(t, most=3))
    assert [row.action for row in page] == ["a6", "a5", "a4"]
    older = await database.read(lambda t: audit.page(t, before=page[-1].id, most=3))
    assert [row.id for row in older] == made[3:0:-1]
    of_member = await database.read(lambda t: audit.page(t, member_id=1))
    assert [row.action for row in of_member] == ["a4", "a1"]
    of_staff = await database.read(lambda t: audit.page(t, staff_id=1))
    assert [row.action for row in of_staff] == ["a5", "a3", "a1"]
    of_both = await database.read(lambda t: audit.page(t, staff_id=1, member_id=1))
    assert [row.action for row in of_both] == ["a1"]


@pytest.mark.asyncio
async def test_what_did_not_happen_is_not_in_it(database: Database) -> None:
    def work(transaction: object) -> None:
        audit.record(transaction, staff_id=1, action="half", now=1)
        raise ValueError

    with pytest.raises(ValueError):
        await database.write(work)
    assert await database.read(audit.page) == []
    await record(database, "whole", staff_id=1, detail={"points": 5})
    [row] = await database.read(audit.page)
    assert (row.staff_id, row.member_id, orjson.loads(row.detail), row.at) == (1, None, {"points": 5}, 5)
