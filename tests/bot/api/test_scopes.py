"""Every route asks for a scope of its own; a key has those it was given, in the market it was given them for."""

import re
from collections.abc import Iterator

import httpx
import pytest
from fastapi.routing import APIRoute

from bot.api import SCOPES
from bot.api._build import ROUTERS
from storage import keys
from tests.bot.api.shop import Shop, kind_of, order

ROUTES = [route for router in ROUTERS for route in router.routes if isinstance(route, APIRoute)]
VALUES = {"member_id": "1", "order_id": "o", "redemption_id": "1", "payment_id": "1"}


def scopes_of(route: APIRoute) -> Iterator[str]:
    """The scopes that the route's dependencies ask for."""
    waiting = [route.dependant]
    while waiting:
        one = waiting.pop()
        yield from one.own_oauth_scopes or ()
        waiting += one.dependencies


def test_every_route_declares_one_scope_and_every_scope_opens_a_route() -> None:
    declared = {route.name: set(scopes_of(route)) for route in ROUTES}
    assert {name: found for name, found in declared.items() if len(found) != 1} == {}
    assert set().union(*declared.values()) == set(SCOPES)


@pytest.mark.asyncio
async def test_without_its_scope_every_route_is_closed_whatever_is_asked(shop: Shop) -> None:
    for route in ROUTES:
        (scope,) = set(scopes_of(route))
        without = await shop.till(*(set(SCOPES) - {scope}))
        path = re.sub(r"{(\w+)}", lambda found: VALUES[found[1]], route.path)
        (method,) = route.methods
        given = {"authorization": f"Bearer {without.key}", "idempotency-key": "k"}
        answer = await shop.browser.request(method, path, headers=given, params={"total": 1})
        assert (route.name, answer.status_code, kind_of(answer)) == (route.name, 403, "scope-missing")
        assert scope in answer.json()["detail"]
        nobody = await shop.browser.request(method, path, params={"total": 1})
        assert (route.name, nobody.status_code, kind_of(nobody)) == (route.name, 401, "unauthorized")


@pytest.mark.asyncio
async def test_a_key_that_is_wrong_or_revoked_opens_nothing(shop: Shop) -> None:
    till, anna = await shop.till(), await shop.member()

    async def asked(key: str) -> httpx.Response:
        return await shop.browser.get(f"/members/{anna}", headers={"authorization": key.encode()})

    assert (await asked(f"Bearer {till.key}")).status_code == 200
    last = "A" if till.key[-1] != "A" else "B"
    wrong = [till.key[:-1] + last, till.key + "A", f"bk_{2**64}_{'a' * 43}", f"bk_1_{'a' * 43}", "", "é", "bk_"]
    for key in wrong:
        answer = await asked(f"Bearer {key}")
        assert (kind_of(answer), answer.headers["www-authenticate"]) == ("unauthorized", "Bearer")
    assert kind_of(await asked(f"Basic {till.key}")) == "unauthorized"
    await shop.database.write(lambda transaction: keys.revoke(transaction, till.key_id, shop.clock()))
    assert kind_of(await asked(f"Bearer {till.key}")) == "unauthorized"


@pytest.mark.asyncio
async def test_the_use_of_a_key_is_noted_at_most_once_a_minute(shop: Shop) -> None:
    till, anna = await shop.till(), await shop.member()

    async def used() -> int:
        ((at,),) = await shop.rows(f"select used_at from api_key where id = {till.key_id}")
        return int(at)

    began = shop.clock()
    for seconds, noted in ((0, 0), (59, 0), (1, 60), (30, 60)):
        shop.clock.later(seconds * 1_000_000)
        await till.seen(f"/members/{anna}")
        assert await used() == began + noted * 1_000_000


