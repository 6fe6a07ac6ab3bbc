"""A whole visit at the till: who it is, what they buy, a reward, a payment with points, a coupon, and a refund."""

import pytest

from loyalty.coupons import UNLIMITED
from storage import counters
from tests.bot.api.shop import Shop, kind_of, order

pytestmark = pytest.mark.asyncio


async def test_a_visit(each_shop: Shop) -> None:
    shop, till = each_shop, await each_shop.till()
    anna = await shop.member(1_200, name="Anna", phone="+393331234567")
    qr = (await shop.shows(anna)).qr

    found = await till.good("/lookups", {"qr": qr})
    assert (found["grade"], found["member"]["id"], found["member"]["name"]) == ("proven", anna, "Anna")
    assert (found["member"]["points"], found["member"]["tier"]["name"]) == (1_200, "bronze")

    bought = await till.good("/purchases", order("o-1", {"id": anna}, 4_000, lines=[{"amount": 4_000}]))
    assert (bought["result"], bought["points"]) == ("booked", 40)
    assert bought["rules"][0]["rule"] == "base"

    offers = {one["name"]: one for one in (await till.seen("/catalogue", member_id=anna))["rewards"]}
    assert (offers["espresso_cup"]["label"], offers["espresso_cup"]["title"]) == ("ok", "Tazzina da espresso")
    assert (offers["tasting"]["label"], offers["tasting"]["missing"]) == ("short", 300)
    reserved = await till.good("/redemptions", {"member_id": anna, "reward": "espresso_cup", "proof": found["proof"]})
    assert (reserved["state"], reserved["points"]) == ("reserved", 500)
    assert (await till.seen(f"/members/{anna}"))["points"] == 700
    given = await till.good(f"/redemptions/{reserved['id']}/confirm", {"order_id": "o-1"})
    assert (given["state"], given["order_id"]) == ("confirmed", "o-1")

    back = await till.good("/refunds", {"refund_id": "r-1", "order_id": "o-1", "amount": 4_000, "currency": "EUR"})
    assert (back["result"], back["points"], back["returned"]) == ("applied", 40, 500)
    wallets = await till.seen(f"/members/{anna}/wallets")
    assert next((one["unit"], one["active"], one["pending"]) for one in wallets["wallets"]) == ("points", 1_200, 0)
    order_now = await till.seen("/purchases/o-1")
    assert (order_now["refunded"], order_now["points"], order_now["member_id"]) == (4_000, 0, anna)


async def test_the_catalogue_of_a_market_in_a_language(shop: Shop) -> None:
    till = await shop.till()
    for locale, title in (("en", "Espresso cup"), ("it", "Tazzina da espresso"), ("it_CH", "Tazzina da espresso")):
        found = await till.seen("/catalogue", market="IT", locale=locale)
        first = found["rewards"][0]
        assert (first["name"], first["title"], first["label"]) == ("espresso_cup", title, None)


async def test_paying_with_points(each_shop: Shop) -> None:
    shop, till = each_shop, await each_shop.till()
    anna = await shop.member(2_000)
    ways = await till.seen(f"/members/{anna}/ways-to-pay", total=3_000)
    assert ways == {"currency": "EUR", "ways": [{"unit": "points", "available": 2_000, "most": 1_500, "money": 1_500}]}
    proof = (await till.good("/lookups", {"code": (await shop.shows(anna)).digits}))["proof"]
    row = {"member_id": anna, "proof": proof, "order_id": "o-2", "order_total": 3_000, "amount": 1_000}
    paid = await till.good("/payments", row)
    assert (paid["taken"], paid["amount"], paid["state"]) == (1_000, 1_000, "reserved")
    too_much = await till.post("/payments", {**row, "amount": 600})
    assert (kind_of(too_much), too_much.json()["reason"]) == ("not-now", "over_share")
    assert (await till.good(f"/payments/{paid['id']}/confirm"))["state"] == "confirmed"
    late = await till.post(f"/payments/{paid['id']}/release")
    assert (kind_of(late), late.json()["reason"]) == ("not-now", "handed_over")
    other = await (await shop.till()).post(f"/payments/{paid['id']}/confirm")
    assert kind_of(other) == "not-found"
    await till.good("/purchases", order("o-2", {"id": anna}, 3_000, redeemed=1_000))
    back = await till.good("/refunds", {"refund_id": "r-2", "order_id": "o-2", "amount": 3_000, "currency": "EUR"})
    assert back["returned"] == 1_000


