"""Coupons from giving to using: once per key, one user, nothing lost on a refund."""

import pytest

from loyalty import codes, couponing
from loyalty.couponing import Issued, UnknownCoupon
from loyalty.coupons import Basket
from loyalty.work import Work
from storage import counters, coupons, ledger
from storage.database import Transaction
from tests.loyalty.coupon_shop import (
    ANNA,
    BRUNO,
    DAY,
    MINUTE,
    NOON,
    add_member,
    member,
    once,
    opened,
    programme,
    race,
    work,
)


def issue(task: Work, kind: str = "five_euro", key: str = "k") -> Issued:
    made = couponing.issue(task, member(task.transaction), kind, key)
    assert made is not None
    return made


def state(task: Work, coupon_id: int) -> str:
    row = coupons.get(task.transaction, coupon_id)
    assert row is not None
    return row.state


@pytest.mark.asyncio
async def test_a_key_gives_one_coupon_and_its_code_is_kept_nowhere(database_url: str) -> None:
    def task(transaction: Transaction) -> None:
        add_member(transaction)
        made = issue(work(transaction))
        again = issue(work(transaction, NOON + DAY))
        assert again == Issued(made.id, made.code, "five_euro", made.expires_at, repeated=True)
        assert made.expires_at == NOON + DAY // 2 + 29 * DAY + DAY - DAY // 24
        row = coupons.get(transaction, made.id)
        assert row is not None and made.code not in str(row)
        assert couponing.code_of(work(transaction), row) == made.code == codes.read_coupon(codes.grouped(made.code))
        assert couponing.of_member(work(transaction), ANNA) == [row]

    await once(database_url, task)


@pytest.mark.asyncio
async def test_the_last_of_a_kind_goes_once_and_a_repeat_takes_no_second(database_url: str) -> None:
    def task(transaction: Transaction) -> None:
        anna, bruno = add_member(transaction), add_member(transaction, BRUNO)
        first = couponing.issue(work(transaction), anna, "last", "a")
        assert first is not None and not first.repeated
        assert couponing.issue(work(transaction), bruno, "last", "b") is None
        assert couponing.issue(work(transaction), anna, "last", "a") is not None
        assert counters.taken(transaction, "coupon:IT:last") == 1

    await once(database_url, task)


@pytest.mark.asyncio
async def test_a_market_without_coupons_gives_none_and_an_unknown_kind_is_a_mistake(database_url: str) -> None:
    def task(transaction: Transaction) -> None:
        anna = add_member(transaction)
        off = work(transaction, shop=programme(off=["coupons"]))
        assert couponing.issue(off, anna, "five_euro", "k") is None
        with pytest.raises(UnknownCoupon, match="'six_euro'"):
            couponing.issue(work(transaction), anna, "six_euro", "k")

    await once(database_url, task)


@pytest.mark.asyncio
async def test_every_reason_has_its_label(database_url: str) -> None:
    def task(transaction: Transaction) -> None:
        add_member(transaction)
        here = work(transaction)
        ten, five = issue(here, "ten_off", "a"), issue(here, "five_euro", "b")
        wrong = ("2" if ten.code[0] != "2" else "3") + ten.code[1:]
        unknown = codes.coupon_code(bytes(16))

        def label(code: str, *basket: object, at: Work = here) -> str:
            return couponing.check(at, code, Basket(*basket)).label  # type: ignore[arg-type]

        assert label("hello") == label(wrong) == "malformed"
        assert label(unknown) == "unknown"
        assert label(ten.code, "DE") == "wrong_market"
        assert label(ten.code, "IT", 2999) == "below_minimum"
        assert label(ten.code, "IT", 3000, ("tea",)) == "wrong_product"
        assert label(ten.code, "IT", 3000, ("beans",), True) == "not_stackable"
        assert label(ten.code.lower(), "IT", 3000, ("beans",)) == "ok"
        assert couponing.check(here, ten.code, Basket(total=3999)).discount == 399
        assert label(ten.code, at=work(transaction, ten.expires_at)) == "expired"
        assert label(ten.code, at=work(transaction, shop=programme(coupons=[]))) == "void"
        assert couponing.reserve(here, five.code, "A").label == "ok"
        assert label(five.code) == "reserved"
        assert label(five.code, at=work(transaction, NOON + 30 * MINUTE)) == "ok"
        assert couponing.redeem(here, five.code, "A").label == "ok"
        assert label(five.code) == "used"
        assert couponing.void(here, ten.id) and not couponing.void(here, five.id)
        assert label(ten.code) == "void"

    await once(database_url, task)


