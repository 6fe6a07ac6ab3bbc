"""The whole desk over a real database: members who write, staff who sit at it, and what their browsers do."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import count
from typing import Any

import httpx
import orjson

from bot import takeover
from bot.channels import Fetched, MediaGone
from bot.channels.simulator import Simulator
from bot.desk._build import build_desk
from bot.desk._context import DeskContext
from bot.handlers import World
from bot.limits import BY_CHANNEL
from bot.message import Media, Outbound, Text, encode
from bot.takeover import Lease
from loyalty.support import DeskRules
from storage import cases, ledger, messages, people
from storage.cases import CaseRow
from storage.database import Transaction
from storage.ledger import Earning
from storage.statement import Statement, insert_all
from storage.tables import Inbox
from tests.bot.desk.office import WORDS, Browser, Office
from tests.builders import MINUTE, add_person, outbox_row, query, settings, world

NASTY = "<script>alert(1)</script>\"'<img src=x onerror=y>"
FETCH = {"x_desk": "fetch"}
_ADD = Statement(insert_all(Inbox))
_numbers = count(1)
_CHANNELS = ("whatsapp", "sms", "telegram")
_IN_ITALIAN = "Ciao {name}, {points} punti, {tier}: {staff} {contact}"
_LATE = {"name": "late", "title": {"en": "A late order", "it": "Un ordine in ritardo"}}
DESK: dict[str, Any] = {
    "canned": [
        {
            "name": "hello",
            "title": {"en": "Hello", "it": "Saluto"},
            "text": {"en": "Hi {name}", "it": "Ciao {name}, {points} punti, {tier}: {staff} {contact}"},
        },
        {"name": "nasty", "title": NASTY, "text": NASTY},
    ],
    "labels": ["vip", "shipping"],
    "goodwill": {
        "limits": {"agent": 100, "supervisor": 500},
        "reasons": [_LATE],
    },
    "templates": ["birthday", "occasion"],
}


@lru_cache
def the_world() -> World:
    rules = DeskRules.model_validate(DESK)
    programme = world().programme
    templates = {"birthday": {"it": "HX" + "0" * 32}}
    italy = programme.markets["IT"].model_copy(update={"sms_price": 7})
    changed = {"desk": rules, "templates": templates, "markets": {**programme.markets, "IT": italy}}
    return replace(
        world(), programme=programme.model_copy(update=changed), settings=settings(public_url="https://desk.test")
    )


class Provider(Simulator):
    """A channel whose files are at hand."""

    at_hand: dict[str, Fetched]

    def limits_for(self, address: str) -> Any:
        return BY_CHANNEL[self.name]

    async def fetch(self, media: Media, *, most: int) -> Fetched:
        found = self.at_hand.get(media.url or "")
        if found is None:
            raise MediaGone("gone")
        return found


def provider(name: str) -> Provider:
    made = Provider()
    made.name = name
    made.at_hand = {}
    return made


@dataclass
class Front(Office):
    """An office with every page, and members."""

    channels: dict[str, Provider] = field(
        default_factory=lambda: {n: provider(n) for n in ("whatsapp", "sms", "telegram")}
    )

    def __post_init__(self) -> None:
        here = the_world()
        self.context = DeskContext(self.database, here, self.channels, here.settings, self.clock, hub=None, words=WORDS)
        self.app = build_desk(self.context)
        self.lease = Lease.of(here.programme)

    async def does(self, work: Any) -> Any:
        return await self.database.write(work)

    async def member(self, channel: str = "whatsapp", **fields: Any) -> int:
        """Somebody who wrote a minute ago."""
        fields.setdefault("name", "Anna")
        value = fields.pop("value", f"+39333000{next(_numbers):04d}")
        inbound = fields.pop("inbound", self.clock() - MINUTE)
        found = await self.does(lambda t: add_person(t, channel, value, inbound=inbound, **fields))
        return int(found)

    async def hears(
        self, member_id: int, words: str | None, kind: str = "text", raw: bytes = b"raw", channel: str = "whatsapp"
    ) -> int:
        """The member writes; the id of their message."""

        def act(t: Transaction) -> int:
            row = {"id": t.ids.new(), "channel": channel, "provider_id": f"f{next(_numbers)}", "address_id": member_id}
            row |= {"kind": kind, "raw": raw, "words": words, "status": "done", "error": None}
            t.run(_ADD, **row, received_at=self.clock())
            t.touch(cases.TOPIC, member_id)
            return int(row["id"])

        return await self.does(act)

    async def waits(
        self, member_id: int, channel: str = "whatsapp", market: str = "IT", reason: Any = "asked"
    ) -> CaseRow:
        """They asked for a person."""
        place = (channel, member_id, market)
        return await self.does(
            lambda t: takeover.hand_over(t, self.lease, member_id, reason, place=place, now=self.clock())
        )

    async def says(self, member_id: int, words: str = "Ciao", **fields: Any) -> int:
        """The bot (or `author_id`) wrote; the id of the row."""
        message = fields.pop("message", Outbound(Text(words)))

        def act(t: Transaction) -> int:
            row = outbox_row(t, member_id, encode(message), self.clock(), **{"author_id": None, **fields})
            messages.add_outbox(t, [row])
            return int(row["id"])

        return await self.does(act)

    async def earns(self, member_id: int, points: int) -> None:
        earning = Earning(f"e{next(_numbers)}", member_id, points, "purchase", "order-1", self.clock(), None)
        await self.does(lambda t: ledger.earn(t, earning, self.clock()))

    async def case(self, member_id: int) -> CaseRow:
        found = await self.database.read(lambda t: cases.latest(t, member_id))
        assert found is not None
        return found

    async def taken(self, browser: Browser, member_id: int) -> CaseRow:
        """This person has the conversation."""
        assert browser.staff is not None
        staff_id = browser.staff.id
        case = await self.database.read(lambda t: cases.unresolved(t, member_id))
        version = case.version if case is not None else None
        return await self.does(
            lambda t: takeover.take(t, self.lease, member_id, staff_id, version=version, now=self.clock())
        )

    async def opt_out(self, member_id: int) -> None:
        await self.does(lambda t: people.set_opted_out(t, member_id, True))

    async def run(self, words: str) -> None:
        statement = query(words)
        await self.does(lambda t: t.run(statement))

    async def count(self, table: str) -> int:
        return int((await self.rows(f"select count(*) from {table}"))[0][0])


async def act(browser: Browser, member_id: int, name: str, case: CaseRow | None = None, **form: Any) -> httpx.Response:
    """A POST as our script makes it."""
    version = {"version": str(case.version)} if case is not None else {}
    form.setdefault("key", f"k{next(_numbers)}")
    return await browser.post(f"/members/{member_id}/{name}", {**version, **form}, **FETCH)


def error_of(answer: httpx.Response) -> str:
    return str(orjson.loads(answer.content)["error"])