async def test_a_payment_let_go_comes_back(shop: Shop) -> None:
    till, anna = await shop.till(), await shop.member(2_000)
    proof = (await till.good("/lookups", {"qr": (await shop.shows(anna)).qr}))["proof"]
    row = {"member_id": anna, "proof": proof, "order_id": "o", "order_total": 3_000, "amount": 1_000}
    paid = await till.good("/payments", row)
    assert (await till.seen(f"/members/{anna}"))["points"] == 1_000
    assert (await till.good(f"/payments/{paid['id']}/release"))["state"] == "released"
    assert (await till.seen(f"/members/{anna}"))["points"] == 2_000


async def test_an_order_paid_later_then_cancelled_then_paid_after_all(each_shop: Shop) -> None:
    till, anna = await each_shop.till(), await each_shop.member()
    waits = await till.good("/purchases", order("o-3", {"id": anna}, paid=False))
    assert (waits["result"], waits["points"]) == ("waiting", 0)
    assert (await till.good("/purchases/o-3/complete"))["points"] == 25
    assert kind_of(await till.post("/purchases/o-3/complete")) == "not-now"
    assert (await till.good("/purchases/o-3/cancel"))["points"] == 25
    assert (await till.seen("/purchases/o-3"))["state"] == "cancelled"
    assert (await till.good("/purchases/o-3/complete"))["points"] == 25
    assert (await till.seen("/purchases/o-3"))["points"] == 25


async def test_an_order_tried_out_is_not_recorded(shop: Shop) -> None:
    till, anna = await shop.till(), await shop.member()
    row = order("x", {"id": anna}, 10_000)
    del row["order_id"]
    tried = await till.good("/dry-runs", row)
    assert (tried["points"], tried["basis"]) == (100, 10_000)
    assert kind_of(await till.get("/purchases/x")) == "not-found"
    assert (await till.seen(f"/members/{anna}"))["purchases"] == 0


async def test_a_guests_order_waits_for_its_phone(shop: Shop) -> None:
    till = await shop.till()
    phone = {"phone": "+393337654321"}
    booked = await till.good("/purchases", order("o-4", phone, market="IT"))
    assert booked["result"] == "guest"
    assert (await till.seen("/purchases/o-4"))["member_id"] is None
    unsaid = await till.post("/purchases", order("o-5", phone))
    assert unsaid.json()["errors"][0]["where"] == "body.market"
    assert (await till.good("/purchases", order("o-6", phone, market="IT", test=True)))["result"] == "test"


async def test_a_refund_before_its_order_waits_for_it(shop: Shop) -> None:
    till, anna = await shop.till(), await shop.member()
    row = {"refund_id": "r", "order_id": "o-7", "amount": 1_000, "currency": "EUR"}
    assert (await till.good("/refunds", row))["result"] == "waiting"
    await till.good("/purchases", order("o-7", {"id": anna}, 2_000))
    assert (await till.seen("/purchases/o-7"))["refunded"] == 1_000
    over = await till.post("/refunds", {**row, "refund_id": "r2", "amount": 1_500})
    assert (over.status_code, over.json()["reason"]) == (409, "too_much")


async def test_a_coupon_is_held_then_used_once(each_shop: Shop) -> None:
    shop, till = each_shop, await each_shop.till()
    anna = await shop.member()
    code = await shop.coupon(anna)
    fits = {"code": code, "basket": {"total": 3_000}}
    assert (await till.good("/coupons/check", fits))["discount"] == 500
    small = await till.good("/coupons/check", {"code": code, "basket": {"total": 100}})
    assert (small["result"], small["title"]) == ("below_minimum", "Buono da 5 €")
    assert (await till.good("/coupons/reserve", {**fits, "order_id": "a"}))["state"] == "reserved"
    taken = await till.post("/coupons/redeem", {**fits, "order_id": "b"})
    assert (kind_of(taken), taken.json()["reason"]) == ("not-now", "reserved")
    assert kind_of(await till.post("/coupons/release", {"code": code, "order_id": "b"})) == "not-now"
    assert (await till.good("/coupons/release", {"code": code, "order_id": "a"}))["state"] == "issued"
    assert (await till.good("/coupons/redeem", {**fits, "order_id": "b"}))["state"] == "redeemed"
    again = await till.post("/coupons/redeem", {**fits, "order_id": "c"})
    assert again.json()["reason"] == "used"


