"""Upkeep: chunk by chunk until nothing is left, news become timers, one failure holds up nothing else."""

from functools import partial

import pytest

from bot.triggers import Upkeep
from loyalty.upkeep import lapse_points
from loyalty.work import Work
from storage import ledger, occasions, people
from storage.database import Database, Lost, Rejected, StorageError, Transaction
from tests.builders import DAY, MONDAY, member_row, world


def upkeep(*steps) -> Upkeep:
    return Upkeep(world().programme, world().keyring, steps)


@pytest.mark.asyncio
async def test_a_step_is_repeated_until_little_is_left(database: Database) -> None:
    left = [80]
    taken = []

    def step(work: Work, most: int) -> int:
        done = min(most, left[0])
        left[0] -= done
        taken.append(done)
        return done

    assert await upkeep(step).run(database, MONDAY) == 80
    assert taken == [32, 32, 16]


@pytest.mark.asyncio
async def test_news_wait_for_the_planner_from_the_same_transaction(database: Database) -> None:
    def step(work: Work, most: int) -> int:
        work.tell("hello:7", "referral_reward", 7, points=5)
        return 1

    await upkeep(step).run(database, MONDAY)
    timers = await database.read(partial(occasions.due_timers, now=MONDAY, most=10))
    assert [(timer.key, timer.kind) for timer in timers] == [("hello:7", "occasion")]


@pytest.mark.asyncio
async def test_a_failing_step_leaves_nothing_and_the_next_one_runs(database: Database) -> None:
    def broken(work: Work, most: int) -> int:
        work.tell("never", "referral_reward", 7)
        raise RuntimeError("broken on purpose")

    def three(work: Work, most: int) -> int:
        return 3

    assert await upkeep(broken, three).run(database, MONDAY) == 3
    assert await database.read(partial(occasions.due_timers, now=MONDAY, most=10)) == []


@pytest.mark.parametrize("error", [Rejected("a row"), StorageError("a table")])
@pytest.mark.asyncio
async def test_a_row_that_the_database_refuses_holds_up_no_other_step(database: Database, error: Exception) -> None:
    def poisoned(work: Work, most: int) -> int:
        raise error

    def two(work: Work, most: int) -> int:
        return 2

    assert await upkeep(poisoned, two).run(database, MONDAY) == 2


@pytest.mark.asyncio
async def test_a_lost_database_goes_up(database: Database) -> None:
    def lost(work: Work, most: int) -> int:
        raise Lost("gone")

    with pytest.raises(Lost):
        await upkeep(lost).run(database, MONDAY)


@pytest.mark.asyncio
async def test_every_lapsed_lot_of_many_members_is_booked(database: Database) -> None:
    def fill(transaction: Transaction) -> None:
        people.add_members(transaction, [member_row(1_000 + number) for number in range(60)])
        for number in range(240):
            earning = ledger.Earning(f"e{number}", 1_000 + number % 60, 10, "gift", "x", MONDAY, MONDAY + DAY)
            ledger.earn(transaction, earning, MONDAY)

    def left(transaction: Transaction) -> int:
        return sum(len(ledger.lots_of(transaction, 1_000 + number)) for number in range(60))

    await database.write(fill)
    assert await database.read(left) == 240
    await upkeep(lapse_points).run(database, MONDAY + 2 * DAY)
    assert await database.read(left) == 0
