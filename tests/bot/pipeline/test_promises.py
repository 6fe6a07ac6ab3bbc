"""Promises in every order of events: a no is a no, a group is not a chat, a refusal is not written back."""

import pytest

from bot.channels import OptedOut, Unreachable
from bot.message import Kind
from tests.builders import ANNA, BRUNO, House, event, text


@pytest.mark.asyncio
async def test_who_writes_start_joins_and_says_no_gets_no_offers(house: House) -> None:
    for words in ("start", "1", "2"):
        said = await house.turn(text(ANNA, words))
    assert await house.member(await house.member_at(ANNA), "marketing") == 0
    assert len(said) == 1


@pytest.mark.asyncio
async def test_silence_after_joining_is_no_consent_and_starts_nothing(house: House) -> None:
    for words in ("saldo", "1"):
        await house.turn(text(ANNA, words))
    await house.said()
    house.clock.now += 3 * 86_400_000_000
    await house.settle()
    assert await house.said() == []
    assert await house.member(await house.member_at(ANNA), "marketing") == 0


@pytest.mark.asyncio
async def test_the_menu_of_a_newcomer_offers_joining_and_nothing_for_members(house: House) -> None:
    await house.turn(text(ANNA, "menu"))
    labels = await house.value("select body from outbox")
    assert "Iscrivimi" in labels
    assert "punti" not in labels
    await house.turn(text(ANNA, "1"))
    assert await house.value("select flow from session") == "join"


@pytest.mark.asyncio
async def test_a_group_message_beside_a_private_one_answers_nothing(house: House) -> None:
    await house.turn(text(ANNA, "ciao", "telegram"))
    group = event(Kind.TEXT, ANNA, "telegram", text="1", private=False)
    await house.batch(text(ANNA, "boh", "telegram"), group)
    assert await house.member(await house.member_at(ANNA, "telegram"), "joined_at") is None


@pytest.mark.parametrize("refusal", [OptedOut, Unreachable])
@pytest.mark.parametrize("first", ["receipt", "text"])
@pytest.mark.asyncio
async def test_a_refusal_in_a_members_own_batch_stands(house: House, refusal: type, first: str) -> None:
    house.receipt_errors["sms"] = lambda code: refusal if code else None
    await house.join(BRUNO, "sms")
    await house.run("update outbox set provider_id = 'SM1', status = 'sent' where id = (select max(id) from outbox)")
    receipt = event(Kind.STATUS, BRUNO, "sms", provider_id="SM1:undelivered", status="undelivered", error="1")
    both = [receipt, text(BRUNO, "lingua", "sms")]
    await house.batch(*(both if first == "receipt" else reversed(both)))
    words = "select opted_out, marketing, reachable from address join member on member.id = address.member_id"
    ((opted_out, marketing, reachable),) = await house.rows(words)
    assert (opted_out, marketing) == ((1, 0) if refusal is OptedOut else (0, 1))
    silent = refusal is Unreachable and first == "text"  # who writes after the refusal can be reached again
    assert reachable == (0 if silent else 1)
