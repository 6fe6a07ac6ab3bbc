"""The staff's group at the fake Bot API, with the real client on our side of it, over loopback HTTP."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import count
from typing import Any

import orjson
import uvicorn
from pydantic import SecretStr

from bot import takeover
from bot.desk._build import build_desk
from bot.desk._context import DeskContext
from bot.desk._telegram_bot import GroupBot
from bot.desk._telegram_hook import routes
from bot.desk._telegram_pace import Pace
from bot.desk.telegram import TelegramDesk
from bot.fakes.telegram import Colleague, FakeTelegram, VirtualGroup, Webhook
from bot.message import Outbound, Text, encode
from bot.takeover import Lease
from storage import cases, messages, staff
from storage.cases import CaseRow
from storage.database import Database, Transaction
from storage.staff import StaffRow
from storage.topics import TopicRow, of_member
from tests.builders import MONDAY, Clock, add_person, outbox_row, query, settings, world

TOKEN = "777000:desk-token"
SECRET = "desk-secret"
GROUP = -1001999
_numbers = count(1)
SAM, KIM, EVE = 11, 12, 13
QUICK = 30.0
"""How much faster the quick clock runs."""


def quick_clock() -> float:
    return time.monotonic() * QUICK


class QuickPace(Pace):
    """The real pace, on the quick clock."""

    def __init__(self) -> None:
        super().__init__(quick_clock)

    def wait(self) -> float:
        return super().wait() / QUICK

    def share(self, topics: int) -> float:
        return super().share(topics) / QUICK


@dataclass
class Scene:
    """The desk, the group and three people in it: Sam and Kim are on the staff, Eve is not."""

    database: Database
    fake: FakeTelegram
    group: VirtualGroup
    desk: DeskContext
    telegram: TelegramDesk
    clock: Clock
    url: str
    sam: Colleague
    kim: Colleague
    eve: Colleague

    @property
    def lease(self) -> Lease:
        return Lease.of(world().programme)

    async def member(self, name: str, channel: str = "sms", **fields: Any) -> int:
        phone = f"+39333{next(_numbers):07d}"
        inbound = fields.pop("inbound", MONDAY)
        return await self.database.write(
            lambda t: add_person(t, channel, phone, inbound=inbound, name=name, phone=phone, **fields)
        )

    async def hand_over(self, member_id: int, channel: str = "sms", market: str = "IT") -> CaseRow:
        return await self.database.write(
            lambda t: takeover.hand_over(
                t, self.lease, member_id, "asked", place=(channel, member_id, market), now=self.clock.now
            )
        )

    async def heard(self, member_id: int, words: str, channel: str = "sms", **fields: Any) -> int:
        """The member wrote; the inbox row."""

        def work(t: Transaction) -> int:
            row = {"id": t.ids.new(), "channel": channel, "provider_id": f"SM{next(_numbers)}"}
            row["address_id"] = member_id
            state = {"kind": "text", "raw": b"", "words": words, "status": "done", "error": None}
            messages.add_inbox(t, [{**row, **state, "received_at": self.clock.now, **fields}])
            case = cases.unresolved(t, member_id)
            if case is not None:
                takeover.heard(t, self.lease, case, channel=channel, address_id=member_id, now=self.clock.now)
            t.touch(cases.TOPIC, member_id)
            return int(row["id"])

        return await self.database.write(work)

    async def said(self, member_id: int, words: str, author: int | None = None) -> int:
        """The bot or a colleague at the web desk wrote."""

        def work(t: Transaction) -> int:
            body = encode(Outbound(Text(words)))
            row = outbox_row(t, member_id, body, self.clock.now, author_id=author)
            messages.add_outbox(t, [row])
            t.touch(cases.TOPIC, member_id)
            return int(row["id"])

        return await self.database.write(work)

    async def case(self, member_id: int) -> CaseRow:
        found = await self.database.read(lambda t: cases.latest(t, member_id))
        assert found is not None
        return found

    async def topic(self, member_id: int) -> TopicRow | None:
        return await self.database.read(lambda t: of_member(t, member_id))

    def texts(self, thread: int) -> str:
        """Everything in a topic but its card."""
        return "\n".join(one.text for one in self.group.shown(thread) if one.message_id not in self.group.pinned)

    def card(self, thread: int) -> Any:
        return next(one for one in reversed(self.group.shown(thread)) if one.message_id in self.group.pinned)

    async def until(self, holds: Callable[[], object], seconds: float = 8.0) -> None:
        await self.group.wait(holds, seconds)

    async def outbox(self, member_id: int) -> list[tuple[Any, ...]]:
        """(text, author) of what staff wrote to a member."""
        words = (
            f"select body, author_id from outbox where member_id = {member_id} and author_id is not null order by id"
        )
        rows = await self.rows(words)
        return [(orjson.loads(row[0])["text"], row[1]) for row in rows]

    async def rows(self, words: str) -> list[tuple[Any, ...]]:
        return await self.database.read(lambda t: t.all(query(words)))

    async def topic_for(self, name: str, channel: str = "sms", **fields: Any) -> tuple[int, int]:
        """A member with a case and a topic: (member, thread)."""
        member_id = await self.member(name, channel, **fields)
        await self.hand_over(member_id, channel, fields.get("market", "IT"))
        await self.until(lambda: any(name in one.name for one in self.group.topics.values()))
        thread = self.group.topic(name).id
        await self.until(lambda: self.texts(thread) and self.group.pinned)
        return member_id, thread


def staff_row(number: int, name: str, role: str = "agent", markets: str = "[]") -> StaffRow:
    return StaffRow(number, f"{name.lower()}@example.org", name, role, markets, "en", None, number, 1)


@asynccontextmanager
async def open_group(
    database: Database, *, is_quick: bool = False, run: bool = True, **more: Any
) -> AsyncIterator[Scene]:
    """Everything running; `is_quick`: with Telegram's real limits, on a clock that runs thirty times as fast."""
    fake = FakeTelegram(clock=quick_clock, rate_limits=is_quick, backoff=0.01)
    await fake.start()
    clock = Clock()
    given = settings(
        telegram_api=fake.url,
        desk_telegram_token=SecretStr(TOKEN),
        desk_telegram_secret=SecretStr(SECRET),
        desk_telegram_group=GROUP,
        public_url="https://bot.example",
        **more,
    )
    await database.write(_hire)
    plain = DeskContext(database, world(), {}, given, clock)
    pace = QuickPace() if is_quick else Pace(time.monotonic, burst=1000, every=0.001, gap=0.0)
    desk = TelegramDesk(plain, GroupBot(TOKEN, api=fake.url), GROUP, pace=pace)
    context = DeskContext(database, world(), {}, given, clock, telegram=desk)
    group = fake.group(TOKEN, GROUP)
    stop = asyncio.Event()
    running = asyncio.create_task(desk.run(stop)) if run else None
    try:
        async with _served(context) as url:
            fake.bot(TOKEN).webhook = Webhook(f"{url}/telegram", SECRET, 40, ("message", "callback_query"))
            people = [group.person(one, name) for one, name in ((SAM, "Sam"), (KIM, "Kim"), (EVE, "Eve"))]
            yield Scene(database, fake, group, context, desk, clock, url, *people)
    finally:
        stop.set()
        if running is not None:
            await running
        await fake.stop()


def _hire(transaction: Transaction) -> None:
    if staff.by_id(transaction, SAM) is None:
        staff.add(transaction, staff_row(SAM, "Sam"))
        staff.add(transaction, staff_row(KIM, "Kim", role="supervisor"))


@asynccontextmanager
async def _served(context: DeskContext) -> AsyncIterator[str]:
    app = build_desk(context, routes(context))
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error", access_log=False))
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.005)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        await serving
