"""The database: one writer thread with group commit, reader connections, and who is told after a commit.

SQLite (WAL, synchronous=FULL) or PostgreSQL, on the drivers' own cursors. Work is a plain function of a `Transaction`;
it runs off the event loop, must not block on anything but the database, and may be run again (redone) from the start.
"""

import asyncio
import queue
import sqlite3
import threading
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import psycopg
import structlog

from storage.ids import Ids
from storage.statement import Params, Statement

Result = TypeVar("Result")
Row = TypeVar("Row")
Work = Callable[["Transaction"], Result]
Touched = dict[str, set[int]]
"""Topic -> the keys (ids) it concerns; most topics have none."""

_log = structlog.get_logger()
_REDO = 8
_SLOW_SECONDS = 0.020


class StorageError(Exception):
    """Something about the database that its user must know."""


class Lost(StorageError):
    """The connection is gone; nothing of the work stands. Try again when the database is back."""


class Conflict(StorageError):
    """Deadlock, serialisation failure or a busy file; nothing of the work stands and it may be redone."""


class Rejected(StorageError):
    """The database refused a row (constraint, type); nothing of the work stands."""


class Transaction:
    """An open transaction. Nobody below commits; `touched` names the topics whose subscribers are told afterwards."""

    def __init__(self, connection: Any, dialect: str, ids: Ids) -> None:
        self._cursor = connection.cursor()
        self.dialect = dialect
        self.ids = ids
        self.touched: Touched = {}
        self._savepoints = 0

    def run(self, statement: Statement[Any], **params: Any) -> int:
        """Execute; the number of rows it changed."""
        self._cursor.execute(*statement.prepare(self.dialect, params))
        return int(self._cursor.rowcount)

    def run_many(self, statement: Statement[Any], rows: Sequence[Params]) -> None:
        """Execute once per row of parameters, in one call to the driver."""
        if not rows:
            return
        self._cursor.executemany(*statement.prepare_rows(self.dialect, rows))

    def all(self, statement: Statement[Row], **params: Any) -> list[Row]:
        """Every row of the result."""
        self._cursor.execute(*statement.prepare(self.dialect, params))
        rows = self._cursor.fetchall()
        return [statement.row(row) for row in rows] if statement.row else rows

    def one(self, statement: Statement[Row], **params: Any) -> Row | None:
        """The first row of the result, or None."""
        self._cursor.execute(*statement.prepare(self.dialect, params))
        row = self._cursor.fetchone()
        if row is None:
            return None
        made: Row = statement.row(row) if statement.row else row
        return made

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """What happens inside stands or falls alone; an exception rolls it back and goes on up."""
        self._savepoints += 1
        name = f"s{self._savepoints}"
        touched = {topic: set(keys) for topic, keys in self.touched.items()}
        self._cursor.execute(f"SAVEPOINT {name}")
        try:
            yield
        except BaseException:
            self.touched = touched
            self._cursor.execute(f"ROLLBACK TO SAVEPOINT {name}")
            self._cursor.execute(f"RELEASE SAVEPOINT {name}")
            raise
        self._cursor.execute(f"RELEASE SAVEPOINT {name}")

    def touch(self, topic: str, *keys: int) -> None:
        """Subscribers of the topic are told once this transaction is committed, and of which keys."""
        self.touched.setdefault(topic, set()).update(keys)


@dataclass(slots=True)
class _Job:
    work: Work[Any]
    future: "asyncio.Future[Any]"


