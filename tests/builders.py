"""Builders for tests that need people, events and rows: the real pipeline on a real database, a clock set by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from itertools import count
from typing import Any

import orjson
from sqlalchemy import text as sql

from bot.app import load_understanding, load_world
from bot.handlers import World, discover
from bot.lanes import Arrival
from bot.limits import BY_CHANNEL
from bot.message import Contact, Event, Kind, Media, Outbound, decode
from bot.pipeline import Pipeline, Understanding
from bot.settings import Settings
from bot.triggers import Tick, Triggers, Upkeep
from loyalty.upkeep import STEPS
from storage import messages, occasions, people, staff
from storage.database import Database, Transaction
from storage.messages import OutboxRow
from storage.statement import Statement

SECOND, MINUTE, HOUR, DAY = 1_000_000, 60_000_000, 3_600_000_000, 86_400_000_000
ANNA, BRUNO, CARLA = "+393331234567", "+393337654321", "+393339998877"
_numbers = count(1)


def us(text: str) -> int:
    """ISO text with an offset as microseconds UTC."""
    return int(datetime.fromisoformat(text).timestamp()) * SECOND


MONDAY = us("2026-03-02T10:00+01:00")
"""A working day, ten in the morning in Rome: marketing is allowed."""


@dataclass
class Clock:
    """The time, set by hand, in microseconds UTC."""

    now: int = MONDAY

    def __call__(self) -> int:
        return self.now

    def later(self, microseconds: int) -> None:
        self.now += microseconds


def settings(**more: Any) -> Settings:
    given = {"telegram_name": "bento_bot", "whatsapp_sender": "+15550001111", "sms_sender": "+15550002222"}
    given |= {"secret": "of tests, and of nothing else at all", **more}
    return Settings(_env_file=None, **given)


@lru_cache
def world() -> World:
    return load_world(settings())


@lru_cache
def understanding() -> Understanding:
    return load_understanding(settings(), world().texts)


def event(kind: Kind, address: str, channel: str = "whatsapp", **fields: Any) -> Arrival:
    """One arrival with a provider id of its own, unless given."""
    fields.setdefault("provider_id", f"p{next(_numbers)}")
    return Arrival(Event(kind, channel, address, **fields), b"raw " + fields["provider_id"].encode())


def text(address: str, words: str, channel: str = "whatsapp", **fields: Any) -> Arrival:
    return event(Kind.TEXT, address, channel, text=words, **fields)


def tap(address: str, payload: str, channel: str = "whatsapp", **fields: Any) -> Arrival:
    return event(Kind.CHOICE, address, channel, payload=payload, **fields)


def start(address: str, payload: str = "", channel: str = "telegram", **fields: Any) -> Arrival:
    return event(Kind.START, address, channel, start=payload, **fields)


def card(address: str, phone: str, *, own: bool = True) -> Arrival:
    return event(Kind.CONTACT, address, "telegram", contact=Contact(phone, own))


def photo(address: str, channel: str = "whatsapp", **fields: Any) -> Arrival:
    return event(Kind.MEDIA, address, channel, media=(Media("image/jpeg"),), **fields)


def receipt(provider_id: str, status: str, channel: str = "whatsapp", error: str | None = None) -> Arrival:
    return event(Kind.STATUS, "", channel, provider_id=f"{provider_id}:{status}", status=status, error=error)


def query(words: str) -> Statement[tuple[Any, ...]]:
    return Statement(sql(words), tuple)


def lane_event(key: str, kind: Kind, channel: str, address: str, data: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "key": key,
        "channel": channel,
        "address": address,
        "kind": kind.value,
        "data": orjson.dumps(data).decode(),
        "created_at": 0,
    }


@dataclass
class Batch:
    """Arrivals in one transaction."""

    arrivals: list[Arrival]

    def settle(self, transaction: Transaction) -> None: ...

    def done(self) -> None: ...

    def failed(self, error: Exception) -> None: ...


@dataclass
class House:
    """The pipeline and the triggers on a real database. No sender: what is to be sent stays in the outbox."""

    database: Database
    clock: Clock = field(default_factory=Clock)
    receipt_errors: Mapping[str, Any] = field(default_factory=dict)
    _read: int = 0

    def __post_init__(self) -> None:
        self.pipeline = Pipeline(
            world(), understanding(), discover(), receipt_errors=self.receipt_errors, clock=self.clock
        )
        purposes = {name: flow.definition.purpose for name, flow in world().library.active.items()}
        self.triggers = Triggers(
            self.database, world().programme, world().markets, purposes, limits=BY_CHANNEL, clock=self.clock
        )

    async def batch(self, *arrivals: Arrival) -> None:
        """Work these in one transaction."""
        await self.database.write(lambda transaction: self.pipeline.process(transaction, Batch(list(arrivals))))

    async def turn(self, *arrivals: Arrival) -> list[str]:
        """Work these in one transaction, then all that follows from them; the texts that came of it."""
        await self.batch(*arrivals)
        await self.settle()
        return [message.text.body for message in await self.said()]

    async def settle(self, *, sweep: bool = False) -> None:
        """Work timers that are due and events of our own until there is none."""
        tick: Tick | None = None
        while tick is None or await self._own() or tick.fired:
            tick = await self.triggers.tick(force=sweep and tick is None)

    async def upkeep(self, later: int = 0) -> list[str]:
        """Let time pass, then have the programme do what it does by itself; the texts that came of it."""
        self.clock.later(later)
        await Upkeep(world().programme, world().keyring, STEPS).run(self.database, self.clock.now)
        return await self.turn()

    async def _own(self) -> bool:
        rows = await self.database.read(lambda transaction: occasions.waiting_events(transaction, 64))
        arrivals = [
            Arrival(Event(Kind(r.kind), r.channel, r.address, r.key, data=orjson.loads(r.data)), event_id=r.id)
            for r in rows
        ]
        if arrivals:
            await self.batch(*arrivals)
        return bool(arrivals)

    async def put(self, key: str, kind: Kind, address: str, channel: str = "whatsapp", **data: Any) -> list[str]:
        """An event of our own, worked with all that follows."""
        row = lane_event(key, kind, channel, address, data)
        await self.database.write(lambda transaction: occasions.add_event(transaction, row))
        return await self.turn()

    async def buy(self, address: str, order_id: str, amount: int, channel: str = "whatsapp") -> list[str]:
        """A purchase in euros, told by the till."""
        data = {"order_id": order_id, "amount": amount, "currency": "EUR"}
        return await self.put(f"purchase:{order_id}:{next(_numbers)}", Kind.PURCHASE, address, channel, **data)

    async def said(self) -> list[Outbound]:
        """The messages made since the last call, oldest first; answers to taps are left out."""
        rows = await self.rows(
            f"select id, body from outbox where kind <> 'callback' and id > {self._read} order by id"
        )
        self._read = rows[-1][0] if rows else self._read
        return [decode(row[1]) for row in rows]

    async def rows(self, words: str) -> list[tuple[Any, ...]]:
        statement = query(words)
        return await self.database.read(lambda transaction: transaction.all(statement))

    async def value(self, words: str) -> Any:
        ((found,),) = await self.rows(words)
        return found

    async def run(self, words: str) -> None:
        statement = query(words)
        await self.database.write(lambda transaction: transaction.run(statement))

    async def join(self, address: str, channel: str = "whatsapp", *, code: str = "", offers: bool = True) -> int:
        """Make this address a member's, as a conversation would; the member's id."""
        await self.turn(text(address, code or "iscriviti", channel))
        await self.turn(text(address, "1", channel))
        await self.turn(text(address, "1" if offers else "2", channel))
        return await self.member_at(address, channel)

    async def member_at(self, address: str, channel: str = "whatsapp") -> int:
        return await self.value(f"select member_id from address where value = '{address}' and channel = '{channel}'")

    async def member(self, member_id: int, *columns: str) -> Any:
        ((*found,),) = await self.rows(f"select {', '.join(columns)} from member where id = {member_id}")
        return found if len(columns) > 1 else found[0]

    async def balance(self, member_id: int) -> int:
        """Points that ever came, by the lots."""
        words = "select coalesce(sum(lot.remaining), 0) from lot join account on account.id = lot.account_id"
        return int(await self.value(f"{words} where account.owner_id = {member_id} and account.unit = 'points'"))


def member_row(member_id: int, **fields: Any) -> dict[str, Any]:
    """A full member row."""
    row = dict.fromkeys(("name", "phone", "birth_month", "birth_day", "birth_year", "birth_set_at", "referral_code"))
    known = {"market": "IT", "locale": "it", "locale_source": "settled", "zone": "Europe/Rome", "birth_edits": 0}
    state = {"joined_at": 1, "terms_version": "1", "marketing": 1, "control": "bot"}
    return {"id": member_id, **row, **known, **state, "control_version": 0, "created_at": 1, **fields}


def add_person(transaction: Transaction, channel: str, value: str, *, inbound: int | None = None, **fields: Any) -> int:
    """A member with one address; the address' id, which is the member's too."""
    fresh = transaction.ids.new()
    people.add_members(transaction, [member_row(fresh, **fields)])
    known = {"profile_name": None, "reachable": 1, "opted_out": 0, "created_at": 1}
    people.add_addresses(transaction, [{"id": fresh, "channel": channel, "value": value, "member_id": fresh, **known}])
    people.add_conversations(
        transaction, [{"address_id": fresh, "last_inbound_at": inbound, "misses": 0, "version": 0, "leaning": None}]
    )
    return fresh


def add_staff(transaction: Transaction, name: str = "Nora", role: str = "agent", **fields: Any) -> int:
    """Somebody at the desk; the id."""
    fresh = transaction.ids.new()
    email = f"{name.lower()}{fresh}@shop.example"
    row = staff.StaffRow(fresh, email, name, role, "[]", "en", None, None, 1)
    staff.add(transaction, row._replace(**fields))
    return fresh


def outbox_row(transaction: Transaction, person: int, body: str, now: int, **fields: Any) -> dict[str, Any]:
    """A full outbox row that is due now."""
    empty = dict.fromkeys(("inbox_id", "author_id", "token", "expires_at", "provider_id", "error", "reason"))
    row = {"id": transaction.ids.new(), "address_id": person, "member_id": person, "kind": "reply", "body": body}
    state = {"locale": "it", "control_version": 0, "status": "pending", "due_at": now, "attempts": 0, "parts_sent": 0}
    return {**row, **empty, **state, "created_at": now, "updated_at": now, **fields}


def add_rows(transaction: Transaction, rows: Sequence[dict[str, Any]]) -> list[int]:
    messages.add_outbox(transaction, list(rows))
    return [row["id"] for row in rows]


__all__ = [
    "ANNA",
    "BRUNO",
    "CARLA",
    "DAY",
    "HOUR",
    "MINUTE",
    "MONDAY",
    "SECOND",
    "Batch",
    "Clock",
    "House",
    "OutboxRow",
]
