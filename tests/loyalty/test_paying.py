"""Paying with points and credit: to the cent, within the order's share, and back in step with refunds."""

import pytest

from loyalty import paying, rewarding
from loyalty.paying import Payment, Refused, Way
from loyalty.settling import Reserved
from loyalty.work import Work
from storage import ledger, redemptions
from storage.database import Transaction
from tests.loyalty.coupon_shop import (
    ANNA,
    BRUNO,
    MINUTE,
    NOON,
    add_member,
    balance,
    give,
    member,
    once,
    opened,
    programme,
    race,
    work,
)

CASH = "cash:EUR"


def pay(here: Work, minor: int, *, unit: str = "points", total: int = 2000, order: str = "A") -> Reserved | Refused:
    key = f"{order}:{unit}:{minor}"
    return paying.reserve(here, member(here.transaction), Payment(unit, minor, total, order, key))


def paid(here: Work, minor: int, *, unit: str = "points", total: int = 2000, order: str = "A") -> Reserved:
    made = pay(here, minor, unit=unit, total=total, order=order)
    assert isinstance(made, Reserved)
    return made


def refund(here: Work, refunded: int, refund_id: str, *, total: int = 2000, order: str = "A") -> int:
    return paying.give_back_for_refund(here, order_id=order, refunded=refunded, total=total, refund_id=refund_id)


@pytest.mark.asyncio
async def test_the_ways_to_pay(database_url: str) -> None:
    def task(transaction: Transaction) -> None:
        anna = add_member(transaction, points=800)
        here = work(transaction)
        give(transaction, ANNA, 250, unit=CASH)
        assert paying.offer(here, anna, 2000) == [Way("points", 800, 800, 800), Way(CASH, 250, 250, 250)]
        assert paying.offer(here, anna, 1201) == [Way("points", 800, 600, 600), Way(CASH, 250, 250, 250)]
        assert paying.offer(here, anna, 300) == [Way("points", 800, 0, 0), Way(CASH, 250, 0, 0)]
        off = work(transaction, shop=programme(off=["points"]))
        assert paying.offer(off, anna, 2000) == [Way(CASH, 250, 250, 250)]
        nothing = work(transaction, shop=programme(redeem={"share": 0}))
        assert paying.offer(nothing, anna, 2000) == []

    await once(database_url, task)


@pytest.mark.asyncio
async def test_a_payment_takes_once_and_stands_once_confirmed(database_url: str) -> None:
    def task(transaction: Transaction) -> None:
        add_member(transaction, points=800)
        here = work(transaction)
        made, again = paid(here, 600), paid(here, 600)
        assert (made.points, made.money, made.code, made.expires_at) == (600, 600, None, NOON + 30 * MINUTE)
        assert (again.redemption_id, again.repeated, balance(transaction)) == (made.redemption_id, True, 200)
        assert paying.confirm(work(transaction, made.expires_at), made.redemption_id, "A").label == "over"
        assert paying.confirm(here, made.redemption_id, "A").label == "confirmed"
        assert paying.confirm(here, made.redemption_id, "A").label == "confirmed"
        assert paying.confirm(here, made.redemption_id, "B").label == "handed_over"
        assert paying.release(here, made.redemption_id).label == "handed_over"
        assert rewarding.find(here, made.redemption_id) is None
        assert balance(transaction) == 200 and ledger.audit(transaction) == []

    await once(database_url, task)


@pytest.mark.asyncio
async def test_what_is_not_confirmed_in_time_comes_back_in_silence(database_url: str) -> None:
    def task(transaction: Transaction) -> None:
        add_member(transaction, points=600)
        give(transaction, ANNA, 250, unit=CASH)
        here = work(transaction)
        made = paid(here, 500)
        paid(here, 200, unit=CASH)
        late = work(transaction, made.expires_at)
        assert rewarding.lapse(late, 9) == 2 and late.news == []
        assert (balance(transaction), balance(transaction, unit=CASH)) == (600, 250)
        again = paid(late, 600, order="B")
        assert paying.release(late, again.redemption_id).label == "released"
        assert balance(transaction) == 600
        line = ledger.statement(transaction, ANNA)[0]
        assert (line.kind, line.reference) == ("return", "B")
        assert paying.release(late, 5).label == "unknown" and paying.confirm(late, 5, "A").label == "unknown"

    await once(database_url, task)


@pytest.mark.asyncio
async def test_every_refusal_has_its_label(database_url: str) -> None:
    def task(transaction: Transaction) -> None:
        add_member(transaction, points=1500)
        give(transaction, ANNA, 250, unit=CASH)
        here = work(transaction)
        assert pay(here, 499) == pay(here, 0) == pay(here, 199, unit=CASH) == Refused("too_few")
        assert pay(here, 1001) == pay(here, 1001, unit=CASH) == Refused("over_share")
        assert pay(here, 1501, total=9000) == pay(here, 251, unit=CASH) == Refused("short")
        assert pay(here, 500, unit="cash:USD") == pay(here, 500, unit="stamps:coffee") == Refused("off")
        capped = work(transaction, shop=programme(redeem={"minimum": 100, "maximum": 600, "share": 50}))
        assert pay(capped, 601) == Refused("too_many")
        assert pay(work(transaction, shop=programme(off=["points", "cashback"])), 500) == Refused("off")
        assert (balance(transaction), balance(transaction, unit=CASH)) == (1500, 250)

    await once(database_url, task)


