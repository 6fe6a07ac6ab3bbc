"""Plays scenarios: provider payloads in, rendered parts out.

Each scene is one transaction that is undone in the end: it begins in an empty house.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import orjson
from sqlalchemy import text as sql

from bot.handlers import World
from bot.handlers import discover as discover_handlers
from bot.lanes import Arrival
from bot.limits import BY_CHANNEL
from bot.message import Event, Kind, Outbound, decode
from bot.pipeline._route import Router
from bot.pipeline._talk import Talk
from bot.render import Part, render
from bot.texts import Texts
from bot.triggers import Tick, Triggers, Upkeep
from bot.triggers import discover as discover_triggers
from loyalty import codes
from loyalty.upkeep import STEPS
from storage import members, occasions, people
from storage.database import Transaction
from storage.ids import Ids
from storage.statement import Statement
from tests.builders import MONDAY, Batch, Clock, add_person, query, understanding
from tests.scenarios.acts import ACTS
from tests.scenarios.record import Record, RecordingPipeline, RecordingTexts, Shown
from tests.scenarios.script import HEARD, Scenario, Scene, Turn
from tests.scenarios.world import spoken, world_of
from tests.transcripts.script import Person

Way = Callable[[int], str]
"""How the n-th choice of a scene is answered: tap, label or number."""
WAYS = ("tap", "label", "number")
CHANNELS = ("telegram", "whatsapp", "sms")
_PHONES = ("+393331234567", "+393337654321")
_ADDRESSES = {"telegram": ("811", "812"), "whatsapp": _PHONES, "sms": _PHONES}
Result = TypeVar("Result")
_handlers, _triggers = cache(discover_handlers), cache(discover_triggers)
_FAILED = [query(f"select error from {table} where status = 'failed'") for table in ("inbox", "event")]
_SAID = Statement(
    sql(
        "select outbox.id, body, locale, channel, value from outbox join address on address.id = address_id"
        " where kind <> 'callback' and outbox.id > :read order by outbox.id"
    ),
    tuple,
)


def in_turn(channel: str) -> Way:
    """One way after the other, so that over the three channels each choice is answered in each of them."""
    return lambda number: WAYS[(number + CHANNELS.index(channel)) % len(WAYS)]


def at_once(running: Coroutine[Any, Any, Result]) -> Result:
    """The result of a coroutine that never waits."""
    try:
        running.send(None)
    except StopIteration as end:
        found: Result = end.value
        return found
    raise AssertionError("a coroutine of the stage waits for something")


class Inline:
    """A database for the triggers whose work is done at once in the scene's transaction."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    async def write(self, work: Callable[[Transaction], Result]) -> Result:
        with self._transaction.savepoint():
            return work(self._transaction)

    read = write


class Opening(Router):
    """The same router, which also starts a flow by its name."""

    def route(self, talk: Talk) -> None:
        data = talk.arrival.event.data
        if "begin" in data:
            talk.begin(data["begin"], data["values"])
        else:
            super().route(talk)


@dataclass
class Actor:
    """Somebody on the stage, and what they were shown."""

    person: Person
    heard: list[Part] = field(default_factory=list)
    last: Outbound | None = None
    """The last message with choices."""