class _Driver:
    """How one kind of database is opened, begun and how its errors are named."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.dialect = "postgresql" if url.startswith(("postgresql:", "postgres:")) else "sqlite"
        if self.dialect == "sqlite" and not url.startswith("sqlite:///"):
            raise StorageError("a database address is sqlite:///path or postgresql://user:password@host/name")

    @property
    def path(self) -> str:
        return self.url.removeprefix("sqlite:///")

    def connect(self, *, reading: bool = False) -> Any:
        if self.dialect == "postgresql":
            return psycopg.connect(self.url, autocommit=True, connect_timeout=5, tcp_user_timeout=10_000)
        if self.path != ":memory:":
            Path(self.path).parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(self.path, isolation_level=None, check_same_thread=False, cached_statements=512)
        connection.execute("PRAGMA busy_timeout = 5000")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        if reading:
            connection.execute("PRAGMA query_only = ON")
        return connection

    def begin(self, *, reading: bool = False) -> str:
        if self.dialect == "postgresql":
            return "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY" if reading else "BEGIN"
        return "BEGIN" if reading else "BEGIN IMMEDIATE"


def translate(error: Exception) -> Exception:
    """The driver's error as one of ours where the difference matters, else the error itself."""
    if isinstance(error, psycopg.errors.DeadlockDetected | psycopg.errors.SerializationFailure):
        return Conflict(type(error).__name__)
    if isinstance(error, psycopg.errors.ProgramLimitExceeded):
        return Rejected(type(error).__name__)  # an OperationalError to psycopg, but trying again cannot help
    if isinstance(error, psycopg.OperationalError | psycopg.InterfaceError):
        return Lost(type(error).__name__)
    if isinstance(error, sqlite3.OperationalError):
        return Conflict("busy") if "locked" in str(error) or "busy" in str(error) else StorageError(str(error))
    if isinstance(error, psycopg.IntegrityError | psycopg.DataError | sqlite3.IntegrityError | sqlite3.DataError):
        return Rejected(type(error).__name__)
    return error


