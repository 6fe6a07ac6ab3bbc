"""Group commit, isolation of works, who is told, snapshots, redoing, losing and finding the connection again."""

import asyncio
import sqlite3
import threading
import time

import psycopg
import pytest

from storage import occasions
from storage.database import Conflict, Database, Lost, Rejected, StorageError, translate
from tests.builders import query

READ = query("select at from watermark order by name")


def mark(name: str, at: int = 1):
    def work(transaction):
        occasions.set_watermark(transaction, name, at)
        transaction.touch("mark")
        return at

    return work


def marks(transaction):
    return [row[0] for row in transaction.all(READ)]


def counting(database: Database) -> list[int]:
    """How many works stood in each commit."""
    sizes: list[int] = []
    whole = database._commit

    def commit(jobs):
        sizes.append(len(jobs))
        return whole(jobs)

    database._commit = commit
    return sizes


@pytest.mark.asyncio
async def test_writes_at_once_share_a_commit(database) -> None:
    sizes = counting(database)
    assert await asyncio.gather(*(database.write(mark(str(n), n)) for n in range(20))) == list(range(20))
    assert sizes == [20]
    assert sorted(await database.read(marks)) == list(range(20))


@pytest.mark.asyncio
async def test_writes_that_come_meanwhile_share_the_next_commit(database) -> None:
    sizes = counting(database)
    gate = threading.Event()
    first = asyncio.ensure_future(database.write(lambda transaction: gate.wait(5) and mark("a")(transaction)))
    while not sizes:
        await asyncio.sleep(0.001)
    others = [asyncio.ensure_future(database.write(mark(str(n)))) for n in range(7)]
    await asyncio.sleep(0.02)
    gate.set()
    await asyncio.gather(first, *others)
    assert sizes == [1, 7]


def broken(error: Exception):
    def work(transaction):
        mark("broken")(transaction)
        raise error

    return work


def twice(transaction):
    transaction.run(query("insert into watermark (name, at) values ('twice', 1)"))
    transaction.run(query("insert into watermark (name, at) values ('twice', 2)"))


@pytest.mark.parametrize("failing", [broken(ValueError("no")), twice], ids=["raises", "refused by the database"])
@pytest.mark.asyncio
async def test_a_failing_work_harms_nobody_else(database, failing) -> None:
    done = await asyncio.gather(
        database.write(mark("a", 1)), database.write(failing), database.write(mark("c", 3)), return_exceptions=True
    )
    assert (done[0], done[2]) == (1, 3)
    assert isinstance(done[1], ValueError | Rejected)
    assert await database.read(marks) == [1, 3]


@pytest.mark.parametrize("failing", [broken(ValueError("no")), twice], ids=["raises", "refused by the database"])
@pytest.mark.asyncio
async def test_a_failing_work_alone_leaves_nothing(database, failing) -> None:
    with pytest.raises((ValueError, Rejected)):
        await database.write(failing)
    assert await database.read(marks) == []
    assert await database.write(mark("a")) == 1


@pytest.mark.asyncio
async def test_subscribers_are_told_once_after_the_commit(database) -> None:
    seen: list[list[int]] = []
    told = []
    database.subscribe("mark", lambda: told.append(asyncio.ensure_future(database.read(marks))))
    database.subscribe("other", lambda: seen.append([]))
    await asyncio.gather(*(database.write(mark(str(n), n)) for n in range(5)))
    assert [await one for one in told] == [[0, 1, 2, 3, 4]]
    assert seen == []


@pytest.mark.asyncio
async def test_subscribers_are_not_told_of_what_was_rolled_back(database) -> None:
    told: list[int] = []
    database.subscribe("mark", lambda: told.append(1))

    def quiet(transaction):
        occasions.set_watermark(transaction, "quiet", 1)

    with pytest.raises(ValueError, match="no"):
        await database.write(broken(ValueError("no")))
    await asyncio.gather(database.write(quiet), database.write(broken(ValueError("no"))), return_exceptions=True)
    assert told == []


@pytest.mark.asyncio
async def test_a_savepoint_stands_or_falls_alone(database) -> None:
    def work(transaction):
        mark("a", 1)(transaction)
        for name in ("b", "c"):
            try:
                with transaction.savepoint():
                    mark(name, 2)(transaction)
                    with transaction.savepoint():
                        mark("inner", 3)(transaction)
                    if name == "c":
                        raise KeyError(name)
            except KeyError:
                continue
        return marks(transaction)

    assert await database.write(work) == [1, 2, 3]


