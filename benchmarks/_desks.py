"""Desks for the benchmark: staff who are signed in, their cases, and light clients that listen or ask again."""

import asyncio
import re
import sqlite3
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

from benchmarks._members import Crowd
from bot.desk._sessions import digest_of
from storage import cases, people, staff
from storage.cases import CaseRow
from storage.database import Transaction
from storage.ids import Ids
from storage.staff import SessionRow, StaffRow

TOKEN = re.compile(rb"ref-([0-9]{9})-")
"""What marks a message's text."""
COOKIE = "__Host-bentornato"
_HOUR = 3_600_000_000
_IDS = Ids()


@dataclass(frozen=True, slots=True)
class Desk:
    """One member of staff, signed in, and the member whose conversation is open."""

    member_id: int
    cookie: str
    phone: str

    def request(self, path: str, accept: str) -> bytes:
        """A GET as a browser makes it."""
        head = f"GET {path} HTTP/1.1\r\nHost: bot.example\r\nAccept: {accept}\r\nCookie: {COOKIE}={self.cookie}\r\n\r\n"
        return head.encode()


def fill(path: Path, crowd: Crowd) -> list[Desk]:
    """In a database where everybody has joined: a case and a member of staff for each, who has it."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA synchronous = OFF")
    connection.execute("BEGIN")
    transaction, now = Transaction(connection, "sqlite", Ids()), time.time_ns() // 1_000
    desks = [_desk(transaction, person.phone, number, now) for number, person in enumerate(crowd)]
    connection.execute("COMMIT")
    connection.close()
    return desks


def _desk(transaction: Transaction, phone: str, number: int, now: int) -> Desk:
    (person,) = people.at(transaction, "whatsapp", phone)
    staff_id, cookie = transaction.ids.new(), f"cookie of desk {number}".replace(" ", "-")
    row = StaffRow(staff_id, f"s{number}@desk.example", f"Agent {number}", "agent", "[]", "en", None, None, now)
    staff.add(transaction, row)
    staff.open_session(transaction, SessionRow(digest_of(cookie), staff_id, f"csrf-{number}", now, now))
    known = {"id": transaction.ids.new(), "member_id": person.member_id, "market": person.market, "status": "open"}
    lease = {"owner_id": staff_id, "reason": "asked", "priority": 2, "labels": "[]", "lease_until": now + _HOUR}
    where = {"channel": "whatsapp", "address_id": person.address_id, "since": now, "heard_at": now, "opened_at": now}
    case = CaseRow(**{**dict.fromkeys(CaseRow._fields), **known, **lease, **where, "version": 1})  # type: ignore[arg-type]
    cases.add(transaction, case)
    cases.set_control(transaction, person.member_id, "human")
    return Desk(person.member_id, cookie, phone)


@dataclass(slots=True)
class Seen:
    """When each message was first seen, and what else came."""

    at: dict[int, float] = field(default_factory=dict)
    events: Counter[str] = field(default_factory=Counter)
    first: int = 0
    """Numbers below it are of an earlier spell."""
    opened: int = 0
    bytes: int = 0

    def begin(self, first: int) -> None:
        """Count from here."""
        self.at.clear()
        self.events.clear()
        self.first, self.bytes = first, 0

    def take(self, number: int) -> None:
        if number >= self.first:
            self.at.setdefault(number - self.first, time.perf_counter())


class Listener(asyncio.Protocol):
    """A desk on its event stream."""

    def __init__(self, desk: Desk, seen: Seen) -> None:
        self._desk, self._seen, self._rest = desk, seen, b""
        self.queues = 0
        self.is_lost = False
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        stamp = f"{_IDS.new()}-{time.time_ns() // 1_000}"
        path = f"/desk/events?member={self._desk.member_id}&after={stamp}&queue="
        self.transport.write(self._desk.request(path, "text/event-stream"))

    def data_received(self, data: bytes) -> None:
        self._seen.bytes += len(data)
        *blocks, self._rest = (self._rest + data).split(b"\n\n")
        for block in blocks:
            self._take(block)

    def _take(self, block: bytes) -> None:
        name = block.partition(b"event: ")[2].partition(b"\n")[0].decode()
        self._seen.events[name] += 1
        self._seen.opened += name == "lease"
        self.queues += name == "queue"
        if name == "entry":
            for number in TOKEN.findall(block):
                self._seen.take(int(number))

    def connection_lost(self, exc: Exception | None) -> None:
        self.is_lost = True


class Poller(asyncio.Protocol):
    """A desk without events: it asks for the newest messages every second, on a kept-alive connection."""

    def __init__(self, desk: Desk, seen: Seen, every: float) -> None:
        self._desk, self._seen, self._every, self._rest = desk, seen, every, b""
        self.transport: asyncio.Transport | None = None
        self._asked_at = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self._ask()

    def _ask(self) -> None:
        if self.transport is not None and not self.transport.is_closing():
            self._asked_at = time.perf_counter()
            path = f"/desk/members/{self._desk.member_id}/thread"
            self.transport.write(self._desk.request(path, "text/html"))

    def data_received(self, data: bytes) -> None:
        self._rest += data
        head, found, body = self._rest.partition(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0] or 0)
        if not found or len(body) < length:
            return
        self._rest = b""
        self._seen.events[head[9:12].decode()] += 1
        self._seen.bytes += len(head) + length
        for number in TOKEN.findall(body):
            self._seen.take(int(number))
        wait = max(0.0, self._asked_at + self._every - time.perf_counter())
        asyncio.get_running_loop().call_later(wait, self._ask)


class _Sending(asyncio.Protocol):
    """One kept-alive connection of the provider: a request at a time."""

    def __init__(self, statuses: Counter[int], free: "asyncio.Queue[_Sending]") -> None:
        self._statuses, self._free, self._rest = statuses, free, b""
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self._free.put_nowait(self)

    def data_received(self, data: bytes) -> None:
        self._rest += data
        head, found, body = self._rest.partition(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0] or 0)
        if found and len(body) >= length:
            self._statuses[int(head[9:12])] += 1
            self._rest = b""
            self._free.put_nowait(self)


async def send_paced(port: int, requests: Sequence[bytes], *, rate: float, connections: int = 16) -> "Paced":
    """Send the requests one after the other at a steady rate; when each was due, and how they were answered."""
    statuses: Counter[int] = Counter()
    free: asyncio.Queue[_Sending] = asyncio.Queue()
    loop = asyncio.get_running_loop()
    opened = [
        (await loop.create_connection(lambda: _Sending(statuses, free), "127.0.0.1", port))[1]
        for _ in range(connections)
    ]
    start, due = time.perf_counter() + 0.05, []
    for number, request in enumerate(requests):
        at = start + number / rate
        due.append(at)
        await asyncio.sleep(max(0.0, at - time.perf_counter()))
        one = await free.get()
        assert one.transport is not None
        one.transport.write(request)
    for _ in opened:
        await asyncio.wait_for(free.get(), 30)
    for one in opened:
        assert one.transport is not None
        one.transport.close()
    return Paced(due, statuses)


@dataclass(frozen=True, slots=True)
class Paced:
    """When each request was due, and the statuses."""

    due: Sequence[float]
    statuses: Counter[int]
