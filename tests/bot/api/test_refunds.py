"""Refunds at the till: of orders that the key may see, each id for one order, none like our own keys."""

from typing import Any

import pytest

from tests.bot.api.shop import Shop, order
from tests.builders import add_person


def back(refund_id: str, order_id: str, amount: int = 1_000) -> dict[str, Any]:
    return {"refund_id": refund_id, "order_id": order_id, "amount": amount, "currency": "EUR"}


@pytest.mark.asyncio
async def test_a_key_of_a_market_refunds_only_orders_that_are_there_and_its_own(shop: Shop) -> None:
    italy, spain, anywhere = await shop.till(market="IT"), await shop.till(market="ES"), await shop.till()
    anna = await shop.member()
    await italy.good("/purchases", order("o-1", {"id": anna}, 5_000))
    refused = [
        await italy.post("/refunds", back("r-1", "later")),
        await spain.post("/refunds", back("r-1", "later")),
        await spain.post("/refunds", back("r-1", "o-1")),
    ]
    assert [one.status_code for one in refused] == [404, 404, 404]
    assert (await anywhere.good("/refunds", back("r-1", "later")))["result"] == "waiting"
    assert (await italy.good("/refunds", back("r-2", "o-1")))["result"] == "applied"


@pytest.mark.asyncio
async def test_a_refund_id_of_another_order_is_taken_and_tells_nothing_of_it(shop: Shop) -> None:
    def in_spain(work: Any) -> str:
        return str(add_person(work.transaction, "whatsapp", "+34612345678", market="ES", phone="+34612345678"))

    italy, spain, anywhere = await shop.till(market="IT"), await shop.till(market="ES"), await shop.till()
    anna, eva = await shop.member(), await shop.does(in_spain)
    await italy.good("/purchases", order("o-1", {"id": anna}, 5_000))
    await spain.good("/purchases", order("o-2", {"id": eva}, 5_000))
    await spain.good("/refunds", back("r-1", "o-2"))
    await anywhere.good("/refunds", back("r-2", "later"))
    for taken in ("r-1", "r-2"):
        answer = await italy.post("/refunds", back(taken, "o-1"))
        assert (answer.status_code, answer.json()["detail"]) == (409, "The refund id is taken.")
    assert (await italy.seen("/purchases/o-1"))["refunded"] == 0


@pytest.mark.asyncio
async def test_no_id_can_be_that_of_a_cancellation(shop: Shop) -> None:
    till, anna = await shop.till(), await shop.member()
    await till.good("/purchases", order("o-1", {"id": anna}, 5_000))
    assert (await till.post("/refunds", back("cancel/0:o-1", "o-1"))).status_code == 422
    await till.good("/refunds", back("cancel:o-1:0", "o-1", 1))
    assert (await till.good("/purchases/o-1/cancel"))["points"] > 0
    assert (await till.seen("/purchases/o-1"))["points"] == 0


@pytest.mark.asyncio
async def test_an_order_whose_payment_went_back_is_reported_anew(shop: Shop) -> None:
    till, anna = await shop.till(), await shop.member(5_000)
    proof = (await till.good("/lookups", {"qr": (await shop.shows(anna)).qr}))["proof"]
    part = {"member_id": anna, "proof": proof, "order_id": "o-1", "order_total": 3_000, "amount": 600}
    payment = await till.good("/payments", part)
    await till.good(f"/payments/{payment['id']}/confirm")
    await till.good("/purchases", order("o-1", {"id": anna}, 3_000))
    assert (await till.good("/purchases/o-1/cancel"))["returned"] == payment["taken"]
    again = await till.post("/purchases/o-1/complete")
    assert (again.status_code, "as a new order" in again.json()["detail"]) == (409, True)
