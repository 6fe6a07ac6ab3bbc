"""Open coupons: none, one, several, and one that is used while it is looked at."""

import re

import pytest

from bot.handlers.coupons import MOST_COUPONS
from loyalty import couponing
from loyalty.codes import read_coupon
from loyalty.work import Work
from storage import coupons, members
from storage.database import Transaction
from tests.bot.handlers.conftest import Reader
from tests.builders import DAY, House, world

pytestmark = pytest.mark.asyncio


async def issue(house: House, member: int, *kinds: str) -> list[int]:
    def inside(transaction: Transaction) -> list[int]:
        work = Work(transaction, world().programme, world().keyring, house.clock.now)
        row = members.get(transaction, member)
        assert row is not None
        given = [couponing.issue(work, row, kind, f"{kind}:{place}") for place, kind in enumerate(kinds)]
        return [one.id for one in given if one is not None]

    return await house.database.write(inside)


async def test_none(emma: Reader) -> None:
    assert await emma.asks("my coupons") == ["You have no coupons now."]


async def test_a_single_one_is_shown_at_once(house: House, emma: Reader) -> None:
    await issue(house, emma.id, "ten_off")
    message = await emma.hears("my coupons")
    line, code = message.text.body.split("\n\n")
    assert re.fullmatch(r"10% off, from €30\.00 on, until April 1, 2026: [A-Z2-9-]+", line)
    shown = code.removeprefix("Show this at the till: ")
    assert read_coupon(shown) == message.qr
    assert not message.choices


async def test_one_of_several_is_chosen(house: House, emma: Reader) -> None:
    await issue(house, emma.id, "free_coffee", "ten_off", "five_euro")
    message = await emma.hears("my coupons")
    assert [choice.label for choice in message.choices] == ["10% off", "€5 off", "Free coffee"]
    assert message.qr is None
    shown = await emma.hears("3")
    assert shown.qr is not None
    assert read_coupon(shown.text.body.removeprefix("Show this at the till: ")) == shown.qr


async def test_one_that_was_used_meanwhile_is_gone(house: House, emma: Reader) -> None:
    first, _ = await issue(house, emma.id, "free_coffee", "ten_off")
    await emma.asks("my coupons")
    now = house.clock.now
    await house.database.write(lambda transaction: coupons.void(transaction, first, actor="t", now=now))
    assert await emma.asks("2") == ["This coupon cannot be used any more."]


async def test_lapsed_ones_are_left_out_and_a_list_has_an_end(house: House, emma: Reader) -> None:
    await issue(house, emma.id, *["five_euro"] * (MOST_COUPONS + 3))
    assert len((await emma.hears("my coupons")).choices) == MOST_COUPONS
    house.clock.later(31 * DAY)
    assert await emma.asks("my coupons") == ["You have no coupons now."]
