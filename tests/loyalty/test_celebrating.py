"""Birthdays and days of the calendar: the gift once per key, with words or without."""

import pytest

from loyalty import celebrating
from loyalty.celebrating import Celebration
from storage import ledger
from storage.database import Database
from tests.loyalty.shop import ANNA, member, open_shop, points, programme

KEY = f"birthday:{ANNA}:2026"
RULES = {
    "birthday": {"points": 50, "gesture": {"en": "A cake", "it": "Una torta"}},
    "occasions": [{"name": "eid", "title": {"en": "Eid", "it": "Eid"}, "days": ["2026-03-20"], "points": 20}],
}


@pytest.mark.asyncio
async def test_a_gift_comes_once_whoever_asks_for_it(database: Database) -> None:
    def run(transaction):
        work = open_shop(transaction, programme(**RULES))
        told = celebrating.birthday(work, member(work), KEY)
        celebrating.without_words(work, "birthday", ANNA, KEY)
        return told, points(work), ledger.audit(transaction)

    told, held, wrong = await database.write(run)
    assert (told.points, told.gesture, held, wrong) == (50, "Una torta", 50, [])


@pytest.mark.asyncio
async def test_a_day_of_the_calendar_and_one_that_is_gone(database: Database) -> None:
    def run(transaction):
        work = open_shop(transaction, programme(**RULES))
        celebrating.without_words(work, "occasion", ANNA, "occasion:eid:1:2026", name="eid")
        gone = celebrating.occasion(work, member(work), "occasion:gone:1:2026", "gone")
        return points(work), gone

    assert await database.write(run) == (20, None)


@pytest.mark.asyncio
async def test_nobody_is_given_to_who_has_left(database: Database) -> None:
    def run(transaction):
        work = open_shop(transaction, programme(**RULES))
        celebrating.without_words(work, "birthday", 999, "birthday:999:2026")
        celebrating.without_words(work, "milestone", ANNA, "other")
        return points(work), Celebration().points

    assert await database.write(run) == (0, 0)
