"""Lanes inside one process: durable before put returns, in order, bounded, drained; events of our own."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from bot.lanes import Arrival, Unavailable
from bot.lanes.local import BATCH, LocalLanes
from bot.message import Kind
from storage import occasions
from storage.database import Database, Lost
from tests.builders import lane_event, query, text

WORKED = query("select name from watermark order by at")


class Worker:
    """Writes each arrival's text down, in order."""

    def __init__(self) -> None:
        self.sizes: list[int] = []
        self.seen: list[str] = []
        self.errors: list[Exception] = []

    def __call__(self, transaction, batch) -> None:
        self.sizes.append(len(batch.arrivals))
        if self.errors:
            raise self.errors.pop()
        for arrival in batch.arrivals:
            if arrival.event_id is not None and not occasions.take_event(transaction, arrival.event_id):
                continue
            words = arrival.event.text or arrival.event.provider_id
            self.seen.append(words)
            occasions.set_watermark(transaction, words, len(self.seen))


@pytest_asyncio.fixture
async def database(sqlite_url: str) -> AsyncIterator[Database]:
    opened = Database(sqlite_url)
    yield opened
    await opened.close()


@pytest_asyncio.fixture
async def lanes(database: Database) -> AsyncIterator[LocalLanes]:
    made = LocalLanes(database, limit=200, sweep_seconds=0.05)
    yield made
    await made.close()


async def worked(database: Database) -> list[str]:
    return [row[0] for row in await database.read(lambda transaction: transaction.all(WORKED))]


def arrivals(number: int) -> list[Arrival]:
    return [text("+1", f"m{index:03}") for index in range(number)]


@pytest.mark.asyncio
async def test_put_returns_when_the_event_is_durable(database: Database, lanes: LocalLanes) -> None:
    lanes.run(Worker())
    await lanes.put(text("+1", "ciao"))
    assert await worked(database) == ["ciao"]


@pytest.mark.asyncio
async def test_events_are_worked_in_order_in_bounded_batches(database: Database, lanes: LocalLanes) -> None:
    worker = Worker()
    lanes.run(worker)
    await asyncio.gather(*(lanes.put(one) for one in arrivals(150)))
    assert worker.seen == [f"m{index:03}" for index in range(150)]
    assert await worked(database) == worker.seen
    assert max(worker.sizes) <= BATCH
    assert len(worker.sizes) < 20


@pytest.mark.asyncio
async def test_a_full_queue_refuses(lanes: LocalLanes) -> None:
    lanes.run(Worker())
    done = await asyncio.gather(*(lanes.put(one) for one in arrivals(230)), return_exceptions=True)
    assert [type(one) for one in done].count(Unavailable) == 30 == lanes.refused
    assert done[:200] == [None] * 200


@pytest.mark.asyncio
async def test_nothing_is_taken_before_work_starts(lanes: LocalLanes) -> None:
    with pytest.raises(Unavailable):
        await lanes.put(text("+1", "early"))


@pytest.mark.asyncio
async def test_a_batch_that_fails_is_not_answered_and_may_come_again(database: Database, lanes: LocalLanes) -> None:
    worker = Worker()
    worker.errors.append(Lost("gone"))
    recovered: list[int] = []
    lanes.recovered.append(lambda: recovered.append(1))
    lanes.run(worker)
    await asyncio.sleep(0.01)
    with pytest.raises(Unavailable):
        await lanes.put(text("+1", "ciao", provider_id="p"))
    assert (lanes.refused, recovered, await worked(database)) == (1, [], [])
    await lanes.put(text("+1", "ciao", provider_id="p"))
    await lanes.put(text("+1", "and on"))
    assert (recovered, await worked(database)) == ([1], ["ciao", "and on"])


@pytest.mark.asyncio
async def test_closing_works_off_what_waits_and_refuses_the_rest(database: Database) -> None:
    lanes = LocalLanes(database)
    lanes.run(Worker())
    waiting = [asyncio.ensure_future(lanes.put(one)) for one in arrivals(130)]
    await asyncio.sleep(0)
    await lanes.close()
    assert await asyncio.gather(*waiting) == [None] * 130
    assert len(await worked(database)) == 130
    with pytest.raises(Unavailable):
        await lanes.put(text("+1", "late"))


@pytest.mark.asyncio
async def test_whoever_gave_up_waiting_harms_nobody(database: Database, lanes: LocalLanes) -> None:
    lanes.run(Worker())
    given_up = asyncio.ensure_future(lanes.put(text("+1", "a")))
    await asyncio.sleep(0)
    given_up.cancel()
    await lanes.put(text("+1", "b"))
    assert await worked(database) == ["a", "b"]


async def until(database: Database, expected: list[str]) -> None:
    async with asyncio.timeout(5):
        while await worked(database) != expected:
            await asyncio.sleep(0.005)


def own(key: str) -> dict[str, object]:
    return lane_event(key, Kind.TIMEOUT, "sms", "+1", {"token": "t"})


@pytest.mark.asyncio
async def test_events_of_our_own_are_worked_once_after_their_commit(database: Database) -> None:
    lanes = LocalLanes(database, sweep_seconds=60.0)
    worker = Worker()
    lanes.run(worker)
    await asyncio.sleep(0.02)

    def work(transaction) -> None:
        for key in ("a", "b", "a"):
            occasions.add_event(transaction, own(key))

    await database.write(work)
    await until(database, ["a", "b"])
    await lanes.close()
    assert worker.seen == ["a", "b"]


@pytest.mark.asyncio
async def test_what_was_left_waiting_is_found_at_the_start(database: Database, lanes: LocalLanes) -> None:
    await database.write(lambda transaction: occasions.add_event(transaction, own("left")))
    lanes.run(Worker())
    await until(database, ["left"])


@pytest.mark.asyncio
async def test_another_process_events_are_swept_up(database: Database, lanes: LocalLanes, sqlite_url: str) -> None:
    lanes.run(Worker())
    other = Database(sqlite_url)
    await other.write(lambda transaction: occasions.add_event(transaction, own("theirs")))
    await other.close()
    await until(database, ["theirs"])


@pytest.mark.asyncio
async def test_own_events_survive_a_failed_batch(database: Database, lanes: LocalLanes) -> None:
    worker = Worker()
    worker.errors.append(Lost("gone"))
    await database.write(lambda transaction: occasions.add_event(transaction, own("kept")))
    lanes.run(worker)
    await until(database, ["kept"])


@pytest.mark.asyncio
async def test_a_failed_arrival_is_worked_anew_in_one_transaction(database: Database, lanes: LocalLanes) -> None:
    lanes.run(Worker())
    await lanes.again(text("+1", "again"), lambda transaction: occasions.set_watermark(transaction, "first", 0))
    assert await worked(database) == ["first", "again"]
