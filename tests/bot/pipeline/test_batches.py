"""Batches: duplicates, order, one member for one phone, groups, poison; on SQLite and PostgreSQL."""

import pytest

from bot.handlers import Handler
from bot.message import Kind
from storage import messages, occasions
from storage.database import Conflict
from tests.builders import ANNA, BRUNO, House, event, receipt, text


@pytest.mark.asyncio
async def test_a_repeat_in_the_batch_or_later_changes_nothing(each_house: House) -> None:
    house = each_house
    once = text(ANNA, "ciao")
    said = await house.turn(once, once, text(ANNA, "ciao", provider_id=once.event.provider_id))
    assert len(said) == 1
    assert await house.turn(once) == []
    assert await house.rows("select provider_id, status, kind from inbox") == [(once.event.provider_id, "done", "text")]


@pytest.mark.asyncio
async def test_the_same_id_on_another_channel_is_another_message(each_house: House) -> None:
    said = await each_house.turn(text(ANNA, "ciao", provider_id="X"), text(ANNA, "ciao", "sms", provider_id="X"))
    assert len(said) == 2
    assert await each_house.value("select count(*) from inbox") == 2


@pytest.mark.asyncio
async def test_the_raw_body_is_kept_byte_for_byte(each_house: House) -> None:
    arrival = text(ANNA, "ciao")
    await each_house.batch(arrival)
    assert bytes(await each_house.value("select raw from inbox")) == arrival.raw


@pytest.mark.asyncio
async def test_the_second_event_sees_what_the_first_one_did(each_house: House) -> None:
    said = await each_house.turn(text(ANNA, "iscriviti"), text(ANNA, "1"), text(ANNA, "2"), text(ANNA, "saldo"))
    assert len(said) == 4
    assert "Iscrizione fatta" in said[1]
    member = await each_house.member_at(ANNA)
    assert await each_house.member(member, "joined_at") == each_house.clock.now
    assert await each_house.value("select count(*) from session") == 0
    assert await each_house.value("select version from conversation") == 4


@pytest.mark.asyncio
async def test_neighbours_in_a_batch_do_not_mix(each_house: House) -> None:
    await each_house.turn(text(ANNA, "iscriviti"), text(BRUNO, "iscriviti"), text(ANNA, "1"), text(BRUNO, "2"))
    joined = await each_house.rows(
        "select value, joined_at is not null from address join member on member.id = member_id"
    )
    assert {value: bool(flag) for value, flag in joined} == {ANNA: True, BRUNO: False}


@pytest.mark.asyncio
async def test_whatsapp_and_sms_of_one_phone_are_one_member(each_house: House) -> None:
    house = each_house
    await house.turn(text(ANNA, "iscriviti"), text(ANNA, "saldo", "sms"), text(BRUNO, "ciao", "sms"))
    assert await house.member_at(ANNA) == await house.member_at(ANNA, "sms") != await house.member_at(BRUNO, "sms")
    await house.turn(text(BRUNO, "ciao"))
    assert await house.member_at(BRUNO) == await house.member_at(BRUNO, "sms")
    assert await house.value("select count(*) from member") == 2


@pytest.mark.asyncio
async def test_what_one_address_does_the_other_one_sees_in_the_same_batch(each_house: House) -> None:
    said = await each_house.turn(text(ANNA, "iscriviti"), text(ANNA, "1"), text(ANNA, "saldo", "sms"))
    assert "Non hai ancora punti" in said[-1]


@pytest.mark.asyncio
async def test_a_simulated_phone_is_nobody_elses(each_house: House) -> None:
    await each_house.turn(text(ANNA, "ciao", "simulator"), text(ANNA, "ciao"), text(ANNA, "ciao", "telegram"))
    assert await each_house.value("select count(*) from member") == 3
    assert await each_house.value("select count(*) from member where phone is not null") == 1


@pytest.mark.asyncio
async def test_a_group_is_recorded_and_answered_with_nothing(each_house: House) -> None:
    assert await each_house.turn(text("501", "saldo", "telegram", private=False)) == []
    assert await each_house.rows("select kind, address_id, status from inbox") == [("text", None, "done")]
    assert await each_house.value("select count(*) from member") == 0


