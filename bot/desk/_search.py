"""Search: members by whatever they are known by, and messages of the last ninety days by their words."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field

import phonenumbers
from starlette.responses import Response

from bot.desk._call import Call, Refused
from bot.desk._context import DeskContext
from bot.desk._roles import markets_of
from bot.desk._routes import DeskRoute, Permission
from bot.desk._words import N_
from bot.message import decode
from storage import members, timeline
from storage.database import Transaction
from storage.ids import first_at
from storage.members import MemberRow, Wanted
from storage.timeline import Found

DAYS = 90
_DAY = 24 * 3_600 * 1_000_000
_MOST_MEMBERS, _MOST_MESSAGES = 25, 25
_PAGE, _MOST_PAGES = 100, 10
"""How much of what staff wrote is read for the hits: the words may be in how it is kept, not in what was said."""
MOST_SEARCHES = 20
_MINUTE = 60_000_000
_OFTEN = N_("You searched very often. Wait a minute.")
_SHORTEST, _LONGEST = 2, 100
_AROUND = 60
_LARGEST_ID = 2**63


@dataclass(frozen=True, slots=True)
class Hit:
    """A message that holds the words: what stands before them, they themselves, and what follows."""

    member_id: int
    name: str
    market: str
    entry_id: int
    at: int
    before: str
    words: str
    after: str


@dataclass(frozen=True, slots=True)
class Results:
    """What was found."""

    people: tuple[MemberRow, ...] = ()
    hits: tuple[Hit, ...] = ()


def wanted(text: str, regions: Iterable[str]) -> Wanted:
    """What somebody may mean with these words; `regions`: whose numbers may stand without their country code."""
    spelled = dict.fromkeys((text, text.lower(), text.upper(), text.title()))
    number = int(text) if text.isascii() and text.isdigit() and int(text) < _LARGEST_ID else -1
    return Wanted(tuple(spelled), tuple(_phones(text, regions)), number, text)


def _phones(text: str, regions: Iterable[str]) -> list[str]:
    """Every number that these digits are, with a country code or as people of a region write it."""
    if sum(one.isdigit() for one in text) < 5:
        return []
    found: dict[str, None] = {}
    for region in (None, *regions):
        try:
            number = phonenumbers.parse(text, region)
        except phonenumbers.NumberParseException:
            continue
        found[phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)] = None
    return list(found)


def search(desk: DeskContext, transaction: Transaction, text: str, markets: tuple[str, ...], now: int) -> Results:
    """Members and messages of these markets (empty: all)."""
    rules = desk.world.programme.markets
    regions = sorted({rules[name].country or name for name in rules if not markets or name in markets})
    people = members.search(transaction, wanted(text, regions), markets, most=_MOST_MEMBERS)
    since = first_at(now - DAYS * _DAY)
    heard = timeline.search_heard(transaction, text, markets, since_id=since, most=_MOST_MESSAGES)
    hits = [hit for one in heard if (hit := _hit(one, one.body, text)) is not None]
    hits += _said(transaction, text, markets, since)
    hits.sort(key=lambda hit: -hit.entry_id)
    return Results(tuple(people), tuple(hits[:_MOST_MESSAGES]))


def _said(transaction: Transaction, text: str, markets: tuple[str, ...], since: int) -> list[Hit]:
    """What staff wrote that holds these words."""
    hits: list[Hit] = []
    before: int | None = None
    for _ in range(_MOST_PAGES):
        found = timeline.search_said(transaction, text, markets, since_id=since, before=before, most=_PAGE)
        hits += [hit for one in found if (hit := _hit(one, decode(one.body).text.body, text)) is not None]
        if len(found) < _PAGE or len(hits) >= _MOST_MESSAGES:
            break
        before = found[-1].entry_id
    return hits


def _hit(found: Found, body: str, text: str) -> Hit | None:
    place = body.lower().find(text.lower())
    if place < 0:
        return None
    end = place + len(text)
    return Hit(
        found.member_id,
        found.name or "",
        found.market,
        found.entry_id,
        found.at,
        ("…" if place > _AROUND else "") + body[max(0, place - _AROUND) : place],
        body[place:end],
        body[end : end + _AROUND] + ("…" if len(body) > end + _AROUND else ""),
    )


@dataclass(slots=True)
class Often:
    """Who searched lately: a search reads much, so nobody gets more than some a minute."""

    _at: dict[int, deque[int]] = field(default_factory=dict)

    def wait(self, staff_id: int, now: int) -> int:
        """Count a search; how many seconds to wait before one is made, 0 if this one is."""
        lately = self._at.setdefault(staff_id, deque())
        while lately and not now - _MINUTE < lately[0] <= now:
            lately.popleft()
        if len(lately) >= MOST_SEARCHES:
            return -(-(lately[0] + _MINUTE - now) // 1_000_000)
        lately.append(now)
        return 0


def routes(desk: DeskContext) -> list[DeskRoute]:
    """The page. One search at a time: a message is found by reading all, and others read too."""
    often, turn = Often(), asyncio.Semaphore(1)

    async def show(call: Call) -> Response:
        text = " ".join(call.query.get("q", "")[:_LONGEST].replace("\0", "").split())
        results: Results | None = None
        if len(text) >= _SHORTEST:
            markets = markets_of(call.staff)
            if wait := often.wait(call.staff.id, call.now):
                raise Refused(429, call.gettext(_OFTEN), {"retry-after": str(wait)})
            async with turn:
                results = await desk.database.read(lambda t: search(desk, t, text, markets, call.now))
            await call.audit("searched", members=len(results.people), messages=len(results.hits))
        response: Response = call.render("search.html", q=text, results=results, shortest=_SHORTEST, days=DAYS)
        return response

    return [DeskRoute("GET", "/search", Permission.READ, show)]
