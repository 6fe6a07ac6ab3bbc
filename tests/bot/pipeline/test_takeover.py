"""A person instead of the bot, as members live it: asked for, waited for, answered."""

from functools import partial

import pytest

from bot import takeover
from bot.message import Name, Outbound, Points, Text, Value
from bot.permission import Occasion
from storage import occasions
from tests.bot.pipeline.desk import LEASE, Desk
from tests.builders import ANNA, DAY, HOUR, MINUTE, House, photo, text


@pytest.mark.asyncio
async def test_without_staff_the_bot_says_where_else_to_turn(house: House) -> None:
    anna = await house.join(ANNA)
    await house.said()
    (said,) = await house.turn(text(ANNA, "operatore"))
    assert "ciao@bentornato.example" in said
    assert await house.member(anna, "control") == "bot"


@pytest.mark.asyncio
async def test_who_asks_for_a_person_waits_in_the_queue_and_the_bot_is_silent(each_house: House) -> None:
    house, desk = each_house, Desk(each_house)
    await desk.staff()
    anna = await house.join(ANNA)
    await house.said()
    (said,) = await house.turn(text(ANNA, "operatore"))
    assert '"menu"' in said and "ciao@" not in said
    assert await house.member(anna, "control", "control_version") == ["human", 1]
    assert await house.turn(text(ANNA, "punti"), photo(ANNA)) == []
    case = await desk.case(anna)
    assert (case.status, case.owner_id, case.reason) == ("open", None, "asked")
    assert case.waiting_since is not None
    assert [row[0] for row in await house.rows("select words from inbox order by id")][-2:] == ["punti", None]


@pytest.mark.asyncio
async def test_two_not_understoods_in_a_row_call_a_person(house: House) -> None:
    desk = Desk(house)
    await desk.staff()
    anna = await house.join(ANNA)
    await house.turn(text(ANNA, "xqzt vvkr"))
    assert await house.member(anna, "control") == "bot"
    await house.turn(text(ANNA, "xqzt vvkr blorp"))
    assert await house.member(anna, "control") == "human"
    assert (await desk.case(anna)).reason == "misunderstood"


@pytest.mark.asyncio
async def test_a_complaint_goes_before_others(house: House) -> None:
    desk = Desk(house)
    await desk.staff()
    anna = await house.join(ANNA)
    await house.turn(text(ANNA, "voglio fare un reclamo"))
    case = await desk.case(anna)
    assert (case.reason, case.priority) == ("complaint", 1)


@pytest.mark.asyncio
async def test_the_word_for_the_menu_leads_out_of_the_queue_but_not_out_of_a_conversation(house: House) -> None:
    desk = Desk(house)
    nora = await desk.staff()
    anna = await house.join(ANNA)
    await house.turn(text(ANNA, "operatore"))
    said = await house.turn(text(ANNA, "menu"))
    assert len(said) == 1 and "assistente" in said[0]
    assert await house.member(anna, "control") == "bot"
    await desk.take(anna, nora)
    assert await house.turn(text(ANNA, "menu")) == []
    assert await house.member(anna, "control") == "human"


@pytest.mark.asyncio
async def test_staff_come_in_answer_and_go(each_house: House) -> None:
    house, desk = each_house, Desk(each_house)
    nora = await desk.staff()
    anna = await house.join(ANNA)
    await house.said()
    (said,) = await desk.take(anna, nora)
    assert said.endswith("Nora.")
    assert await desk.say(anna, nora, "Buongiorno, eccomi.") == ["Buongiorno, eccomi."]
    assert await house.turn(text(ANNA, "saldo")) == []
    assert (await desk.case(anna)).waiting_since is not None
    await desk.say(anna, nora, "Un momento.")
    assert (await desk.case(anna)).waiting_since is None
    (back,) = await desk.end(anna, nora)
    assert "assistente" in back
    assert (await desk.case(anna)).status == "pending"
    (balance,) = await house.turn(text(ANNA, "saldo"))
    assert "punti" in balance


@pytest.mark.asyncio
async def test_opting_out_is_obeyed_while_a_person_answers(house: House) -> None:
    desk = Desk(house)
    nora = await desk.staff()
    anna = await house.join(ANNA)
    await desk.take(anna, nora)
    assert await house.member(anna, "marketing") == 1
    (said,) = await house.turn(text(ANNA, "stop"))
    assert said
    assert await house.member(anna, "marketing", "control") == [0, "human"]


