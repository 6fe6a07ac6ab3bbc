"""Who is who: own and foreign contacts, referral on both sides, those who may not use a code."""

import pytest

from bot.message import Kind
from loyalty.codes import new_code
from tests.builders import ANNA, BRUNO, CARLA, DAY, House, card, event, receipt, start, text


async def code_of(house: House, address: str, channel: str = "whatsapp") -> str:
    return await house.member(await house.member_at(address, channel), "referral_code")


@pytest.mark.asyncio
async def test_an_own_contact_joins_telegram_to_the_phones_member(each_house: House) -> None:
    house = each_house
    anna = await house.join(ANNA)
    await house.buy(ANNA, "A1", 3000)
    await house.turn(start("501"))
    (said,) = await house.turn(card("501", ANNA))
    assert "menu" not in said
    assert await house.member_at("501", "telegram") == anna
    (balance,) = await house.turn(text("501", "saldo", "telegram"))
    assert "30" in balance


@pytest.mark.asyncio
async def test_an_own_contact_of_a_new_phone_is_kept_for_later(each_house: House) -> None:
    house = each_house
    await house.join("501", "telegram")
    await house.turn(card("501", ANNA))
    await house.turn(text(ANNA, "ciao"), text(ANNA, "ciao", "sms"))
    assert await house.member_at(ANNA) == await house.member_at("501", "telegram") == await house.member_at(ANNA, "sms")


@pytest.mark.asyncio
async def test_a_member_with_points_is_not_swallowed(house: House) -> None:
    anna, other = await house.join(ANNA), await house.join("501", "telegram")
    await house.said()
    (said,) = await house.turn(card("501", ANNA))
    assert (await house.member_at("501", "telegram"), await house.member_at(ANNA)) == (other, anna)
    assert said
    assert await house.member(other, "phone") is None


@pytest.mark.asyncio
async def test_telegram_contact_and_whatsapp_message_in_one_batch(each_house: House) -> None:
    house = each_house
    await house.turn(card("501", ANNA), text(ANNA, "ciao"))
    assert await house.member_at(ANNA) == await house.member_at("501", "telegram")


@pytest.mark.asyncio
async def test_somebody_elses_card_is_refused(house: House) -> None:
    anna = await house.join(ANNA)
    await house.turn(start("501"))
    (said,) = await house.turn(card("501", ANNA, own=False))
    assert said
    assert await house.member_at("501", "telegram") != anna
    assert await house.value("select count(*) from member where phone is not null") == 1


@pytest.mark.asyncio
async def test_both_sides_are_rewarded_once_on_the_friends_first_purchase(each_house: House) -> None:
    house = each_house
    anna = await house.join(ANNA)
    bruno = await house.join(BRUNO, code=await code_of(house, ANNA))
    await house.said()
    said = await house.buy(BRUNO, "B1", 3000)
    assert (await house.balance(anna), await house.balance(bruno), len(said)) == (0, 30, 1)
    await house.upkeep(later=13 * DAY)
    assert await house.balance(anna) == 0
    said = await house.upkeep(later=DAY)
    assert sorted((await house.balance(anna), await house.balance(bruno))) == [30 + 250, 500 + 50]
    assert len(said) == 3, said
    await house.buy(BRUNO, "B1", 3000)
    await house.buy(BRUNO, "B2", 3000)
    await house.upkeep(later=30 * DAY)
    assert (await house.balance(anna), await house.balance(bruno)) == (550, 310)
    assert await house.rows("select state from referral") == [("rewarded",)]


@pytest.mark.asyncio
async def test_a_first_purchase_that_is_told_twice_in_a_batch_rewards_once(each_house: House) -> None:
    house = each_house
    anna = await house.join(ANNA)
    bruno = await house.join(BRUNO, code=await code_of(house, ANNA))
    for number in (1, 2):
        data = '{"order_id": "B1", "amount": 3000, "currency": "EUR"}'
        await house.run(
            "insert into event (id, key, channel, address, kind, data, status, created_at) values "
            f"({number}, 'k{number}', 'whatsapp', '{BRUNO}', 'purchase', '{data}', 'waiting', 1)"
        )
    await house.turn()
    await house.upkeep(later=14 * DAY)
    assert (await house.balance(bruno), await house.balance(anna)) == (280, 550)


@pytest.mark.asyncio
async def test_ones_own_code_cannot_be_used(house: House) -> None:
    await house.turn(start("501"))
    await house.join(ANNA)
    code = await code_of(house, ANNA)
    await house.said()
    (said,) = await house.turn(text(ANNA, code))
    assert code not in said
    await house.turn(text(ANNA, code, "sms"))
    assert await house.value("select count(*) from referral") == 0


@pytest.mark.asyncio
async def test_those_who_are_members_already_are_refused(house: House) -> None:
    await house.join(ANNA)
    await house.join(BRUNO)
    await house.turn(text(BRUNO, await code_of(house, ANNA)))
    await house.turn(start("777", f"r_{await code_of(house, ANNA)}"))
    assert await house.value("select count(*) from referral") == 0
    await house.turn(text("777", "1", "telegram"))
    assert await house.value("select count(*) from referral") == 1


@pytest.mark.asyncio
async def test_the_first_code_counts_and_an_unknown_one_does_not(house: House) -> None:
    await house.join(ANNA)
    await house.join(CARLA)
    await house.turn(text(BRUNO, await code_of(house, ANNA)))
    await house.turn(text(BRUNO, "1"))
    await house.turn(text(BRUNO, await code_of(house, CARLA)))
    anna = await house.member_at(ANNA)
    assert await house.rows("select referrer_id, state from referral") == [(anna, "pending")]
    said = await house.turn(text("888", new_code(12345), "telegram"), text("888", "1", "telegram"))
    assert len(said) == 2
    assert await house.value("select count(*) from referral") == 1


@pytest.mark.asyncio
async def test_a_code_is_known_in_a_sentence_with_and_without_prefix(house: House) -> None:
    await house.join(ANNA)
    code = await code_of(house, ANNA)
    for number, words in enumerate((f"Join {code}", f"r_{code}", code.lower(), f"/start r_{code}")):
        address = f"90{number}"
        await house.turn(text(address, words, "telegram"), text(address, "1", "telegram"))
    assert await house.value("select count(*) from referral") == 4


@pytest.mark.asyncio
async def test_what_no_erasure_would_find_is_dropped_after_thirty_days(each_house: House) -> None:
    house = each_house
    await house.join(ANNA)
    await house.batch(event(Kind.TEXT, "-5", "telegram", text="ciao", private=False), receipt("x", "delivered"))
    strays = "select count(*) from inbox where address_id is null"
    await house.upkeep(later=29 * DAY)
    assert await house.value(strays) == 2
    kept = await house.value("select count(*) from inbox") - 2
    await house.upkeep(later=2 * DAY)
    assert (await house.value(strays), await house.value("select count(*) from inbox")) == (0, kept)


@pytest.mark.asyncio
async def test_a_chat_that_moved_leaves_no_name_behind(house: House) -> None:
    await house.join(ANNA)
    await house.turn(start("501", profile_name="Anna"))
    left = await house.member_at("501", "telegram")
    await house.turn(card("501", ANNA))
    assert await house.member_at("501", "telegram") == await house.member_at(ANNA)
    assert await house.member(left, "name") is None
