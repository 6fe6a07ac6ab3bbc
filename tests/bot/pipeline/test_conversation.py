"""What is said and tapped: media, stale and doubled taps, language, misses, time-outs, asides."""

import orjson
import pytest

from bot.message import Kind, Outbound
from tests.builders import ANNA, DAY, MINUTE, House, event, photo, start, tap, text


async def one(house: House, *arrivals) -> Outbound:
    """The one message that comes of these."""
    await house.batch(*arrivals)
    await house.settle()
    (message,) = await house.said()
    return message


def label(message: Outbound, words: str) -> str:
    """The payload of the choice with these words."""
    (found,) = [choice.payload for choice in message.choices if words in choice.label]
    return found


@pytest.mark.parametrize("kind", [Kind.MEDIA, Kind.LOCATION])
@pytest.mark.parametrize("channel", ["whatsapp", "telegram", "sms"])
@pytest.mark.asyncio
async def test_what_cannot_be_read_is_answered(house: House, kind: Kind, channel: str) -> None:
    assert "menu" in (await one(house, event(kind, ANNA, channel))).text.body
    assert "menu" in (await one(house, event(Kind.TEXT, ANNA, channel, text="  "))).text.body


@pytest.mark.asyncio
async def test_a_photo_with_a_known_phrase_is_understood(house: House) -> None:
    await house.join(ANNA)
    await house.said()
    assert "punti" in (await one(house, photo(ANNA, text="saldo"))).text.body


@pytest.mark.asyncio
async def test_an_open_question_is_repeated_after_what_cannot_be_read(house: House) -> None:
    await house.join(ANNA)
    await house.said()
    asked = await one(house, text(ANNA, "compleanno"))
    again = await one(house, photo(ANNA))
    assert again.text.body.endswith(asked.text.body)
    assert "1990" in (await one(house, text(ANNA, "saldo"))).text.body
    saved = await one(house, text(ANNA, "24 marzo 1990"))
    assert "24 marzo" in saved.text.body


@pytest.mark.asyncio
async def test_a_doubled_tap_counts_once(house: House) -> None:
    offer = await one(house, text(ANNA, "iscriviti"))
    join = offer.choices[0].payload
    await house.batch(tap(ANNA, join), tap(ANNA, join))
    first, second = await house.said()
    assert first.choices == second.choices != offer.choices
    assert await house.value("select count(*) from consent_event") == 1


@pytest.mark.asyncio
async def test_a_stale_tap_shows_what_is_open_or_the_menu(house: House) -> None:
    offer = await one(house, text(ANNA, "iscriviti"))
    await house.turn(tap(ANNA, offer.choices[0].payload), text(ANNA, "2"))
    await house.said()
    menu = await one(house, tap(ANNA, offer.choices[0].payload))
    assert len(menu.choices) > 3
    assert len((await one(house, tap(ANNA, "v1:nonsense"))).choices) == len(menu.choices)
    assert await house.value("select count(*) from consent_event") == 1


@pytest.mark.asyncio
async def test_a_tap_of_telegram_is_answered_whatever_follows(house: House) -> None:
    await house.batch(tap("501", "v1:gone:x:0", "telegram", callback_id="cb1"))
    rows = await house.rows("select kind, body, expires_at from outbox order by id")
    assert [kind for kind, _, _ in rows] == ["callback", "reply"] or [kind for kind, _, _ in rows] == [
        "reply",
        "callback",
    ]
    (callback,) = [row for row in rows if row[0] == "callback"]
    assert orjson.loads(callback[1])["text"] == "cb1"
    assert callback[2] == house.clock.now + 10_000_000


@pytest.mark.asyncio
async def test_a_choice_may_be_its_number_its_label_or_its_native_digit(house: House) -> None:
    for number, words in enumerate(("2", "Non adesso", "non ora", "٢", "no")):
        address = f"50{number}"
        offer = await one(house, text(address, "iscriviti", "telegram", locale_hint="it"))
        said = await one(house, text(address, offer.choices[1].label if number == 1 else words, "telegram"))
        if number != 2:
            assert not said.choices, words
    assert await house.value("select count(*) from member where joined_at is not null") == 0


@pytest.mark.asyncio
async def test_the_third_time_a_person_is_offered(house: House) -> None:
    await house.join(ANNA)
    await house.said()
    first = await one(house, text(ANNA, "xyzzy plugh"))
    assert first.choices
    person = await one(house, text(ANNA, "zork frobozz"))
    assert "bentornato.example" in person.text.body
    assert "punti" in (await one(house, text(ANNA, "saldo"))).text.body
    assert (await one(house, text(ANNA, "xyzzy plugh"))).choices


@pytest.mark.asyncio
async def test_an_open_question_is_asked_three_times_and_then_a_person_is_offered(house: House) -> None:
    await house.join(ANNA)
    asked = (await house.turn(text(ANNA, "compleanno")))[-1]
    for _ in range(2):
        assert (await one(house, text(ANNA, "xyzzy"))).text.body.endswith(asked)
    assert "bentornato.example" in (await one(house, text(ANNA, "xyzzy"))).text.body


@pytest.mark.asyncio
async def test_the_menus_words_leave_any_step_and_back_goes_back(house: House) -> None:
    await house.join(ANNA)
    await house.turn(text(ANNA, "compleanno"))
    await house.said()
    assert len((await one(house, text(ANNA, "menu"))).choices) > 3
    await house.turn(text(ANNA, "compleanno"))
    await house.turn(text(ANNA, "24 marzo 1990"))
    await house.turn(text(ANNA, "compleanno"))
    change = await house.turn(text(ANNA, "1"))
    assert "1990" in change[0]
    back = await one(house, text(ANNA, "indietro"))
    assert len(back.choices) == 2


