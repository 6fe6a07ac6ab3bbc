"""Stamp cards: not too often, once per key, every full card one coupon, nothing lost between cards."""

import pytest

from loyalty import codes, stamping
from loyalty.stamping import Stamped, UnknownCard, Visit
from loyalty.values import Code, Day, Name
from loyalty.work import Work
from storage import coupons, ledger
from storage.database import Transaction
from tests.loyalty.coupon_shop import (
    ANNA,
    DAY,
    MARKET,
    MINUTE,
    NOON,
    add_member,
    balance,
    member,
    once,
    opened,
    programme,
    race,
    work,
)

UNIT = "stamps:coffee"


def stamp(here: Work, count: int, key: str, card: str = "coffee") -> Stamped:
    return stamping.stamp(here, member(here.transaction), card, count, key, staff="anna")


def late(here: Work, at: int, key: str, count: int = 1, card: str = "coffee") -> Stamped:
    """A visit that is told now."""
    row = member(here.transaction)
    return stamping.stamp(here, row, card, count, key, staff="anna", visit=Visit("A1", at))


def labels(*stamped: Stamped) -> list[str]:
    return [one.label for one in stamped]


@pytest.mark.asyncio
async def test_several_full_cards_and_the_rest_on_the_next(database_url: str) -> None:
    def task(transaction: Transaction) -> None:
        add_member(transaction)
        here = work(transaction)
        first = stamp(here, 4, "a")
        assert (first.label, first.added, first.balance, first.needed, first.coupons) == ("stamped", 4, 4, 5, ())
        later = work(transaction, NOON + 30 * MINUTE)
        second = stamp(later, 9, "b")
        assert (second.label, second.added, second.balance, len(second.coupons)) == ("stamped", 9, 3, 2)
        assert len({one.code for one in second.coupons}) == 2
        row = coupons.get(transaction, second.coupons[0].id)
        assert row is not None and (row.kind, row.actor, row.member_id) == ("free_coffee", "anna", ANNA)
        told = [(one.flow, one.member_id, dict(one.values)) for one in later.news]
        values = [{"card": Name("Coffee card"), "coupon": Code(codes.grouped(one.code))} for one in second.coupons]
        assert told == [("stamp_card_full", ANNA, {**one, "until": Day(5, 1, 2026)}) for one in values]
        assert len({one.key for one in later.news}) == 2
        assert ledger.audit(transaction) == []

    await once(database_url, task)


@pytest.mark.asyncio
async def test_a_repeat_is_known_even_when_it_is_too_soon(database_url: str) -> None:
    def task(transaction: Transaction) -> None:
        add_member(transaction)
        here = work(transaction)
        first, again = stamp(here, 6, "a"), stamp(here, 6, "a")
        assert (again.label, again.added, again.balance) == ("known", 0, 1)
        assert again.transaction_id == first.transaction_id is not None
        assert [(one.id, one.code, one.repeated) for one in again.coupons] == [
            (one.id, one.code, True) for one in first.coupons
        ]
        assert balance(transaction, unit=UNIT) == 1 and len(here.news) == 1

    await once(database_url, task)


@pytest.mark.asyncio
async def test_not_too_soon_and_not_too_often_in_the_members_day(database_url: str) -> None:
    def task(transaction: Transaction) -> None:
        add_member(transaction, zone="Asia/Kolkata")
        morning = NOON - 5 * DAY // 24
        done = [
            stamp(work(transaction, morning), 1, "a"),
            stamp(work(transaction, morning + 30 * MINUTE - 1), 1, "b"),
            stamp(work(transaction, morning + 30 * MINUTE), 1, "c"),
            stamp(work(transaction, NOON), 1, "d"),
        ]
        assert labels(*done) == ["stamped", "too_soon", "stamped", "enough_today"]
        midnight = NOON + DAY // 2 - 9 * DAY // 48
        assert labels(stamp(work(transaction, midnight - 1), 1, "e")) == ["enough_today"]
        assert labels(stamp(work(transaction, midnight), 1, "e")) == ["stamped"]
        assert labels(stamp(work(transaction, midnight), 1, "f")) == ["too_soon"]
        assert balance(transaction, unit=UNIT, now=midnight) == 3

    await once(database_url, task)


