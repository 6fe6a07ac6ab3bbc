"""The clock of the house: looks who is due once an hour, works timers when they are due, wakes for the next one.

One process runs it at a time. Whatever is repeated after a crash is harmless: each step is one transaction, and an
occasion's key is recorded together with its event.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import orjson
import structlog

from bot import takeover
from bot.limits import Limits
from bot.message import Kind
from bot.permission import Occasion, Purpose
from bot.triggers._discovery import Trigger, discover
from bot.triggers._planning import Planned, Planner
from bot.triggers._upkeep import Upkeep
from loyalty.markets import MarketProfile
from loyalty.programme import Programme
from storage import occasions
from storage.database import Conflict, Database, Lost, StorageError, Transaction, translate
from storage.occasions import TimerRow

WATERMARK = "triggers"
_SECOND = 1_000_000
_HOUR = 3600 * _SECOND
_IDLE_SECONDS = 60.0
_AGAIN = 2 * _SECOND
"""After a failure, above all a lost database, timers that are due do not wait a minute."""
_CHUNK = 32
_JUST = 600 * _SECOND
"""By then an event has become an outbox row, or has failed."""

_log = structlog.get_logger()


class TriggersError(Exception):
    """A trigger names a flow that there is not."""


@dataclass(frozen=True, slots=True)
class Tick:
    """What one look did, and when the next timer is due (None: no timer)."""

    fired: int
    later: int
    refused: int
    next_at: int | None


class Triggers:
    """Plans what triggers and timers ask for. `purposes` is flow -> service | marketing of every active flow."""

    def __init__(
        self,
        database: Database,
        programme: Programme,
        markets: Mapping[str, MarketProfile],
        purposes: Mapping[str, Purpose],
        *,
        limits: Mapping[str, Limits],
        clock: Callable[[], int],
        triggers: Sequence[Trigger] | None = None,
        upkeep: Upkeep | None = None,
    ) -> None:
        self._database = database
        keyring = upkeep.keyring if upkeep is not None else None
        self._planner = Planner(programme, markets, purposes, limits, keyring)
        self._lease = takeover.Lease.of(programme)
        self._clock = clock
        self._upkeep = upkeep
        self._triggers = discover() if triggers is None else tuple(triggers)
        self._sent: dict[int, int] = {}
        self._wake = asyncio.Event()
        missing = [trigger.name for trigger in self._triggers if trigger.flow not in purposes]
        if missing:
            raise TriggersError(f"no flow for the triggers {', '.join(missing)}")

    async def tick(self, *, force: bool = False) -> Tick:
        """Search who is due, at most once in each hour unless forced, then work every timer that is due."""
        now = self._clock()
        self._sent = {member: at for member, at in self._sent.items() if at > now - _JUST}
        planned = await self._sweep(now, force=force)
        while timers := await self._database.write(partial(self._timers, now=now)):
            planned += self._keep(timers, now)
        verdicts = [one.decision.verdict for one in planned if one.decision is not None]
        next_at = await self._database.read(occasions.next_timer)
        return Tick(verdicts.count("send"), verdicts.count("later"), verdicts.count("no"), next_at)

    async def run(self, stop: asyncio.Event) -> None:
        """Tick until told to stop: at the next timer, when a timer is set, at least once a minute."""
        self._database.subscribe("timer", self._wake.set)
        while not stop.is_set():
            self._wake.clear()
            try:
                next_at = (await self.tick()).next_at
            except Exception:
                _log.exception("triggers failed")
                next_at = self._clock() + _AGAIN
            await self._rest(stop, next_at)

    async def _rest(self, stop: asyncio.Event, next_at: int | None) -> None:
        seconds = _IDLE_SECONDS if next_at is None else (next_at - self._clock()) / _SECOND
        waiting = [asyncio.ensure_future(event.wait()) for event in (stop, self._wake)]
        await asyncio.wait(waiting, timeout=min(max(seconds, 0.0), _IDLE_SECONDS), return_when=asyncio.FIRST_COMPLETED)
        for task in waiting:
            task.cancel()

    async def _sweep(self, now: int, *, force: bool) -> list[Planned]:
        last = await self._database.read(partial(occasions.watermark, name=WATERMARK))
        if not force and last is not None and last // _HOUR >= now // _HOUR:
            return []
        if self._upkeep is not None:
            await self._upkeep.run(self._database, now)
        due = [occasion for trigger in self._triggers for occasion in await self._due(trigger, now)]
        planned: list[Planned] = []
        for start in range(0, len(due), _CHUNK):
            chunk = due[start : start + _CHUNK]
            planned += self._keep(await self._database.write(partial(self._plan, due=chunk, now=now)), now)
        await self._database.write(partial(occasions.set_watermark, name=WATERMARK, at=now))
        return planned

    async def _due(self, trigger: Trigger, now: int) -> list[Occasion]:
        """A trigger that fails holds up neither the others nor the timers; it is asked again in the next hour."""
        rules = self._planner
        ask = partial(trigger.due, now=now, programme=rules.programme, markets=rules.markets)
        try:
            return await self._database.read(ask)
        except StorageError:
            raise
        except Exception:
            _log.exception("trigger failed", trigger=trigger.name)
            return []

    def _plan(self, transaction: Transaction, due: Sequence[Occasion], now: int) -> list[Planned]:
        sent = set(self._sent)
        planned = []
        for occasion in due:
            done = self._plan_one(transaction, occasion, now=now, just_sent=occasion.member_id in sent)
            sent |= _written_to(done)
            planned.append(done)
        return planned

    def _plan_one(self, transaction: Transaction, occasion: Occasion, *, now: int, just_sent: bool) -> Planned:
        """An occasion that cannot be planned is looked at again in an hour and holds up nobody else."""
        try:
            with transaction.savepoint():
                return self._planner.work(transaction, occasion, now=now, just_sent=just_sent)
        except Exception as error:
            if isinstance(translated := translate(error), Conflict | Lost):
                raise translated from error
            _log.exception("occasion failed", key=occasion.key)
            occasions.set_timers(transaction, [occasion.as_timer(now + _HOUR)])
            return Planned(occasion, None, False)

    def _timers(self, transaction: Transaction, now: int) -> list[Planned | None]:
        """Work some of the due timers; an occasion is planned (again)."""
        timers = occasions.due_timers(transaction, now, _CHUNK)
        due = [Occasion.from_timer(timer.key, timer.data) for timer in timers if timer.kind == "occasion"]
        others = [timer for timer in timers if timer.kind != "occasion"]
        occasions.drop_timers(transaction, [timer.key for timer in others])
        for timer in others:
            self._work(transaction, timer, now)
        return [*self._plan(transaction, due, now), *(None for _ in others)]

    def _work(self, transaction: Transaction, timer: TimerRow, now: int) -> None:
        """A time-out goes to its lane; a case's timer is the lease's own. One that fails holds up no other."""
        if timer.kind != takeover.TIMER_KIND:
            _time_out(transaction, timer, now)
            return
        try:
            with transaction.savepoint():
                takeover.idle(transaction, self._lease, orjson.loads(timer.data)["case"], now)
        except Exception as error:
            if isinstance(translated := translate(error), Conflict | Lost):
                raise translated from error
            _log.exception("a case's timer failed", key=timer.key)
            occasions.set_timers(transaction, [{**timer._asdict(), "due_at": now + _HOUR}])

    def _keep(self, planned: Sequence[Planned | None], now: int) -> list[Planned]:
        """After the commit: remember for a while whom marketing is on its way to."""
        done = [one for one in planned if one is not None]
        for one in done:
            self._sent.update(dict.fromkeys(_written_to(one), now))
        return done


def _written_to(planned: Planned) -> set[int]:
    sent = planned.decision is not None and planned.decision.verdict == "send"
    return {planned.occasion.member_id} if sent and planned.marketing else set()


def _time_out(transaction: Transaction, timer: TimerRow, now: int) -> None:
    if timer.kind != Kind.TIMEOUT.value:
        _log.error("unknown timer", key=timer.key, kind=timer.kind)
        return
    token = orjson.loads(timer.data)["token"]
    row = {
        "key": f"timeout:{timer.address}:{token}",
        "channel": timer.channel,
        "address": timer.address,
        "kind": Kind.TIMEOUT.value,
        "data": timer.data,
        "created_at": now,
    }
    occasions.add_event(transaction, row)