@pytest.mark.asyncio
async def test_points_and_credit_share_an_order(database_url: str) -> None:
    def task(transaction: Transaction) -> None:
        add_member(transaction, points=1500)
        give(transaction, ANNA, 1000, unit=CASH)
        here = work(transaction)
        first = paid(here, 700)
        assert pay(here, 301, unit=CASH) == Refused("over_share")
        paid(here, 300, unit=CASH)
        assert pay(here, 500) == Refused("over_share")
        paying.release(here, first.redemption_id)
        paid(here, 699)
        paid(here, 500, order="B")
        assert ledger.audit(transaction) == []

    await once(database_url, task)


@pytest.mark.asyncio
async def test_refunds_give_back_points_credit_and_what_a_reward_took(database_url: str) -> None:
    def task(transaction: Transaction) -> None:
        add_member(transaction, points=1100)
        give(transaction, ANNA, 400, unit=CASH)
        here = work(transaction)
        before = ledger.lots_of(transaction, ANNA)
        points, credit = paid(here, 500), paid(here, 301, unit=CASH)
        cup = rewarding.reserve(here, member(transaction), "cup", "cup")
        assert isinstance(cup, Reserved)
        for one in (points, credit):
            paying.confirm(here, one.redemption_id, "A")
        rewarding.confirm(here, cup.redemption_id, "anna", "A")
        given = [refund(here, 667, "R1"), refund(here, 667, "R1"), refund(here, 1333, "R2"), refund(here, 2000, "R3")]
        assert given == [332, 0, 334, 334]
        assert ledger.lots_of(transaction, ANNA) == before
        assert balance(transaction, unit=CASH) == 400
        assert all(row.returned == row.amount for row in redemptions.of_order(transaction, "A"))
        assert refund(here, 2000, "R4") == refund(here, 10, "R5", order="nothing") == 0
        assert ledger.audit(transaction) == []

    await once(database_url, task)


@pytest.mark.asyncio
async def test_a_whole_refund_at_once_returns_everything_and_reservations_wait(database_url: str) -> None:
    def task(transaction: Transaction) -> None:
        add_member(transaction, points=1100)
        here = work(transaction)
        made = paid(here, 600)
        assert refund(here, 2000, "early") == 0
        paying.confirm(here, made.redemption_id, "A")
        assert refund(here, 5000, "R1") == 600
        assert balance(transaction) == 1100

    await once(database_url, task)


@pytest.mark.asyncio
@pytest.mark.parametrize("writers", [1, 2])
async def test_one_balance_pays_once(database_url: str, writers: int) -> None:
    def task(here: Work, turn: int) -> Reserved | Refused:
        return pay(here, 500, order=f"order{turn}")

    def check(transaction: Transaction) -> tuple[int, list[str]]:
        return balance(transaction), ledger.audit(transaction)

    await once(database_url, lambda transaction: add_member(transaction, points=700))
    results = await race(database_url, task, writers=writers)
    assert sum(isinstance(one, Reserved) for one in results) == 1
    assert sum(one == Refused("short") for one in results) == 19
    async with opened(database_url) as database:
        assert await database.read(check) == (200, [])


@pytest.mark.asyncio
@pytest.mark.parametrize("writers", [1, 2])
async def test_one_refund_told_twenty_times_gives_back_once(database_url: str, writers: int) -> None:
    def prepare(transaction: Transaction) -> None:
        add_member(transaction, points=700)
        add_member(transaction, BRUNO)
        here = work(transaction)
        paying.confirm(here, paid(here, 600).redemption_id, "A")

    await once(database_url, prepare)
    results = await race(database_url, lambda here, _: refund(here, 1000, "R1"), writers=writers)
    assert sorted(results) == [*[0] * 19, 300]
    async with opened(database_url) as database:
        assert await database.read(balance) == 400
        assert await database.read(ledger.audit) == []


@pytest.mark.asyncio
async def test_a_key_that_paid_something_else_is_other(database_url: str) -> None:
    def task(transaction: Transaction) -> None:
        anna, bruno = add_member(transaction, points=800), add_member(transaction, BRUNO, points=800)
        here = work(transaction)
        first = Payment("points", 500, 2000, "A", "k")
        made = paying.reserve(here, anna, first)
        assert isinstance(made, Reserved)
        for who, changed in ((bruno, first), (anna, Payment("points", 400, 2000, "A", "k"))):
            assert paying.reserve(here, who, changed) == Refused("other")
        assert paying.reserve(here, anna, Payment("points", 500, 2000, "B", "k")) == Refused("other")
        again = paying.reserve(here, anna, first)
        assert isinstance(again, Reserved) and again.redemption_id == made.redemption_id
        assert balance(transaction, BRUNO) == 800

    await once(database_url, task)