class Database:
    """Opened once, inside the running loop. `write` and `read` may be awaited from any task of that loop."""

    def __init__(self, url: str, *, ids: Ids | None = None, readers: int = 2) -> None:
        self._driver = _Driver(url)
        self.ids = ids or Ids()
        self._readers = ThreadPoolExecutor(readers, thread_name_prefix="reader")
        self._connection: Any = None
        self._local = threading.local()
        self._idle: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._waiting: list[_Job] = []
        self._handed: queue.SimpleQueue[list[_Job] | None] = queue.SimpleQueue()
        self._writer: threading.Thread | None = None
        self._subscribers: dict[str, list[Callable[[frozenset[int]], None]]] = {}
        self._closing = False

    @property
    def dialect(self) -> str:
        return self._driver.dialect

    @property
    def url(self) -> str:
        return self._driver.url

    def subscribe(self, topic: str, tell: Callable[[], None]) -> None:
        """`tell` is called on the event loop after every commit that touched the topic."""
        self.subscribe_keys(topic, lambda _: tell())

    def subscribe_keys(self, topic: str, tell: Callable[[frozenset[int]], None]) -> None:
        """The same, with the keys that the commit touched."""
        self._subscribers.setdefault(topic, []).append(tell)

    def write(self, work: Work[Result]) -> Awaitable[Result]:
        """Run work in its own savepoint on the writer, as part of the next group commit.

        The future resolves after the commit. Work aims at 20 ms; longer work goes in chunks of its own.
        Raises what the work raised, `Lost` when the connection went, `Conflict` when redoing did not help.
        """
        if self._closing:
            raise StorageError("the database is closing")
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Result] = loop.create_future()
        self._waiting.append(_Job(work, future))
        if len(self._waiting) == 1:
            loop.call_soon(self._hand_over, loop)
        return future

    def _hand_over(self, loop: asyncio.AbstractEventLoop) -> None:
        """Give the writer what was asked in this turn of the loop, as one group."""
        if self._writer is None:
            self._writer = threading.Thread(target=self._write_all, args=(loop,), name="writer", daemon=True)
            self._writer.start()
        jobs, self._waiting = self._waiting, []
        self._handed.put(jobs)

    def _write_all(self, loop: asyncio.AbstractEventLoop) -> None:
        """The writer's thread: everything handed over meanwhile shares the next commit; None ends it."""
        ended = False
        while not ended:
            handed = [self._handed.get()]
            while not self._handed.empty():
                handed.append(self._handed.get())
            jobs = [job for group in handed if group is not None for job in group]
            if jobs:
                results, touched = self._commit(jobs)
                loop.call_soon_threadsafe(self._committed, jobs, results, touched)
            ended = None in handed
        self._drop_connection()

    def _committed(self, jobs: Sequence[_Job], results: Sequence[Any], touched: Touched) -> None:
        _settle(jobs, results)
        for topic, keys in touched.items():
            self._tell(topic, frozenset(keys))

    def _tell(self, topic: str, keys: frozenset[int]) -> None:
        for tell in self._subscribers.get(topic, ()):
            try:
                tell(keys)
            except Exception:
                _log.exception("a subscriber failed", topic=topic)

    def _commit(self, jobs: Sequence[_Job]) -> tuple[list[Any], Touched]:
        for attempt in range(_REDO):
            try:
                return self._commit_once(jobs)
            except Conflict as conflict:
                _log.info("redo", attempt=attempt, why=str(conflict))
                time.sleep(0.005 * 2**attempt)
            except (StorageError, OSError) as error:
                self._drop_connection()
                return [error] * len(jobs), {}
        return [Conflict("redone too often")] * len(jobs), {}

    def _commit_once(self, jobs: Sequence[_Job]) -> tuple[list[Any], Touched]:
        started = time.perf_counter()
        try:
            if self._connection is None:
                self._connection = self._driver.connect()
            self._connection.execute(self._driver.begin())
            transaction = Transaction(self._connection, self.dialect, self.ids)
            results = [_run(transaction, job.work, alone=len(jobs) == 1) for job in jobs]
            alone_failed = len(jobs) == 1 and isinstance(results[0], Exception)
            self._connection.execute("ROLLBACK" if alone_failed else "COMMIT")
        except Exception as error:
            self._roll_back()
            raise _as_storage_error(error) from error
        if time.perf_counter() - started > _SLOW_SECONDS * max(1, len(jobs)):
            _log.info("slow write", seconds=round(time.perf_counter() - started, 4), jobs=len(jobs))
        return results, {} if alone_failed else transaction.touched

    def _roll_back(self) -> None:
        try:
            if self._connection is not None:
                self._connection.execute("ROLLBACK")
        except Exception:
            self._drop_connection()

    def _drop_connection(self) -> None:
        connection, self._connection = self._connection, None
        _close_quietly(connection)

    async def read(self, work: Work[Result]) -> Result:
        """Run work on a reader connection, in one consistent snapshot, beside the writer."""
        return await asyncio.get_running_loop().run_in_executor(self._readers, self._read, work)

    def _read(self, work: Work[Result]) -> Result:
        connection = getattr(self._local, "connection", None)
        try:
            if connection is None:
                connection = self._local.connection = self._driver.connect(reading=True)
                self._idle.put(connection)
            connection.execute(self._driver.begin(reading=True))
            try:
                return work(Transaction(connection, self.dialect, self.ids))
            finally:
                connection.execute("ROLLBACK")
        except Exception as error:
            translated = translate(error)
            if isinstance(translated, StorageError):
                self._local.connection = None
                _close_quietly(connection)
                raise translated from error
            raise

    async def close(self) -> None:
        """Finish what is waiting, then close every connection."""
        self._closing = True
        loop = asyncio.get_running_loop()
        if self._waiting:
            self._hand_over(loop)
        if self._writer is not None:
            self._handed.put(None)
            await loop.run_in_executor(self._readers, self._writer.join)
            await asyncio.sleep(0)
        self._readers.shutdown()
        while not self._idle.empty():
            self._idle.get().close()


def _close_quietly(connection: Any) -> None:
    if connection is None:
        return
    try:
        connection.close()
    except Exception as error:
        _log.info("closing a lost connection failed", why=type(error).__name__)


def _run(transaction: Transaction, work: Work[Any], *, alone: bool) -> Any:
    """The work's result, or the exception it failed with (its savepoint rolled back). Conflict and Lost pass."""
    try:
        if alone:
            return work(transaction)
        with transaction.savepoint():
            return work(transaction)
    except Exception as error:
        translated = translate(error)
        if isinstance(translated, Conflict | Lost):
            raise translated from error
        return translated


def _as_storage_error(error: Exception) -> StorageError:
    translated = translate(error)
    return translated if isinstance(translated, StorageError) else StorageError(type(error).__name__)


def _settle(jobs: Sequence[_Job], results: Sequence[Any]) -> None:
    for job, result in zip(jobs, results, strict=True):
        if job.future.cancelled():
            continue
        if isinstance(result, Exception):
            job.future.set_exception(result)
        else:
            job.future.set_result(result)
