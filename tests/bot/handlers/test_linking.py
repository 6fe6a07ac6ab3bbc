"""Two memberships become one in the chat: by a code on the other channel, by an own contact; a phone changes hands."""

import re
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from bot.message import Contact, Kind
from storage import ledger
from storage.database import Database
from tests.builders import ANNA, BRUNO, DAY, MINUTE, House, card, event, start, text

TELEGRAM = "telegram"


@pytest_asyncio.fixture
async def each_house(database_url: str) -> AsyncIterator[House]:
    database = Database(database_url)
    yield House(database)
    await database.close()


async def give(house: House, member: int, points: int) -> None:
    """Points that can be used at once."""
    now = house.clock()
    earning = ledger.Earning(f"gift:{member}", member, points, "goodwill", "test", now, None)
    await house.database.write(lambda transaction: ledger.earn(transaction, earning, now))


async def ask(house: House, address: str, phone: str) -> None:
    await house.turn(text(address, "/link", TELEGRAM))
    await house.batch(text(address, phone, TELEGRAM))


async def last_to(house: House, address: str) -> str:
    """The newest message to an address, as JSON."""
    return await house.value(
        "select body from outbox join address on address.id = outbox.address_id "
        f"where address.value = '{address}' order by outbox.id desc limit 1"
    )


async def code_sent_to(house: House, address: str) -> str | None:
    """The six digits in the last message to an address, if there are any."""
    await house.settle()
    found = re.search(r"\b\d{6}\b", await last_to(house, address))
    return found[0] if found else None


@pytest.mark.asyncio
async def test_a_code_on_the_other_channel_makes_one_member_of_two(house: House) -> None:
    anna = await house.join(ANNA)
    other = await house.join("501", TELEGRAM)
    await give(house, anna, 30)
    await give(house, other, 20)
    held = await house.balance(anna) + await house.balance(other)
    await ask(house, "501", ANNA)
    code = await code_sent_to(house, ANNA)
    assert code is not None
    assert await house.turn(text("501", code, TELEGRAM))
    assert await house.member_at("501", TELEGRAM) == anna
    assert (await house.member(other, "merged_into"), await house.balance(anna)) == (anna, held)
    assert await house.database.read(ledger.audit) == []


@pytest.mark.asyncio
async def test_an_unknown_phone_is_answered_like_a_known_one(house: House) -> None:
    await house.join(ANNA)
    await house.join("501", TELEGRAM)
    await house.join("502", TELEGRAM)
    await house.said()
    answers = []
    for address, phone in (("501", ANNA), ("502", BRUNO)):
        await ask(house, address, phone)
        heard = [await last_to(house, address)]
        await house.settle()
        for _ in range(3):
            await house.batch(text(address, "000000", TELEGRAM))
            heard.append(await last_to(house, address))
        answers.append([re.sub(r"v1:[^\"]*", "", one) for one in heard])
    assert answers[0] == answers[1]


@pytest.mark.asyncio
async def test_three_wrong_codes_are_enough(house: House) -> None:
    anna = await house.join(ANNA)
    await house.join("501", TELEGRAM)
    await ask(house, "501", ANNA)
    code = await code_sent_to(house, ANNA)
    wrong = f"{(int(str(code)) + 1) % 10**6:06}"
    for _ in range(3):
        await house.turn(text("501", wrong, TELEGRAM))
    await house.turn(text("501", str(code), TELEGRAM))
    assert await house.member_at("501", TELEGRAM) != anna


@pytest.mark.asyncio
async def test_a_code_is_over_after_ten_minutes_and_only_three_are_sent_an_hour(house: House) -> None:
    anna = await house.join(ANNA)
    await house.join("501", TELEGRAM)
    codes = set()
    for _ in range(4):
        await ask(house, "501", ANNA)
        codes.add(await code_sent_to(house, ANNA))
    assert len(codes) == 3
    assert await house.value("select count(*) from trigger_firing where key like 'link:%'") == 3
    house.clock.later(11 * MINUTE)
    await house.turn(text("501", str(codes.pop()), TELEGRAM))
    assert await house.member_at("501", TELEGRAM) != anna


@pytest.mark.asyncio
async def test_an_own_contact_of_another_membership_offers_to_join_them(each_house: House) -> None:
    house = each_house
    other = await house.join("501", TELEGRAM)
    house.clock.later(MINUTE)
    anna = await house.join(ANNA)
    await give(house, anna, 30)
    held = await house.balance(anna) + await house.balance(other)
    await house.turn(card("501", ANNA))
    assert await house.member_at("501", TELEGRAM) == other
    await house.turn(text("501", "1", TELEGRAM))
    assert await house.member_at(ANNA) == await house.member_at("501", TELEGRAM) == other
    assert (await house.member(other, "phone"), await house.balance(other)) == (ANNA, held)
    await house.turn(text(ANNA, "saldo"), text("501", "saldo", TELEGRAM))
    assert await house.value("select count(*) from inbox where status = 'failed'") == 0


