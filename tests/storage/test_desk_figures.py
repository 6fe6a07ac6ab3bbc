"""The desk's figures on both databases."""

import pytest

from bot import takeover
from bot.takeover import Lease
from storage import desk_figures
from storage.database import Database, Transaction
from tests.builders import DAY, MONDAY, add_person, query, world


@pytest.mark.asyncio
async def test_what_is_open_and_what_was_done(database: Database) -> None:
    lease = Lease.of(world().programme)

    def act(t: Transaction) -> None:
        for number, reason in enumerate(("asked", "asked", "complaint")):
            member = add_person(t, "whatsapp", f"+39333{number}")
            takeover.hand_over(t, lease, member, reason, place=("whatsapp", member, "IT"), now=MONDAY + number)
        t.run(
            query(
                f"update support_case set status = 'resolved', resolved_at = {MONDAY}, score = 5, waiting_since = null "
                "where reason = 'complaint'"
            )
        )

    await database.write(act)
    assert await database.read(desk_figures.now) == [desk_figures.Now("IT", 2, 2, 0, MONDAY)]
    opened = await database.read(lambda t: desk_figures.opened(t, MONDAY - DAY))
    assert sorted(opened) == [("IT", "asked", 2), ("IT", "complaint", 1)]
    assert await database.read(lambda t: desk_figures.resolved(t, MONDAY)) == [("IT", 1, 1, 5, 1)]
    assert await database.read(lambda t: desk_figures.resolved(t, MONDAY + 1)) == []
