"""Rewards: the list, one reserved and given back, and what comes between."""

import re

import pytest

from loyalty import rewarding
from loyalty.pickup_codes import read_pickup
from loyalty.work import Work
from storage import counters, ledger, redemptions, standings
from storage.database import Transaction
from storage.ledger import Spending
from storage.standings import StandingRow
from tests.bot.handlers.conftest import EMMA, Reader, join_in
from tests.builders import DAY, House, text, world

pytestmark = pytest.mark.asyncio


async def spend(house: House, member: int, points: int) -> None:
    spending = Spending(f"spent:{points}", member, points, "redeem", "elsewhere", "t")
    await house.database.write(lambda transaction: ledger.spend(transaction, spending, house.clock.now))


async def chosen(emma: Reader, label: str) -> list[str]:
    """Ask for the list and choose; the question that follows."""
    message = await emma.hears("rewards")
    labels = [choice.label for choice in message.choices]
    return await emma.asks(str(labels.index(label) + 1))


async def test_what_can_be_had_comes_first(emma: Reader) -> None:
    await emma.earns(600, unit="points")
    message = await emma.hears("rewards")
    assert message.text.body.replace("\xa0", " ").split("\n\n") == [
        "Espresso cup: 500 points",
        "Cotton bag: 300 points and €5.00",
        "Tasting for two (1,500): 900 points are missing",
        "Evening for gold members: for the levels Gold",
        "Truffle box: from January 31, 2027 on",
        "Which one would you like?",
    ]
    assert [choice.label for choice in message.choices] == ["Espresso cup", "Cotton bag"]


async def test_reserved_with_a_code_and_given_back(house: House, emma: Reader) -> None:
    await emma.earns(600, unit="points")
    assert await chosen(emma, "Espresso cup") == ["“Espresso cup” for 500 points: shall we?"]
    done = await emma.hears("1")
    found = re.match(r"Here is your code: ([A-Z2-9-]+)\. Show it at the till until April 1, 2026\.", done.text.body)
    assert found
    assert read_pickup(found[1]) == done.qr
    assert await house.balance(emma.id) == 100
    waiting = await emma.hears("my rewards")
    assert waiting.qr == done.qr
    assert await emma.asks("2") == ["Given back. 500 points are yours again."]
    assert await house.balance(emma.id) == 600
    assert await emma.asks("my rewards") == ["No reward is waiting for you now."]


async def test_points_on_their_way_are_told_where_they_are_enough(emma: Reader) -> None:
    await emma.earns(200, unit="points", days=14)
    nothing = "There is nothing for you among these yet, but it will come."
    assert (await emma.asks("rewards"))[-1] == nothing
    await emma.earns(300, unit="points", days=14)
    assert (await emma.asks("rewards"))[-2:] == [nothing, "500 more points will be ready on March 16, 2026."]
    await emma.earns(300, unit="points")
    assert (await emma.asks("rewards"))[-2:] == [
        "500 more points will be ready on March 16, 2026.",
        "Which one would you like?",
    ]


async def test_a_near_miss_is_asked_again(emma: Reader) -> None:
    await emma.earns(600, unit="points")
    await emma.hears("rewards")
    again = await emma.hears("the espreso cop")
    assert [choice.label for choice in again.choices] == ["Espresso cup", "Cotton bag"]
    assert (await emma.asks("espresso cup"))[0] == "“Espresso cup” for 500 points: shall we?"


async def test_points_that_went_meanwhile_are_missed(house: House, emma: Reader) -> None:
    await emma.earns(600, unit="points")
    await chosen(emma, "Espresso cup")
    await spend(house, emma.id, 300)
    assert await emma.asks("1") == ["200 points are missing for this."]
    await emma.hears("rewards")
    assert await house.balance(emma.id) == 300


async def test_between_the_list_and_the_choice_the_price_is_looked_at_again(house: House, emma: Reader) -> None:
    await emma.earns(600, unit="points")
    await emma.hears("rewards")
    await spend(house, emma.id, 300)
    assert await emma.asks("1") == ["200 points are missing for this."]


async def test_the_last_one_goes_to_somebody_else(house: House, emma: Reader) -> None:
    for _ in range(4):
        house.clock.later(100 * DAY)
        await emma.asks("balance")
    await emma.earns(900, unit="points")
    await chosen(emma, "Truffle box")
    await house.database.write(lambda transaction: counters.take(transaction, "stock:IT:truffle", most=20, amount=20))
    assert await emma.asks("1") == ["Somebody was quicker, this one is gone. Nothing was taken from you."]
    assert await house.balance(emma.id) == 900
    assert "Truffle box: sold out" in await emma.asks("rewards")


async def test_once_for_each_member(house: House, emma: Reader) -> None:
    await house.database.write(
        lambda transaction: counters.take(transaction, f"reward:IT:gold_evening:{emma.id}", most=1)
    )
    await house.database.write(lambda transaction: _gold(transaction, emma.id, house.clock.now))
    assert "Evening for gold members: you have had it already" in await emma.asks("rewards")


async def test_free_for_a_level(house: House, emma: Reader) -> None:
    await house.database.write(lambda transaction: _gold(transaction, emma.id, house.clock.now))
    assert "Evening for gold members: for you, without points" in await emma.asks("rewards")
    assert await emma.asks("1") == ["“Evening for gold members”, without points: shall we?"]
    assert (await emma.asks("1"))[0].startswith("Here is your code")
    await emma.asks("my rewards")
    assert await emma.asks("2") == ["Given back."]


async def test_no_second_one_for_a_second_answer(house: House, emma: Reader) -> None:
    await emma.earns(2000, unit="points")
    await chosen(emma, "Espresso cup")
    await house.turn(text(EMMA, "1"), text(EMMA, "1"))
    assert await house.balance(emma.id) == 1500


async def test_fetched_meanwhile(house: House, emma: Reader) -> None:
    await emma.earns(2000, unit="points")
    for _ in range(2):
        await chosen(emma, "Espresso cup")
        await emma.asks("1")
    assert len((await emma.hears("my rewards")).choices) == 2

    def fetch(transaction: Transaction) -> None:
        work = Work(transaction, world().programme, world().keyring, house.clock.now)
        for row in redemptions.of_member(transaction, emma.id):
            rewarding.confirm(work, row.id, "till")

    await house.database.write(fetch)
    assert await emma.asks("1") == ["This reward is not waiting any more."]


async def test_a_market_without_rewards_has_no_such_flow(house: House) -> None:
    ravi = await join_in(house, "99", "telegram", hint="en-IN")
    assert (await ravi.asks("rewards"))[0] == "That is not part of our programme here."


def _gold(transaction: Transaction, member: int, now: int) -> None:
    standings.place(transaction, StandingRow(member, 0, "gold", now, now + 300 * DAY))
