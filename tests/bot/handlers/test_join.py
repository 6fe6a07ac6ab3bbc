"""Joining: a code and a card of one's own, a friend's code, and what was bought before."""

import pytest

from loyalty.codes import is_card
from tests.builders import ANNA, BRUNO, CARLA, House, text, world


async def code_of(house: House, member: int) -> str:
    return str(await house.member(member, "referral_code"))


async def state(house: House, friend: int) -> str:
    return str(await house.value(f"select state || ' ' || flags from referral where friend_id = {friend}"))


@pytest.mark.asyncio
async def test_whoever_joins_has_a_code_and_a_card(house: House) -> None:
    code, card = await house.member(await house.join(ANNA), "referral_code", "card_number")
    other = await house.member(await house.join(BRUNO), "card_number")
    assert len(code) == 9
    assert is_card(card)
    assert is_card(other)
    assert card != other


@pytest.mark.asyncio
async def test_the_terms_that_were_shown_are_the_terms_that_are_kept(house: House) -> None:
    (asked,) = await house.turn(text(ANNA, "iscriviti"))
    link, question = asked.split("\n\n")
    terms = world().programme.terms
    assert terms.url is not None
    assert terms.url in link
    assert f"versione {terms.version}" in question.replace("\xa0", " ")
    assert await house.member(await house.member_at(ANNA), "terms_version") is None
    await house.turn(text(ANNA, "1"))
    assert await house.member(await house.member_at(ANNA), "terms_version") == terms.version


@pytest.mark.parametrize(("market", "promised"), [("IT", True), ("BR", True), ("AE", False)])
@pytest.mark.asyncio
async def test_points_are_promised_where_there_are_points(house: House, market: str, promised: bool) -> None:
    (asked,) = await house.turn(text("77", "join", "telegram", locale_hint=f"en-{market}"))
    assert ("Collect points" in asked) == promised
    assert "By joining you accept our terms" in asked


@pytest.mark.asyncio
async def test_a_friend_who_joins_with_a_code_is_pending(house: House) -> None:
    anna = await house.join(ANNA)
    bruno = await house.join(BRUNO, code=await code_of(house, anna))
    assert await state(house, bruno) == "pending "


@pytest.mark.asyncio
async def test_a_code_of_nobody_and_a_member_of_long_standing(house: House) -> None:
    anna, bruno = await house.join(ANNA), await house.join(BRUNO)
    await house.turn(text(BRUNO, await code_of(house, anna)))
    assert await house.rows("select id from referral") == []
    assert bruno != anna


@pytest.mark.asyncio
async def test_too_many_friends_in_a_week_wait_for_a_person(house: House) -> None:
    anna = await house.join(ANNA)
    code = await code_of(house, anna)
    rules_cap = 10
    for number in range(rules_cap):
        await house.join(f"+3933312300{number:02}", code=code)
    carla = await house.join(CARLA, code=code)
    assert await state(house, carla) == "review too_many"


@pytest.mark.asyncio
async def test_what_was_bought_before_joining_counts_too(house: House) -> None:
    now = house.clock()
    zeros = "shipping, tax, redeemed, test, round, earned, credited, refunded, reversed, uncredited"
    await house.run(
        f"insert into purchase (id, order_id, phone, market, state, currency, total, lines, {zeros}, at, created_at)"
        f" values (1, 'G', '{ANNA}', 'IT', 'paid', 'EUR', 4200, '[]'{', 0' * 10}, {now}, {now})"
    )
    await house.turn(text(ANNA, "iscriviti"))
    (said,) = await house.turn(text(ANNA, "1"))
    assert "42" in said
    anna = await house.member_at(ANNA)
    assert await house.value(f"select pending from account where owner_id = {anna} and unit = 'points'") == 42
