"""A clean stop, a full queue, a database that goes away, and events that cannot be worked."""

import asyncio
import contextlib
import random
import sqlite3
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import psycopg
import pytest

from storage import ledger
from storage.database import Database
from tests.robustness import members
from tests.robustness.late import LateTelegram
from tests.robustness.server import Nursery, Server, Shell, rows, until
from tests.robustness.wire import LOST, Post, Wire, insist

pytestmark = pytest.mark.long
COUNT = 40
FIRST = 1_000_000


def first_questions(count: int = COUNT) -> list[Post]:
    """One question of each member."""
    return [members.question(member, FIRST * member, "/balance") for member in range(1, count + 1)]


def inbox(url: str) -> list[bytes]:
    return sorted(bytes(raw) for (raw,) in rows(url, "SELECT raw FROM inbox WHERE status = 'done'"))


@contextlib.asynccontextmanager
async def joined(url: str, count: int = COUNT) -> AsyncIterator[Database]:
    """A database with members in it."""
    database = Database(url)
    try:
        await members.join_all(database, count)
        yield database
    finally:
        await database.close()


@contextlib.asynccontextmanager
async def telegram(count: int = COUNT) -> AsyncIterator[LateTelegram]:
    fake = LateTelegram()
    await fake.start()
    fake.meet(range(1, count + 1))
    try:
        yield fake
    finally:
        await fake.stop()


@contextlib.asynccontextmanager
async def running(server: Server) -> AsyncIterator[Server]:
    await server.start()
    try:
        yield server
    finally:
        await server.kill()


async def _once(wire: Wire, posts: list[Post], accepted: list[Post]) -> None:
    """Deliver without insisting; what was answered 200 is noted."""
    for post in posts:
        try:
            if await wire.post(post.path, post.body, post.headers) == 200:
                accepted.append(post)
        except LOST:
            break
    await wire.close()


@pytest.mark.asyncio
async def test_a_clean_stop_drains(sqlite_url: str, tmp_path: Path, nursery: Nursery) -> None:
    chance = random.Random(7)
    accepted: list[Post] = []
    async with joined(sqlite_url), telegram() as fake:
        server = Server(Shell(), tmp_path, sqlite_url, folder=members.write_programme(tmp_path), telegram_api=fake.url)
        await server.start()
        load = [
            _once(Wire(server.port), members.questions(chance, member, FIRST * member, 100), accepted)
            for member in range(1, COUNT + 1)
        ]
        delivering = asyncio.gather(*load)
        await asyncio.sleep(0.4)
        code = await server.stop()
        await delivering
        states = dict(rows(sqlite_url, "SELECT status, count(*) FROM outbox GROUP BY status"))
        calls = [call for call in fake.calls if call.method == "sendMessage"]
    assert code in (0, -15)
    assert "sending" not in states
    assert states["sent"] == len(calls)
    assert len(accepted) >= COUNT
    assert {post.body for post in accepted} <= set(inbox(sqlite_url))
    unanswered = "SELECT count(*) FROM inbox WHERE status <> 'done' OR id NOT IN (SELECT inbox_id FROM outbox)"
    assert rows(sqlite_url, unanswered) == [(0,)]
    print(f"clean stop: {len(accepted)} accepted, {states}")  # noqa: T201


@contextlib.contextmanager
def writer_blocked(url: str) -> Iterator[None]:
    """Nothing can be written to the inbox meanwhile."""
    if url.startswith("sqlite:///"):
        connection = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None, timeout=10)
        connection.execute("BEGIN IMMEDIATE")
        yield
        connection.execute("ROLLBACK")
        connection.close()
        return
    with psycopg.connect(url) as postgres:
        postgres.execute("LOCK TABLE inbox IN ACCESS EXCLUSIVE MODE")
        yield
        postgres.rollback()