@pytest.mark.asyncio
async def test_ignored_events_and_stray_receipts_are_kept(each_house: House) -> None:
    odd = event(Kind.IGNORED, "", "telegram", reason="not_an_update")
    assert await each_house.turn(odd, receipt("SM1", "delivered")) == []
    assert sorted(await each_house.rows("select kind, status from inbox")) == [
        ("ignored", "ignored"),
        ("status", "done"),
    ]
    assert await each_house.rows("select provider_id, status from receipt") == [("SM1", "delivered")]


@pytest.mark.parametrize("kind", [Kind.EDITED, Kind.REACTION])
@pytest.mark.asyncio
async def test_edits_and_reactions_are_recorded_only(house: House, kind: Kind) -> None:
    await house.join(ANNA)
    await house.said()
    assert await house.turn(event(kind, ANNA, text="saldo")) == []
    assert await house.value(f"select count(*) from inbox where kind = '{kind.value}'") == 1


def poisoned(house: House, name: str, error: Exception) -> None:
    """From now on this handler raises."""

    def fail(_context):
        raise error

    handlers = dict(house.pipeline._handlers)
    found = handlers[name]
    handlers[name] = Handler(fail, found.outcomes, found.values, found.writes)
    house.pipeline._handlers = handlers


@pytest.mark.asyncio
async def test_a_poison_event_is_kept_while_its_neighbours_stand(each_house: House) -> None:
    house = each_house
    await house.join(ANNA)
    await house.join(BRUNO)
    await house.said()
    poisoned(house, "balance.look", RuntimeError("boom\x1f"))
    said = await house.turn(text(BRUNO, "menu"), text(ANNA, "saldo"), text(BRUNO, "codice"), text(ANNA, "persona"))
    assert len(said) == 3
    (failed,) = await house.database.read(messages.failed)
    assert (failed.kind, failed.channel, failed.error) == ("text", "whatsapp", "RuntimeError: boom\x1f")
    assert bytes(failed.raw).startswith(b"raw ")


@pytest.mark.asyncio
async def test_a_poison_event_comes_once_however_often_it_is_sent(each_house: House) -> None:
    poisoned(each_house, "join.status", ValueError("no"))
    bad = text(ANNA, "ciao")
    await each_house.batch(bad, bad)
    await each_house.batch(bad)
    assert len(await each_house.database.read(messages.failed)) == 1


@pytest.mark.asyncio
async def test_an_event_of_our_own_that_fails_is_listed(each_house: House) -> None:
    house = each_house
    await house.join(ANNA)
    await house.put("p1", Kind.PURCHASE, ANNA, order_id="A", amount=100, currency="USD")
    (failed,) = await house.database.read(occasions.failed_events)
    assert failed.error is not None
    assert failed.error.startswith("WrongOrder: The order is in USD")
    assert await house.value("select count(*) from purchase") == 0


@pytest.mark.asyncio
async def test_a_conflict_goes_up_so_that_the_batch_is_redone(house: House) -> None:
    tries = []
    work = house.pipeline._work

    def once(transaction, arrivals):
        tries.append(len(arrivals))
        if len(tries) == 1:
            raise Conflict("deadlock")
        work(transaction, arrivals)

    house.pipeline._work = once
    await house.batch(text(ANNA, "ciao"), text(BRUNO, "ciao"))
    assert tries == [2, 2]
    assert await house.value("select count(*) from inbox") == 2


@pytest.mark.asyncio
async def test_receipts_move_the_row_they_are_about(each_house: House) -> None:
    house = each_house
    await house.turn(text(ANNA, "ciao"))
    await house.run("update outbox set status = 'sent', provider_id = 'SM1'")
    await house.batch(receipt("SM1", "read"), receipt("SM1", "delivered"), receipt("SM1", "delivered"))
    assert await house.rows("select status from outbox") == [("read",)]
    assert await house.value("select count(*) from inbox where kind = 'status'") == 2
