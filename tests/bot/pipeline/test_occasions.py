"""What the till and the calendar bring: purchases once per order, milestones once, birthdays."""

import pytest

from storage import ledger
from tests.builders import ANNA, DAY, HOUR, House, text, us


@pytest.mark.asyncio
async def test_an_order_counts_once_however_often_it_is_told(each_house: House) -> None:
    house = each_house
    anna = await house.join(ANNA)
    await house.said()
    (said,) = await house.buy(ANNA, "A1", 1250)
    assert "12" in said
    assert await house.buy(ANNA, "A1", 1250) == []
    assert await house.buy(ANNA, "A1", 9999) == []
    assert await house.rows("select order_id, amount, points from purchase") == [("A1", 1250, 12)]
    assert (await house.balance(anna), await house.member(anna, "purchases")) == (12, 1)
    assert await house.database.read(ledger.audit) == []


@pytest.mark.asyncio
async def test_a_purchase_too_small_for_a_point_is_booked_silently(house: House) -> None:
    anna = await house.join(ANNA)
    await house.said()
    assert await house.buy(ANNA, "A1", 99) == []
    assert (await house.balance(anna), await house.member(anna, "purchases")) == (0, 1)


@pytest.mark.asyncio
async def test_points_wait_for_the_return_window(each_house: House) -> None:
    house = each_house
    anna = await house.join(ANNA)
    await house.buy(ANNA, "A1", 3000)
    for days, active, pending in ((0, 0, 30), (13, 0, 30), (14, 30, 0), (14 + 364, 30, 0), (14 + 365, 0, 0)):
        at = house.clock.now + days * DAY
        found = await house.database.read(lambda transaction, at=at: ledger.position_of(transaction, anna, at))
        assert (found.active, found.pending) == (active, pending), days


@pytest.mark.asyncio
async def test_a_milestone_comes_once(each_house: House) -> None:
    house = each_house
    anna = await house.join(ANNA)
    for number in range(4):
        await house.buy(ANNA, f"A{number}", 1000)
    await house.said()
    said = await house.buy(ANNA, "A5", 1000)
    assert len(said) == 2
    assert [one for one in said if "100" in one]
    assert await house.balance(anna) == 50 + 100
    await house.buy(ANNA, "A5", 1000)
    house.clock.later(8 * DAY)
    await house.buy(ANNA, "A6", 1000)
    assert await house.balance(anna) == 160
    keys = await house.rows("select key from trigger_firing where trigger = 'milestone'")
    assert len(keys) == 1


@pytest.mark.asyncio
async def test_a_points_milestone_counts_points_ever_earned(house: House) -> None:
    anna = await house.join(ANNA)
    await house.buy(ANNA, "A1", 60_000)
    assert await house.balance(anna) == 600 + 50
    assert await house.value("select count(*) from trigger_firing where key like 'milestone:%'") == 1


@pytest.mark.asyncio
async def test_no_consent_no_words_but_the_points(house: House) -> None:
    anna = await house.join(ANNA, offers=False)
    for number in range(5):
        await house.buy(ANNA, f"A{number}", 1000)
    assert await house.balance(anna) == 150
    assert await house.value("select count(*) from outbox where kind = 'marketing'") == 0
    assert await house.value("select reason from trigger_firing where trigger = 'milestone'") == "no_consent"


async def born(house: House, words: str, **joining) -> int:
    member = await house.join(ANNA, **joining)
    await house.turn(text(ANNA, "compleanno"))
    await house.turn(text(ANNA, words))
    await house.said()
    return member


@pytest.mark.asyncio
async def test_the_birthday_comes_once_with_its_gift(each_house: House) -> None:
    house = each_house
    anna = await born(house, "24 aprile 1990")
    house.clock.now = us("2026-04-24T08:00+02:00")
    await house.settle(sweep=True)
    assert await house.said() == []
    house.clock.now = us("2026-04-24T09:30+02:00")
    await house.settle(sweep=True)
    (message,) = await house.said()
    assert "50" in message.text.body
    assert message.template is not None
    assert message.template.flow == "birthday"
    assert await house.balance(anna) == 50
    for _ in range(3):
        house.clock.later(3 * HOUR)
        await house.settle(sweep=True)
    assert await house.said() == []
    assert await house.rows("select kind, reason from outbox where kind = 'marketing'") == [("marketing", "template")]


@pytest.mark.asyncio
async def test_a_birthday_told_the_day_before_counts_from_next_year(house: House) -> None:
    await born(house, "3 marzo 1990")
    house.clock.now = us("2026-03-03T09:30+01:00")
    await house.settle(sweep=True)
    assert await house.said() == []
    house.clock.now = us("2027-03-03T09:30+01:00")
    await house.settle(sweep=True)
    assert len(await house.said()) == 1


@pytest.mark.asyncio
async def test_a_birthday_leaves_an_open_question_open(house: House) -> None:
    await born(house, "24 aprile 1990")
    house.clock.now = us("2026-04-24T09:30+02:00")
    await house.turn(text(ANNA, "lingua"))
    await house.settle(sweep=True)
    assert await house.value("select flow from session") == "language"
    assert await house.value("select count(*) from outbox where kind = 'marketing'") == 1


@pytest.mark.asyncio
async def test_a_birthday_may_be_changed_once(house: House) -> None:
    anna = await born(house, "24 aprile 1990")
    await house.turn(text(ANNA, "compleanno"))
    await house.turn(text(ANNA, "1"))
    await house.turn(text(ANNA, "25 aprile"))
    assert await house.member(anna, "birth_month", "birth_day", "birth_edits") == [4, 25, 1]
    (said,) = await house.turn(text(ANNA, "compleanno"))
    assert "25 aprile" in said
    assert await house.value("select count(*) from session") == 0


@pytest.mark.asyncio
async def test_after_opting_out_no_birthday_message(house: House) -> None:
    await born(house, "24 aprile 1990")
    await house.turn(text(ANNA, "STOP"))
    house.clock.now = us("2026-04-24T09:30+02:00")
    await house.settle(sweep=True)
    assert await house.value("select reason from trigger_firing where trigger = 'birthday'") == "no_consent"
