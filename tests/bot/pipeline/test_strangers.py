"""Who writes from a phone that was silent for long, under another name, is asked before anything is understood."""

import pytest

from bot.message import Kind
from loyalty import erasing, exporting, merging
from loyalty.work import Work
from storage.database import Transaction
from tests.builders import ANNA, BRUNO, DAY, House, event, photo, start, text, world


async def silent(house: House, channel: str = "whatsapp") -> int:
    anna = await house.join(ANNA, channel)
    await house.run(f"update address set profile_name = 'Anna' where value = '{ANNA}'")
    await house.said()
    house.clock.later(181 * DAY)
    return anna


@pytest.mark.parametrize(
    "arrival",
    [
        text(ANNA, "menu", profile_name="Zoe"),
        photo(ANNA, profile_name="Zoe"),
        event(Kind.OPT_IN, ANNA, profile_name="Zoe"),
    ],
)
@pytest.mark.asyncio
async def test_whatever_comes_is_met_with_the_question(house: House, arrival) -> None:
    await silent(house)
    (asked,) = await house.turn(arrival)
    assert "A…" in asked


@pytest.mark.asyncio
async def test_the_question_stands_until_it_is_answered(house: House) -> None:
    anna = await silent(house)
    for words in ("ciao", "menu", "indietro", "annulla", "saldo"):
        (asked,) = await house.turn(text(ANNA, words, profile_name="Zoe"))
        assert "A…" in asked
    house.clock.later(DAY)
    (asked,) = await house.turn(text(ANNA, "saldo"))
    assert "A…" in asked
    assert await house.member_at(ANNA) == anna


@pytest.mark.asyncio
async def test_the_providers_own_opt_out_is_obeyed_and_the_question_stands(house: House) -> None:
    anna = await silent(house)
    await house.turn(text(ANNA, "ciao", profile_name="Zoe"))
    await house.turn(event(Kind.OPT_OUT, ANNA, replied_silently=True))
    assert await house.member(anna, "marketing") == 0
    await house.turn(event(Kind.OPT_IN, ANNA, replied_silently=True))
    (asked,) = await house.turn(text(ANNA, "saldo", profile_name="Zoe"))
    assert "A…" in asked


@pytest.mark.asyncio
async def test_a_telegram_id_never_changes_hands(house: House) -> None:
    await house.join("501", "telegram")
    await house.run("update address set profile_name = 'Anna' where value = '501'")
    await house.said()
    house.clock.later(181 * DAY)
    (said,) = await house.turn(start("501", profile_name="Zoe"))
    assert "A…" not in said


@pytest.mark.asyncio
async def test_a_timer_meanwhile_changes_nothing(house: House) -> None:
    await silent(house)
    await house.turn(text(ANNA, "ciao", profile_name="Zoe"))
    session = await house.value("select flow from session")
    await house.put("t1", Kind.TIMEOUT, ANNA, token="none")
    assert session == await house.value("select flow from session") == "recycled"


@pytest.mark.asyncio
async def test_what_happens_to_the_member_meanwhile_is_booked_and_not_told_here(house: House) -> None:
    anna = await silent(house)
    await house.turn(text(ANNA, "ciao", profile_name="Zoe"))
    assert await house.buy(ANNA, "o1", 5000) == []
    assert await house.balance(anna) == 50
    (welcome,) = await house.turn(text(ANNA, "1", profile_name="Zoe"))
    assert "50" not in welcome
    assert await house.buy(ANNA, "o2", 5000) != []


@pytest.mark.parametrize(
    ("known", "shown", "words"), [("sms", "whatsapp", "la stessa persona"), ("whatsapp", "sms", "Sei ancora A…")]
)
@pytest.mark.asyncio
async def test_the_other_channel_of_a_silent_phone_is_asked_too(
    house: House, known: str, shown: str, words: str
) -> None:
    anna = await house.join(ANNA, known)
    if known == "whatsapp":
        await house.run(f"update address set profile_name = 'Anna' where value = '{ANNA}'")
    house.clock.later(181 * DAY)
    (asked,) = await house.turn(text(ANNA, "saldo", shown, profile_name="Zoe" if shown == "whatsapp" else None))
    assert words in asked
    await house.turn(text(ANNA, "2", shown))
    assert [await house.member_at(ANNA, channel) == anna for channel in (known, shown)] == [False, False]
    assert await house.member(anna, "phone") is None


@pytest.mark.asyncio
async def test_the_other_channel_of_a_phone_heard_of_late_is_the_members(house: House) -> None:
    anna = await house.join(ANNA)
    house.clock.later(179 * DAY)
    (said,) = await house.turn(text(ANNA, "saldo", "sms"))
    assert "Sei ancora" not in said
    house.clock.later(179 * DAY)
    (said,) = await house.turn(text(ANNA, "saldo", profile_name="Zoe"))
    assert "Sei ancora" not in said
    assert await house.member_at(ANNA, "sms") == anna


@pytest.mark.asyncio
async def test_whoever_has_the_phone_next_sees_and_erases_their_own_words_alone(each_house: House) -> None:
    house = each_house
    anna = await house.join(ANNA)
    await house.run(f"update address set profile_name = 'Anna' where value = '{ANNA}'")
    for words in ("email", "anna@example.org"):
        await house.turn(text(ANNA, words, profile_name="Anna"))
    house.clock.later(181 * DAY)
    for words in ("ciao", "2"):
        await house.turn(text(ANNA, words, profile_name="Zoe"))
    zoe = await house.join(ANNA)
    mine, theirs = [await messages(house, one) for one in (anna, zoe)]
    assert not any("anna@" in one["body"] for one in theirs["sent"])
    assert len(theirs["received"]) == 4
    assert await house.value("select count(*) from outbox where body like '%anna@%'") == 0
    assert all(one["body"] == "" for one in mine["sent"])
    await house.database.write(lambda transaction: erasing.erase(work(house, transaction), anna))
    assert await messages(house, zoe) == theirs


@pytest.mark.asyncio
async def test_the_phone_of_a_merged_member_leads_to_who_took_over(each_house: House) -> None:
    house = each_house
    anna, bruno = await house.join(ANNA), await house.join(BRUNO)
    await house.database.write(lambda transaction: merging.merge(work(house, transaction), anna, bruno))
    await house.turn(text(BRUNO, "saldo", "sms"))
    assert await house.member_at(BRUNO, "sms") == anna
    assert await house.value("select count(*) from inbox where status = 'failed'") == 0


def work(house: House, transaction: Transaction) -> Work:
    return Work(transaction, world().programme, world().keyring, house.clock())


async def messages(house: House, member_id: int):
    shown = await house.database.read(lambda transaction: exporting.export(transaction, member_id, house.clock()))
    return shown["messages"]
