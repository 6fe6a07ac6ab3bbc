"""A shop behind a real server on loopback, with members, orders, coupons and rewards that can be found."""

from __future__ import annotations

import asyncio
import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from schemathesis import Case, Response
from schemathesis.checks import positive_data_acceptance

from bot.api._failures import Failures
from storage.database import Database
from tests.bot.api.shop import Shop, Till, order

PHONE = "+393331234567"
_LEFT_OUT = [positive_data_acceptance]
"""A market's rules and the world's phone numbers are more than a schema says: 422 is for them too."""


@dataclass
class Served:
    """Where the shop is served, a key for everything, and what can be found: values by the name of their field."""

    url: str = ""
    key: str = ""
    known: dict[str, list[Any]] = field(default_factory=dict)
    shop: Shop | None = None
    statuses: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    """Which answers each operation gave."""

    def asked(self, case: Case) -> Response:
        """The answer to a generated request, held against the document."""
        headers = {"Authorization": f"Bearer {self.key}"}
        answer = case.call_and_validate(base_url=self.url, headers=headers, excluded_checks=_LEFT_OUT)
        self.statuses[case.operation.label].add(answer.status_code)
        return answer

    def forgive(self) -> None:
        """Forget wrong codes, so that the limit does not hide what lies behind."""
        assert self.shop is not None
        self.shop.api.state.door.failures = Failures()


async def furnish(shop: Shop, till: Till) -> dict[str, list[Any]]:
    """Members with points, orders in every state, coupons, rewards and payments."""
    anna, bruno = await shop.member(5_000_000, phone=PHONE, name="Anna"), await shop.member(600)
    proof = (await till.good("/lookups", {"qr": (await shop.shows(anna)).qr}))["proof"]
    kinds: list[tuple[str, dict[str, bool]]] = [
        (anna, {}),
        (anna, {"paid": False}),
        (bruno, {}),
        (anna, {"test": True}),
    ]
    for number, (member, more) in enumerate(kinds):
        await till.good("/purchases", order(f"o-{number}", {"id": member}, 100_000, **more))
    await till.good("/purchases/o-2/cancel")
    cup = {"member_id": anna, "reward": "espresso_cup", "proof": proof}
    reserved = [await till.good("/redemptions", cup) for _ in range(12)]
    part = {"member_id": anna, "proof": proof, "order_id": "o-paid", "order_total": 100_000, "amount": 1_000}
    payments = [await till.good("/payments", part) for _ in range(12)]
    held = [await shop.coupon(anna) for _ in range(12)]
    for code in held:
        await till.good("/coupons/reserve", {"code": code, "order_id": "o-0", "basket": {"total": 5_000}})
    whom = [{"id": anna}, {"id": bruno}, {"phone": PHONE}, {"card": await shop.card(bruno)}]
    return {
        "member_id": [anna, bruno],
        "order_id": [f"o-{number}" for number in range(4)],
        "redemption_id": [one["id"] for one in reserved],
        "payment_id": [one["id"] for one in payments],
        "coupon": [*held, *[await shop.coupon(anna) for _ in range(8)]],
        "reward_code": [one["code"] for one in reserved],
        "proof": [proof],
        "whom": whom,
        "currency": ["EUR"],
        "market": ["IT"],
        "card": ["coffee"],
        "kind": ["five_euro", "ten_off"],
        "reward": ["espresso_cup", "tote", "gold_evening"],
        "unit": ["points"],
        "order_total": [100_000],
        "amount": [600],
        "total": [5_000],
        **{name: [0] for name in ("shipping", "tax", "redeemed")},
    }


@contextmanager
def served(url: str) -> Iterator[Served]:
    """The shop over this database, for as long as the block lasts, on a loop of its own."""
    found, ready = Served(), threading.Event()
    stops: list[uvicorn.Server] = []

    def serve() -> None:
        try:
            asyncio.run(_serve(url, found, ready, stops))
        finally:
            ready.set()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    assert ready.wait(30)
    assert found.url, "the shop did not open"
    try:
        yield found
    finally:
        stops[0].should_exit = True
        thread.join(30)


async def _serve(url: str, found: Served, ready: threading.Event, stops: list[uvicorn.Server]) -> None:
    database = Database(url)
    shop = Shop(database)
    till = await shop.till()
    found.shop, found.key, found.known = shop, till.key, await furnish(shop, till)
    server = uvicorn.Server(uvicorn.Config(shop.api, port=0, log_level="error", lifespan="off"))
    stops.append(server)
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    found.url = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    ready.set()
    await serving
    await shop.browser.aclose()
    await database.close()