@pytest.mark.asyncio
async def test_a_reader_sees_one_snapshot_beside_the_writer(database) -> None:
    await database.write(mark("a", 1))
    reading, written = threading.Event(), threading.Event()

    def read(transaction):
        before = marks(transaction)
        reading.set()
        assert written.wait(5)
        return before, marks(transaction)

    task = asyncio.ensure_future(database.read(read))
    await asyncio.to_thread(reading.wait, 5)
    await database.write(mark("a", 2))
    written.set()
    assert await task == ([1], [1])
    assert await database.read(marks) == [2]


@pytest.mark.asyncio
async def test_a_reader_writes_nothing(database) -> None:
    with pytest.raises((StorageError, psycopg.Error)):
        await database.read(mark("a"))
    assert await database.read(marks) == []


@pytest.mark.asyncio
async def test_a_conflict_is_redone_from_the_start(database) -> None:
    tries = []

    def work(transaction):
        tries.append(1)
        mark(f"try{len(tries)}", len(tries))(transaction)
        if len(tries) < 3:
            raise Conflict("busy")

    neighbour, _ = await asyncio.gather(database.write(mark("n", 9)), database.write(work))
    assert (neighbour, len(tries), await database.read(marks)) == (9, 3, [9, 3])


@pytest.mark.asyncio
async def test_a_conflict_that_stays_is_told(sqlite_url, monkeypatch) -> None:
    monkeypatch.setattr(time, "sleep", lambda _: None)
    database = Database(sqlite_url)

    def work(transaction):
        raise Conflict("always")

    with pytest.raises(Conflict):
        await database.write(work)
    assert await database.write(mark("a")) == 1
    await database.close()


@pytest.mark.asyncio
async def test_a_terminated_backend_is_lost_and_found_again(postgres_url) -> None:
    database = Database(postgres_url)
    pid = query("select pg_backend_pid()")

    def killed(transaction):
        mark("lost")(transaction)
        ((mine,),) = transaction.all(pid)
        with psycopg.connect(postgres_url, autocommit=True) as other:
            other.execute("select pg_terminate_backend(%s)", (mine,))
        mark("lost too")(transaction)

    done = await asyncio.gather(database.write(mark("n")), database.write(killed), return_exceptions=True)
    assert [type(one) for one in done] == [Lost, Lost]
    assert await database.write(mark("a", 7)) == 7
    with pytest.raises(StorageError):
        await database.read(killed_reader(postgres_url))
    assert await database.read(marks) == [7]
    await database.close()


def killed_reader(url: str):
    def read(transaction):
        ((mine,),) = transaction.all(query("select pg_backend_pid()"))
        with psycopg.connect(url, autocommit=True) as other:
            other.execute("select pg_terminate_backend(%s)", (mine,))
        return marks(transaction)

    return read


@pytest.mark.asyncio
async def test_closing_drains_and_then_refuses(database_url) -> None:
    database = Database(database_url)
    waiting = [asyncio.ensure_future(database.write(mark(str(n), n))) for n in range(10)]
    await asyncio.sleep(0)
    await database.close()
    assert [await one for one in waiting] == list(range(10))
    with pytest.raises(StorageError):
        database.write(mark("late"))
    again = Database(database_url)
    assert len(await again.read(marks)) == 10
    await again.close()


@pytest.mark.asyncio
async def test_nobody_may_wait_for_a_write_any_more(database) -> None:
    given_up = asyncio.ensure_future(database.write(mark("a", 1)))
    await asyncio.sleep(0)
    given_up.cancel()
    assert await database.write(mark("b", 2)) == 2
    assert await database.read(marks) == [1, 2]


@pytest.mark.asyncio
async def test_a_second_writer_on_the_same_file_is_waited_for(sqlite_url) -> None:
    database = Database(sqlite_url)
    other = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"), isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    other.execute("INSERT INTO watermark (name, at) VALUES ('other', 5)")
    write = asyncio.ensure_future(database.write(mark("ours", 6)))
    await asyncio.sleep(0.1)
    assert not write.done()
    other.execute("COMMIT")
    other.close()
    assert await write == 6
    assert await database.read(marks) == [5, 6]
    await database.close()


def test_addresses_of_databases() -> None:
    with pytest.raises(StorageError):
        Database("mysql://x")


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (psycopg.errors.DeadlockDetected(), Conflict),
        (psycopg.errors.SerializationFailure(), Conflict),
        (psycopg.OperationalError(), Lost),
        (psycopg.InterfaceError(), Lost),
        (psycopg.errors.UniqueViolation(), Rejected),
        (psycopg.DataError(), Rejected),
        (sqlite3.OperationalError("database is locked"), Conflict),
        (sqlite3.OperationalError("disk I/O error"), StorageError),
        (sqlite3.IntegrityError(), Rejected),
        (KeyError(), KeyError),
    ],
)
def test_errors_of_drivers_have_our_names(error, kind) -> None:
    assert type(translate(error)) is kind
