"""Who writes from a phone that was silent for long, under another name, is asked before anything is understood."""

import pytest

from bot.message import Kind
from tests.builders import ANNA, DAY, House, event, photo, start, text


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
async def test_a_purchase_meanwhile_is_the_members(house: House) -> None:
    await silent(house)
    await house.turn(text(ANNA, "ciao", profile_name="Zoe"))
    session = await house.value("select flow from session")
    await house.put("t1", Kind.TIMEOUT, ANNA, token="none")
    assert session == await house.value("select flow from session") == "recycled"
