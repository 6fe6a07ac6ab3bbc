"""The bot again after a person: the parked question by its facts, and how the help was."""

import pytest

from bot import takeover
from loyalty import gifts
from loyalty.gifts import Gift
from loyalty.work import Work
from storage import members
from storage.database import Transaction
from tests.bot.pipeline.desk import Desk
from tests.builders import ANNA, HOUR, MINUTE, House, text, world


@pytest.mark.asyncio
async def test_a_parked_question_is_put_again(house: House) -> None:
    desk = Desk(house)
    nora = await desk.staff()
    anna = await house.join(ANNA)
    await house.said()
    (question,) = await house.turn(text(ANNA, "compleanno"))
    await house.turn(text(ANNA, "operatore"))
    await desk.take(anna, nora)
    said = await desk.end(anna, nora)
    assert len(said) == 1 and said[0].endswith(question)
    (kept,) = await house.turn(text(ANNA, "3 marzo"))
    assert "3" in kept


@pytest.mark.asyncio
async def test_a_question_whose_points_have_moved_begins_anew_and_says_so(house: House) -> None:
    desk = Desk(house)
    nora = await desk.staff()
    anna = await house.join(ANNA)
    await give(house, anna, 311, "a")
    (before,) = (await house.turn(text(ANNA, "premi")))[-1:]
    assert "mancano 189 punti" in before
    await desk.take(anna, nora)
    house.clock.later(MINUTE)
    await give(house, anna, 77, "b")
    said = await desk.end(anna, nora)
    assert len(said) == 1 and "mancano 112 punti" in said[0] and "189" not in said[0]


async def give(house: House, member: int, points: int, key: str) -> None:
    def work(transaction: Transaction) -> None:
        row = members.get(transaction, member)
        assert row is not None
        at = Work(transaction, world().programme, world().keyring, house.clock.now)
        gifts.give(at, row, Gift(key, "goodwill", "late", points))

    await house.database.write(work)
    await house.turn()


@pytest.mark.asyncio
async def test_a_question_whose_time_ran_out_is_not_put_again(house: House) -> None:
    desk = Desk(house)
    nora = await desk.staff()
    anna = await house.join(ANNA)
    await house.turn(text(ANNA, "compleanno"))
    await desk.take(anna, nora)
    for _ in range(50):
        house.clock.later(HOUR // 2)
        await desk.say(anna, nora, "ancora io")
        await house.turn(text(ANNA, "sì"))
    said = await desk.end(anna, nora)
    assert len(said) == 1 and "\n\n" not in said[0]
    assert await house.rows("select flow from session") == []


@pytest.mark.asyncio
async def test_resolving_asks_how_it_was_and_a_bad_answer_brings_a_person(each_house: House) -> None:
    house, desk = each_house, Desk(each_house)
    nora = await desk.staff()
    anna = await house.join(ANNA)
    await house.said()
    for answer, score, control in (("5", 5, "bot"), ("pessimo", 1, "human")):
        await desk.take(anna, nora)
        await desk.say(anna, nora, "Fatto.")
        (asked,) = await desk.end(anna, nora, takeover.resolve)
        assert "aiuto" in asked.lower() or "assistenza" in asked.lower() or "team" in asked.lower()
        before = await desk.case(anna)
        assert before.status == "resolved"
        await house.turn(text(ANNA, answer))
        scores = await house.rows(f"select score from support_case where id = {before.id}")
        assert scores == [(score,)]
        assert await house.member(anna, "control") == control
    assert (await desk.case(anna)).reason == "survey"


@pytest.mark.asyncio
async def test_who_wants_no_messages_is_not_asked_how_it_was(house: House) -> None:
    desk = Desk(house)
    nora = await desk.staff()
    anna = await house.join(ANNA)
    await desk.take(anna, nora)
    await house.turn(text(ANNA, "stop"))
    (said,) = await desk.end(anna, nora, takeover.resolve)
    assert "assistente" in said


@pytest.mark.asyncio
async def test_how_it_was_is_asked_before_the_parked_question(house: House) -> None:
    desk = Desk(house)
    nora = await desk.staff()
    anna = await house.join(ANNA)
    await house.said()
    (question,) = await house.turn(text(ANNA, "compleanno"))
    await desk.take(anna, nora)
    (asked,) = await desk.end(anna, nora, takeover.resolve)
    assert question not in asked
    (thanks,) = await house.turn(text(ANNA, "5"))
    assert thanks.endswith(question)


@pytest.mark.asyncio
async def test_a_bad_answer_with_a_question_parked_below_asks_nothing_more(house: House) -> None:
    desk = Desk(house)
    nora = await desk.staff()
    anna = await house.join(ANNA)
    await house.said()
    (question,) = await house.turn(text(ANNA, "compleanno"))
    await desk.take(anna, nora)
    await desk.end(anna, nora, takeover.resolve)
    (said,) = await house.turn(text(ANNA, "1"))
    assert question not in said
    assert await house.member(anna, "control") == "human"


@pytest.mark.asyncio
async def test_a_case_that_the_bot_has_had_back_is_asked_about_when_it_is_resolved(house: House) -> None:
    desk = Desk(house)
    nora = await desk.staff()
    anna = await house.join(ANNA)
    await desk.take(anna, nora)
    await desk.end(anna, nora)
    (asked,) = await desk.end(anna, nora, takeover.resolve)
    assert "team" in asked
    await house.turn(text(ANNA, "5"))
    assert (await desk.case(anna)).score == 5


@pytest.mark.asyncio
async def test_it_is_not_asked_twice_how_it_was(house: House) -> None:
    desk = Desk(house)
    nora = await desk.staff()
    anna = await house.join(ANNA)
    for _ in range(2):
        await desk.take(anna, nora)
        (asked,) = await desk.end(anna, nora, takeover.resolve)
    (thanks,) = await house.turn(text(ANNA, "5"))
    assert asked not in thanks
    await desk.take(anna, nora)
    await desk.end(anna, nora, takeover.resolve)
    await desk.take(anna, nora)
    (back,) = await desk.end(anna, nora)
    assert asked not in back


@pytest.mark.asyncio
async def test_a_question_at_another_address_runs_out_unsaid(house: House) -> None:
    desk = Desk(house)
    nora = await desk.staff()
    anna = await house.join(ANNA)
    await house.turn(text(ANNA, "ciao", "sms"))
    await house.turn(text(ANNA, "compleanno", "sms"))
    await house.turn(text(ANNA, "operatore"))
    await desk.take(anna, nora)
    for _ in range(60):
        house.clock.later(HOUR // 2)
        await desk.say(anna, nora, "ancora io")
        await house.turn(text(ANNA, "sì"))
    said = await desk.end(anna, nora)
    assert len(said) == 1
    assert await house.rows("select flow from session") == []
