"""The queue: who waits for a person, the longest first, as filtered, a page at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

import orjson
from babel import Locale
from starlette.responses import Response

from bot.desk._call import Call
from bot.desk._context import PREFIX, DeskContext
from bot.desk._names import Names
from bot.desk._nav import home
from bot.desk._reasons import CHANNELS, PRIORITIES, REASONS, STATUSES
from bot.desk._roles import Permission, markets_of
from bot.desk._routes import SIGNED_IN, DeskRoute
from bot.desk._words import N_, Voice
from storage import cases
from storage.cases import Counts, Filter, QueueRow
from storage.database import Transaction
from storage.staff import StaffRow

PAGE = 30
"""Cases on a page."""
_MOST_PAGES = 10_000
_STATUSES: Mapping[str, tuple[str, ...]] = {
    "open": ("open",),
    "snoozed": ("snoozed",),
    "pending": ("pending",),
    "resolved": ("resolved",),
    "any": ("open", "snoozed", "pending"),
}
_STATUS_WORDS: Mapping[str, str] = {
    "open": N_("waiting and open"),
    "snoozed": STATUSES["snoozed"],
    "pending": STATUSES["pending"],
    "resolved": STATUSES["resolved"],
    "any": N_("all that is not resolved"),
}
_OWNERS: Mapping[str, str] = {"any": N_("anybody's"), "me": N_("mine"), "none": N_("nobody's")}
_NOBODY = ("-",)
"""A list of markets that has no case: an empty one would mean all."""


@dataclass(frozen=True, slots=True)
class Asked:
    """The filter as it stands in the address."""

    market: str = ""
    locale: str = ""
    channel: str = ""
    priority: str = ""
    owner: str = "any"
    status: str = "open"
    page: int = 1

    @classmethod
    def of(cls, query: Mapping[str, str]) -> Asked:
        """What makes no sense is as if it were not there."""
        page, owner, status = query.get("page", ""), query.get("owner", ""), query.get("status", "")
        priority = query.get("priority", "")
        return cls(
            market=query.get("market", "")[:2],
            locale=query.get("locale", "")[:20],
            channel=query.get("channel", "") if query.get("channel", "") in CHANNELS else "",
            priority=priority if priority in ("0", "1", "2", "3") else "",
            owner=owner if owner in _OWNERS or _is_id(owner) else "any",
            status=status if status in _STATUSES else "open",
            page=min(int(page), _MOST_PAGES) if _is_id(page) and int(page) else 1,
        )

    def query(self, **changes: Any) -> str:
        """As part of an address; what is as usual is left out."""
        usual = Asked()
        values = {name: getattr(self, name) for name in Asked.__slots__} | changes
        return urlencode({name: value for name, value in values.items() if value != getattr(usual, name)})

    def for_anybody(self, staff_id: int) -> Asked:
        """The same, with whose `me` is said: an address that means the same to everybody."""
        return replace(self, owner=str(staff_id)) if self.owner == "me" else self

    def filter(self, markets: tuple[str, ...], me: int = 0) -> Filter:
        """The same for storage, within these markets (empty: all)."""
        owner = {"any": None, "none": 0, "me": me}
        return Filter(
            markets=_markets(self.market, markets),
            locale=self.locale or None,
            channel=self.channel or None,
            priority=int(self.priority) if self.priority else None,
            owner=owner[self.owner] if self.owner in owner else int(self.owner),
            statuses=_STATUSES[self.status],
        )


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 18


def _markets(wanted: str, seen: tuple[str, ...]) -> tuple[str, ...]:
    if not wanted:
        return seen
    return (wanted,) if not seen or wanted in seen else _NOBODY


@dataclass(frozen=True, slots=True)
class Line:
    """A case in the queue, ready for its template."""

    row: QueueRow
    name: str
    channel: str
    language: str
    owner: str
    status: str
    reason: str
    priority: str
    labels: tuple[str, ...]


def queue_fragment(
    rows: Sequence[QueueRow],
    voice: Voice,
    names: Mapping[int, str],
    *,
    now: int,
    query: str = "",
    here: int | None = None,
) -> str:
    """The `<li>`s of #cases. `query`: the filter, kept in the links. The same for everybody who asks for the same."""
    lines = [_line(row, voice, names) for row in rows]
    suffix = f"?{query}" if query else ""
    return voice.fragment("queue_items.html", lines=lines, now=now, root=PREFIX, suffix=suffix, here=here)


