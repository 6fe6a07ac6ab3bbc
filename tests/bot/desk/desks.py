"""A hub over a real database with views that count, and pages that read what it sends as a browser would."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from bot.desk._hub import Hub, Pace
from bot.desk._hub_reads import Audience, Lease
from bot.desk._hub_watch import Watch
from bot.desk._sessions import SignedIn
from bot.desk._sse import Stamp
from storage import cases, messages, staff
from storage.cases import CaseRow
from storage.database import Database, Transaction
from storage.staff import SessionRow, StaffRow
from storage.timeline import Entry
from tests.builders import Clock, add_person, outbox_row, query

QUICK = Pace(card=0.05, digest=0.05, beat=60, sweep=60)


@dataclass
class Stub:
    """Draws entries as `id:status:locale`, and counts everything it draws."""

    drawn: Counter[Any] = field(default_factory=Counter)
    lease_of: str = "nobody"
    failing: set[int] = field(default_factory=set)

    def entries(
        self, transaction: Transaction, member_id: int, entries: Sequence[Entry], audience: Audience
    ) -> list[str]:
        for entry in entries:
            if entry.id in self.failing:
                raise ValueError("odd")
            self.drawn["entry", entry.id, entry.status, audience] += 1
        return [f"{entry.id}:{entry.status}:{audience.locale}" for entry in entries]

    def lease(self, transaction: Transaction, member_id: int, viewer: SignedIn, now: int) -> Lease:
        self.drawn["lease"] += 1
        return Lease(self.lease_of, 1, mine=False)

    def card(self, transaction: Transaction, member_id: int, viewer: SignedIn, now: int) -> str:
        self.drawn["card"] += 1
        return f"card {self.drawn['card']}"

    def queue(self, transaction: Transaction, query: str, markets: tuple[str, ...], locale: str, now: int) -> str:
        self.drawn["queue", query, markets, locale] += 1
        rows = cases.queue(transaction, cases.Filter(markets=markets), most=30)
        return " ".join(f"{row.case_id}:{row.waiting_since}" for row in rows)


class Page:
    """Reads a watch as a browser does: events by name, the last id, entries by id."""

    def __init__(self, watch: Watch) -> None:
        self.watch = watch
        self.events: list[tuple[str, dict[str, Any]]] = []
        self.last_id = ""
        self.entries: dict[int, str] = {}
        self.order: list[int] = []
        self._rest = b""
        self.task = asyncio.create_task(self._read())

    async def _read(self) -> None:
        async for data in self.watch:
            self.take(data)

    def take(self, data: bytes) -> None:
        *whole, self._rest = (self._rest + data).split(b"\n\n")
        for one in whole:
            self._take_block(one.decode())

    def _take_block(self, text: str) -> None:
        name, lines, last = "", [], ""
        for line in text.split("\n"):
            key, _, value = line.partition(": ")
            name = value if key == "event" else name
            last = value if key == "id" else last
            lines += [value] if key == "data" else []
        self.last_id = last or self.last_id
        if name:
            found = orjson.loads("\n".join(lines))
            self.events.append((name, found))
            if name == "entry":
                self.order.append(int(found["id"]))
                self.entries[int(found["id"])] = found["html"]

    def named(self, name: str) -> list[dict[str, Any]]:
        return [data for event, data in self.events if event == name]

    async def until(self, ready: Any, seconds: float = 5.0) -> None:
        async with asyncio.timeout(seconds):
            while not ready(self):
                await asyncio.sleep(0.002)

    async def cut(self) -> None:
        """The connection breaks: nothing is said to the server, what was under way is lost."""
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)
        self.watch.close()


@dataclass
class Office:
    """Members with cases, staff, a hub."""

    database: Database
    views: Stub = field(default_factory=Stub)
    clock: Clock = field(default_factory=Clock)
    pace: Pace = QUICK

    def __post_init__(self) -> None:
        self.hub = Hub(self.database, self.views, self.clock, self.pace)

    async def person(self, number: int, *, owner: int | None = None, market: str = "IT", waiting: int = 1) -> int:
        """A member with an open case."""

        def work(t: Transaction) -> int:
            member_id = add_person(t, "whatsapp", f"+39333{number:07d}", market=market)
            empty = dict.fromkeys(CaseRow._fields)
            known = {"id": t.ids.new(), "member_id": member_id, "market": market, "status": "open", "owner_id": owner}
            more = {"reason": "asked", "priority": 2, "labels": "[]", "channel": "whatsapp", "address_id": member_id}
            cases.add(
                t,
                CaseRow(
                    **{**empty, **known, **more, "since": 1, "opened_at": 1, "version": 1, "waiting_since": waiting}
                ),
            )
            return member_id

        return await self.database.write(work)

    async def staff(self, number: int = 1, *, locale: str = "en", role: str = "agent", markets: str = "[]") -> SignedIn:
        """Somebody signed in."""
        person = StaffRow(number, f"s{number}@example.com", f"S{number}", role, markets, locale, None, None, 1)
        session = SessionRow(f"hash {number}", number, "csrf", self.clock.now, self.clock.now)

        def work(t: Transaction) -> None:
            staff.add(t, person)
            staff.open_session(t, session)

        await self.database.write(work)
        return SignedIn(person, session)

    async def say(self, member_id: int, words: str = "hello", **fields: Any) -> int:
        """Something goes out to a member; its id."""

        def work(t: Transaction) -> int:
            row = outbox_row(t, member_id, words, self.clock.now, **{"author_id": None, **fields})
            messages.add_outbox(t, [row])
            t.touch(cases.TOPIC, member_id)
            return int(row["id"])

        return await self.database.write(work)

    async def mark(self, member_id: int, entry_id: int, status: str) -> None:
        """The state of a message changes."""

        def work(t: Transaction) -> None:
            words = f"update outbox set status = '{status}', updated_at = {self.clock.now} where id = {entry_id}"
            t.run(query(words))
            t.touch(cases.TOPIC, member_id)

        await self.database.write(work)

    async def note(self, member_id: int, text: str) -> int:
        return await self.database.write(
            lambda t: cases.add_entry(
                t, case_id=None, member_id=member_id, kind="note", actor=1, data={"text": text}, at=self.clock.now
            )
        )

    def open(self, viewer: SignedIn, member_id: int | None = None, after: str = "", **more: Any) -> Page:
        return Page(self.hub.watch(viewer, member_id=member_id, after=Stamp.parse(after), **more))

    async def settle(self) -> None:
        """Whatever is under way has arrived."""
        await asyncio.sleep(0.05)
