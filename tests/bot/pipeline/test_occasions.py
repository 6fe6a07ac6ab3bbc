"""What the till and the calendar bring: purchases once per order, milestones once, birthdays."""

import pytest

from bot.message import Day, Money, Name, Points, Value
from bot.permission import Occasion
from loyalty import refunding
from loyalty.news import News
from loyalty.work import Work
from storage import ledger, occasions
from storage.database import Transaction
from tests.builders import ANNA, DAY, HOUR, House, text, us, world


async def held(house: House, member: int) -> int:
    """The points a member has, pending or not."""
    position = await house.database.read(lambda t: ledger.position_of(t, member, house.clock.now))
    return position.active + position.pending


async def orders(house: House, member: int) -> int:
    """The paid orders that the programme counts of a member."""
    return int(await house.value(f"select purchases from standing where member_id = {member}"))


@pytest.mark.asyncio
async def test_an_order_counts_once_however_often_it_is_told(each_house: House) -> None:
    house = each_house
    anna = await house.join(ANNA)
    await house.said()
    (said,) = await house.buy(ANNA, "A1", 1250)
    assert "12" in said
    assert await house.buy(ANNA, "A1", 1250) == []
    assert await house.buy(ANNA, "A1", 9999) == []
    assert await house.rows("select order_id, total, earned from purchase") == [("A1", 1250, 12)]
    assert (await held(house, anna), await orders(house, anna)) == (12, 1)
    assert await house.database.read(ledger.audit) == []


@pytest.mark.asyncio
async def test_a_purchase_too_small_for_a_point_is_booked_silently(house: House) -> None:
    anna = await house.join(ANNA)
    await house.said()
    assert await house.buy(ANNA, "A1", 99) == []
    assert (await held(house, anna), await orders(house, anna)) == (0, 1)


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
    assert await held(house, anna) == 50 + 100
    await house.buy(ANNA, "A5", 1000)
    house.clock.later(8 * DAY)
    await house.buy(ANNA, "A6", 1000)
    assert await held(house, anna) == 160
    keys = await house.rows("select key from trigger_firing where key like 'milestone:%'")
    assert len(keys) == 1


@pytest.mark.asyncio
async def test_a_points_milestone_counts_points_ever_earned(house: House) -> None:
    anna = await house.join(ANNA)
    await house.buy(ANNA, "A1", 60_000)
    assert await held(house, anna) == 600 + 50
    assert await house.value("select count(*) from trigger_firing where key like 'milestone:%'") == 1


@pytest.mark.asyncio
async def test_no_consent_no_words_but_the_points(house: House) -> None:
    anna = await house.join(ANNA, offers=False)
    for number in range(5):
        await house.buy(ANNA, f"A{number}", 1000)
    assert await held(house, anna) == 150
    assert await house.value("select count(*) from outbox where kind = 'marketing'") == 0
    assert await house.value("select reason from trigger_firing where key like 'milestone:%'") == "no_consent"


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
    assert await held(house, anna) == 50
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


async def heard(house: House, flow: str, **values: Value) -> list[str]:
    """What Anna reads when a use case has this news for her."""
    anna = await house.member_at(ANNA)
    news = News(f"{flow}:test:{len(values)}:{house.clock.now}", flow, anna, house.clock.now + DAY, values)
    timer = Occasion.about(news).as_timer(house.clock.now)
    await house.database.write(lambda transaction: occasions.set_timers(transaction, [timer]))
    await house.settle()
    return [line for message in await house.said() for line in message.text.body.splitlines() if line]


EUROS = Money(125, "EUR")
SHOWN: list[tuple[str, dict[str, Value], list[str]]] = [
    ("purchase_notice", {"points": Points(50), "credit": Money(0, "EUR"), "total": Points(90)}, ["50", "90"]),
    ("purchase_notice", {"points": Points(50), "credit": EUROS, "total": Points(90)}, ["50", "1.25", "90"]),
    ("cashback_notice", {"credit": EUROS, "total": EUROS}, ["1.25"]),
    ("refund_notice", {"points": Points(33), "returned": Points(0), "total": Points(67)}, ["33", "67"]),
    ("refund_notice", {"points": Points(0), "returned": Points(7), "total": Points(9)}, ["7", "9"]),
    ("refund_notice", {"points": Points(33), "returned": Points(7), "total": Points(-2)}, ["33", "7", "-2"]),
    ("tier_up", {"tier": Name("Silver"), "brand": Name("Shop")}, ["Silver"]),
    (
        "tier_notice",
        {"kind": "points", "missing": Points(60), "tier": Name("Silver"), "lower": Name(""), "day": Day(4, 1, 2027)},
        ["60"],
    ),
    (
        "tier_notice",
        {"kind": "spend", "missing": EUROS, "tier": Name("Silver"), "lower": Name("Base"), "day": Day(4, 1, 2027)},
        ["1.25", "Base"],
    ),
    (
        "tier_notice",
        {"kind": "purchases", "missing": 1, "tier": Name("Silver"), "lower": Name("Base"), "day": Day(4, 1, 2027)},
        ["Silver", "Base"],
    ),
    (
        "milestone",
        {"kind": "purchases", "reached": 3, "points": Points(0), "coupon": Name("Espresso")},
        ["3", "Espresso"],
    ),
]


@pytest.mark.parametrize(("flow", "values", "shown"), SHOWN)
@pytest.mark.asyncio
async def test_news_are_told_line_by_line(house: House, flow: str, values: dict[str, Value], shown: list[str]) -> None:
    anna = await house.join(ANNA)
    await house.run(f"update member set locale = 'en', locale_source = 'chosen' where id = {anna}")
    await house.said()
    lines = await heard(house, flow, **values)
    assert len(lines) == len(shown), lines
    assert all(words in line for words, line in zip(shown, lines, strict=True))


@pytest.mark.asyncio
async def test_a_refund_is_told_with_what_is_left(each_house: House) -> None:
    house = each_house
    anna = await house.join(ANNA)
    await house.buy(ANNA, "A1", 10_000)

    def refund(transaction: Transaction) -> None:
        work = Work(transaction, world().programme, world().keyring, house.clock.now)
        refunding.refund(work, refund_id="R1", order_id="A1", amount=4_000, currency="EUR")
        occasions.set_timers(transaction, [Occasion.about(one).as_timer(work.now) for one in work.news])

    await house.database.write(refund)
    await house.said()
    await house.settle()
    (message,) = await house.said()
    assert "40" in message.text.body
    assert "60" in message.text.body
    assert await held(house, anna) == 60


@pytest.mark.asyncio
async def test_a_day_of_the_calendar_comes_with_its_gift(house: House) -> None:
    """The Indian market has Diwali: a hundred points and a coupon."""
    anna = await house.join(ANNA)
    await house.run(f"update member set locale = 'en', locale_source = 'chosen', market = 'IN' where id = {anna}")
    await house.said()
    lines = await heard(house, "occasion", name="diwali")
    assert [word for word, line in zip(("Diwali", "100", "sweets"), lines, strict=True) if word not in line] == []
    assert await held(house, anna) == 100
    assert await heard(house, "occasion", name="no_more", more=1) == []


@pytest.mark.asyncio
async def test_a_birthday_without_points_comes_with_a_gesture(house: House) -> None:
    anna = await house.join(ANNA)
    await house.run(f"update member set locale = 'en', locale_source = 'chosen', market = 'AE' where id = {anna}")
    await house.said()
    greeting, gesture = await heard(house, "birthday")
    assert "happy birthday" in greeting
    assert "Saffron coffee" in gesture
    assert await held(house, anna) == 0
