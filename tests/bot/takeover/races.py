"""Members, agents, the bot, the sender and the timers on one database at once, and what must hold afterwards."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import orjson

from bot import takeover
from bot.channels import Sent as Answered
from bot.lanes import Arrival
from bot.lanes.local import LocalLanes
from bot.limits import WHATSAPP
from bot.message import Outbound, Text
from bot.outbox import Sender
from bot.render import Part
from storage import cases
from storage.cases import CaseRow
from storage.database import Database, Transaction
from tests.bot.outbox.fake_channel import FakeChannel
from tests.builders import MINUTE, House, add_person, add_staff, query, text, world

LEASE = takeover.Lease.of(world().programme)
PHONE = "+393331112233"
SAID = ("saldo", "premi", "compleanno", "operatore", "xqzt", "menu", "una domanda per voi")
ACTS = ("take", "write", "write", "release", "assign", "return", "resolve", "snooze", "reopen", "idle")


class Act(NamedTuple):
    """What one of the agents tries (`who` 0, 1), what the member writes (`who` -1), or how time passes (-2)."""

    who: int
    what: str
    breaths: int
    """How often others may go first."""


class Sent(NamedTuple):
    """A row that the provider was given, in the order it was given."""

    row_id: int
    author_id: int | None
    control_version: int


_SETTING_OUT = query(
    "select outbox.id, outbox.control_version, member.control_version from outbox"
    " join member on member.id = outbox.member_id where status = 'sending' and author_id is null and kind = 'reply'"
)


class Watched(Database):
    """Looks after every piece of work, in the order of the commits, whose words set out."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.late: list[int] = []
        """Rows of the bot that set out after the conversation had changed hands."""
        self._seen: set[int] = set()

    def write(self, work: Any) -> Any:
        def watched(transaction: Transaction) -> Any:
            result = work(transaction)
            for row_id, version, now in transaction.all(_SETTING_OUT):
                if row_id not in self._seen:
                    self._seen.add(row_id)
                    self.late += [row_id] if version != now else []
            return result

        return super().write(watched)


class SlowChannel(FakeChannel):
    """A provider that takes its time, so that words wait for each other."""

    async def send(self, address: str, part: Part) -> Answered:
        answer = await super().send(address, part)
        await asyncio.sleep(0.003)
        return answer