@pytest.mark.asyncio
async def test_an_order_uses_what_it_holds_and_may_ask_again(database_url: str) -> None:
    def task(transaction: Transaction) -> None:
        add_member(transaction)
        here = work(transaction)
        made = issue(here)
        basket = Basket(total=400)
        assert couponing.reserve(here, made.code, "A", basket=basket).discount == 400
        assert couponing.reserve(here, made.code, "B").label == "reserved"
        assert couponing.redeem(here, made.code, "B").label == "reserved"
        assert not couponing.release(here, made.code, "B")
        first, second = (couponing.redeem(here, made.code, "A", basket=basket) for _ in range(2))
        assert first == second and (first.label, first.discount) == ("ok", 400)
        assert couponing.redeem(here, made.code, "B").label == couponing.reserve(here, made.code, "A").label == "used"
        assert not couponing.release(here, made.code, "A")
        late = work(transaction, made.expires_at)
        assert couponing.redeem(late, made.code, "A", basket=basket).label == "ok"

    await once(database_url, task)


@pytest.mark.asyncio
async def test_a_coupon_let_go_is_free_for_everybody(database_url: str) -> None:
    def task(transaction: Transaction) -> None:
        add_member(transaction)
        here = work(transaction)
        made = issue(here)
        couponing.reserve(here, made.code, "A")
        assert couponing.release(here, made.code, "A")
        assert couponing.redeem(here, made.code, "B").label == "ok"
        assert couponing.redeem(here, "hello", "B").label == "malformed"
        assert not couponing.release(here, "hello", "B")

    await once(database_url, task)


@pytest.mark.asyncio
async def test_one_that_stands_alone_does_not_share_an_order(database_url: str) -> None:
    def task(transaction: Transaction) -> None:
        add_member(transaction)
        here = work(transaction)
        five, two, ten = issue(here, "five_euro", "a"), issue(here, "two_euro", "b"), issue(here, "ten_off", "c")
        assert couponing.reserve(here, five.code, "A").label == "ok"
        assert couponing.redeem(here, two.code, "A").label == "ok"
        assert couponing.redeem(here, ten.code, "A").label == "not_stackable"
        assert couponing.redeem(here, ten.code, "B").label == "ok"
        assert couponing.redeem(here, five.code, "B").label == "reserved"
        later = work(transaction, NOON + 31 * MINUTE)
        assert couponing.redeem(later, five.code, "B").label == "not_stackable"

    await once(database_url, task)


@pytest.mark.asyncio
async def test_a_full_refund_gives_the_coupon_again_once(database_url: str) -> None:
    def task(transaction: Transaction) -> None:
        add_member(transaction)
        here = work(transaction)
        five, two = issue(here, "five_euro", "a"), issue(here, "two_euro", "b")
        held = issue(here, "five_euro", "c")
        for one in (five, two):
            couponing.redeem(here, one.code, "A")
        couponing.reserve(here, held.code, "A")
        (again,) = couponing.order_refunded(work(transaction, NOON + DAY), "A")
        assert (again.kind, again.expires_at, again.repeated) == ("five_euro", five.expires_at, False)
        assert again.code != five.code
        assert [state(here, one.id) for one in (five, two, held, again)] == ["redeemed", "redeemed", *["issued"] * 2]
        (repeat,) = couponing.order_refunded(work(transaction, NOON + 2 * DAY), "A")
        assert repeat == Issued(again.id, again.code, "five_euro", again.expires_at, repeated=True)
        assert couponing.order_refunded(here, "nothing") == ()

    await once(database_url, task)


