"""`kill -9` at random moments under load with duplicates: nothing lost, no purchase counted twice, order kept.

The provider delivers each chat's updates in order and again until 200; the till reports purchases into the event
table, some of them twice. What may double is a message whose answer had not come when the process died.
"""

import asyncio
import contextlib
import random
import time
from collections import Counter, defaultdict
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
import pytest

from storage import ledger
from storage.database import Database
from tests.robustness import members
from tests.robustness.late import LateTelegram
from tests.robustness.server import Nursery, Server, Spawner, rows
from tests.robustness.wire import Post, Wire, insist

MEMBERS = 40
IN_FLIGHT = 32
"""Messages a sender has under way at once (bot/outbox/_sender.py)."""


@dataclass
class Load:
    """What clients do while servers die, and what they will want to see afterwards."""

    seed: int
    server: Server
    database: Database
    posts: dict[int, list[Post]] = field(default_factory=dict)
    """Member -> questions, in the order they are delivered."""
    earned: dict[int, dict[str, int]] = field(default_factory=lambda: defaultdict(dict))
    """Member -> order -> amount."""
    deliveries: int = 0
    reports: int = 0

    def prepare(self, rounds: int, each: int) -> None:
        """Every member's questions for these rounds."""
        chance = random.Random(self.seed)
        for member in range(1, MEMBERS + 1):
            self.posts[member] = members.questions(chance, member, 1_000_000 * member, rounds * each)

    async def deliver(self, member: int, posts: list[Post]) -> None:
        """These updates in order, each once to three times, now and then an old one again."""
        chance = random.Random(f"{self.seed} {member} {posts[0].body!r}")
        wire, other = Wire(self.server.port), Wire(self.server.port)
        for place, post in enumerate(posts):
            tries = await insist(wire, post)
            if (again := chance.randrange(3)) == 1:
                tries += await insist(other, post)
            elif again == 2:
                old = posts[chance.randrange(place + 1)]
                tries += sum(await asyncio.gather(insist(wire, post), insist(other, old)))
            self.deliveries += tries
            await asyncio.sleep(chance.uniform(0, 0.05))
        await asyncio.gather(wire.close(), other.close())

    async def sell(self, number: int) -> None:
        """One order for every member, reported a few at a time, some again under the same key or another one."""
        chance = random.Random(f"{self.seed} orders {number}")
        for member in range(1, MEMBERS + 1):
            order, amount = f"order-{number}-{member}", chance.randrange(200, 20_000)
            self.earned[member][order] = amount
            row = members.purchase(member, order, amount)
            reported = [row]
            if chance.random() < 0.3:
                reported.append(row)
            if chance.random() < 0.3:
                reported.append(members.purchase(member, order, amount, key=f"till-2:{order}"))
            for one in reported:
                await members.report(self.database, [one])
                self.reports += 1
            await asyncio.sleep(chance.uniform(0, 0.02))


@dataclass(frozen=True)
class Seen:
    """What one chat has got and what the outbox says about it."""

    received: dict[int, str]
    outbox: list[tuple[int, int | None, str, str, str]]
    """(id, inbox id, text, status, provider id), oldest first."""

    @property
    def doubles(self) -> int:
        return len(self.received) - len(self.outbox)

    def check(self, chat: int) -> None:
        assert {status for *_, status, _ in self.outbox} <= {"sent"}
        named = [int(provider_id.partition(":")[2]) for *_, provider_id in self.outbox]
        assert named == sorted(set(named)), f"chat {chat} was written to out of order"
        assert [self.received[number] for number in named] == [text for _, _, text, _, _ in self.outbox]
        answered = [inbox_id for _, inbox_id, *_ in self.outbox if inbox_id is not None]
        assert answered == sorted(set(answered))
        texts = Counter(text for _, _, text, _, _ in self.outbox)
        assert not Counter(self.received.values()).keys() - texts.keys()
        self._check_order()

    def _check_order(self) -> None:
        """Without doubles the calls are the rows in order: a double repeats the row before it, and nothing else."""
        wanted = [text for _, _, text, _, _ in self.outbox]
        place = -1
        for text in self.received.values():
            if place + 1 < len(wanted) and wanted[place + 1] == text:
                place += 1
            else:
                assert place >= 0
                assert wanted[place] == text
        assert place == len(wanted) - 1


@contextlib.asynccontextmanager
async def house(spawner: Spawner, folder: Path, url: str) -> AsyncIterator[tuple[Server, Database, LateTelegram]]:
    """A fake Bot API, members who have joined, and a server that is not started yet; killed at the end."""
    fake = LateTelegram()
    api = await fake.start()
    fake.meet(range(1, MEMBERS + 1))
    database = Database(url)
    server = Server(spawner, folder, url, folder=members.write_programme(folder), telegram_api=api)
    try:
        await members.join_all(database, MEMBERS)
        yield server, database, fake
    finally:
        await server.kill()
        await database.close()
        await fake.stop()