@pytest.mark.asyncio
async def test_a_key_of_one_market_sees_nothing_of_another(shop: Shop) -> None:
    spain, italy = await shop.till(market="ES"), await shop.till(market="IT")
    anna = await shop.member(600, phone="+393331234567")
    code = await shop.coupon(anna)
    await italy.good("/purchases", order("o-1", {"id": anna}, 5_000))
    shown = await shop.shows(anna)
    asked = [
        await spain.get(f"/members/{anna}"),
        await spain.get(f"/members/{anna}/wallets"),
        await spain.get(f"/members/{anna}/statement"),
        await spain.get("/catalogue", member_id=anna),
        await spain.post("/lookups", {"qr": shown.qr}),
        await spain.post("/lookups", {"phone": "+393331234567"}),
        await spain.post("/purchases", order("o-2", {"id": anna})),
        await spain.post("/purchases", order("o-2", {"phone": "+393331234567"})),
        await spain.get("/purchases/o-1"),
        await spain.post("/purchases/o-1/cancel"),
        await spain.post("/refunds", {"refund_id": "r", "order_id": "o-1", "amount": 1, "currency": "EUR"}),
        await spain.post("/coupons/check", {"code": code}),
        await spain.post("/coupons/redeem", {"code": code, "order_id": "o"}),
        await spain.post("/stamps", {"whom": {"id": anna}, "card": "coffee"}),
    ]
    assert [(str(one.request.url), kind_of(one)) for one in asked if kind_of(one) != "not-found"] == []
    taken = await spain.post("/purchases", order("o-1", {"phone": "+34612345678"}))
    assert kind_of(taken) == "not-now"
    elsewhere = [
        await spain.get("/catalogue", market="IT"),
        await spain.post("/purchases", order("o-3", {"phone": "+34612345678"}, market="IT")),
        await spain.post("/coupons/check", {"code": code, "basket": {"market": "IT"}}),
    ]
    assert [kind_of(one) for one in elsewhere] == ["other-market", "other-market", "not-found"]
    own = await italy.good("/lookups", {"qr": shown.qr})
    proof = own["proof"]
    reserved = await italy.good("/redemptions", {"member_id": anna, "reward": "espresso_cup", "proof": proof})
    assert kind_of(await spain.get(f"/redemptions/{reserved['id']}")) == "not-found"
    assert kind_of(await spain.post("/redemption-lookups", {"code": reserved["code"]})) == "not-found"
    assert (await spain.seen("/catalogue"))["market"] == "ES"
    booked = await spain.good("/purchases", order("o-4", {"phone": "+34612345678"}))
    assert booked["result"] == "guest"
    assert kind_of(await (await shop.till()).get("/catalogue", market="ZZ")) == "invalid"


@pytest.mark.asyncio
async def test_a_member_of_another_market_is_as_unknown_as_anybody(shop: Shop) -> None:
    spain, italy = await shop.till(market="ES"), await shop.till(market="IT")
    anna = await shop.member(600, phone="+393331234567")
    shown, card = await shop.shows(anna), await shop.card(anna)
    nobody = {
        "phone": "+393331234568",
        "card": "2900000000001",
        "code": "000000" if shown.digits != "000000" else "1" * 6,
    }
    for kind, theirs in (("phone", "+393331234567"), ("card", card), ("code", shown.digits)):
        for again in range(2):
            known = await spain.post("/lookups", {kind: theirs}, idempotency=f"a:{kind}")
            unknown = await spain.post("/lookups", {kind: nobody[kind]}, idempotency=f"b:{kind}")
            assert (known.status_code, known.content) == (unknown.status_code, unknown.content) == (404, known.content)
            assert (
                ("idempotency-replayed" in known.headers) is ("idempotency-replayed" in unknown.headers) is bool(again)
            )
    assert (await italy.good("/lookups", {"code": shown.digits}))["grade"] == "proven"
    trials = [
        {"whom": {"phone": phone}, "currency": "EUR", "total": 100} for phone in ("+393331234567", nobody["phone"])
    ]
    answers = [await spain.post("/dry-runs", trial) for trial in trials]
    answers += [await spain.post("/stamps", {"whom": one["whom"], "card": "coffee"}) for one in trials]
    assert {(one.status_code, one.content) for one in answers} == {(404, answers[0].content)}
