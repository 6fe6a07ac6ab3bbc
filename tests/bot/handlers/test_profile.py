"""What members tell of themselves: birthday with its rules, language, phone."""

import pytest

from loyalty import purchasing
from loyalty.orders import Order
from loyalty.work import Work
from tests.builders import ANNA, House, card, start, text, world

AMERICAN = "+14155550123"


@pytest.mark.parametrize(
    ("words", "kept"),
    [
        ("24 marzo 1990", [3, 24, 1990]),
        ("24/3", [3, 24, None]),
        ("29 febbraio", [2, 29, None]),
        ("31 giugno", [None] * 3),
    ],
)
@pytest.mark.asyncio
async def test_a_birthday_is_kept_as_told(house: House, words: str, kept: list[int | None]) -> None:
    member = await house.join(ANNA)
    await house.turn(text(ANNA, "compleanno"))
    await house.turn(text(ANNA, words))
    assert await house.member(member, "birth_month", "birth_day", "birth_year") == kept


@pytest.mark.parametrize(("words", "kept"), [("3 March 2013", None), ("2 March 2013", 3), ("March 24, 1990", 3)])
@pytest.mark.asyncio
async def test_the_age_gate_of_the_market(house: House, words: str, kept: int | None) -> None:
    member = await house.join(AMERICAN, "sms", code="join")
    await house.turn(text(AMERICAN, "birthday", "sms"))
    await house.turn(text(AMERICAN, "24 March", "sms"))
    assert await house.member(member, "birth_month") is None
    await house.turn(text(AMERICAN, words, "sms"))
    assert await house.member(member, "birth_month") == kept


@pytest.mark.asyncio
async def test_a_shared_number_is_linked_once(house: House) -> None:
    member = await house.join("501", "telegram")
    for _ in range(2):
        assert await house.turn(card("501", ANNA))
    assert await house.member(member, "phone") == ANNA


@pytest.mark.asyncio
async def test_a_number_of_somebody_who_writes_from_elsewhere_is_moved_by_our_team_alone(house: House) -> None:
    member = await house.join("501", "telegram")
    await house.turn(card("501", ANNA))
    await house.turn(start("502"))
    (said,) = await house.turn(card("502", ANNA))
    assert "team" in said
    assert await house.member_at("502", "telegram") != member


@pytest.mark.asyncio
async def test_the_market_and_zone_follow_the_phone(house: House) -> None:
    await house.turn(text("+5511987654321", "oi"), text("+4915112345678", "hallo", "sms"), text("+999", "x"))
    rows = await house.rows(
        "select value, market, zone from member join address on member_id = member.id order by value"
    )
    assert rows == [
        ("+4915112345678", "DE", "Europe/Berlin"),
        ("+5511987654321", "BR", "America/Sao_Paulo"),
        ("+999", "IT", "Europe/Rome"),
    ]


@pytest.mark.asyncio
async def test_an_email_is_given_changed_and_removed_with_a_consent_of_its_own(house: House) -> None:
    member = await house.join(ANNA)
    for words, kept in (("anna@Example.org", "anna@example.org"), ("a.rossi@example.org", "a.rossi@example.org")):
        await house.turn(text(ANNA, "/email"))
        if kept.startswith("a."):
            await house.turn(text(ANNA, "1"))
        await house.turn(text(ANNA, words))
        assert await house.member(member, "email") == kept
    await house.turn(text(ANNA, "/email"))
    await house.turn(text(ANNA, "2"))
    assert await house.member(member, "email") is None
    rows = await house.rows("select action from consent_event where purpose = 'email' order by id")
    assert rows == [("grant",), ("grant",), ("withdraw",)]


@pytest.mark.asyncio
async def test_orders_of_a_shown_phone_become_the_members(house: House) -> None:
    member = await house.join("501", "telegram")

    def guest(transaction):
        work = Work(transaction, world().programme, world().keyring, house.clock())
        order = Order("G1", "EUR", 5_000, house.clock())
        return purchasing.record(work, None, order, market="IT", phone=ANNA).label

    assert await house.database.write(guest) == "guest"
    assert await house.balance(member) == 0
    await house.turn(card("501", ANNA))
    assert await house.balance(member) >= 50