@pytest.mark.asyncio
async def test_a_command_starts_its_flow(house: House) -> None:
    await house.join("501", "telegram")
    await house.said()
    assert "punti" in (await one(house, text("501", "/balance", "telegram"))).text.body
    assert len((await one(house, text("501", "/menu@bento_bot", "telegram"))).choices) > 3


@pytest.mark.asyncio
async def test_a_flow_for_members_leads_through_joining_to_its_end(house: House) -> None:
    await house.turn(text(ANNA, "saldo"))
    await house.turn(text(ANNA, "1"))
    said = await house.turn(text(ANNA, "2"))
    assert "Non hai ancora punti" in said[-1]


@pytest.mark.parametrize(
    ("hint", "channel", "address", "words", "locale"),
    [
        ("pt-br", "telegram", "501", "saldo dos meus pontos, por favor", "pt_BR"),
        (None, "whatsapp", ANNA, "ciao", "it"),
        (None, "whatsapp", "+5511987654321", "oi, tudo bem?", "pt_BR"),
        (None, "sms", "+34612345678", "hola", "es"),
        ("ar", "telegram", "502", "مرحبا", "ar"),
        (None, "whatsapp", "+201001234567", "مرحبا، كم نقطة لدي؟", "ar"),
        ("en", "telegram", "503", "hello there, how many points do I have?", "en"),
        (None, "whatsapp", "+393331112222", "Hello, I would like to know how many points I have, please", "en"),
    ],
)
@pytest.mark.asyncio
async def test_the_first_message_settles_the_language(house: House, hint, channel, address, words, locale) -> None:
    await house.turn(text(address, words, channel, locale_hint=hint))
    assert await house.value("select locale from member") == locale
    spoken = await house.value("select locale from outbox")
    assert str(spoken).partition("@")[0] == locale


@pytest.mark.asyncio
async def test_a_settled_language_is_not_left_for_a_word(house: House) -> None:
    member = await house.join(ANNA)
    for words in ("ok", "👍", "1", "https://example.com/hello", "thanks"):
        await house.turn(text(ANNA, words))
        assert await house.member(member, "locale") == "it"


@pytest.mark.asyncio
async def test_a_chosen_language_stays(house: House) -> None:
    member = await house.join(ANNA)
    await house.said()
    asked = await one(house, text(ANNA, "lingua"))
    assert len(asked.choices) == 10
    await house.turn(tap(ANNA, label(asked, "Español")))
    assert await house.member(member, "locale", "locale_source") == ["es", "chosen"]
    await house.turn(text(ANNA, "Hello, I would like to know how many points I have, please"))
    assert await house.member(member, "locale") == "es"


@pytest.mark.asyncio
async def test_a_language_we_do_not_speak_brings_the_language_menu(house: House) -> None:
    member = await house.join(ANNA)
    await house.said()
    polish = "Dzień dobry, chciałbym się dowiedzieć, dlaczego sklep był wczoraj zamknięty"
    asked = await one(house, text(ANNA, polish))
    assert {choice.label for choice in asked.choices} >= {"Italiano", "English", "العربية"}
    assert await house.member(member, "locale") == "it"


@pytest.mark.asyncio
async def test_a_question_times_out(each_house: House) -> None:
    house = each_house
    await house.join(ANNA)
    await house.turn(text(ANNA, "compleanno"))
    assert await house.value("select count(*) from session") == 1
    house.clock.later(DAY - MINUTE)
    await house.settle()
    assert await house.value("select count(*) from session") == 1
    house.clock.later(2 * MINUTE)
    await house.settle()
    assert await house.value("select count(*) from session") == 0


@pytest.mark.asyncio
async def test_the_time_out_of_an_answered_question_does_nothing(house: House) -> None:
    await house.join(ANNA)
    await house.turn(text(ANNA, "compleanno"))
    house.clock.later(DAY - MINUTE)
    await house.turn(text(ANNA, "24 marzo 1990"))
    await house.turn(text(ANNA, "lingua"))
    house.clock.later(2 * MINUTE)
    await house.settle()
    assert await house.value("select flow from session") == "language"


@pytest.mark.asyncio
async def test_a_prompt_that_never_arrived_closes_its_question(house: House) -> None:
    offer = await one(house, text(ANNA, "iscriviti"))
    token = await house.value("select token from outbox")
    assert token
    assert f":{token}:" in offer.choices[0].payload
    await house.put("x", Kind.NOT_SENT, ANNA, token="other")
    assert await house.value("select count(*) from session") == 1
    await house.put("y", Kind.NOT_SENT, ANNA, token=token)
    assert await house.value("select count(*) from session") == 0


@pytest.mark.asyncio
async def test_writing_makes_an_address_reachable_again(house: House) -> None:
    await house.turn(start("501"))
    await house.turn(event(Kind.BLOCKED, "501", "telegram"))
    assert await house.value("select reachable from address") == 0
    await house.turn(text("501", "ciao", "telegram"))
    assert await house.value("select reachable from address") == 1
    assert await house.value("select last_inbound_at from conversation") == house.clock.now


@pytest.mark.asyncio
async def test_receipts_and_blocks_open_no_window(house: House) -> None:
    await house.turn(text(ANNA, "ciao"))
    then = house.clock.now
    house.clock.later(DAY)
    await house.turn(event(Kind.REACTION, ANNA, text="👍"), event(Kind.BLOCKED, ANNA))
    assert await house.value("select last_inbound_at from conversation") == then