@pytest.mark.asyncio
async def test_what_lapsed_meanwhile_comes_back_for_the_days_of_grace(database_url: str) -> None:
    def task(transaction: Transaction) -> None:
        add_member(transaction)
        made = issue(work(transaction))
        couponing.redeem(work(transaction), made.code, "A")
        later = work(transaction, made.expires_at + 3 * DAY)
        (again,) = couponing.order_refunded(later, "A")
        assert again.expires_at == later.now + 15 * DAY
        assert couponing.check(later, again.code).label == "ok"

    await once(database_url, task)


@pytest.mark.asyncio
async def test_lapsing_counts_what_it_did(database_url: str) -> None:
    def task(transaction: Transaction) -> None:
        add_member(transaction)
        here = work(transaction)
        made = [issue(here, "free_coffee" if place < 2 else "five_euro", f"k{place}") for place in range(5)]
        couponing.reserve(here, made[0].code, "A")
        assert couponing.lapse(here, 9) == 0
        assert couponing.lapse(work(transaction, NOON + 30 * MINUTE), 9) == 1
        late = work(transaction, made[4].expires_at)
        couponing.reserve(work(transaction, late.now - DAY), made[1].code, "A")
        assert [couponing.lapse(late, 2) for _ in range(3)] == [2, 2, 0]
        assert [state(here, one.id) for one in made] == ["issued"] * 2 + ["expired"] * 3

    await once(database_url, task)


@pytest.mark.asyncio
@pytest.mark.parametrize("writers", [1, 2])
async def test_of_many_who_use_a_coupon_one_does(database_url: str, writers: int) -> None:
    def prepare(transaction: Transaction) -> str:
        add_member(transaction)
        return issue(work(transaction)).code

    code = await once(database_url, prepare)
    results = await race(
        database_url, lambda here, turn: couponing.redeem(here, code, f"order{turn}").label, writers=writers
    )
    assert sorted(results) == ["ok", *["used"] * 19]


@pytest.mark.asyncio
@pytest.mark.parametrize("writers", [1, 2])
async def test_of_many_who_want_the_last_coupon_one_gets_it(database_url: str, writers: int) -> None:
    await once(database_url, add_member)
    results = await race(
        database_url,
        lambda here, turn: couponing.issue(here, member(here.transaction), "last", f"key{turn}"),
        writers=writers,
    )
    assert sum(one is not None for one in results) == 1
    async with opened(database_url) as database:
        assert await database.read(lambda transaction: counters.taken(transaction, "coupon:IT:last")) == 1


@pytest.mark.asyncio
@pytest.mark.parametrize("writers", [1, 2])
async def test_one_key_asked_for_at_once_gives_one_coupon(database_url: str, writers: int) -> None:
    await once(database_url, add_member)
    results = await race(database_url, lambda here, _: issue(here, "free_coffee", "same"), writers=writers)
    assert len({one.id for one in results}) == 1 and sum(not one.repeated for one in results) == 1
    async with opened(database_url) as database:
        assert await database.read(lambda transaction: counters.taken(transaction, "coupon:IT:free_coffee")) == 1
        assert await database.read(ledger.audit) == []


@pytest.mark.asyncio
async def test_what_an_order_holds_stays_good_for_it_past_its_own_end(database_url: str) -> None:
    def task(transaction: Transaction) -> None:
        add_member(transaction)
        here = work(transaction)
        one, other = issue(here), issue(here, key="other")
        end = one.expires_at
        before, after = work(transaction, end - 10 * MINUTE), work(transaction, end + 5 * MINUTE)
        for made in (one, other):
            assert couponing.reserve(before, made.code, made.code).label == "ok"
        assert couponing.lapse(after, 9) == 0
        for which in (couponing.check(after, one.code), couponing.redeem(after, one.code, "B")):
            assert which.label == "expired"
        assert couponing.reserve(after, one.code, one.code).label == "ok"
        row = coupons.get(transaction, one.id)
        assert row is not None and row.reserved_until == end + 20 * MINUTE
        assert couponing.redeem(after, one.code, one.code).label == "ok"
        late = work(transaction, end + 20 * MINUTE)
        assert couponing.redeem(late, other.code, other.code).label == "expired"
        assert couponing.lapse(late, 9) == 1
        assert (state(late, one.id), state(late, other.id)) == ("redeemed", "expired")

    await once(database_url, task)
