"""What the API makes of requests that are wrong: a problem each, without a value of the request in it."""

import asyncio
from typing import Any

import httpx
import pytest

from bot.api._guard import MOST_BYTES, Guard
from tests.bot.api.shop import Shop, Till, kind_of, order

pytestmark = pytest.mark.asyncio
PHONE = "+393331234567"
GOOD = order("o-1", {"phone": PHONE}, market="IT")


async def raw(till: Till, content: bytes | None, **headers: str) -> httpx.Response:
    given = {"authorization": f"Bearer {till.key}", "idempotency-key": "k", "content-type": "application/json"}
    return await till.browser.post("/purchases", content=content, headers={**given, **headers})


@pytest.mark.parametrize(
    "changed",
    [
        {"total": True},
        {"total": 25.9},
        {"total": 25.0},
        {"total": "2590"},
        {"total": 0},
        {"total": -1},
        {"total": 10**14 + 1},
        {"total": 10**30},
        {"total": None},
        {"shipping": -1},
        {"test": 1},
        {"paid": "yes"},
        {"currency": "eur"},
        {"order_id": ""},
        {"order_id": "a/b"},
        {"order_id": "a\x00b"},
        {"order_id": "x" * 101},
        {"order_id": 7},
        {"payment": "a\x00b"},
        {"market": "it"},
        {"whom": {}},
        {"whom": {"phone": "0333 1234567"}},
        {"whom": {"phone": "+39"}},
        {"whom": {"phone": "+393331234567", "id": "1"}},
        {"whom": {"id": "01"}},
        {"whom": {"id": 1}},
        {"whom": "anna"},
        {"at": "yesterday"},
        {"at": 1772442000},
        {"at": "2026-03-02T10:00:00"},
        {"at": "1999-12-31T00:00:00Z"},
        {"at": "2026-03-03T09:00:01Z"},
        {"lines": [{"amount": 1, "quantity": 0}]},
        {"lines": [{"amount": 1, "price": 1}]},
        {"lines": [{"amount": 1}] * 201},
        {"colour": "red"},
    ],
    ids=str,
)
async def test_fields_are_taken_strictly(shop: Shop, changed: dict[str, Any]) -> None:
    till = await shop.till()
    answer = await till.post("/purchases", {**GOOD, **changed})
    assert (answer.status_code, kind_of(answer)) == (422, "invalid")
    assert answer.json()["errors"][0]["where"].startswith("body.")
    assert await shop.rows("select * from purchase") == []


async def test_an_order_against_the_markets_rules_is_refused_with_the_reason(shop: Shop) -> None:
    till = await shop.till()
    dollars = await till.post("/purchases", {**GOOD, "currency": "USD"})
    assert (kind_of(dollars), dollars.json()["detail"]) == ("not-possible", "The order is in USD, the market in EUR.")
    tax = await till.post("/purchases", {**GOOD, "tax": 9_999})
    assert tax.json()["detail"] == "The tax is larger than the total."


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"{", "malformed"),
        (b"\xff\xfe", "malformed"),
        (b'{"total": ' + b"9" * 5_000 + b"}", "malformed"),
        (b"[" * 30_000, "malformed"),
        (b'{"payment": "\\ud800"}', "invalid"),
        (b"[]", "invalid"),
        (b"null", "invalid"),
        (b"", "invalid"),
        (b" " * (MOST_BYTES + 1), "too-large"),
    ],
    ids=["cut", "no text", "huge number", "deep", "half a character", "list", "null", "nothing", "large"],
)
async def test_bodies_that_are_no_json_of_ours(shop: Shop, content: bytes, kind: str) -> None:
    assert kind_of(await raw(await shop.till(), content)) == kind


async def test_a_body_without_a_length_has_an_end_too(shop: Shop) -> None:
    till = await shop.till()

    async def endless() -> Any:
        for _ in range(100):
            yield b" " * 1_024

    headers = {"authorization": f"Bearer {till.key}", "idempotency-key": "k", "content-type": "application/json"}
    answer = await shop.browser.post("/purchases", content=endless(), headers=headers)
    assert (answer.status_code, kind_of(answer)) == (413, "too-large")


