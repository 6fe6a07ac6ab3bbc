"""What the hub reads, each time everything in one go: conversations that changed, queues, and who is still signed in.

Plain functions of a transaction, run on a reader's thread. They decide nothing about pages: the hub gives them what is
asked and spreads what they found.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

import structlog
from jinja2 import TemplateError

from bot.desk._hub_watch import Watch
from bot.desk._roles import Permission, allows, markets_of, sees
from bot.desk._sessions import IDLE, LIFE, SignedIn
from bot.desk._sse import Stamp
from storage import caseload, cases, staff, timeline
from storage.caseload import Kept
from storage.cases import CaseRow
from storage.database import Transaction
from storage.timeline import Entry

MOST_MISSED = 500
"""Who missed more entries loads the page again."""
_log = structlog.get_logger()
_PASSING = (("<time", ">", "</time>"), ("data-until=", ">", "<"), ('name="key"', '="', '"'))
"""Where something stands that passes: how its tag begins, what is before it, what follows it."""


class Lease(NamedTuple):
    """Who has the conversation, as one member of staff sees it. `mine`: they may write."""

    html: str
    version: int
    mine: bool


class Audience(NamedTuple):
    """Readers who see the same."""

    locale: str
    may_reply: bool

    @classmethod
    def of(cls, watch: Watch) -> Audience:
        """To whom this page belongs."""
        staff = watch.signed_in.staff
        return cls(staff.locale, allows(staff.role, Permission.REPLY))


class Views(Protocol):
    """How things look. `entries` and `queue` are shared by many readers: no CSRF token is in them."""

    def entries(
        self, transaction: Transaction, member_id: int, entries: Sequence[Entry], audience: Audience
    ) -> Sequence[str]: ...

    def lease(self, transaction: Transaction, member_id: int, viewer: SignedIn, now: int) -> Lease: ...

    def card(self, transaction: Transaction, member_id: int, viewer: SignedIn, now: int) -> str: ...

    def queue(self, transaction: Transaction, query: str, markets: tuple[str, ...], locale: str, now: int) -> str: ...


@dataclass(frozen=True, slots=True)
class Ask:
    """What is to be read of one conversation. `since` None: nobody follows it yet."""

    member_id: int
    since: Stamp | None
    seen: Mapping[int, int]
    """Entries that followers have, as id -> `mark`."""
    case: CaseRow | None
    audiences: Collection[Audience]
    joining: Mapping[Watch, Stamp]
    viewers: Collection[SignedIn]
    """For whom the lease is drawn."""
    cards: Collection[SignedIn]
    is_sweep: bool
    """Nobody said that anything changed: the lease and the card are drawn only if something did."""


@dataclass(slots=True)
class Found:
    """What was read of one conversation. None for entries: too many, load the page again."""

    ask: Ask
    newest: int = 0
    entries: list[Entry] | None = None
    joined: dict[Watch, list[Entry] | None] = field(default_factory=dict)
    html: dict[tuple[int, Audience], str] = field(default_factory=dict)
    """(entry, audience) -> how it looks."""
    marks: dict[int, int] = field(default_factory=dict)
    case: CaseRow | None = None
    leases: dict[str, tuple[Lease, int]] = field(default_factory=dict)
    """By the session of who sees it; with a hash of what lasts of it."""
    cards: dict[str, tuple[str, int]] = field(default_factory=dict)
    barred: frozenset[str] = frozenset()
    """Sessions of those who may not see this member any more."""
    is_gone: bool = False
    """There is no such member, or somebody else took over everything of theirs: the page is loaded again."""


def lasting(html: str) -> str:
    """What is left without times that pass by themselves (the page counts on) and keys that are new every time."""
    for begin, before, end in _PASSING:
        first, *others = html.split(begin)
        html = begin.join([first, *(_without(one, before, end) for one in others)])
    return html


def _without(text: str, before: str, end: str) -> str:
    head, _, rest = text.partition(before)
    return head + rest[rest.find(end) :]


def mark(entry: Entry) -> int:
    """What of an entry can change."""
    return hash((entry.status, entry.error, entry.body))


def read_all(transaction: Transaction, asks: Sequence[Ask], views: Views, now: int) -> list[Found]:
    """Every conversation that was asked for, in one snapshot. One that fails is left out; the sweep tries it again."""
    found = []
    for ask in asks:
        try:
            found.append(_read(transaction, ask, views, now))
        except (LookupError, TypeError, ValueError, AttributeError, TemplateError):
            _log.exception("a conversation could not be shown", member=ask.member_id)
    return found


def _read(transaction: Transaction, ask: Ask, views: Views, now: int) -> Found:
    kept = caseload.kept_of(transaction, ask.member_id)
    if kept is None or kept.member_id != ask.member_id:
        return Found(ask, is_gone=True)
    found = Found(ask, case=cases.latest(transaction, ask.member_id))
    found.barred = frozenset(one.session.hash for one in ask.viewers if not _sees_all(one, kept.markets))
    if ask.since is not None:
        entries = _since(transaction, ask.member_id, ask.since, found)
        found.entries = None if entries is None else [one for one in entries if ask.seen.get(one.id) != mark(one)]
        _draw(transaction, found, views, found.entries or (), ask.audiences)
    for watch, stamp in ask.joining.items():
        found.joined[watch] = entries = _since(transaction, ask.member_id, stamp, found)
        _draw(transaction, found, views, entries or (), (Audience.of(watch),))
    quiet = ask.is_sweep and not ask.joining and not found.entries and found.case == ask.case
    if not quiet:
        _draw_beside(transaction, found, views, now)
    return found


def _since(transaction: Transaction, member_id: int, stamp: Stamp, found: Found) -> list[Entry] | None:
    entries = timeline.since(transaction, member_id, after=stamp.after, changed=stamp.changed, most=MOST_MISSED + 1)
    found.newest = max(found.newest, stamp.after, *(entry.id for entry in entries[-1:]))
    found.marks.update((entry.id, mark(entry)) for entry in entries)
    return entries if len(entries) <= MOST_MISSED else None


def _draw(
    transaction: Transaction, found: Found, views: Views, entries: Sequence[Entry], audiences: Collection[Audience]
) -> None:
    """Each entry once for each audience, whoever of it asked."""
    for audience in audiences:
        fresh = [entry for entry in entries if (entry.id, audience) not in found.html]
        if fresh:
            drawn = views.entries(transaction, found.ask.member_id, fresh, audience)
            found.html.update(((entry.id, audience), html) for entry, html in zip(fresh, drawn, strict=True))


def _draw_beside(transaction: Transaction, found: Found, views: Views, now: int) -> None:
    member_id = found.ask.member_id
    for viewer in found.ask.viewers:
        if viewer.session.hash in found.barred:
            continue
        lease = views.lease(transaction, member_id, viewer, now)
        found.leases[viewer.session.hash] = lease, hash((lasting(lease.html), *lease[1:]))
    for viewer in found.ask.cards:
        if viewer.session.hash in found.barred:
            continue
        card = views.card(transaction, member_id, viewer, now)
        found.cards[viewer.session.hash] = card, hash(lasting(card))


class Scope(NamedTuple):
    """A queue that is looked at: the filter, the markets of who looks, and their language."""

    query: str
    markets: tuple[str, ...]
    locale: str

    @classmethod
    def of(cls, watch: Watch) -> Scope:
        """What this page looks at."""
        return cls(watch.query or "", markets_of(watch.signed_in.staff), watch.signed_in.staff.locale)


class Digest(NamedTuple):
    """A queue as it is."""

    html: str
    waiting: int
    unowned: int
    mark: int
    """A hash of what lasts of it."""


def read_queues(
    transaction: Transaction, scopes: Collection[Scope], views: Views, now: int
) -> tuple[dict[Scope, Digest], dict[int, int]]:
    """Every queue once, however many look at it; and how many open cases each member of staff has."""
    found = {}
    for scope in scopes:
        counts = cases.counts(transaction, scope.markets, 0)
        html = views.queue(transaction, scope.query, scope.markets, scope.locale, now)
        shown = hash((lasting(html), counts.waiting, counts.unowned))
        found[scope] = Digest(html, counts.waiting, counts.unowned, shown)
    return found, caseload.by_owner(transaction)


def still_there(
    transaction: Transaction, watches: Mapping[Watch, tuple[str, int | None]], now: int
) -> dict[Watch, SignedIn | None]:
    """Of pages, each with its session and member: who may go on looking, as they are now."""
    people: dict[str, SignedIn | None] = {}
    kept: dict[int, Kept | None] = {}
    found: dict[Watch, SignedIn | None] = {}
    for watch, (session, member_id) in watches.items():
        if session not in people:
            row = staff.session(transaction, session, born=now - LIFE, seen=now - IDLE)
            people[session] = SignedIn(row[1], row[0]) if row is not None else None
        if member_id is not None and member_id not in kept:
            kept[member_id] = caseload.kept_of(transaction, member_id)
        found[watch] = _admitted(people[session], kept[member_id] if member_id is not None else None, member_id)
    return found


def _admitted(viewer: SignedIn | None, kept: Kept | None, member_id: int | None) -> SignedIn | None:
    if viewer is None or not allows(viewer.staff.role, Permission.READ):
        return None
    if member_id is None:
        return viewer
    if kept is None or kept.member_id != member_id or not _sees_all(viewer, kept.markets):
        return None
    return viewer


def _sees_all(viewer: SignedIn, markets: Collection[str]) -> bool:
    return all(sees(viewer.staff, market) for market in markets)