@dataclass
class Race:
    """One run."""

    database: Watched
    member: int = 0
    agents: tuple[int, ...] = ()
    done: list[tuple[int, str]] = field(default_factory=list)
    """What agents did and what was not refused."""
    written: dict[int, tuple[int, int]] = field(default_factory=dict)
    """Outbox id -> (agent, version of the case they saw)."""

    def __post_init__(self) -> None:
        self.house = House(self.database)
        self.channel = SlowChannel("whatsapp", replace(WHATSAPP, per_second=10_000.0, chat_seconds=0.0))
        self.lanes = LocalLanes(self.database, sweep_seconds=0.01)
        self.sender = Sender(
            self.database,
            {"whatsapp": self.channel},
            world().texts,
            templates={},
            opens_at=lambda _row, now: now,
            clock=self.house.clock,
        )

    async def run(self, acts: Sequence[Act]) -> None:
        """Every actor goes through their own acts in order, all at once; then everything comes to rest."""
        await self.database.write(self._people)
        self.lanes.run(self.house.pipeline.process)
        sending = asyncio.create_task(self.sender.run())
        await asyncio.gather(*(self._play([act for act in acts if act.who == who]) for who in (-2, -1, 0, 1)))
        await self._rest()
        self.sender.stop()
        await sending
        await self.lanes.close()

    def _people(self, transaction: Transaction) -> None:
        self.member = add_person(transaction, "whatsapp", PHONE, inbound=self.house.clock.now, phone=PHONE)
        self.agents = (add_staff(transaction, "Nora"), add_staff(transaction, "Luca"))

    async def _play(self, acts: Sequence[Act]) -> None:
        for number, act in enumerate(acts):
            for _ in range(act.breaths):
                await asyncio.sleep(0)
            self.house.clock.later(1_000)
            if act.who == -1:
                arrival = text(PHONE, act.what)
                await self.lanes.put(Arrival(arrival.event, arrival.raw, self.house.clock.now + number))
            elif act.who == -2:
                self.house.clock.later(11 * MINUTE)
                await self.house.triggers.tick()
            else:
                await self._act(self.agents[act.who], act.what)

    async def _act(self, agent: int, what: str) -> None:
        case = await self.database.read(lambda t: cases.latest(t, self.member))
        other = next(one for one in self.agents if one != agent)
        try:
            done = await self.database.write(lambda t: self._work(t, agent, other, what, case))
        except takeover.TakeoverError:
            return
        if done:
            self.done.append((agent, what))

    def _work(self, transaction: Transaction, agent: int, other: int, what: str, case: CaseRow | None) -> bool:
        now = self.house.clock.now
        if what == "take":
            version = case.version if case is not None and case.status != "resolved" else None
            takeover.take(transaction, LEASE, self.member, agent, version=version, now=now)
        elif what == "reopen":
            takeover.reopen(transaction, LEASE, self.member, by=agent, now=now)
        elif case is None:
            return False
        elif what == "write":
            message = Outbound(Text(f"agent {agent}"))
            seen = {"by": agent, "version": case.version, "voice": "it", "now": now}
            row = takeover.write(transaction, LEASE, case.id, message, **seen)
            self.written[row] = (agent, case.version)
        elif what == "idle":
            takeover.idle(transaction, LEASE, case.id, now)
        else:
            self._pass_on(transaction, agent, other, what, case)
        return True

    def _pass_on(self, transaction: Transaction, agent: int, other: int, what: str, case: CaseRow) -> None:
        seen: dict[str, Any] = {"by": agent, "version": case.version, "now": self.house.clock.now}
        ways: dict[str, Callable[[], Any]] = {
            "release": lambda: takeover.assign(transaction, LEASE, case.id, to=None, **seen),
            "assign": lambda: takeover.assign(transaction, LEASE, case.id, to=other, **seen),
            "return": lambda: takeover.give_back(transaction, LEASE, case.id, **seen),
            "resolve": lambda: takeover.resolve(transaction, LEASE, case.id, **seen),
            "snooze": lambda: takeover.snooze(
                transaction, LEASE, case.id, until=self.house.clock.now + 15 * MINUTE, **seen
            ),
        }
        ways[what]()

    async def _rest(self) -> None:
        """Until nothing waits any more."""
        await self._until(lambda: self._count("select count(*) from event where status = 'waiting'"))
        await self._until(lambda: self._count("select count(*) from outbox where status in ('pending', 'sending')"))

    async def _until(self, left: Callable[[], Awaitable[int]]) -> None:
        async with asyncio.timeout(20):
            while await left():
                await asyncio.sleep(0.002)

    async def _count(self, words: str) -> int:
        return int(await self.house.value(words))

    async def sent(self) -> list[Sent]:
        """What the provider was given, in its order."""
        rows = await self.house.rows("select provider_id, id, author_id, control_version from outbox")
        known = {row[0]: Sent(*row[1:]) for row in rows if row[0] is not None}
        return [known[f"whatsapp{number}"] for number in range(1, len(self.channel.sent) + 1)]

    async def check(self, messages: int) -> None:
        """One voice at a time, one owner a version, no message lost, no answer twice."""
        assert self.database.late == [], "the bot's words set out after a person had taken over"
        sent = await self.sent()
        versions = [one.control_version for one in sent]
        assert versions == sorted(versions), "an older voice came after a newer one"
        assert all(one.control_version % 2 == 1 for one in sent if one.author_id is not None)
        assert len({one.row_id for one in sent}) == len(sent)
        assert {one.row_id for one in sent if one.author_id is not None} == set(self.written)
        await self._check_owners()
        await self._check_heard(messages)

    async def _check_owners(self) -> None:
        """Who wrote had the case at the version they saw; every version was made once."""
        rows = await self.house.rows("select id, version, status, owner_id from support_case")
        control, version = await self.house.member(self.member, "control", "control_version")
        human = [row for row in rows if row[2] in ("open", "snoozed")]
        assert (control == "human") == (len(human) == 1) == (version % 2 == 1)
        events = await self.house.rows("select case_id, data from case_entry where kind = 'event' order by id")
        turns = {"opened", "taken", "assigned", "released", "returned", "resolved", "snoozed", "woke", "reopened"}
        turns |= {"idle", "left", "unanswered"}
        for case_id, last, *_ in rows:
            made = [data for of, data in events if of == case_id and orjson.loads(data)["what"] in turns]
            assert len(made) == last, (last, made)

    async def _check_heard(self, messages: int) -> None:
        assert await self._count("select count(*) from inbox where status = 'done'") == messages
        assert await self._count("select count(*) from event where status = 'failed'") == 0
        open_cases = await self.house.rows(
            "select heard_at, parked_at, answered_at, waiting_since from support_case where status = 'open'"
        )
        for heard_at, parked_at, answered_at, waiting_since in open_cases:
            if heard_at is not None and heard_at >= parked_at and (answered_at is None or answered_at < heard_at):
                assert waiting_since is not None, "a member waits and nobody sees it"


async def played(url: str, acts: Sequence[Act]) -> None:
    """One run on a fresh member of this database, checked."""
    database = Watched(url)
    try:
        for table in ("support_case", "case_entry", "outbox", "inbox", "event", "timer", "session", "consent_event"):
            await database.write(lambda t, table=table: t.run(query(f"delete from {table}")))
        for table in ("conversation", "address", "trigger_firing", "member"):
            await database.write(lambda t, table=table: t.run(query(f"delete from {table}")))
        race = Race(database)
        await race.run(acts)
        await race.check(sum(act.who == -1 for act in acts))
    finally:
        await database.close()