@pytest.mark.asyncio
async def test_after_hours_the_next_message_is_answered_once(house: House) -> None:
    desk = Desk(house)
    nora = await desk.staff()
    anna = await house.join(ANNA)
    house.clock.later(14 * HOUR)
    await house.said()
    (told,) = await house.turn(text(ANNA, "operatore"))
    assert "09:00" in told
    (away,) = await house.turn(text(ANNA, "ci siete?"))
    assert "09:00" in away
    assert await house.turn(text(ANNA, "mi leggete?")) == []
    await desk.take(anna, nora)
    await desk.say(anna, nora, "Eccomi, sono in ritardo.")
    assert await house.turn(text(ANNA, "grazie")) == []
    await desk.end(anna, nora, partial(takeover.assign, to=None))
    (again,) = await house.turn(text(ANNA, "e poi?"))
    assert "09:00" in again


@pytest.mark.asyncio
async def test_an_idle_owner_is_warned_and_the_bot_comes_back(house: House) -> None:
    desk = Desk(house)
    nora = await desk.staff()
    anna = await house.join(ANNA)
    await house.said()
    await desk.take(anna, nora)
    house.clock.later(26 * MINUTE)
    assert await house.turn() == []
    assert (await desk.case(anna)).warned_at is not None
    house.clock.later(5 * MINUTE)
    (said,) = await house.turn()
    assert "assistente" in said
    assert await house.member(anna, "control") == "bot"


@pytest.mark.asyncio
async def test_who_waits_for_an_idle_owner_goes_back_to_the_queue_not_to_the_bot(house: House) -> None:
    desk = Desk(house)
    nora = await desk.staff()
    anna = await house.join(ANNA)
    await desk.take(anna, nora)
    await house.turn(text(ANNA, "una domanda"))
    house.clock.later(26 * MINUTE)
    await house.turn()
    house.clock.later(5 * MINUTE)
    assert await house.turn() == []
    case = await desk.case(anna)
    assert (case.status, case.owner_id) == ("open", None)
    house.clock.later(DAY)
    (said,) = await house.turn()
    assert "ciao@bentornato.example" in said
    assert await house.member(anna, "control") == "bot"


@pytest.mark.asyncio
async def test_what_was_put_aside_wakes_with_the_members_next_message_or_in_time(house: House) -> None:
    desk = Desk(house)
    nora = await desk.staff()
    anna = await house.join(ANNA)
    for wakes in (text(ANNA, "eccomi"), None):
        await desk.take(anna, nora)
        case, now = await desk.case(anna), house.clock.now
        until = now + 4 * HOUR
        await house.database.write(
            lambda t, case=case, until=until, now=now: takeover.snooze(
                t, LEASE, case.id, by=nora, until=until, version=case.version, now=now
            )
        )
        house.clock.later(HOUR)
        await house.turn()
        assert (await desk.case(anna)).status == "snoozed"
        if wakes is None:
            house.clock.later(3 * HOUR)
        await house.turn(*([wakes] if wakes else []))
        case = await desk.case(anna)
        assert (case.status, case.owner_id) == ("open", nora)


@pytest.mark.asyncio
async def test_a_message_of_ours_that_meets_a_person_waits_until_they_are_done(each_house: House) -> None:
    house, desk = each_house, Desk(each_house)
    nora = await desk.staff()
    anna = await house.join(ANNA)
    await house.said()
    values: dict[str, Value] = {"kind": "points", "reached": 5, "points": Points(5), "coupon": Name("")}
    now = house.clock.now
    occasion = Occasion.of("milestone:x:5", "news", "milestone", anna, values, now + 3 * DAY)
    await house.database.write(lambda t: occasions.set_timers(t, [occasion.as_timer(now)]))
    await house.triggers.tick()  # planned: its event waits for the lane
    assert await house.rows("select status from event where key = 'milestone:x:5'") == [("waiting",)]
    (taken,) = await desk.take(anna, nora)
    assert "Nora" in taken
    await desk.end(anna, nora)
    house.clock.later(HOUR)
    (said,) = await house.turn()
    assert "5" in said
    house.clock.later(HOUR)
    assert await house.turn() == []