@pytest.mark.asyncio
async def test_a_visit_told_late_counts_on_its_own_day(database_url: str) -> None:
    def task(transaction: Transaction) -> None:
        add_member(transaction)
        for key in ("a", "b"):
            assert stamp(work(transaction, NOON + (DAY // 24 if key == "a" else 0)), 1, key).label == "stamped"
        assert stamp(work(transaction, NOON - 29 * MINUTE), 1, "c").label == "enough_today"
        assert stamp(work(transaction, NOON - DAY), 1, "c").label == "stamped"
        assert stamp(work(transaction, NOON - DAY - 29 * MINUTE), 1, "d").label == "too_soon"
        assert stamp(work(transaction, NOON - DAY - 30 * MINUTE), 1, "d").label == "stamped"

    await once(database_url, task)


@pytest.mark.asyncio
async def test_a_card_that_a_late_visit_fills_is_turned_in_now(database_url: str) -> None:
    """Its coupon takes the stamps that there are now, and lives from now on."""

    def task(transaction: Transaction) -> None:
        add_member(transaction)
        here = work(transaction, NOON + 40 * DAY)
        for number in range(3):
            stamp(work(transaction, NOON + (2 + number) * DAY), 1, f"k{number}")
        done = [late(here, NOON - number * DAY, f"l{number}") for number in range(8)]
        assert [one.balance for one in done] == [4, 0, 1, 2, 3, 4, 0, 1]
        assert [len(one.coupons) for one in done] == [0, 1, 0, 0, 0, 0, 1, 0]
        assert all(one.expires_at > here.now + 60 * DAY for given in done for one in given.coupons)
        assert labels(late(here, NOON + 5 * MINUTE, "m")) == ["too_soon"]
        assert ledger.audit(transaction) == []

    await once(database_url, task)


@pytest.mark.asyncio
async def test_stamps_of_a_late_visit_lapse_as_if_it_had_been_told_at_once(database_url: str) -> None:
    cards = [{**MARKET["stamps"][0], "expiry_days": 10}]

    def task(transaction: Transaction) -> None:
        add_member(transaction)
        here = work(transaction, NOON, shop=programme(stamps=cards))
        done = [late(here, NOON - 9 * DAY, "a", 4), late(here, NOON - 11 * DAY, "b", 4)]
        assert [(one.label, one.balance, one.coupons) for one in done] == [("stamped", 4, ()), ("stamped", 4, ())]
        later = work(transaction, NOON + DAY, shop=programme(stamps=cards))
        assert stamp(later, 4, "c").balance == 4
        assert ledger.audit(transaction) == []

    await once(database_url, task)


@pytest.mark.asyncio
async def test_a_visit_taken_back_does_not_use_up_the_day(database_url: str) -> None:
    def task(transaction: Transaction) -> None:
        anna = add_member(transaction)
        here = work(transaction)
        first = stamp(here, 2, "a")
        assert stamp(here, 1, "b").label == "too_soon"
        assert stamping.unstamp(here, anna, "coffee", "u", (first.transaction_id or 0,)) == 2
        done = [stamp(work(transaction, NOON + turn * DAY // 24), 1, f"c{turn}") for turn in range(3)]
        assert labels(*done) == ["stamped", "stamped", "enough_today"]

    await once(database_url, task)


@pytest.mark.asyncio
async def test_nothing_to_stamp_and_nothing_to_stamp_on(database_url: str) -> None:
    def task(transaction: Transaction) -> None:
        add_member(transaction)
        here = work(transaction)
        assert stamp(here, 0, "a") == stamp(here, -3, "b") == Stamped("nothing", 0, 0, 5)
        assert stamp(work(transaction, shop=programme(off=["stamps"])), 1, "a").label == "nothing"
        with pytest.raises(UnknownCard, match="'tea'"):
            stamp(here, 1, "a", "tea")

    await once(database_url, task)


@pytest.mark.asyncio
async def test_a_full_card_waits_until_there_are_coupons(database_url: str) -> None:
    def task(transaction: Transaction) -> None:
        add_member(transaction)
        here = work(transaction)
        stamp(here, 1, "a", "lunch")
        assert len(stamp(here, 1, "b", "lunch").coupons) == 1
        stamp(here, 1, "c", "lunch")
        done = stamp(here, 1, "d", "lunch")
        assert (done.label, done.balance, done.coupons, len(here.news)) == ("stamped", 2, (), 1)
        restocked = [{**one, "stock": 9} if one["name"] == "last" else one for one in MARKET["coupons"]]
        done = stamp(work(transaction, shop=programme(coupons=restocked)), 1, "e", "lunch")
        assert (done.balance, len(done.coupons)) == (1, 1)
        assert ledger.audit(transaction) == []

    await once(database_url, task)


@pytest.mark.asyncio
async def test_a_refund_takes_stamps_back_but_owes_none(database_url: str) -> None:
    def task(transaction: Transaction) -> None:
        anna = add_member(transaction)
        here = work(transaction)
        first = stamp(here, 4, "a").transaction_id
        second = stamp(work(transaction, NOON + DAY), 3, "b").transaction_id
        assert first is not None and second is not None
        assert stamping.unstamp(here, anna, "coffee", "u1", (second,)) == 2
        assert stamping.unstamp(here, anna, "coffee", "u1", (second,)) == 2
        assert stamping.unstamp(here, anna, "coffee", "u2", (first,)) == 0
        assert stamping.unstamp(here, anna, "coffee", "u3", ()) == 0
        assert balance(transaction, unit=UNIT, now=NOON + DAY) == 0
        assert stamp(work(transaction, NOON + 2 * DAY), 1, "c").balance == 1
        assert ledger.audit(transaction) == []

    await once(database_url, task)


@pytest.mark.asyncio
@pytest.mark.parametrize("writers", [1, 2])
async def test_of_many_stampings_at_once_one_counts(database_url: str, writers: int) -> None:
    await once(database_url, add_member)
    results = await race(database_url, lambda here, turn: stamp(here, 5, f"k{turn}"), writers=writers)
    assert sorted(labels(*results)) == ["stamped", *["too_soon"] * 19]
    async with opened(database_url) as database:
        assert await database.read(lambda transaction: len(coupons.of_member(transaction, ANNA))) == 1
        assert await database.read(ledger.audit) == []


@pytest.mark.asyncio
@pytest.mark.parametrize("writers", [1, 2])
async def test_one_stamping_told_twenty_times_counts_once(database_url: str, writers: int) -> None:
    await once(database_url, add_member)
    results = await race(database_url, lambda here, _: stamp(here, 7, "same"), writers=writers)
    assert sorted(labels(*results)) == [*["known"] * 19, "stamped"]
    assert len({one.coupons[0].id for one in results}) == 1
    async with opened(database_url) as database:
        assert await database.read(lambda transaction: balance(transaction, unit=UNIT)) == 2
        assert await database.read(ledger.audit) == []