@pytest.mark.parametrize("media_type", ["text/plain", "application/x-www-form-urlencoded", "", "application/jsonx"])
async def test_other_media_types(shop: Shop, media_type: str) -> None:
    answer = await raw(await shop.till(), b"{}", **{"content-type": media_type})
    assert (answer.status_code, kind_of(answer)) == (415, "media-type")


async def test_a_charset_may_be_named(shop: Shop) -> None:
    answer = await raw(await shop.till(), b"{}", **{"content-type": "Application/JSON; charset=utf-8"})
    assert kind_of(answer) == "invalid"


async def test_what_there_is_not(shop: Shop) -> None:
    till = await shop.till()
    for path in ("/nothing", "/members/1", f"/members/{2**63}", "/purchases/none", "/redemptions/1", "/members/1/"):
        assert kind_of(await till.get(path)) == "not-found"
    wrong = await till.browser.delete("/members/1")
    assert (kind_of(wrong), wrong.headers["allow"]) == ("method-not-allowed", "GET")
    for path in ("/purchases/none/complete", "/purchases/none/cancel", "/payments/1/confirm", "/payments/1/release"):
        assert kind_of(await till.post(path)) == "not-found"
    assert kind_of(await till.get("/members/x")) == "invalid"


async def test_no_problem_repeats_what_was_sent(shop: Shop) -> None:
    till = await shop.till()
    sent = [
        await till.post("/lookups", {"phone": PHONE}),
        await till.post("/lookups", {"phone": PHONE + "0"}),
        await till.post("/lookups", {"qr": "secret\x00qr"}),
        await till.post("/purchases", {**GOOD, "whom": {"phone": PHONE, "name": "Anna"}}),
        await till.post("/coupons/check", {"code": "secret"}),
    ]
    for answer in sent:
        kind_of(answer)
        assert not {"secret", "Anna", PHONE} & set(answer.text.replace('"', " ").split())
        assert "3331234567" not in answer.text


async def test_the_document_is_open_and_whole(shop: Shop) -> None:
    answer = await shop.browser.get("/openapi.json")
    document = answer.json()
    assert document["openapi"].startswith("3.1.")
    operations = [one for path in document["paths"].values() for one in path.values()]
    assert len({one["operationId"] for one in operations}) == len(operations) >= 24
    assert all(one["security"] and one["summary"] and one["description"] for one in operations)
    assert "Problem" in document["components"]["schemas"]
    for path in ("/docs", "/redoc"):
        assert (await shop.browser.get(path)).status_code == 404


async def test_unknown_fields_are_not_named_and_few_errors_are_told(shop: Shop) -> None:
    till = await shop.till()
    answer = await till.post("/purchases", {**GOOD, PHONE: 1, "whom": {"phone": PHONE, "secret_name": 1}})
    places = {one["where"] for one in answer.json()["errors"]}
    assert places == {"body.(unknown)", "body.whom.phone.(unknown)"}
    many = await till.post("/purchases", {f"k{number}": 0 for number in range(4_000)})
    assert (many.status_code, len(many.json()["errors"])) == (422, 20)
    assert len(many.content) < 4_000


async def test_without_a_key_no_body_is_read(shop: Shop) -> None:
    asked = []

    async def body() -> Any:
        asked.append(1)
        yield b"{}"

    for key in ("", "Bearer bk_1_x", "Basic x"):
        headers = {"authorization": key, "content-type": "application/json"}
        answer = await shop.browser.post("/purchases", content=body(), headers=headers)
        assert (kind_of(answer), answer.headers["www-authenticate"]) == ("unauthorized", "Bearer")
    assert asked == []


async def test_a_body_that_does_not_come_is_not_waited_for(shop: Shop) -> None:
    sent = []

    async def never() -> Any:
        await asyncio.Event().wait()

    async def send(message: Any) -> None:
        sent.append(message)

    async def application(*_: Any) -> None:
        raise AssertionError("nobody asked for this")

    scope = {"type": "http", "headers": [], "method": "POST", "path": "/purchases"}
    await Guard(application, seconds=0.01)(scope, never, send)
    assert sent[0]["status"] == 408
    assert b"urn:bentornato:problem:too-slow" in sent[1]["body"]