@pytest.mark.asyncio
async def test_a_stale_version_and_a_strangers_case_are_refused(each_house: House) -> None:
    house, desk = each_house, Desk(each_house)
    nora, luca = await desk.staff(), await desk.staff("Luca")
    anna = await house.join(ANNA)
    await desk.take(anna, nora)
    case, now = await desk.case(anna), house.clock.now
    with pytest.raises(takeover.Stale) as raised:
        await house.database.write(lambda t: takeover.take(t, LEASE, anna, luca, version=None, now=now))
    assert raised.value.case.owner_id == nora
    message = Outbound(Text("io"))
    for by, version, error in ((luca, case.version, takeover.NotYours), (nora, case.version - 1, takeover.Stale)):
        with pytest.raises(error):
            await house.database.write(
                lambda t, by=by, version=version: takeover.write(
                    t, LEASE, case.id, message, by=by, version=version, voice="it", now=now
                )
            )
    assert await house.said() is not None
    assert await house.rows("select id from outbox where author_id is not null") == []


@pytest.mark.asyncio
async def test_a_form_sent_twice_writes_once(each_house: House) -> None:
    house, desk = each_house, Desk(each_house)
    nora = await desk.staff()
    anna = await house.join(ANNA)
    await desk.take(anna, nora)
    case, now = await desk.case(anna), house.clock.now
    sent = [
        await house.database.write(
            lambda t: takeover.write(
                t,
                LEASE,
                case.id,
                Outbound(Text("una volta")),
                by=nora,
                version=case.version,
                voice="it",
                now=now,
                key="k1",
            )
        )
        for _ in range(2)
    ]
    assert sent[0] == sent[1]
    assert len(await house.rows("select id from outbox where author_id is not null")) == 1


@pytest.mark.asyncio
async def test_a_shut_window_takes_no_free_words(house: House) -> None:
    desk = Desk(house)
    nora = await desk.staff()
    anna = await house.join(ANNA)
    house.clock.later(2 * DAY)
    await desk.take(anna, nora)
    case, now = await desk.case(anna), house.clock.now
    with pytest.raises(takeover.Shut) as raised:
        await house.database.write(
            lambda t: takeover.write(
                t, LEASE, case.id, Outbound(Text("x")), by=nora, version=case.version, voice="it", now=now
            )
        )
    assert raised.value.reason == "window_closed"


@pytest.mark.asyncio
async def test_answers_go_where_the_member_is_now(house: House) -> None:
    desk = Desk(house)
    nora = await desk.staff()
    anna = await house.join(ANNA)
    await desk.take(anna, nora)
    await desk.end(anna, nora)
    house.clock.later(2 * DAY)
    await house.turn(text(ANNA, "ciao", "sms"))
    for again in (
        desk.take(anna, nora),
        desk.do(lambda t: takeover.reopen(t, LEASE, anna, by=nora, now=house.clock.now)),
    ):
        await again
        assert (await desk.case(anna)).channel == "sms"
        assert await desk.say(anna, nora, "Eccomi") == ["Eccomi"]
        await desk.end(anna, nora, takeover.resolve)


@pytest.mark.asyncio
async def test_who_leaves_the_queue_from_another_channel_is_answered_there(house: House) -> None:
    desk = Desk(house)
    await desk.staff()
    anna = await house.join(ANNA)
    await house.turn(text(ANNA, "ciao", "sms"))
    await house.turn(text(ANNA, "operatore"))
    (said,) = await house.turn(text(ANNA, "menu", "sms"))
    assert "assistente" in said
    rows = await house.rows(
        "select channel from outbox join address on address.id = address_id order by outbox.id desc"
    )
    assert rows[0] == ("sms",)
    assert await house.member(anna, "control") == "bot"


@pytest.mark.asyncio
async def test_nothing_is_put_aside_for_ever(house: House) -> None:
    desk = Desk(house)
    nora = await desk.staff()
    anna = await house.join(ANNA)
    await desk.take(anna, nora)
    await desk.end(anna, nora, partial(takeover.snooze, until=house.clock.now + 900 * DAY))
    house.clock.later(14 * DAY)
    await house.turn()
    assert (await desk.case(anna)).status == "open"
