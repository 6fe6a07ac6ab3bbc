"""A sender over scripted channels, on a real database, with both clocks set by hand."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import pytest_asyncio

from bot.limits import SMS, TELEGRAM, WHATSAPP, Limits
from bot.message import Outbound, Template, Text, encode
from bot.outbox import Sender
from storage import messages
from storage.database import Database
from tests.bot.outbox.fake_channel import FakeChannel
from tests.builders import Clock, add_person, add_rows, outbox_row, query, world

QUICK = {"per_second": 10_000.0, "chat_seconds": 0.0}


@dataclass
class Post:
    """The outbox under test."""

    database: Database
    clock: Clock = field(default_factory=Clock)
    seconds: float = 0.0
    """The sender's monotonic clock."""
    templates: dict[str, dict[str, str]] = field(default_factory=dict)
    opens_at: Callable[[int], int | None] = lambda now: now
    """When marketing may go out."""

    def __post_init__(self) -> None:
        shapes = {"sms": SMS, "telegram": TELEGRAM, "whatsapp": WHATSAPP}
        self.channels = {name: FakeChannel(name, replace(limits, **QUICK)) for name, limits in shapes.items()}
        self.sender = self.sender_again()

    def sender_again(self, **limits: Limits) -> Sender:
        """A sender as a new process would make it."""
        for name, changed in limits.items():
            self.channels[name].limits = changed
        self.sender = Sender(
            self.database,
            self.channels,
            world().texts,
            templates=self.templates,
            opens_at=lambda _row, now: self.opens_at(now),
            clock=self.clock,
            monotonic=lambda: self.seconds,
        )
        return self.sender

    async def person(self, channel: str = "sms", value: str = "+1", **fields: Any) -> int:
        fields.setdefault("inbound", self.clock.now)
        return await self.database.write(lambda transaction: add_person(transaction, channel, value, **fields))

    async def put(self, person: int, *words: str, template: str | None = None, **fields: Any) -> list[int]:
        """Messages to a person, one for each text."""
        made = Template(template, ("x",)) if template else None
        bodies = [encode(Outbound(Text(one), template=made)) for one in words]

        def work(transaction: Any) -> list[int]:
            return add_rows(transaction, [outbox_row(transaction, person, b, self.clock.now, **fields) for b in bodies])

        return await self.database.write(work)

    @asynccontextmanager
    async def sending(self) -> AsyncIterator[None]:
        task = asyncio.create_task(self.sender.run())
        try:
            yield
        finally:
            self.sender.stop()
            await asyncio.wait_for(task, 10)

    async def rows(self, words: str) -> list[tuple[Any, ...]]:
        statement = query(words)
        return await self.database.read(lambda transaction: transaction.all(statement))

    async def row(self, row_id: int, *columns: str) -> Any:
        ((*found,),) = await self.rows(f"select {', '.join(columns)} from outbox where id = {row_id}")
        return found if len(columns) > 1 else found[0]

    async def status(self, row_id: int) -> str:
        return str(await self.row(row_id, "status"))

    async def until(self, row_id: int, *statuses: str) -> None:
        async with asyncio.timeout(5):
            while await self.status(row_id) not in statuses:
                await asyncio.sleep(0.002)

    async def later(self, seconds: float) -> None:
        """Let time pass on both clocks and wake the sender."""
        self.clock.later(int(seconds * 1_000_000))
        self.seconds += seconds
        await self.database.write(lambda transaction: transaction.touch("outbox"))

    async def receipt(self, channel: str, provider_id: str, status: str, error: str | None = None) -> None:
        def work(transaction: Any) -> None:
            messages.keep_receipt(transaction, channel, provider_id, status=status, error=error, at=self.clock.now)

        await self.database.write(work)

    async def pass_through(self, person: int, *words: str, **fields: Any) -> list[str]:
        """Put messages, send until nothing is open, and say what became of them."""
        ids = await self.put(person, *words, **fields)
        async with self.sending():
            for row_id in ids:
                await self.until(row_id, "sent", "failed", "dead", "dropped", "delivered", "read")
        return [await self.status(row_id) for row_id in ids]


@pytest_asyncio.fixture
async def post(sqlite_url: str) -> AsyncIterator[Post]:
    database = Database(sqlite_url)
    yield Post(database)
    await database.close()