@pytest.mark.asyncio
async def test_a_full_queue_refuses_and_the_provider_comes_again(
    database_url: str, tmp_path: Path, nursery: Nursery
) -> None:
    posts = first_questions()
    server = Server(nursery, tmp_path, database_url, program="quiet", queue_limit=4)
    async with joined(database_url), running(server):
        wires = [Wire(server.port) for _ in posts]
        with writer_blocked(database_url):
            pairs = zip(wires, posts, strict=True)
            calls = [asyncio.create_task(wire.post(post.path, post.body, post.headers)) for wire, post in pairs]
            await asyncio.sleep(0.7)
            refused = [call for call in calls if call.done()]
            assert {call.result() for call in refused} == {503}
            assert len(refused) >= len(posts) - 10
        statuses = await asyncio.gather(*calls)
        assert statuses.count(200) == len(posts) - len(refused) > 0
        again = [insist(wire, post) for wire, post, status in zip(wires, posts, statuses, strict=True) if status != 200]
        assert min(await asyncio.gather(*again)) == 1
        await asyncio.gather(*(wire.close() for wire in wires))
    assert inbox(database_url) == sorted(post.body for post in posts)


def cut_connections(url: str) -> int:
    """End every other connection to this database; how many there were."""
    with psycopg.connect(url, autocommit=True) as postgres:
        ended = postgres.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        ).fetchall()
    return len(ended)