def _line(row: QueueRow, voice: Voice, names: Mapping[int, str]) -> Line:
    say = voice.say
    return Line(
        row=row,
        name=row.name or row.profile_name or say(N_("Without a name")),
        channel=say(CHANNELS.get(row.channel, row.channel)),
        language=language(row.locale, voice.locale),
        owner=names.get(row.owner_id, "?") if row.owner_id else "",
        status=say(STATUSES.get(row.status, row.status)),
        reason=say(REASONS.get(row.reason, row.reason)),
        priority=say(PRIORITIES[row.priority]) if row.priority in range(4) else "",
        labels=tuple(orjson.loads(row.labels)),
    )


def language(locale: str, reader: str) -> str:
    """What a locale is called in the reader's language."""
    try:
        return Locale.parse(locale.partition("@")[0]).get_display_name(reader) or locale
    except ValueError:
        return locale


def listed(transaction: Transaction, asked: Asked, markets: tuple[str, ...], me: int = 0) -> list[QueueRow]:
    """A page of the queue, and one case more if there is another page."""
    skip = (asked.page - 1) * PAGE
    return cases.queue(transaction, asked.filter(markets, me), most=PAGE + 1, skip=skip)


@dataclass(frozen=True, slots=True)
class QueueView:
    """The left side of the page."""

    asked: Asked
    shared: str
    """The filter as events name it."""
    items: str
    shown: int
    """How many cases."""
    counts: Counts
    has_more: bool
    markets: tuple[tuple[str, str], ...]
    languages: tuple[tuple[str, str], ...]
    owners: tuple[tuple[str, str], ...]
    statuses: tuple[tuple[str, str], ...]
    channels: tuple[tuple[str, str], ...]
    priorities: tuple[tuple[str, str], ...]


def queue_view(call: Call, transaction: Transaction, names: Names, here: int | None = None) -> QueueView:
    """The queue as the address asks for it, with what can be chosen."""
    asked, staff = Asked.of(call.query), call.staff
    markets = markets_of(staff)
    rows = listed(transaction, asked, markets, staff.id)
    known = names.known(transaction, call.now)
    query = asked.query()
    return QueueView(
        asked=asked,
        shared=asked.for_anybody(staff.id).query(),
        items=queue_fragment(rows[:PAGE], call.voice, known, now=call.now, query=query, here=here),
        shown=len(rows[:PAGE]),
        counts=cases.counts(transaction, markets, staff.id),
        has_more=len(rows) > PAGE,
        **_choices(call, names.people(transaction, call.now)),
    )


def _choices(call: Call, people: Sequence[StaffRow]) -> dict[str, Any]:
    desk, say = call.desk, call.voice.say
    colleagues = [(str(row.id), row.name) for row in people if row.disabled_at is None and row.id != call.staff.id]
    return {
        "markets": tuple((market, market) for market in sorted(desk.world.programme.markets) if call.sees(market)),
        "languages": tuple((name, language(name, call.voice.locale)) for name in desk.world.texts.locales),
        "owners": (*((key, say(words)) for key, words in _OWNERS.items()), *colleagues),
        "statuses": tuple((key, say(words)) for key, words in _STATUS_WORDS.items()),
        "channels": tuple((key, say(words)) for key, words in CHANNELS.items()),
        "priorities": tuple((str(place), say(words)) for place, words in enumerate(PRIORITIES)),
    }


def routes(desk: DeskContext) -> list[DeskRoute]:
    """The first page and the list alone."""
    names = Names()

    async def page(call: Call) -> Response:
        if not call.can(Permission.READ):
            return call.redirect(home(call.staff.role))
        view = await desk.database.read(lambda t: queue_view(call, t, names))
        await call.saw("queue_seen", cases=view.shown)
        response: Response = call.render("desk.html", queue=view, talk=None)
        return response

    async def items(call: Call) -> Response:
        view = await desk.database.read(lambda t: queue_view(call, t, names))
        await call.saw("queue_seen", cases=view.shown)
        return Response(view.items, media_type="text/html; charset=utf-8")

    return [
        DeskRoute("GET", "/", SIGNED_IN, page),
        DeskRoute("GET", "/queue", Permission.READ, items),
    ]
