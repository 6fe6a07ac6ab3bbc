"""The demo's till: a key of its own, and the HTTP API as any shop would call it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from aiohttp import ClientSession

from bot.api import SCOPES, Grant, make_key
from bot.commands._demo_stage import Person, Stage

_TELLING = ("reason", "type", "result", "grade", "state")


@dataclass(frozen=True, slots=True)
class Reply:
    """What the API answered; `is_repeated`: for the second time, to the same idempotency key."""

    status: int
    body: Mapping[str, Any]
    is_repeated: bool

    @property
    def word(self) -> str:
        """What it came to, or why not, in the API's own word."""
        return next((str(self.body[name]) for name in _TELLING if self.body.get(name)), "")


@dataclass(slots=True)
class Till:
    """Who sells: each request has an idempotency key of its own unless one is given."""

    stage: Stage
    http: ClientSession
    asked: int = 0

    async def post(self, path: str, row: Mapping[str, Any], *, key: str | None = None) -> Reply:
        """Ask for something, and print it in a line."""
        reply = await self._ask(path, row, key)
        again = " (as before)" if reply.is_repeated else ""
        self.tell(f"POST {_short(path)}: {reply.status} {reply.word}{again}".rstrip())
        return reply

    async def buys(self, person: Person, order_id: str, minor: int, currency: str) -> Reply:
        """Report a purchase of somebody by their phone, and show what they are told of it."""
        before = len(person.phone.heard())
        self.tell(f"{order_id}: {minor / 100:.2f} {currency}, {person.name}")
        row = {"order_id": order_id, "whom": {"phone": person.phone.address}, "currency": currency, "total": minor}
        reply = await self.post("/purchases", row)
        if reply.body.get("result") == "booked":
            await self.stage.until(lambda: len(person.phone.heard()) > before)
        await self.stage.quiet()
        self.stage.show(person, before)
        return reply

    async def holds(self, person: Person) -> tuple[int, int]:
        """Active and pending points of somebody, found by their phone."""
        found = await self._ask("/lookups", {"phone": person.phone.address}, None)
        async with self.http.get(f"/api/v1/members/{found.body['member']['id']}/wallets") as answer:
            wallets = (await answer.json())["wallets"]
        points = next((one for one in wallets if one["unit"] == "points"), {"active": 0, "pending": 0})
        return points["active"], points["pending"]

    async def _ask(self, path: str, row: Mapping[str, Any], key: str | None) -> Reply:
        self.asked += 1
        headers = {"Idempotency-Key": key or f"demo-{self.asked}"}
        async with self.http.post(f"/api/v1{path}", json=row, headers=headers) as answer:
            return Reply(answer.status, await answer.json(content_type=None), "Idempotency-Replayed" in answer.headers)

    def tell(self, text: str) -> None:
        """A line of the till's own."""
        self.stage.console.print(f"  [dim]{'till':<20}[/] [magenta]·[/] ", end="")
        self.stage.console.print(text, markup=False, highlight=False)


@asynccontextmanager
async def open_till(stage: Stage) -> AsyncIterator[Till]:
    """A till with a new key, as `bentornato keys add` makes it."""
    grant = Grant("demo-till", frozenset(SCOPES))
    keyring, now = stage.app.world.keyring, stage.clock.microseconds()
    _, key = await stage.app.database.write(lambda transaction: make_key(transaction, keyring, grant, now))
    async with ClientSession(stage.url, headers={"Authorization": f"Bearer {key}"}) as http:
        yield Till(stage, http)


def _short(path: str) -> str:
    """The path without the long ids in it."""
    return "/".join("…" if part.isdigit() else part for part in path.split("/"))