async def storm(load: Load, rounds: int, each: int) -> None:
    """In every round a server is started, a wave of load begins, and at some moment the server is killed."""
    chance = random.Random(load.seed)
    waves: list[asyncio.Task[None]] = []
    for number in range(rounds):
        selling = asyncio.create_task(load.sell(number))
        await load.server.start()
        for member, posts in load.posts.items():
            wave = posts[number * each : (number + 1) * each]
            waves.append(asyncio.create_task(_after(waves, number, member, load.deliver(member, wave))))
        waves.append(selling)
        await asyncio.sleep(chance.uniform(0.02, 0.6))
        await load.server.kill()
    await load.server.start()
    await asyncio.gather(*waves)


async def _after(waves: list[asyncio.Task[None]], number: int, member: int, delivery: Any) -> None:
    """A chat's next wave comes after its last one: Telegram keeps the order of a chat."""
    if number:
        await waves[(number - 1) * (MEMBERS + 1) + member - 1]
    await delivery


def seen(url: str, fake: LateTelegram, member: int) -> Seen:
    found = rows(
        url,
        "SELECT id, inbox_id, body, status, provider_id FROM outbox "
        f"WHERE address_id = {1_000 + member} AND kind = 'reply' ORDER BY id",
    )
    sent = [(row[0], row[1], orjson.loads(row[2])["text"], row[3], row[4] or "") for row in found]
    return Seen(fake.received(member), sent)


async def survive(spawner: Spawner, folder: Path, url: str, *, rounds: int, seed: int, each: int) -> None:
    started = time.perf_counter()
    async with house(spawner, folder, url) as (server, database, fake):
        load = Load(seed, server, database)
        load.prepare(rounds, each)
        await storm(load, rounds, each)
        stormed = time.perf_counter() - started
        await members.quiet(url, seconds=30 + rounds * 10)
        await server.stop()
        held = await members.balances(database, MEMBERS, time.time_ns() // 1_000)
        wrong = await database.read(ledger.audit)
        chats = {member: seen(url, fake, member) for member in range(1, MEMBERS + 1)}
    doubles = sum(chat.doubles for chat in chats.values())
    sent = [post for posts in load.posts.values() for post in posts]
    print(  # noqa: T201
        f"kill: {rounds} kills, {load.deliveries} deliveries of {len(sent)} updates, {load.reports} reports of "
        f"{rounds * MEMBERS} orders, {sum(len(chat.outbox) for chat in chats.values())} messages, {doubles} doubled "
        f"(at most {rounds * IN_FLIGHT}), {stormed:.1f} s of storm, {time.perf_counter() - started:.1f} s in all"
    )
    check_inbox(url, load)
    assert held == {member: sum(map(members.points, orders.values())) for member, orders in load.earned.items()}
    assert wrong == []
    check_chats(chats, rounds * each, rounds)
    assert 0 <= doubles <= rounds * IN_FLIGHT


def check_inbox(url: str, load: Load) -> None:
    """Every update once, byte for byte, each chat's in the order they were delivered; no event failed."""
    found = rows(url, "SELECT address_id, raw, status FROM inbox ORDER BY id")
    assert {status for *_, status in found} == {"done"}
    for member, posts in load.posts.items():
        assert [bytes(raw) for address, raw, _ in found if address == 1_000 + member] == [post.body for post in posts]
    assert len(found) == sum(map(len, load.posts.values()))
    assert rows(url, "SELECT count(*) FROM event WHERE status <> 'done'") == [(0,)]


def check_chats(chats: dict[int, Seen], questions: int, orders: int) -> None:
    """Each question has its answer, each order its notice, in order."""
    for member, chat in chats.items():
        chat.check(member)
        answers = [inbox_id for _, inbox_id, *_ in chat.outbox if inbox_id is not None]
        assert len(answers) == questions
        assert len(chat.outbox) - len(answers) == orders


@pytest.mark.long
@pytest.mark.asyncio
async def test_five_kills_lose_nothing(sqlite_url: str, tmp_path: Path, nursery: Nursery) -> None:
    await survive(nursery, tmp_path, sqlite_url, rounds=5, seed=11, each=1)


@pytest.mark.soak
@pytest.mark.asyncio
@pytest.mark.parametrize("seed", [21])
async def test_thirty_kills_lose_nothing(database_url: str, tmp_path: Path, nursery: Nursery, seed: int) -> None:
    await survive(nursery, tmp_path, database_url, rounds=30, seed=seed, each=2)
