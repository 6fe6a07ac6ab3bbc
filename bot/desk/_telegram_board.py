"""When the staff's group is told: one loop, one message at a time, whoever has waited longest first.

Telegram takes twenty messages a minute in a group, so everything new in a topic goes out as one message, and a status
card is changed when no message waits. While many are told of, a topic rests after each message, so that more is put
into the next one.
"""

from __future__ import annotations

import asyncio
import random

import structlog

from bot.desk._telegram_bot import Away, GroupError, Moved, Refused, Shut, Slow
from bot.desk._telegram_topics import Topics
from storage import topics as stored
from storage.database import Database

_log = structlog.get_logger()
_SWEEP_SECONDS = 60.0
_SHUT_SECONDS = 30.0
_AWAY_SECONDS = 2.0
_LONGEST_AWAY = 60.0
_CARD_PATIENCE = 30.0
"""A card that has waited for so long is changed before the next message."""
_REFUSED_REST = 60.0
_MINUTE_OF_TOPICS = 15
"""A topic that was told of within so many shares is one of those that share the group."""


class Board:
    """Tells the group. `tell` and `say` only note what is to be told; `run` tells it."""

    def __init__(self, database: Database, topics: Topics) -> None:
        self._database = database
        self._topics = topics
        self._time = asyncio.get_running_loop().time
        self._touched: set[int] = set()
        self._waiting: dict[int, float] = {}
        self._cards: dict[int, float] = {}
        self._rest: dict[int, float] = {}
        self._told: dict[int, float] = {}
        self._woken = asyncio.Event()
        self._away = _AWAY_SECONDS
        self._is_new = True
        self._swept_at = self._time()
        self.last_error: str | None = None

    def tell(self, member_ids: frozenset[int]) -> None:
        """Something changed in these conversations: most of them are the bot's, and no concern of the group."""
        self._touched |= member_ids
        self._woken.set()

    def say(self, text: str, *, thread: int | None, member_id: int | None = None) -> None:
        """Say something in a topic; in a member's it joins what else is to be told there."""
        self._topics.notices.setdefault(thread, []).append(text)
        self._told.pop(member_id or 0, None)
        self.tell(frozenset() if member_id is None else frozenset([member_id]))

    async def run(self, stop: asyncio.Event) -> None:
        """Until stopped. Whatever goes wrong is noted and tried again."""
        stopping = asyncio.create_task(stop.wait())
        await self._sweep()
        while not stop.is_set():
            if self._touched:
                await self._sift()
            if not self._has_work():
                await self._idle(stopping)
            elif (delay := self._topics.pace.wait()) > 0:
                await asyncio.wait([stopping], timeout=delay)
            else:
                await self._step()
        stopping.cancel()

    async def _sift(self) -> None:
        """Whose changes are to be told: members with a case or a topic."""
        touched, self._touched = self._touched, set()
        try:
            found = await self._database.read(lambda t: stored.concerned(t, list(touched)))
        except Exception as error:
            self._touched |= touched
            self._note(error)
            await asyncio.sleep(_AWAY_SECONDS)
            return
        for member_id in found:
            self._waiting.setdefault(member_id, self._time())

    def _has_work(self) -> bool:
        return bool(self._topics.notices or self._cards or self._next_waiting() is not None)

    async def _idle(self, stopping: asyncio.Task[bool]) -> None:
        """Until there is something to do; from time to time look for what nobody told of."""
        if self._touched:
            return
        now = self._time()
        seconds = min([_SWEEP_SECONDS, *(self._free_at(one) - now for one in self._waiting)])
        self._woken.clear()
        woken = asyncio.create_task(self._woken.wait())
        await asyncio.wait([stopping, woken], timeout=max(0.0, seconds), return_when="FIRST_COMPLETED")
        if not woken.done() and not stopping.done() and self._time() >= self._swept_at + _SWEEP_SECONDS:
            await self._sweep()
        woken.cancel()

    async def _sweep(self) -> None:
        self._swept_at = self._time()
        self._rest = {one: until for one, until in self._rest.items() if until > self._time()}
        try:
            found = await self._database.read(stored.to_look_at if self._is_new else stored.left_behind)
        except Exception as error:
            self._note(error)
            return
        self._is_new = False
        self.tell(frozenset(found))

    async def _step(self) -> None:
        member_id = self._next()
        try:
            await self._act(member_id)
            self._away, self.last_error = _AWAY_SECONDS, None
        except Slow as slow:
            self._topics.pace.pause(slow.seconds + random.uniform(0.1, 1.0))
        except Moved as moved:
            await self._move(moved.chat_id)
        except Exception as error:
            self._note(error)
            self._hold(member_id, error)

    async def _move(self, chat_id: int) -> None:
        try:
            await self._topics.move(chat_id)
        except Exception as error:
            self._note(error)
            self._topics.pace.pause(_AWAY_SECONDS)

    def _hold(self, member_id: int | None, error: Exception) -> None:
        """After a failure: what concerns one message rests that member, what concerns all of Telegram everybody."""
        if isinstance(error, Refused) and member_id is not None:
            self._rest[member_id] = self._time() + _REFUSED_REST
            return
        self._topics.pace.pause(_SHUT_SECONDS if isinstance(error, Shut) else self._away)
        self._away = min(self._away * 2, _LONGEST_AWAY) if isinstance(error, Away) else self._away

    def _note(self, error: Exception) -> None:
        self.last_error = f"{type(error).__name__}: {error}" if isinstance(error, GroupError) else type(error).__name__
        _log.warning("the staff's group was not told", error=self.last_error)

    def _next_waiting(self) -> int | None:
        now = self._time()
        able = [(since, one) for one, since in self._waiting.items() if self._free_at(one) <= now]
        return min(able)[1] if able else None

    def _free_at(self, member_id: int) -> float:
        """When this topic may be told of again: not soon after it was, if many share the group."""
        lately = self._time() - self._topics.pace.share(_MINUTE_OF_TOPICS)
        self._told = {one: at for one, at in self._told.items() if at > lately}
        share = self._topics.pace.share(len(self._told))
        return max(self._rest.get(member_id, 0.0), self._told.get(member_id, -share) + share)

    def _next(self) -> int | None:
        """Whose turn it is; None for words that belong to no member's topic."""
        waiting = self._next_waiting()
        card_id = min(self._cards, key=self._cards.__getitem__, default=None)
        is_overdue = card_id is not None and self._time() - self._cards[card_id] > _CARD_PATIENCE
        return card_id if is_overdue or (waiting is None and not self._topics.notices) else waiting

    async def _act(self, member_id: int | None) -> None:
        if member_id is None:
            await self._topics.say_loose()
        elif member_id == self._next_waiting():
            await self._serve(member_id)
        else:
            since = self._cards.pop(member_id)
            try:
                self.tell(frozenset(await self._topics.refresh(member_id)))
            except Refused:
                raise
            except BaseException:
                self._cards.setdefault(member_id, since)
                raise

    async def _serve(self, member_id: int) -> None:
        """One message at most, or one step of opening or closing a topic; back into the queue if more is to do."""
        since = self._waiting.pop(member_id)
        try:
            served = await self._topics.tell(member_id)
        except BaseException:
            self._waiting.setdefault(member_id, since)
            raise
        if served.has_spoken:
            self._told[member_id] = self._time()
        if not served.is_done:
            self._waiting[member_id] = since
        elif served.has_card:
            self._cards.setdefault(member_id, self._time())
        if served.heir is not None:
            self.tell(frozenset([served.heir]))
