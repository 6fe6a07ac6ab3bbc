"""Who may redeem: a QR or six digits prove that the member is there, a phone or a printed card only earns."""

import asyncio

import pytest
from structlog.testing import capture_logs

from tests.bot.api.shop import Shop, Till, kind_of, order

pytestmark = pytest.mark.asyncio
PHONE = "+393331234567"


async def reserving(till: Till, member_id: str, proof: str | None) -> str:
    """What came of wanting a cup, and of wanting to pay with points."""
    shown = {} if proof is None else {"proof": proof}
    cup = await till.post("/redemptions", {"member_id": member_id, "reward": "espresso_cup", **shown})
    row = {"member_id": member_id, "order_id": "o", "order_total": 2_000, "amount": 500, **shown}
    paid = await till.post("/payments", row)
    kinds = {"done" if one.status_code == 200 else kind_of(one) for one in (cup, paid)}
    assert len(kinds) == 1
    return kinds.pop()


async def test_a_phone_or_a_card_earns_and_stamps_and_never_redeems(each_shop: Shop) -> None:
    till = await each_shop.till()
    anna = await each_shop.member(3_000, phone=PHONE)
    card = await each_shop.card(anna)
    for number, shown in enumerate(({"phone": PHONE}, {"card": card})):
        found = await till.good("/lookups", shown)
        assert (found["grade"], found["proof"], found["proof_expires_at"]) == ("claimed", None, None)
        booked = await till.good("/purchases", order(f"o-{number}", shown))
        assert booked["points"] == 25
    each_shop.clock.later(86_400_000_000)
    assert (await till.good("/stamps", {"whom": {"phone": PHONE}, "card": "coffee"}))["added"] == 1
    assert await reserving(till, anna, None) == "proof-required"
    for wrong in (card, PHONE, "p1.x.y", "x"):
        assert await reserving(till, anna, wrong) == "proof-invalid"


async def test_a_proof_is_for_one_member_one_key_and_ten_minutes(shop: Shop) -> None:
    mine, other = await shop.till(), await shop.till()
    anna, bruno = await shop.member(3_000), await shop.member(3_000)
    found = await mine.good("/lookups", {"code": (await shop.shows(anna)).digits})
    assert found["proof_expires_at"] == "2026-03-02T09:10:00Z"
    assert await reserving(other, anna, found["proof"]) == "proof-invalid"
    assert await reserving(mine, bruno, found["proof"]) == "proof-invalid"
    assert await reserving(mine, anna, found["proof"]) == "done"
    shop.clock.later(600_000_000)
    assert await reserving(mine, anna, found["proof"]) == "proof-invalid"


async def test_what_is_shown_is_good_once(shop: Shop) -> None:
    till, anna = await shop.till(), await shop.member()
    shown = await shop.shows(anna)
    for what in ({"qr": shown.qr}, {"code": shown.digits}):
        assert (await till.good("/lookups", what))["grade"] == "proven"
        again = await till.post("/lookups", what)
        assert (kind_of(again), again.json()["reason"]) == ("not-found", "used")


async def test_twenty_wrong_codes_a_minute_and_no_more(shop: Shop) -> None:
    till, other, anna = await shop.till(), await shop.till(), await shop.member(600)
    shown = await shop.shows(anna)
    wrong = [
        ("/lookups", {"code": "000000" if shown.digits != "000000" else "111111"}),
        ("/lookups", {"qr": "b1.x.y"}),
        ("/lookups", {"card": "2900000000001"}),
        ("/coupons/check", {"code": "nothing"}),
        ("/coupons/redeem", {"code": "2" * 27, "order_id": "o"}),
        ("/redemption-lookups", {"code": "222222222"}),
        ("/redemptions", {"member_id": anna, "reward": "espresso_cup", "proof": "p1.x.y"}),
    ]
    for number in range(20):
        path, row = wrong[number % len(wrong)]
        assert (await till.post(path, row)).status_code in (403, 404), (path, row)
        shop.clock.later(1_000_000)
    for path, row in (*wrong, ("/lookups", {"code": shown.digits})):
        refused = await till.post(path, row)
        assert (kind_of(refused), refused.headers["retry-after"]) == ("too-many-failures", "40")
    assert (await till.good("/purchases", order("o", {"id": anna})))["result"] == "booked"
    assert kind_of(await other.post(*wrong[0])) == "not-found"
    shop.clock.later(40_000_000)
    assert (await till.good("/lookups", {"code": shown.digits}))["grade"] == "proven"


async def test_many_tries_at_once_get_no_further(shop: Shop) -> None:
    till, anna = await shop.till(), await shop.member()
    right = (await shop.shows(anna)).digits
    wrong = [f"{number:06}" for number in range(61) if f"{number:06}" != right][:60]
    answers = await asyncio.gather(*(till.post("/lookups", {"code": code}) for code in wrong))
    kinds = [kind_of(one) for one in answers]
    assert (kinds.count("not-found"), kinds.count("too-many-failures")) == (20, 40)


async def test_right_codes_and_unknown_phones_do_not_count(shop: Shop) -> None:
    till, anna = await shop.till(), await shop.member()
    for _ in range(25):
        assert (await till.post("/lookups", {"phone": PHONE})).status_code == 404
        assert (await till.post("/lookups", {"qr": (await shop.shows(anna)).qr})).status_code == 200


async def test_wrong_card_numbers_count_on_every_route(shop: Shop) -> None:
    till, anna = await shop.till(), await shop.member()
    card = await shop.card(anna)
    wrong = {"card": "2900000000001"}
    asked = [
        ("/purchases", order("o-1", wrong)),
        ("/dry-runs", {"whom": wrong, "currency": "EUR", "total": 100}),
        ("/stamps", {"whom": wrong, "card": "coffee"}),
        ("/lookups", wrong),
    ]
    with capture_logs() as logs:
        for number in range(20):
            assert kind_of(await till.post(*asked[number % 4])) == "not-found"
    assert [(one["log_level"], one["key"]) for one in logs if "wrong codes" in one["event"]] == [
        ("warning", till.key_id)
    ]
    for path, row in (*asked, ("/purchases", order("o-1", {"card": card}))):
        assert kind_of(await till.post(path, row)) == "too-many-failures"
    assert (await till.good("/purchases", order("o-1", {"id": anna})))["result"] == "booked"
    shop.clock.later(60_000_000)
    assert (await till.good("/purchases", order("o-2", {"card": card})))["result"] == "booked"
