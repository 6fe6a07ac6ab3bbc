"""Upkeep: chunk by chunk until nothing is left, news become timers, one failure holds up nothing else."""

from collections.abc import AsyncIterator
from functools import partial

import pytest
import pytest_asyncio

from bot.triggers import Upkeep
from loyalty.work import Work
from storage import occasions
from storage.database import Database
from tests.builders import MONDAY, world


@pytest_asyncio.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """An open database."""
    found = Database(database_url)
    yield found
    await found.close()


def upkeep(*steps) -> Upkeep:
    return Upkeep(world().programme, world().keyring, steps)


@pytest.mark.asyncio
async def test_a_step_is_repeated_until_little_is_left(database: Database) -> None:
    left = [250]
    taken = []

    def step(work: Work, most: int) -> int:
        done = min(most, left[0])
        left[0] -= done
        taken.append(done)
        return done

    assert await upkeep(step).run(database, MONDAY) == 250
    assert taken == [100, 100, 50]


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
