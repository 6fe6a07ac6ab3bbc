"""Opting out and in on every channel, and the silence while a person answers."""

import pytest

from bot.message import Kind
from tests.builders import ANNA, House, event, tap, text

CHANNELS = ("whatsapp", "telegram", "sms", "simulator")
DONE = "START"
"""The confirmation, in every language, says how to come back."""


async def marketing(house: House, channel: str = "whatsapp") -> tuple[int, list[str]]:
    member = await house.member_at(ANNA, channel)
    words = f"select action from consent_event where member_id = {member} and purpose = 'marketing' order by id"
    return await house.member(member, "marketing"), [row[0] for row in await house.rows(words)]


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.asyncio
async def test_a_clear_word_is_obeyed_on_every_channel(house: House, channel: str) -> None:
    await house.join(ANNA, channel)
    await house.said()
    said = await house.turn(text(ANNA, "disiscrivimi", channel))
    assert await marketing(house, channel) == (0, ["grant", "withdraw"])
    assert [DONE in one for one in said] == [True]
    assert await house.value("select opted_out from address") == 0


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.asyncio
async def test_an_opt_out_leaves_any_step_and_keeps_the_membership(house: House, channel: str) -> None:
    await house.join(ANNA, channel)
    await house.turn(text(ANNA, "compleanno", channel))
    await house.turn(event(Kind.OPT_OUT, ANNA, channel, text="STOP"))
    assert await house.value("select count(*) from session") == 0
    assert (await marketing(house, channel))[0] == 0
    assert await house.member(await house.member_at(ANNA, channel), "joined_at")


@pytest.mark.asyncio
async def test_the_providers_own_answer_is_not_doubled(house: House) -> None:
    await house.join(ANNA, "sms")
    await house.join(ANNA)
    await house.said()
    assert await house.turn(event(Kind.OPT_OUT, ANNA, "sms", text="STOP", replied_silently=True)) == []
    assert await house.turn(event(Kind.OPT_OUT, ANNA, text="STOP", replied_silently=True)) == []
    assert await house.rows("select opted_out from address order by channel") == [(1,), (1,)]
    assert await house.turn(event(Kind.OPT_IN, ANNA, "sms", text="START", replied_silently=True)) == []
    assert await house.rows("select opted_out from address order by channel") == [(0,), (1,)]
    assert (await marketing(house))[0] == 1


@pytest.mark.asyncio
async def test_a_stranger_may_opt_out_too(house: House) -> None:
    (said,) = await house.turn(event(Kind.OPT_OUT, ANNA, text="stop"))
    assert DONE in said
    assert await marketing(house) == (0, ["withdraw"])


@pytest.mark.asyncio
async def test_an_ambiguous_word_cancels_the_open_step(house: House) -> None:
    await house.join(ANNA)
    await house.turn(text(ANNA, "compleanno"))
    (said,) = await house.turn(text(ANNA, "annulla"))
    assert DONE not in said
    assert await house.value("select count(*) from session") == 0
    assert await marketing(house) == (1, ["grant"])


@pytest.mark.asyncio
async def test_an_ambiguous_word_otherwise_asks(house: House) -> None:
    await house.join(ANNA)
    await house.said()
    await house.batch(text(ANNA, "annulla"))
    (asked,) = await house.said()
    assert len(asked.choices) == 2
    assert (await marketing(house))[0] == 1
    (kept,) = await house.turn(tap(ANNA, asked.choices[1].payload))
    assert DONE not in kept
    assert (await marketing(house))[0] == 1
    await house.batch(text(ANNA, "annulla"))
    (asked,) = await house.said()
    (done,) = await house.turn(tap(ANNA, asked.choices[0].payload))
    assert DONE in done
    assert await marketing(house) == (0, ["grant", "withdraw"])


@pytest.mark.asyncio
async def test_start_afterwards_brings_messages_back(house: House) -> None:
    await house.join(ANNA)
    await house.turn(text(ANNA, "STOP"))
    (said,) = await house.turn(text(ANNA, "START"))
    assert "STOP" in said
    assert await marketing(house) == (1, ["grant", "withdraw", "grant"])


@pytest.mark.asyncio
async def test_start_on_sms_is_recorded_and_answered_by_the_provider(house: House) -> None:
    await house.join(ANNA, "sms")
    await house.turn(event(Kind.OPT_OUT, ANNA, "sms", text=" stop"))
    assert await house.value("select opted_out from address") == 1
    await house.said()
    assert await house.turn(event(Kind.OPT_IN, ANNA, "sms", text="START")) == []
    assert await marketing(house, "sms") == (1, ["grant", "withdraw", "grant"])
    assert await house.value("select opted_out from address") == 0


async def taken_over(house: House, channel: str = "whatsapp") -> None:
    await house.join(ANNA, channel)
    await house.run("update member set control = 'human', control_version = control_version + 1")
    await house.said()


@pytest.mark.asyncio
async def test_while_a_person_answers_the_bot_is_silent(house: House) -> None:
    await taken_over(house)
    assert await house.turn(text(ANNA, "saldo"), text(ANNA, "xyzzy"), tap(ANNA, "v1:menu:x:0")) == []
    assert await house.value("select count(*) from inbox where status = 'done'") == 6


@pytest.mark.parametrize("words", ["STOP", "disiscrivimi"])
@pytest.mark.parametrize("kind", [Kind.OPT_OUT, Kind.TEXT])
@pytest.mark.asyncio
async def test_opting_out_is_obeyed_while_a_person_answers(house: House, kind: Kind, words: str) -> None:
    await taken_over(house)
    await house.turn(event(kind, ANNA, text=words))
    assert (await marketing(house))[0] == 0


@pytest.mark.asyncio
async def test_what_the_till_and_the_provider_say_counts_while_a_person_answers(house: House) -> None:
    await taken_over(house, "telegram")
    assert await house.buy(ANNA, "A1", 3000, "telegram") == []
    assert await house.value("select earned from purchase") == 30
    await house.turn(event(Kind.BLOCKED, ANNA, "telegram"))
    assert await house.value("select reachable from address") == 0
    await house.turn(event(Kind.UNBLOCKED, ANNA, "telegram"))
    assert await house.value("select reachable from address") == 1


@pytest.mark.asyncio
async def test_yes_opens_a_blocked_number_and_only_a_blocked_one(house: House) -> None:
    await house.join(ANNA, "sms")
    await house.turn(text(ANNA, "YES", "sms"))
    assert await marketing(house, "sms") == (1, ["grant"])
    await house.turn(event(Kind.OPT_OUT, ANNA, "sms", text="STOP"), text(ANNA, "YES", "sms"))
    assert await marketing(house, "sms") == (1, ["grant", "withdraw", "grant"])
    assert await house.value("select opted_out from address") == 0
