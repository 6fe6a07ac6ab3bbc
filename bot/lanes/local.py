"""Lanes inside one process: a bounded queue in front of the database's writer, worked in batches by group commit.

`put` returns after the commit that holds the event, so an answered webhook is durable without a second write. Events
of our own come from the `event` table: they are read when a commit touched it, and by a sweep for what another
process wrote.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable
from typing import Any

import orjson
import structlog

from bot.lanes._contract import Arrival, Unavailable, Work
from bot.message import Event, Kind
from storage import occasions
from storage.database import Database, StorageError, Transaction

_log = structlog.get_logger()
BATCH = 64
_OWN_BATCH = 64
_AGAIN_SECONDS = 0.2


class _LocalBatch:
    """Puts resolve when the batch is committed."""

    def __init__(self, waiting: "list[tuple[Arrival, asyncio.Future[None] | None]]") -> None:
        self._waiting = waiting
        self.arrivals = [arrival for arrival, _ in waiting]

    def settle(self, transaction: Transaction) -> None:
        """Nothing: the inbox row itself is the record."""

    def done(self) -> None:
        for _, future in self._waiting:
            if future is not None and not future.done():
                future.set_result(None)

    def failed(self, error: BaseException) -> None:
        for _, future in self._waiting:
            if future is not None and not future.done():
                future.set_exception(Unavailable(type(error).__name__))


class _Turn:
    """One transaction's worth of the queue. What it works is chosen as late as possible: when the writer is free."""

    def __init__(self, take: Callable[[], _LocalBatch], work: Work) -> None:
        self._take = take
        self._work = work
        self._batch: _LocalBatch | None = None

    def inside(self, transaction: Transaction) -> None:
        """On the writer's thread, perhaps again if the transaction is redone: the batch stays the same."""
        if self._batch is None:
            self._batch = self._take()
        if self._batch.arrivals:
            self._work(transaction, self._batch)
            self._batch.settle(transaction)

    @property
    def batch(self) -> _LocalBatch:
        """What was taken; if the writer never got so far, it is taken now, to be refused."""
        if self._batch is None:
            self._batch = self._take()
        return self._batch


class LocalLanes:
    """Lanes for one process on one database. Create and use inside one running loop."""

    def __init__(self, database: Database, *, limit: int = 5_000, sweep_seconds: float = 1.0) -> None:
        self._database = database
        self._limit = limit
        self._sweep_seconds = sweep_seconds
        self._waiting: deque[tuple[Arrival, asyncio.Future[None] | None]] = deque()
        self._asked = False
        """A turn is queued that has not taken its batch yet."""
        self._turns: set[asyncio.Future[None]] = set()
        self._own = asyncio.Event()
        self._work: Work | None = None
        self._task: asyncio.Task[None] | None = None
        self._closing = False
        self.refused = 0
        self.recovered: list[Callable[[], None]] = []
        """Called when a spell of refusals is over: time to ask providers what we missed."""
        self._refusing = False
        database.subscribe("event", self._own.set)

    def put(self, arrival: Arrival) -> "asyncio.Future[None]":
        """Queue an arrival; what is returned is awaited until it is committed.

        It raises `Unavailable` when the queue is full or the write failed: nothing was kept, send it again.
        """
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        if self._closing or self._work is None or len(self._waiting) >= self._limit:
            self._refuse()
            future.set_exception(Unavailable("closing" if self._closing else "full"))
            return future
        self._waiting.append((arrival, future))
        if not self._asked:
            self._ask(self._work)
        return future

    def _ask(self, work: Work) -> None:
        self._asked = True
        turn = _Turn(self._take, work)
        try:
            written = asyncio.ensure_future(self._database.write(turn.inside))
        except StorageError as error:
            self._answer(turn.batch, error)
            return
        self._turns.add(written)
        written.add_done_callback(lambda done: self._settled(turn, done))

    def _take(self) -> _LocalBatch:
        """On the writer's thread. From the first line on a put asks for a turn of its own, so that none is stranded."""
        self._asked = False
        taken: list[tuple[Arrival, asyncio.Future[None] | None]] = []
        while self._waiting and len(taken) < BATCH:
            taken.append(self._waiting.popleft())
        return _LocalBatch(taken)

    def _settled(self, turn: _Turn, written: "asyncio.Future[None]") -> None:
        self._turns.discard(written)
        self._answer(turn.batch, None if written.cancelled() else written.exception())
        if self._waiting and not self._asked and self._work is not None:
            self._ask(self._work)

    def _answer(self, batch: _LocalBatch, error: BaseException | None) -> None:
        if error is None:
            batch.done()
            self._took()
            return
        _log.warning("batch failed", error=type(error).__name__, events=len(batch.arrivals))
        batch.failed(error)
        self._refuse()

    @property
    def refusing(self) -> bool:
        """Whether the last that came was refused."""
        return self._refusing

    def _refuse(self) -> None:
        self.refused += 1
        self._refusing = True

    def _took(self) -> None:
        """A batch is committed: a spell of refusals, if there was one, is over."""
        if self._refusing:
            self._refusing = False
            for tell in self.recovered:
                tell()

    def run(self, work: Work) -> None:
        """Start working: from now on every batch is handed to `work` on the writer."""
        self._work = work
        self._own.set()
        self._task = asyncio.create_task(self._drain_own())

    async def _commit(self, batch: _LocalBatch) -> bool:
        work = self._work
        assert work is not None  # run() set it before any task started

        def inside(transaction: Transaction) -> None:
            work(transaction, batch)
            batch.settle(transaction)

        try:
            await self._database.write(inside)
        except Exception as error:
            self._answer(batch, error)
            return False
        self._answer(batch, None)
        return True

    async def _drain_own(self) -> None:
        while not self._closing:
            self._own.clear()
            try:
                worked = await self.drain_once()
            except Exception:
                _log.exception("events of our own cannot be worked")
                worked = 0
            if not worked:
                await _first_of(self._own, self._sweep_seconds)

    async def drain_once(self) -> int:
        """Work the waiting events of our own, one batch; how many there were."""
        try:
            rows = await self._database.read(lambda transaction: occasions.waiting_events(transaction, _OWN_BATCH))
        except StorageError as error:
            _log.warning("events cannot be read", error=type(error).__name__)
            await asyncio.sleep(_AGAIN_SECONDS)
            return 0
        if rows and not await self._commit(_LocalBatch([(_arrival(row), None) for row in rows])):
            await asyncio.sleep(_AGAIN_SECONDS)
        return len(rows)

    async def again(self, arrival: Arrival, first: Callable[[Transaction], object]) -> None:
        """Work an arrival anew in one transaction with `first`, which takes its earlier failure out of the way."""
        work = self._work
        assert work is not None  # run() was called
        batch = _LocalBatch([(arrival, None)])

        def inside(transaction: Transaction) -> None:
            first(transaction)
            work(transaction, batch)

        await self._database.write(inside)

    async def close(self) -> None:
        """Refuse new events, work what is queued, stop."""
        self._closing = True
        self._own.set()
        while self._turns:
            await asyncio.wait(self._turns)
            await asyncio.sleep(0)
        if self._task is not None:
            await self._task


async def _first_of(event: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return


def _arrival(row: occasions.EventRow) -> Arrival:
    data: dict[str, Any] = orjson.loads(row.data)
    event = Event(Kind(row.kind), row.channel, row.address, row.key, data=data)
    return Arrival(event, received_at=time.time_ns() // 1_000, event_id=row.id)
