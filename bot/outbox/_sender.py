"""The sender: takes due rows, re-checks them, renders them for the channel they go to and calls the provider.

One process sends for an account. A row is marked as being sent before the call and finished after it, so a crash
doubles at most what was in flight. One unfinished reply of a chat holds back its later replies; a deferred marketing
row holds back nothing.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

import structlog

from bot.channels import Channel, Sent
from bot.message import Outbound, decode
from bot.outbox._files import FileOf, no_files
from bot.outbox._limiter import Limiter
from bot.outbox._results import Result, failure, gone, later, store
from bot.permission import still_allowed
from bot.render import Attached, Part, render
from bot.texts import Texts
from loyalty.programme import template_for
from storage import messages, outgoing
from storage.database import Database, StorageError, Transaction
from storage.messages import OutboxRow

_log = structlog.get_logger()
_MOST = 256
_IN_FLIGHT = 32
_SWEEP_SECONDS = 2.0
_AGAIN_SECONDS = 0.5
_RECEIPT_LIFE = 3 * 24 * 3600 * 1_000_000
_STRAY = 30_000_000
"""Microseconds between two looks for rows that were left in the middle of being sent."""
_Clock = Callable[[], int]


@dataclass(slots=True)
class Tally:
    """What the sender has done since the start."""

    sent: int = 0
    retried: int = 0
    dropped: int = 0
    dead: int = 0


class Sender:
    """Sends outbox rows over the configured channels until it is stopped; `stop` lets what is in flight finish."""

    def __init__(
        self,
        database: Database,
        channels: Mapping[str, Channel],
        texts: Texts,
        *,
        templates: Mapping[str, Mapping[str, str]],
        opens_at: Callable[[OutboxRow, int], int | None],
        clock: _Clock,
        monotonic: Callable[[], float] = time.monotonic,
        file_of: FileOf = no_files,
    ) -> None:
        self._database = database
        self._channels = channels
        self._texts = texts
        self._templates = templates
        self._opens_at = opens_at
        self._clock = clock
        self._file_of = file_of
        self._limiters = {
            name: Limiter(one.limits.per_second, one.limits.chat_seconds, monotonic) for name, one in channels.items()
        }
        self._wake = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._flying: Counter[str] = Counter()
        self._stopping = False
        self.counters = Tally()
        database.subscribe("outbox", self._wake.set)

    async def run(self) -> None:
        """Send until `stop`. What a crash left half sent is due again first."""
        released, released_at = False, 0
        while not self._stopping:
            self._wake.clear()
            if not self._tasks and (not released or self._clock() - released_at > _STRAY):
                released, released_at = await self._released() or released, self._clock()
            wait = await self._guarded_round() if released else _AGAIN_SECONDS
            try:
                async with asyncio.timeout(wait):
                    await self._wake.wait()
            except TimeoutError:
                continue
        if self._tasks:
            await asyncio.wait(self._tasks)

    async def _released(self) -> bool:
        """With nothing in flight, what says it is being sent was left behind: by a crash, by a lost connection."""
        try:
            await self._database.write(lambda transaction: _tidy(transaction, self._clock()))
        except StorageError as error:
            _log.warning("outbox cannot be released", error=type(error).__name__)
            return False
        return True

    def stop(self) -> None:
        """Take no new rows."""
        self._stopping = True
        self._wake.set()

    async def _guarded_round(self) -> float:
        try:
            return await self._round()
        except StorageError as error:
            _log.warning("outbox cannot be read", error=type(error).__name__)
        except Exception:
            _log.exception("a round of sending failed")
        return _AGAIN_SECONDS

    async def _round(self) -> float:
        """Start sending what may be sent now; the seconds until something else may be."""
        pauses = {name: limiter.paused() for name, limiter in self._limiters.items()}
        open_channels = [name for name, seconds in pauses.items() if not seconds and self._free(name)]
        if not open_channels:
            return min(pauses.values(), default=_SWEEP_SECONDS) or 0.05
        now = self._clock()
        due, later = await self._database.read(lambda t: _due(t, now, open_channels))
        ready, wait = self._admit(due)
        if ready:
            wanted = [row.id for row in ready]
            claimed = await self._database.write(lambda transaction: outgoing.claim(transaction, wanted, now))
            for row in ready:
                if row.id in claimed:
                    self._start(row)
        upcoming = (later - now) / 1_000_000 if later is not None else _SWEEP_SECONDS
        pause = min((seconds for seconds in pauses.values() if seconds), default=_SWEEP_SECONDS)
        return max(0.001, min(_SWEEP_SECONDS, wait, upcoming, pause))

    def _free(self, channel: str) -> int:
        """How many more calls may be under way: each channel has its own share, so one that hangs harms no other."""
        return _IN_FLIGHT - self._flying[channel]

    def _admit(self, rows: list[OutboxRow]) -> tuple[list[OutboxRow], float]:
        ready: list[OutboxRow] = []
        taken: Counter[str] = Counter()
        wait = _SWEEP_SECONDS
        for row in rows:
            if taken[row.channel] >= self._free(row.channel):
                continue
            needed = 0.0 if row.kind == "callback" else self._limiters[row.channel].take(row.address)
            if needed:
                wait = min(wait, needed)
            else:
                ready.append(row)
                taken[row.channel] += 1
        return ready, wait

    def _start(self, row: OutboxRow) -> None:
        task = asyncio.create_task(self._send(row))
        self._tasks.add(task)
        self._flying[row.channel] += 1
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._wake.set()
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.error("sending ended badly; the row is swept up at the next start", error=type(error).__name__)

    async def _send(self, row: OutboxRow) -> None:
        channel = self._channels[row.channel]
        try:
            result = await self._attempt(channel, row)
        except Exception as error:
            result = failure(error, row)
        finally:
            self._flying[row.channel] -= 1
        if result.pause_seconds:
            self._limiters[row.channel].pause(result.pause_seconds + random.uniform(0, 0.25))
        self._count(result)
        await self._store(channel, row, result)

    async def _store(self, channel: Channel, row: OutboxRow, result: Result) -> None:
        errors = getattr(channel, "receipt_error", None)
        for attempt in range(20):
            try:
                await self._database.write(lambda t: store(t, row, result, errors, self._clock()))
                return
            except StorageError:
                await asyncio.sleep(0.05 * 2 ** min(attempt, 6))
        _log.error("a result could not be stored", row=row.id)

    def _count(self, result: Result) -> None:
        name = {"sent": "sent", "pending": "retried", "dropped": "dropped"}.get(result.status, "dead")
        setattr(self.counters, name, getattr(self.counters, name) + 1)

    async def _attempt(self, channel: Channel, row: OutboxRow) -> Result:
        message = decode(row.body)
        if row.kind == "callback":
            if row.expires_at is not None and row.expires_at <= self._clock():
                return gone("expired")
            await channel.answer_callback(message.text.body, None)
            return Result("sent")
        verdict, reason = self._allowed(channel, row, message)
        if verdict == "no":
            return gone(reason)
        if row.kind == "marketing" and (waits := self._quiet(row)) is not None:
            return waits
        try:
            file = await self._file_of(message.attachment) if message.attachment is not None else None
        except StorageError:
            return later(row, _AGAIN_SECONDS, "database")
        if message.attachment is not None and file is None:
            return gone("attachment_gone")
        parts = self._parts(channel, row, message, file, window_open=verdict == "send")
        return await self._send_parts(channel, row, parts)

    def _allowed(self, channel: Channel, row: OutboxRow, message: Outbound) -> tuple[str, str]:
        template = message.template
        held = template is not None and template_for(self._templates, template.flow, row.locale) is not None
        verdict, reason = still_allowed(
            kind=row.kind,
            limits=channel.limits_for(row.address),
            opted_out=bool(row.opted_out),
            reachable=bool(row.reachable),
            marketing=bool(row.marketing),
            control_version=row.control_version if row.author_id is None else row.member_control_version,
            member_control_version=row.member_control_version,
            last_inbound_at=row.last_inbound_at,
            expires_at=row.expires_at,
            has_template=held,
            now=self._clock(),
        )
        if row.reason == "window_closed" and verdict == "send":
            return ("template", "window_closed") if held else ("no", "window_closed")
        return verdict, reason

    def _quiet(self, row: OutboxRow) -> Result | None:
        """A marketing row that was held up until quiet hours waits for their end; None when it may go out now."""
        now = self._clock()
        opens_at = self._opens_at(row, now)
        if opens_at is None:
            return gone("quiet_hours")
        return later(row, (opens_at - now) / 1_000_000, "quiet_hours") if opens_at > now else None

    def _parts(
        self, channel: Channel, row: OutboxRow, message: Outbound, file: Attached | None, *, window_open: bool
    ) -> list[Part]:
        limits = channel.limits_for(row.address)
        return render(message, limits, locale=row.locale, texts=self._texts, window_open=window_open, attached=file)

    async def _send_parts(self, channel: Channel, row: OutboxRow, parts: list[Part]) -> Result:
        limiter = self._limiters[row.channel]
        sent: Sent | None = None
        done = row.parts_sent
        try:
            for part in parts[done:]:
                if done > row.parts_sent:
                    while wait := limiter.take(row.address):
                        await asyncio.sleep(wait)
                sent = await channel.send(row.address, part)
                done += 1
        except Exception as error:
            return failure(error, row, parts_sent=done)
        if sent is None:
            return gone("empty")
        return Result("sent", provider_id=sent.provider_id, parts_sent=done, moved_to=sent.moved_to)


def _tidy(transaction: Transaction, now: int) -> None:
    messages.release_all(transaction, now)
    messages.forget_receipts(transaction, now - _RECEIPT_LIFE)


def _due(transaction: Any, now: int, channels: list[str]) -> tuple[list[OutboxRow], int | None]:
    # Each channel for itself: the backlog of a slow account must not hide what others could send.
    found = (row for name in channels for row in messages.due(transaction, now, _MOST, [name]))
    return sorted(found, key=attrgetter("id")), messages.next_due(transaction, now)
