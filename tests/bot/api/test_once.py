"""A request is done once per Idempotency-Key: its repeat gets the first answer, another request is refused."""

import asyncio

import pytest

from storage.database import Database
from tests.bot.api.shop import Shop, kind_of, order
from tests.builders import DAY, HOUR, query

pytestmark = pytest.mark.asyncio
_DROP = query("alter table purchase rename to elsewhere")
_MEND = query("alter table elsewhere rename to purchase")


async def test_a_repeat_gets_the_first_answer(each_shop: Shop) -> None:
    till, anna = await each_shop.till(), await each_shop.member()
    row = order("o-1", {"id": anna})
    first = await till.post("/purchases", row, idempotency="once")
    again = await till.post("/purchases", row, idempotency="once")
    assert (first.status_code, again.status_code) == (200, 200)
    assert first.content == again.content
    assert "idempotency-replayed" not in first.headers
    assert again.headers["idempotency-replayed"] == "true"
    assert await each_shop.rows("select count(*) from purchase") == [(1,)]


async def test_another_request_under_the_key_is_refused(shop: Shop) -> None:
    till, other, anna = await shop.till(), await shop.till(), await shop.member()
    await till.good("/purchases", order("o-1", {"id": anna}), idempotency="k")
    for path, row in (("/purchases", order("o-2", {"id": anna})), ("/purchases/o-1/cancel", None)):
        assert kind_of(await till.post(path, row, idempotency="k")) == "idempotency-conflict"
    assert (await other.good("/purchases", order("o-2", {"id": anna}), idempotency="k"))["result"] == "booked"
    assert (await till.seen("/purchases/o-1"))["state"] == "paid"


@pytest.mark.parametrize("key", [None, "", "x" * 201, "two words"])
async def test_what_changes_something_needs_a_key(shop: Shop, key: str | None) -> None:
    till, anna = await shop.till(), await shop.member()
    headers = {"authorization": f"Bearer {till.key}"} | ({} if key is None else {"idempotency-key": key})
    answer = await shop.browser.post("/purchases", json=order("o", {"id": anna}), headers=headers)
    assert (answer.status_code, kind_of(answer)) == (400, "idempotency-key-missing")


async def test_a_decided_refusal_is_an_answer_and_a_mistake_is_not(shop: Shop) -> None:
    till, anna = await shop.till(), await shop.member(1_000)
    proof = (await till.good("/lookups", {"qr": (await shop.shows(anna)).qr}))["proof"]
    wanted = {"member_id": anna, "reward": "tasting", "proof": proof}
    short = await till.post("/redemptions", wanted, idempotency="a")
    again = await till.post("/redemptions", wanted, idempotency="a")
    assert (kind_of(short), kind_of(again), short.json()["detail"]) == ("short", "short", "500 points are missing.")
    assert again.headers["idempotency-replayed"] == "true"
    for bad in ({**wanted, "proof": "x"}, {**wanted, "reward": "Ü"}, {**wanted, "member_id": "1"}):
        assert (await till.post("/redemptions", bad, idempotency="b")).status_code in (403, 404, 422)
    good = {**wanted, "reward": "espresso_cup"}
    assert (await till.post("/redemptions", good, idempotency="b")).status_code == 200


async def test_a_lost_answer_of_a_scan_comes_again(shop: Shop) -> None:
    till, anna = await shop.till(), await shop.member()
    shown = {"qr": (await shop.shows(anna)).qr}
    first = await till.good("/lookups", shown, idempotency="scan")
    assert await till.good("/lookups", shown, idempotency="scan") == first


async def test_many_at_once_are_one(each_shop: Shop, database_url: str) -> None:
    till, anna = await each_shop.till(), await each_shop.member()
    row = order("o-1", {"id": anna})
    second = Database(database_url)
    other = Shop(second, each_shop.clock)
    copies = [till, type(till)(other.browser, till.key, till.key_id)]
    answers = await asyncio.gather(*(copies[n % 2].post("/purchases", row, idempotency="k") for n in range(12)))
    await other.browser.aclose()
    await second.close()
    assert {(one.status_code, one.content) for one in answers} == {(200, answers[0].content)}
    assert sum("idempotency-replayed" in one.headers for one in answers) == 11
    assert (await till.seen(f"/members/{anna}"))["purchases"] == 1


async def test_answers_are_kept_for_a_day(shop: Shop) -> None:
    till, anna = await shop.till(), await shop.member()
    await till.good("/purchases", order("o-1", {"id": anna}), idempotency="old")
    shop.clock.later(DAY - HOUR)
    await till.good("/purchases", order("o-2", {"id": anna}), idempotency="young")
    assert len(await shop.rows("select * from api_request")) == 2
    shop.clock.later(HOUR + 1)
    again = await till.post("/purchases", order("o-1", {"id": anna}), idempotency="old")
    assert again.json()["result"] == "known"
    rows = await shop.rows("select idempotency_key from api_request order by 1")
    assert rows == [("old",), ("young",)]


async def test_a_failure_of_ours_is_not_kept(shop: Shop) -> None:
    till, anna = await shop.till(), await shop.member()
    await shop.database.write(lambda transaction: transaction.run(_DROP))
    broken = await till.post("/purchases", order("o-1", {"id": anna}), idempotency="k")
    assert broken.status_code >= 500
    assert kind_of(broken) in ("internal", "unavailable")
    await shop.database.write(lambda transaction: transaction.run(_MEND))
    again = await till.post("/purchases", order("o-1", {"id": anna}), idempotency="k")
    assert (again.status_code, "idempotency-replayed" in again.headers) == (200, False)


async def test_a_key_used_again_after_its_day_for_somebody_else_is_a_conflict(shop: Shop) -> None:
    till, anna, bruno = await shop.till(), await shop.member(3_000), await shop.member(3_000)

    async def wants(member_id: str) -> list[str]:
        proof = (await till.good("/lookups", {"qr": (await shop.shows(member_id)).qr}))["proof"]
        whose = {"member_id": member_id, "proof": proof}
        paid = {**whose, "order_id": "o", "order_total": 3_000, "amount": 600}
        answers = [
            await till.post("/redemptions", {**whose, "reward": "espresso_cup"}, idempotency="cup"),
            await till.post("/payments", paid, idempotency="pay"),
        ]
        assert not any(anna in one.text for one in answers) or member_id == anna
        return ["done" if one.status_code == 200 else kind_of(one) for one in answers]

    assert await wants(anna) == ["done", "done"]
    shop.clock.later(2 * DAY)
    assert await wants(bruno) == ["idempotency-conflict"] * 2
    assert await wants(anna) == ["done", "done"]