@pytest.mark.asyncio
@pytest.mark.xdist_group("postgres")
async def test_a_lost_database_connection_loses_nothing(postgres_url: str, tmp_path: Path, nursery: Nursery) -> None:
    chance = random.Random(3)
    posts = {member: members.questions(chance, member, FIRST * member, 5) for member in range(1, COUNT + 1)}
    orders = [members.purchase(member, f"order-{member}", 1_000 * member) for member in range(1, COUNT + 1)]
    refusals: list[int] = []
    cut = 0

    async def deliver(port: int, member: int) -> None:
        wire = Wire(port)
        for post in posts[member]:
            await insist(wire, post, refusals=refusals)
            await asyncio.sleep(0.15)
        await wire.close()

    async with telegram() as fake:
        async with joined(postgres_url) as database:
            await members.report(database, orders)
        own = members.write_programme(tmp_path)
        server = Server(nursery, tmp_path, postgres_url, folder=own, telegram_api=fake.url)
        async with running(server):
            pid = server.pid
            delivering = asyncio.gather(*(deliver(server.port, member) for member in posts))
            while not delivering.done():
                cut += await asyncio.to_thread(cut_connections, postgres_url)
                await asyncio.wait({delivering}, timeout=0.15)
            await delivering
            await members.quiet(postgres_url, seconds=40)
            assert server.pid == pid
        received = sum(len(fake.received(member)) for member in posts)
    print(f"lost connections: {cut} cut, {len(refusals)} webhooks refused, {received} messages")  # noqa: T201
    assert cut > 2
    assert set(refusals) <= {503}
    assert inbox(postgres_url) == sorted(post.body for several in posts.values() for post in several)
    assert rows(postgres_url, "SELECT count(*) FROM outbox WHERE status <> 'sent'") == [(0,)]
    assert rows(postgres_url, "SELECT count(*) FROM event WHERE status <> 'done'") == [(0,)]
    assert received == rows(postgres_url, "SELECT count(*) FROM outbox WHERE kind = 'reply'")[0][0]
    database = Database(postgres_url)
    held = await members.balances(database, COUNT, time.time_ns() // 1_000)
    assert await database.read(ledger.audit) == []
    await database.close()
    assert held == {member: members.points(1_000 * member) for member in posts}


@pytest.mark.asyncio
async def test_an_event_that_cannot_be_worked_is_kept_and_can_be_tried_again(
    sqlite_url: str, tmp_path: Path, nursery: Nursery
) -> None:
    own = members.write_programme(tmp_path)
    server = Server(nursery, tmp_path, sqlite_url, program="quiet", folder=own)
    orders = [members.purchase(member, f"order-{member}", 2_000) for member in range(1, 9)]
    orders[4] = members.purchase(5, "order-5", 2_000, currency="EUR")
    async with joined(sqlite_url, 8) as database:
        await members.report(database, orders)
        async with running(server):
            await until(sqlite_url, "SELECT count(*) FROM event WHERE status = 'waiting' AND kind = 'purchase'", 0)
        now = time.time_ns() // 1_000
        good = dict.fromkeys(range(1, 9), 30)
        assert await members.balances(database, 8, now) == good | {5: 0}
        (event_id,) = rows(sqlite_url, "SELECT id FROM event WHERE status = 'failed'")[0]
        listed = await server.command("db", "failed")
        assert listed.count("\n") == 1
        assert listed.startswith(f"event  {event_id}  telegram  purchase WrongOrder")
        await server.command("db", "retry", str(event_id))
        assert await server.command("db", "failed") == listed
        members.write_programme(tmp_path, currency="EUR")
        await server.command("db", "retry", str(event_id))
        assert await server.command("db", "failed") == ""
        assert await members.balances(database, 8, time.time_ns() // 1_000) == good
        assert await database.read(ledger.audit) == []


_ON_POSTGRES = """CREATE FUNCTION poison() RETURNS trigger LANGUAGE plpgsql AS
    $$BEGIN RAISE EXCEPTION 'poison' USING ERRCODE = 'check_violation'; END$$;
CREATE TRIGGER poison BEFORE INSERT ON outbox FOR EACH ROW WHEN (NEW.member_id = 5) EXECUTE FUNCTION poison()"""
_ON_SQLITE = """CREATE TRIGGER poison BEFORE INSERT ON outbox WHEN NEW.member_id = 5
    BEGIN SELECT RAISE(ABORT, 'poison'); END"""


def change_schema(url: str, sql: str) -> None:
    if url.startswith("sqlite:///"):
        connection = sqlite3.connect(url.removeprefix("sqlite:///"), timeout=10)
        connection.executescript(sql)
        connection.close()
        return
    with psycopg.connect(url, autocommit=True) as postgres:
        postgres.execute(sql.encode())


@pytest.mark.asyncio
async def test_a_message_whose_rows_are_refused_harms_no_neighbour(
    database_url: str, tmp_path: Path, nursery: Nursery
) -> None:
    on_sqlite = database_url.startswith("sqlite")
    posts = first_questions(20)
    server = Server(nursery, tmp_path, database_url, program="quiet", folder=members.write_programme(tmp_path))
    async with joined(database_url, 20):
        change_schema(database_url, _ON_SQLITE if on_sqlite else _ON_POSTGRES)
        async with running(server):
            wires = [Wire(server.port) for _ in posts]
            calls = [wire.post(post.path, post.body, post.headers) for wire, post in zip(wires, posts, strict=True)]
            assert await asyncio.gather(*calls) == [200] * 20
            await asyncio.gather(*(wire.close() for wire in wires))
    bad = [
        (number, bytes(raw)) for number, raw in rows(database_url, "SELECT id, raw FROM inbox WHERE status = 'failed'")
    ]
    assert [raw for _, raw in bad] == [posts[4].body]
    assert rows(database_url, "SELECT count(DISTINCT member_id) FROM outbox") == [(19,)]
    assert (await server.command("db", "failed")).startswith(f"inbox  {bad[0][0]}  telegram  text")
    change_schema(database_url, "DROP TRIGGER poison" + ("" if on_sqlite else " ON outbox"))
    await server.command("db", "retry", str(bad[0][0]))
    assert inbox(database_url) == sorted(post.body for post in posts)
    assert rows(database_url, "SELECT count(*) FROM outbox WHERE member_id = 5") == [(1,)]
    assert await server.command("db", "failed") == ""
