"""The hub: what changes in a conversation or in the queue reaches every open page that shows it, once and soon.

Commits say whose conversation they touched. What is touched and looked at is read in one go, each entry is drawn once
for each language of its readers, and each page gets it behind a stamp: a page that was away tells its stamp and is told
everything since. Nothing is kept for pages that are away, and nothing is read while nobody looks.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field

import structlog

from bot.desk._hub_reads import Ask, Audience, Found, Scope, Views, read_all, read_queues, still_there
from bot.desk._hub_watch import Watch
from bot.desk._sessions import SignedIn
from bot.desk._sse import BEAT, RETRY, Stamp, block, chunk, closed, for_owner, queue_block
from storage import cases
from storage.cases import CaseRow
from storage.database import Database, StorageError
from storage.timeline import Entry

_COALESCE = 0.004
_AGAIN = 0.5
"""Seconds until a read that failed is tried again."""
_REMEMBERED = 400
"""Entries of a conversation whose state is remembered, so that nobody is told them twice."""
_BYE = closed(block("bye", {}))
_RELOAD = closed(block("reload", {}))
_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Pace:
    """How often, in seconds."""

    card: float = 1.0
    digest: float = 0.5
    beat: float = 15.0
    sweep: float = 10.0


@dataclass(slots=True)
class _Conversation:
    """What the pages that follow a conversation have been told."""

    watches: set[Watch] = field(default_factory=set)
    known: Stamp | None = None
    seen: dict[int, int] = field(default_factory=dict)
    case: CaseRow | None = None

    @property
    def reading(self) -> list[Watch]:
        """Those that take what they are given."""
        return [watch for watch in self.watches if watch.is_live or watch.is_asking]

    def remember(self, found: Found, now: int) -> Stamp:
        """Everybody is up to here now."""
        self.case = found.case
        for entry_id, seen in found.marks.items():
            self.seen.pop(entry_id, None)
            self.seen[entry_id] = seen
        for entry_id in list(self.seen)[: max(0, len(self.seen) - _REMEMBERED)]:
            del self.seen[entry_id]
        newest = max(found.newest, self.known.after if self.known else 0)
        self.known = Stamp(newest, now)
        return self.known


class Hub:
    """`watch` opens; tasks start with the first page and end with `close`."""

    def __init__(self, database: Database, views: Views, clock: Callable[[], int], pace: Pace | None = None) -> None:
        self._database = database
        self._views = views
        self._clock = clock
        self._pace = pace or Pace()
        self._watches: set[Watch] = set()
        self._conversations: dict[int, _Conversation] = {}
        self._touched: set[int] = set()
        self._swept: set[int] = set()
        self._cards: dict[int, float] = {}
        """Members whose card is to be drawn at that time of the loop."""
        self._news = asyncio.Event()
        self._queues = asyncio.Event()
        self._doubts: set[int] = set()
        self._doubt = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self.is_closed = False
        database.subscribe_keys(cases.TOPIC, self.touched)

    def watch(
        self, viewer: SignedIn, *, member_id: int | None = None, query: str | None = None, after: Stamp | None = None
    ) -> Watch:
        """A page opens: a conversation from `after` on (None: from now), the queue under a filter (None: no queue)."""
        now = Stamp(self._database.ids.new(), self._clock())
        stamp = Stamp(min(after.after, now.after), min(after.changed, now.changed)) if after else now
        watch = Watch(viewer, member_id=member_id, query=query, stamp=stamp, leave=self._left, resume=self._resume)
        watch.put(RETRY)
        if self.is_closed:
            watch.close()
            return watch
        self._start()
        self._watches.add(watch)
        if member_id is not None:
            self._conversations.setdefault(member_id, _Conversation()).watches.add(watch)
        self._resume(watch)
        if query is not None:
            self._queues.set()
        return watch

    def touched(self, members: frozenset[int]) -> None:
        """These conversations changed. Called on the loop, after every commit that touched any."""
        if not self._watches:
            return
        self._queues.set()
        followed = members & self._conversations.keys()
        if followed:
            self._touched |= followed
            self._news.set()

    def sign_out(self, staff_id: int) -> None:
        """Something about this person or their sign-in changed: pages they may not look at any more are closed."""
        self._doubts.add(staff_id)
        self._doubt.set()

    def close(self) -> None:
        """The server stops: every page is let go, and finds the next server by itself."""
        self.is_closed = True
        for task in self._tasks:
            task.cancel()
        self._tasks.clear()
        for watch in list(self._watches):
            watch.close()

    def open_pages(self, staff_id: int) -> int:
        """How many pages a person has open."""
        return sum(1 for watch in self._watches if watch.signed_in.staff.id == staff_id)

    @property
    def size(self) -> int:
        """How many pages are open."""
        return len(self._watches)

    def _start(self) -> None:
        if not self._tasks:
            loops = (self._tell, self._show_queues, self._sweep, self._beat, self._look_twice)
            self._tasks = [asyncio.create_task(_kept(one)) for one in loops]

    def _resume(self, watch: Watch) -> None:
        if watch.member_id is None:
            watch.follow()
            return
        watch.is_asking = True
        self._touched.add(watch.member_id)
        self._news.set()

    def _left(self, watch: Watch) -> None:
        self._watches.discard(watch)
        if watch.member_id is None:
            return
        conversation = self._conversations.get(watch.member_id)
        if conversation is not None:
            conversation.watches.discard(watch)
            if not conversation.watches:
                del self._conversations[watch.member_id]
                self._cards.pop(watch.member_id, None)

    # --- conversations

    async def _tell(self) -> None:
        while True:
            await self._due()
            await asyncio.sleep(_COALESCE)
            self._news.clear()
            touched, self._touched = self._touched, set()
            swept, self._swept = self._swept - touched, set()
            asks = [ask for one in (*touched, *swept) if (ask := self._ask(one, is_sweep=one in swept)) is not None]
            for late in self._due_cards():
                if late not in touched and (ask := self._ask(late, is_sweep=True)) is not None:
                    asks.append(ask)
            if asks:
                await self._read(asks)

    async def _due(self) -> None:
        """Until there is news or a card is due."""
        if not self._cards:
            await self._news.wait()
            return
        wait = min(self._cards.values()) - asyncio.get_running_loop().time()
        try:
            async with asyncio.timeout(max(0.0, wait)):
                await self._news.wait()
        except TimeoutError:
            return

    def _due_cards(self) -> list[int]:
        now = asyncio.get_running_loop().time()
        return [member_id for member_id, at in self._cards.items() if at <= now]

    def _ask(self, member_id: int, *, is_sweep: bool) -> Ask | None:
        conversation = self._conversations.get(member_id)
        if conversation is None:
            return None
        reading = conversation.reading
        live = [watch for watch in reading if watch.is_live]
        joining = {watch: watch.stamp for watch in reading if not watch.is_live}
        everybody = {watch.signed_in.session.hash: watch.signed_in for watch in reading}
        drawn = self._whose_card(member_id, conversation, is_sweep=is_sweep)
        return Ask(
            member_id=member_id,
            since=conversation.known if live else None,
            seen=conversation.seen,
            case=conversation.case,
            audiences={Audience.of(watch) for watch in live},
            joining=joining,
            viewers=list(everybody.values()),
            cards=list(drawn.values()),
            is_sweep=is_sweep and not drawn,
        )

    def _whose_card(self, member_id: int, conversation: _Conversation, *, is_sweep: bool) -> dict[str, SignedIn]:
        """For whom the card is drawn now; for the others later, so that a burst of messages draws it once."""
        now = asyncio.get_running_loop().time()
        due = self._cards.pop(member_id, None)
        if is_sweep and due is None:
            return {}
        reading = conversation.reading
        ready = [watch for watch in reading if now >= watch.card_at]
        for watch in ready:
            watch.card_at = now + self._pace.card
        if len(ready) < len(reading):
            later = [watch.card_at for watch in reading if watch not in ready]
            self._cards[member_id] = min(later)
        return {watch.signed_in.session.hash: watch.signed_in for watch in ready}

    async def _read(self, asks: list[Ask]) -> None:
        now = self._clock()
        try:
            found = await self._database.read(lambda transaction: read_all(transaction, asks, self._views, now))
        except Exception:
            self._touched.update(ask.member_id for ask in asks)
            self._news.set()
            raise
        for one in found:
            self._spread(one, now)

    def _spread(self, found: Found, now: int) -> None:
        conversation = self._conversations.get(found.ask.member_id)
        if conversation is None:
            return
        if found.is_gone:
            for watch in list(conversation.watches):
                _send_away(watch)
            return
        stamp = conversation.remember(found, now)
        shared: dict[Audience, list[bytes]] = {}
        for watch in list(conversation.watches):
            audience = Audience.of(watch)
            if watch.signed_in.session.hash in found.barred:
                _send_away(watch)
            elif watch in found.joined:
                entries = found.joined[watch]
                watch.follow()
                self._give(watch, None if entries is None else _drawn(found, entries, audience), found, stamp)
            elif watch.is_live and found.ask.since is not None:
                if audience not in shared and found.entries is not None:
                    shared[audience] = _drawn(found, found.entries, audience)
                self._give(watch, shared.get(audience), found, stamp)

    def _give(self, watch: Watch, blocks: list[bytes] | None, found: Found, stamp: Stamp) -> None:
        if blocks is None:
            watch.put(_RELOAD)
            return
        beside = [*_fresh_lease(watch, found), *_fresh_card(watch, found)]
        if blocks or beside:
            watch.put(chunk([*blocks, *beside], stamp), stamp)

    # --- queues

    async def _show_queues(self) -> None:
        while True:
            await self._queues.wait()
            self._queues.clear()
            looking = [watch for watch in self._watches if watch.query is not None]
            if looking:
                await self._spread_queues({watch: Scope.of(watch) for watch in looking})
            await asyncio.sleep(self._pace.digest)

    async def _spread_queues(self, looking: dict[Watch, Scope]) -> None:
        now, scopes = self._clock(), set(looking.values())
        try:
            found, owned = await self._database.read(lambda t: read_queues(t, scopes, self._views, now))
        except Exception:
            self._queues.set()
            raise
        shared = {scope: queue_block(one.html, one.waiting, one.unowned) for scope, one in found.items()}
        for watch, scope in looking.items():
            mine = owned.get(watch.signed_in.staff.id, 0)
            shown = hash((found[scope].mark, mine))
            if shown != watch.digest_of and not watch.is_closed:
                watch.digest_of = shown
                watch.put_digest(for_owner(shared[scope], mine))

    # --- what happens by itself

    async def _sweep(self) -> None:
        """Other processes (the command line, a second machine) tell nobody here what they changed."""
        while True:
            await asyncio.sleep(self._pace.sweep)
            self._swept.update(self._conversations)
            self._news.set()
            self._queues.set()

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(self._pace.beat)
            for watch in self._watches:
                watch.beat(BEAT)
            await self._look(self._watches)

    async def _look_twice(self) -> None:
        while True:
            await self._doubt.wait()
            self._doubt.clear()
            doubted, self._doubts = self._doubts, set()
            await self._look(watch for watch in self._watches if watch.signed_in.staff.id in doubted)

    async def _look(self, watches: Iterable[Watch]) -> None:
        """Close the pages of those who are signed out, may not see this member any more, or may do other things now."""
        asked = {watch: (watch.signed_in.session.hash, watch.member_id) for watch in watches}
        if not asked:
            return
        now = self._clock()
        found = await self._database.read(lambda transaction: still_there(transaction, asked, now))
        for watch, viewer in found.items():
            if viewer is not None and _is_same(viewer, watch.signed_in):
                watch.signed_in = viewer
            else:
                _send_away(watch)


def _is_same(viewer: SignedIn, before: SignedIn) -> bool:
    """Whether they may do and see what they could when the page was made."""
    return (viewer.staff.role, viewer.staff.markets) == (before.staff.role, before.staff.markets)


def _send_away(watch: Watch) -> None:
    """The page is loaded again, which shows what they may see now."""
    if not watch.is_closed:
        watch.put(_BYE)
        watch.close()


async def _kept(loop: Callable[[], Awaitable[None]]) -> None:
    """Run one of the hub's loops for good: what fails is written down and tried again."""
    while True:
        try:
            await loop()
        except StorageError as error:
            _log.warning("the desk could not read", why=type(error).__name__)
        except Exception:
            _log.exception("the desk's hub failed")
        await asyncio.sleep(_AGAIN)


def _drawn(found: Found, entries: Iterable[Entry], audience: Audience) -> list[bytes]:
    """Ids go as text: they are longer than a number may be in a browser."""
    return [block("entry", {"id": str(entry.id), "html": found.html[entry.id, audience]}) for entry in entries]


def _fresh_lease(watch: Watch, found: Found) -> list[bytes]:
    drawn = found.leases.get(watch.signed_in.session.hash)
    if drawn is None or not _is_new(watch, "lease", drawn[1]):
        return []
    lease = drawn[0]
    return [block("lease", {"version": lease.version, "mine": lease.mine, "html": lease.html})]


def _fresh_card(watch: Watch, found: Found) -> list[bytes]:
    drawn = found.cards.get(watch.signed_in.session.hash)
    if drawn is None or not _is_new(watch, "card", drawn[1]):
        return []
    return [block("card", {"html": drawn[0]})]


def _is_new(watch: Watch, what: str, shown: int) -> bool:
    if watch.shown.get(what) == shown:
        return False
    watch.shown[what] = shown
    return True
