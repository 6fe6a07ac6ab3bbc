"""The member's row of this turn, and the days of their own calendar."""

from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import pytest

from bot.handlers._reading import day_of, last_day, member_row
from bot.message import Day
from storage.database import Database, Transaction
from tests.builders import add_person, us


@dataclass
class Somebody:
    """As much of a member as is read."""

    id: int
    zone: str = "Europe/Rome"
    locale: str = "ar"
    joined_at: int = 7


def context(transaction: Any, member: Somebody) -> Any:
    """As much of a turn as is read."""
    return SimpleNamespace(transaction=transaction, member=member)


@pytest.mark.asyncio
async def test_the_row_speaks_the_language_of_the_turn(sqlite_url: str) -> None:
    database = Database(sqlite_url)

    def work(transaction: Transaction) -> None:
        member = add_person(transaction, "sms", "+1", joined_at=None)
        row = member_row(context(transaction, Somebody(member)))
        assert (row.id, row.locale, row.joined_at) == (member, "ar", 7)
        with pytest.raises(LookupError, match="no member 5"):
            member_row(context(transaction, Somebody(5)))

    await database.write(work)
    await database.close()


@pytest.mark.parametrize(
    ("zone", "today", "last"),
    [
        ("Europe/Rome", Day(3, 3, 2026), Day(3, 2, 2026)),
        ("Pacific/Auckland", Day(3, 3, 2026), Day(3, 3, 2026)),
        ("America/New_York", Day(3, 2, 2026), Day(3, 2, 2026)),
    ],
)
def test_days_are_those_of_the_members_zone(zone: str, today: Day, last: Day) -> None:
    midnight = us("2026-03-03T00:00+01:00")
    here = context(None, Somebody(1, zone))
    assert day_of(here, midnight) == today
    assert last_day(here, midnight) == last