class Set:
    """One scene being played: the world it plays in, who is there, what time it is."""

    def __init__(self, stage: Stage, scene: Scene, transaction: Transaction, where: str) -> None:
        self.stage, self.scene, self.transaction, self.where = stage, scene, transaction, where
        self.clock = Clock(MONDAY)
        self.world: World = spoken(world_of(stage.texts, scene.market, bare=scene.bare, patch=scene.has), stage.manner)
        self._pipeline = RecordingPipeline(
            self.world, understanding(), _handlers(), receipt_errors={}, clock=self.clock
        )
        self._pipeline.record = stage.record
        self._pipeline._router = Opening(understanding())
        self._triggers = self._with_upkeep()
        self._read = self._choices = self.orders = self.staff = 0
        self.actors = {"anna": self._actor(0, stage.channel, guest=scene.guest)}
        if scene.friend is not None:
            channel = "whatsapp" if stage.channel == "telegram" else stage.channel
            self.actors["friend"] = self._actor(1, channel, guest=scene.friend == "guest")

    def _with_upkeep(self) -> Triggers:
        world = self.world
        purposes = {name: flow.definition.purpose for name, flow in world.library.active.items()}
        return Triggers(
            Inline(self.transaction),  # type: ignore[arg-type]
            world.programme,
            world.markets,
            purposes,
            limits=BY_CHANNEL,
            clock=self.clock,
            triggers=_triggers(),
            upkeep=Upkeep(world.programme, world.keyring, STEPS),
        )

    def _actor(self, place: int, channel: str, *, guest: bool) -> Actor:
        value, now = _ADDRESSES[channel][place], self.clock.now
        known: dict[str, Any] = {"market": self.scene.market, "locale": self.stage.locale, "locale_source": "chosen"}
        if BY_CHANNEL[channel].phone_addresses:
            known["phone"] = value
        if guest:
            known |= {"joined_at": None, "terms_version": None, "marketing": 0}
        else:
            known |= {"joined_at": now, "referral_code": codes.new_code(place + 5)}
        add_person(self.transaction, channel, value, inbound=now, **known)
        return Actor(Person.model_validate({"channel": channel, "address": value}))

    def play(self, turn: Turn, number: int) -> None:
        """Do it, let everything follow from it, and keep what was shown."""
        where = f"{self.where}, turn {number} ({turn.does} {turn.what})"
        before = len(self.stage.record.shown)
        ACTS[turn.does](self, self.actors[turn.by], turn.what)
        self.settle()
        for statement in _FAILED:
            failed = self.transaction.all(statement)
            assert not failed, f"{where}: {failed}"
        self._listen(where)
        heard = len(self.stage.record.shown) > before
        assert not (heard if turn.silent else turn.does in HEARD and not heard), f"{where}: heard {heard}"

    def take(self, *arrivals: Arrival) -> None:
        """Work these."""
        self._pipeline.process(self.transaction, Batch(list(arrivals)))

    def settle(self, *, sweep: bool = False) -> None:
        """Work what is due until nothing is."""
        tick: Tick | None = None
        while tick is None or self._own() or tick.fired:
            tick = at_once(self._triggers.tick(force=sweep and tick is None))

    def _own(self) -> bool:
        rows = occasions.waiting_events(self.transaction, 64)
        made = [(Event(Kind(r.kind), r.channel, r.address, r.key, data=orjson.loads(r.data)), r.id) for r in rows]
        if made:
            self.take(*(Arrival(event, event_id=key) for event, key in made))
        return bool(made)

    def _listen(self, where: str) -> None:
        for key, body, voice, channel, value in self.transaction.all(_SAID, read=self._read):
            self._read, outbound = key, decode(body)
            parts = tuple(render(outbound, BY_CHANNEL[channel], locale=voice, texts=self.stage.texts))
            self.stage.record.shown.append(Shown(where, channel, voice, outbound, parts))
            for actor in self.actors.values():
                if actor.person.address == value:
                    actor.heard.extend(parts)
                    actor.last = outbound if outbound.choices else actor.last

    def way(self) -> str:
        """How the next choice is answered."""
        self._choices += 1
        return self.stage.way(self._choices)

    def voice(self, actor: Actor) -> str:
        """In which locale, and how, somebody is spoken to."""
        return self.stage.texts.voice(self.member(actor).locale, self.world.markets[self.scene.market].ways)

    def member(self, actor: Actor) -> members.MemberRow:
        """Whose address it is."""
        (found,) = people.at(self.transaction, actor.person.channel, actor.person.address)
        member = members.current(self.transaction, found.member_id)
        assert member is not None
        return member


class Stage:
    """Plays scenarios for one locale on one channel, and records everything."""

    def __init__(self, template: Path, texts: Texts, locale: str, channel: str, way: Way | None = None) -> None:
        self.manner: Mapping[str, str] = {}
        """How every market speaks, instead of in its own manner: `{"tone": "warm"}`."""
        self.record = Record()
        self.texts: Texts = RecordingTexts(texts, self.record)
        self.locale, self.channel, self.way = locale, channel, way or (lambda _: "tap")
        self._connection = sqlite3.connect(":memory:", isolation_level=None, cached_statements=512)
        source = sqlite3.connect(template)
        source.backup(self._connection)
        source.close()
        self._connection.execute("PRAGMA foreign_keys = ON")
        self._ids = Ids()

    def play(self, name: str, scenario: Scenario) -> None:
        """Every scene of a scenario, one after the other."""
        for number, scene in enumerate(scenario.scenes, 1):
            self._connection.execute("BEGIN")
            try:
                transaction = Transaction(self._connection, "sqlite", self._ids)
                played = Set(self, scene, transaction, f"{name}, scene {number}")
                for place, turn in enumerate(scene.turns, 1):
                    played.play(turn, place)
            finally:
                self._connection.execute("ROLLBACK")

    def close(self) -> None:
        """Done."""
        self._connection.close()
