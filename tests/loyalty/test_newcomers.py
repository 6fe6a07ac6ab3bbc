"""A newcomer where somebody else was."""

import pytest

from loyalty.newcomers import add_like
from storage import members, profiles
from storage.database import Database
from tests.loyalty.till import person, work_in


@pytest.mark.asyncio
async def test_only_market_language_and_zone_are_taken_over(database_url: str) -> None:
    def task(transaction):
        work = work_in(transaction)
        old = members.get(transaction, person(transaction, 101, phone="+1", name="Anna", referral_code="A"))
        assert old is not None
        fresh = members.get(transaction, add_like(work, old))
        assert fresh is not None
        return (fresh.market, fresh.locale, fresh.zone), fresh[4:11], profiles.get(transaction, fresh.id).birth_edits

    database = Database(database_url)
    try:
        known, unknown, edits = await database.write(task)
    finally:
        await database.close()
    assert known == ("IT", "it", "Europe/Rome")
    assert unknown == (None, None, None, None, None, None, 0)
    assert edits == 0