@pytest.mark.asyncio
async def test_the_consent_that_is_narrower_holds_after_joining(house: House) -> None:
    anna = await house.join(ANNA)
    await house.join("501", TELEGRAM, offers=False)
    await house.turn(card("501", ANNA))
    await house.turn(text("501", "1", TELEGRAM))
    assert await house.member(anna, "marketing") == 0
    rows = await house.rows(
        f"select action, source from consent_event where member_id = {anna} and purpose = 'marketing' order by id"
    )
    assert rows[-1] == ("withdraw", "merge")


@pytest.mark.asyncio
async def test_a_shared_contact_needs_no_code(house: House) -> None:
    anna = await house.join(ANNA)
    await house.turn(start("501"))
    await house.turn(text("501", "/link", TELEGRAM))
    await house.turn(card("501", ANNA))
    assert await house.member_at("501", TELEGRAM) == anna
    assert await house.value("select count(*) from proof where purpose = 'link'") == 0


async def silent(house: House) -> int:
    anna = await house.join(ANNA)
    await house.turn(text(ANNA, "ciao", profile_name="Anna"))
    await house.run(f"update address set profile_name = 'Anna' where value = '{ANNA}'")
    await give(house, anna, 30)
    await house.said()
    house.clock.later(181 * DAY)
    return anna


@pytest.mark.asyncio
async def test_a_phone_that_changed_hands_starts_anew(each_house: House) -> None:
    house = each_house
    anna = await silent(house)
    (asked,) = await house.turn(text(ANNA, "saldo", profile_name="Zoe"))
    assert "A…" in asked
    assert "30" not in asked
    (again,) = await house.turn(text(ANNA, "saldo", profile_name="Zoe"))
    assert "A…" in again
    await house.turn(text(ANNA, "2", profile_name="Zoe"))
    zoe = await house.member_at(ANNA)
    assert zoe != anna
    assert await house.member(anna, "phone") is None
    assert await house.member(zoe, "phone", "joined_at") == [ANNA, None]
    assert (await house.balance(anna) > 0, await house.balance(zoe)) == (True, 0)
    await house.turn(text(ANNA, "ciao", profile_name="Zoe"))
    assert await house.value("select count(*) from inbox where status = 'failed'") == 0


@pytest.mark.asyncio
async def test_the_same_person_under_a_new_name_goes_on(house: House) -> None:
    anna = await silent(house)
    await house.turn(text(ANNA, "saldo", profile_name="Annetta"))
    await house.turn(text(ANNA, "1", profile_name="Annetta"))
    assert await house.member_at(ANNA) == anna
    (balance,) = await house.turn(text(ANNA, "saldo", profile_name="Annetta"))
    assert "30" in balance


@pytest.mark.asyncio
async def test_a_wish_for_no_more_messages_is_obeyed_and_the_question_stands(house: House) -> None:
    anna = await silent(house)
    await house.turn(text(ANNA, "STOP", profile_name="Zoe"))
    assert await house.member(anna, "marketing") == 0
    (asked,) = await house.turn(text(ANNA, "saldo", profile_name="Zoe"))
    assert "A…" in asked
    assert "30" not in asked


@pytest.mark.parametrize(("days", "name"), [(179, "Zoe"), (179, None), (181, "Anna")])
@pytest.mark.asyncio
async def test_a_short_silence_or_the_known_name_asks_nothing(house: House, days: int, name: str | None) -> None:
    await silent(house)
    house.clock.later((days - 181) * DAY)
    (said,) = await house.turn(text(ANNA, "saldo", profile_name=name))
    assert "30" in said


@pytest.mark.asyncio
async def test_an_own_contact_of_a_phone_that_changed_hands_is_for_staff(house: House) -> None:
    anna = await silent(house)
    await house.turn(start("501", profile_name="Zoe"))
    await house.turn(event(Kind.CONTACT, "501", TELEGRAM, contact=Contact(ANNA, True), profile_name="Zoe"))
    assert await house.member_at("501", TELEGRAM) != anna


@pytest.mark.asyncio
async def test_another_wish_beside_an_asked_code_is_no_try(house: House) -> None:
    await house.join(ANNA)
    await house.join("501", TELEGRAM)
    for words in ("/link", ANNA):
        await house.turn(text("501", words, TELEGRAM))
    (said,) = await house.turn(text("501", "non lo so", TELEGRAM))
    assert "sei cifre" in said
    await house.turn(text("501", "saldo", TELEGRAM))
    assert await house.value("select tries from proof where purpose = 'link'") == 0
