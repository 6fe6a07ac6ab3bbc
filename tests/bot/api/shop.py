"""A shop for the API's tests: members, their cards and points on a real database, and tills with keys of their own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from typing import Any, TypeVar

import httpx

from bot.api import SCOPES, Grant, build_api, make_key
from loyalty import carding, couponing, identifying
from loyalty.work import Work
from storage import ledger, members
from storage.database import Database, Transaction
from storage.ledger import Earning
from storage.members import MemberRow
from tests.builders import Clock, add_person, query, world

Result = TypeVar("Result")
_numbers = count(1)


@dataclass
class Till:
    """Somebody with a key. Each POST gets an idempotency key of its own unless one is given."""

    browser: httpx.AsyncClient
    key: str
    key_id: int

    async def get(self, path: str, **query_values: Any) -> httpx.Response:
        return await self.browser.get(path, params=query_values, headers=self._headers())

    async def post(self, path: str, row: Any = None, *, idempotency: str | None = None) -> httpx.Response:
        headers = {**self._headers(), "idempotency-key": idempotency or f"k{next(_numbers)}"}
        if row is None:
            return await self.browser.post(path, headers=headers)
        return await self.browser.post(path, json=row, headers=headers)

    async def good(self, path: str, row: Any = None, **more: Any) -> Any:
        answer = await self.post(path, row, **more)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def seen(self, path: str, **query_values: Any) -> Any:
        answer = await self.get(path, **query_values)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def _headers(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self.key}"}


@dataclass
class Shop:
    """The API over a database, and what happens outside of it."""

    database: Database
    clock: Clock = field(default_factory=Clock)

    def __post_init__(self) -> None:
        self.api = build_api(self.database, world(), self.clock)
        transport = httpx.ASGITransport(self.api, raise_app_exceptions=False)
        self.browser = httpx.AsyncClient(transport=transport, base_url="http://shop.test/v1")

    async def till(self, *scopes: str, market: str | None = None) -> Till:
        """A till with a new key; with every scope when none is named."""
        grant = Grant(f"till-{next(_numbers)}", frozenset(scopes or SCOPES), market)
        key_id, key = await self.database.write(lambda t: make_key(t, world().keyring, grant, self.clock()))
        return Till(self.browser, key, key_id)

    def work(self, transaction: Transaction) -> Work:
        return Work(transaction, world().programme, world().keyring, self.clock())

    async def does(self, act: Callable[[Work], Result]) -> Result:
        return await self.database.write(lambda transaction: act(self.work(transaction)))

    async def member(self, points: int = 0, **fields: Any) -> str:
        """A member of Italy with this many points; their id as the API writes it."""

        def act(work: Work) -> str:
            fresh = add_person(work.transaction, "whatsapp", f"+39{next(_numbers)}", **fields)
            if points:
                self._earn(work, fresh, points)
            return str(fresh)

        return await self.does(act)

    def _earn(self, work: Work, member_id: int, points: int) -> None:
        earning = Earning(f"gift:{next(_numbers)}", member_id, points, "goodwill", "test", work.now, None)
        ledger.earn(work.transaction, earning, work.now)

    async def shows(self, member_id: str) -> identifying.Card:
        """What the member holds out at the till."""
        return await self.does(lambda work: identifying.show(work, self.row(work, member_id)))

    async def card(self, member_id: str) -> str:
        return await self.does(lambda work: carding.give_card(work, int(member_id)))

    async def coupon(self, member_id: str, kind: str = "five_euro") -> str:
        """The code of a new coupon."""

        def act(work: Work) -> str:
            issued = couponing.issue(work, self.row(work, member_id), kind, f"coupon:{next(_numbers)}")
            assert issued is not None
            return issued.code

        return await self.does(act)

    def row(self, work: Work, member_id: str) -> MemberRow:
        found = members.get(work.transaction, int(member_id))
        assert found is not None
        return found

    async def rows(self, words: str) -> list[tuple[Any, ...]]:
        statement = query(words)
        return await self.database.read(lambda transaction: transaction.all(statement))


def order(order_id: str, whom: dict[str, str], total: int = 2_590, **more: Any) -> dict[str, Any]:
    """An order in euros."""
    return {"order_id": order_id, "whom": whom, "currency": "EUR", "total": total, **more}


def kind_of(answer: httpx.Response) -> str:
    """The kind of a problem, which must be a full one."""
    body = answer.json()
    assert answer.headers["content-type"] == "application/problem+json"
    assert body["status"] == answer.status_code
    return str(body["type"].removeprefix("urn:bentornato:problem:"))