async def test_a_coupon_is_given_for_a_reason_and_its_member_is_told(each_shop: Shop) -> None:
    shop, till = each_shop, await each_shop.till()
    anna = await shop.member()
    gift = {"member_id": anna, "kind": "five_euro", "reason": "a cold coffee"}
    first = await till.good("/coupons", gift, idempotency="g")
    assert (first["name"], first["state"], first["discount"], "code" in first) == ("five_euro", "issued", 0, False)
    assert await till.good("/coupons", gift, idempotency="g") == await till.good("/coupons", gift) == first
    assert await shop.rows("select count(*) from timer where key like 'coupon_given:%'") == [(1,)]
    unknown = await till.post("/coupons", {**gift, "kind": "nothing"})
    assert (unknown.status_code, kind_of(unknown)) == (422, "not-possible")
    taken = f"coupon:IT:{gift['kind']}"
    await shop.does(lambda work: counters.take(work.transaction, taken, most=UNLIMITED, amount=UNLIMITED - 1))
    none_left = await till.post("/coupons", {**gift, "reason": "another"})
    assert (none_left.status_code, none_left.json()["reason"]) == (409, "sold_out")
    spain = await shop.till(market="ES")
    assert kind_of(await spain.post("/coupons", gift)) == "not-found"


async def test_stamps_fill_a_card_and_the_code_goes_to_the_member(each_shop: Shop) -> None:
    shop, till = each_shop, await each_shop.till()
    anna = await shop.member()
    row = {"whom": {"card": await shop.card(anna)}, "card": "coffee", "staff": "Lia"}
    first = await till.good("/stamps", row)
    assert (first["result"], first["balance"], first["needed"]) == ("stamped", 1, 10)
    soon = await till.post("/stamps", row)
    assert (kind_of(soon), soon.json()["reason"]) == ("not-now", "too_soon")
    for _ in range(9):
        shop.clock.later(24 * 3_600_000_000)
        last = await till.good("/stamps", row)
    assert (last["balance"], [one["name"] for one in last["full"]]) == (0, ["free_coffee"])
    assert "code" not in last["full"][0]
    told = await shop.rows("select data from timer where kind = 'occasion'")
    assert any("stamp_card_full" in data for (data,) in told)
    nowhere = await till.post("/stamps", {**row, "card": "tea"})
    assert kind_of(nowhere) == "not-possible"


async def test_a_reward_from_the_chat_is_handed_over_against_its_code(shop: Shop) -> None:
    mine, other, anna = await shop.till(), await shop.till(), await shop.member(500)
    proof = (await mine.good("/lookups", {"qr": (await shop.shows(anna)).qr}))["proof"]
    reserved = await mine.good("/redemptions", {"member_id": anna, "reward": "espresso_cup", "proof": proof})
    found = await other.good("/redemption-lookups", {"code": reserved["code"]})
    assert (found["id"], found["member_id"], found["state"]) == (reserved["id"], anna, "reserved")
    assert kind_of(await other.post(f"/redemptions/{found['id']}/confirm", {})) == "proof-required"
    wrong = await other.post(f"/redemptions/{found['id']}/confirm", {"code": "AAAA-AAAA-A"})
    assert wrong.status_code == 404
    given = await other.good(f"/redemptions/{found['id']}/confirm", {"code": reserved["code"]})
    assert given["state"] == "confirmed"
    late = await mine.post(f"/redemptions/{found['id']}/release", {})
    assert late.json()["reason"] == "handed_over"


async def test_the_statement_comes_page_by_page(shop: Shop) -> None:
    till, anna = await shop.till(), await shop.member()
    for number in range(5):
        await till.good("/purchases", order(f"o-{number}", {"id": anna}))
    seen, cursor = [], {}
    while True:
        page = await till.seen(f"/members/{anna}/statement", limit=2, **cursor)
        seen += [line["reference"] for line in page["lines"]]
        if page["next"] is None:
            break
        cursor = {"cursor": page["next"]}
    assert [one for one in seen if one.startswith("o-")] == [f"o-{number}" for number in reversed(range(5))]
    bad = await till.get(f"/members/{anna}/statement", cursor="AAAAAAAAAAA")
    assert (kind_of(bad), bad.json()["errors"][0]["where"]) == ("invalid", "query.cursor")
    assert (await till.seen(f"/members/{anna}/statement", unit="cash:EUR"))["lines"] == []
