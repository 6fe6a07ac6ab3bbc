"""Standings: counted from nothing, placed, found when their review is due or near, told once."""

import pytest

from storage import ledger, people, standings
from storage.database import Database
from storage.ledger import Earning
from storage.standings import StandingRow
from tests.builders import member_row


@pytest.mark.asyncio
async def test_orders_are_counted_up_and_down(database: Database) -> None:
    def run(transaction):
        people.add_members(transaction, [member_row(1)])
        found = [standings.get(transaction, 1)]
        for amount in (1, 1, -1):
            standings.count(transaction, 1, amount)
            found.append(standings.get(transaction, 1))
        return [one.purchases for one in found], found[0]

    assert await database.write(run) == ([0, 1, 2, 1], StandingRow(1))


@pytest.mark.asyncio
async def test_a_new_level_keeps_the_count_and_forgets_the_notice(database: Database) -> None:
    placed = StandingRow(1, 0, "gold", 10, 20, 99)

    def run(transaction):
        people.add_members(transaction, [member_row(1)])
        standings.count(transaction, 1, 3)
        standings.place(transaction, placed)
        told = [standings.notice(transaction, 1, 15), standings.notice(transaction, 1, 16)]
        first = standings.get(transaction, 1)
        standings.place(transaction, placed)
        return told, first, standings.get(transaction, 1)

    told, first, again = await database.write(run)
    assert told == [True, False]
    assert (first, again) == (StandingRow(1, 3, "gold", 10, 20, 15), StandingRow(1, 3, "gold", 10, 20, None))


@pytest.mark.asyncio
async def test_reviews_are_found_when_they_are_due_and_when_they_are_near(database: Database) -> None:
    def run(transaction):
        people.add_members(transaction, [member_row(number) for number in range(1, 7)])
        for number, review_at in ((1, 30), (2, 20), (3, 10), (4, 40), (5, None), (6, 35)):
            standings.place(transaction, StandingRow(number, 0, "gold", 1, review_at))
        standings.notice(transaction, 6, 1)
        due = [row.member_id for row in standings.due(transaction, 20, 10)]
        near = [row.member_id for row in standings.nearing(transaction, 10, 35, after=0, most=10)]
        onward = [row.member_id for row in standings.nearing(transaction, 10, 40, after=1, most=1)]
        return due, [row.member_id for row in standings.due(transaction, 20, 1)], near, onward

    assert await database.write(run) == ([3, 2], [3], [1, 2], [2])


@pytest.mark.asyncio
async def test_points_of_a_lifetime_and_of_keys(database: Database) -> None:
    def run(transaction):
        for number, (unit, amount) in enumerate([("points", 5), ("points", 7), ("cash:EUR", 900)]):
            earning = Earning(f"k{number}", 1, amount, "goodwill", "r", 1, None, unit=unit)
            ledger.earn(transaction, earning, 1)
        sums = [standings.given(transaction, keys) for keys in ([], ["k1"], ["k0", "k1", "k9"])]
        return standings.lifetime(transaction, 1), standings.lifetime(transaction, 2), sums

    assert await database.write(run) == (12, 0, [0, 7, 12])
