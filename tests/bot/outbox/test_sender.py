"""The sender: order in a chat, what holds back what, retries and dead letters, pauses, crashes."""

import asyncio
from dataclasses import replace

import pytest

from bot.channels import BadRequest, Config, PauseAccount, RetryAt, Sent
from bot.limits import SMS
from bot.message import Outbound, Text, encode
from tests.bot.outbox.conftest import QUICK, Post
from tests.builders import add_rows, outbox_row, query


@pytest.mark.asyncio
async def test_messages_of_a_chat_arrive_in_order(post: Post) -> None:
    person = await post.person()
    post.channels["sms"].script["+1"].extend([RetryAt("busy", seconds=0.0)])
    words = [str(number) for number in range(6)]
    ids = await post.put(person, *words)
    async with post.sending():
        await asyncio.sleep(0.02)
        await post.later(5)
        for row_id in ids:
            await post.until(row_id, "sent")
    assert post.channels["sms"].texts() == ["0", *words]
    assert post.sender.counters.sent == 6


@pytest.mark.asyncio
async def test_a_chat_that_waits_holds_back_no_other_chat(post: Post) -> None:
    one, two = await post.person(value="+1"), await post.person(value="+2")
    post.channels["sms"].script["+1"].append(RetryAt("busy", seconds=60.0))
    first, second = await post.put(one, "a", "b")
    (other,) = await post.put(two, "c")
    async with post.sending():
        await post.until(other, "sent")
        await asyncio.sleep(0.02)
    assert (await post.status(first), await post.status(second)) == ("pending", "pending")
    assert post.channels["sms"].sent == [("+1", "a"), ("+2", "c")]


@pytest.mark.parametrize("late", ["deferred", "in back-off"])
@pytest.mark.asyncio
async def test_marketing_that_waits_blocks_nothing(post: Post, late: str) -> None:
    person = await post.person()
    if late == "in back-off":
        post.channels["sms"].script["+1"].append(RetryAt("busy", seconds=60.0))
    due = post.clock.now + (60_000_000 if late == "deferred" else 0)
    (offer,) = await post.put(person, "offer", kind="marketing", due_at=due)
    async with post.sending():
        if late == "in back-off":
            while not post.channels["sms"].sent:
                await asyncio.sleep(0.002)
        (reply,) = await post.put(person, "reply")
        await post.until(reply, "sent")
        assert await post.status(offer) == "pending"
        await post.later(61)
        await post.until(offer, "sent")


@pytest.mark.asyncio
async def test_retries_back_off_and_end_as_a_dead_letter(post: Post) -> None:
    person = await post.person()
    post.channels["sms"].script["+1"].extend([RetryAt("30008")] * 8)
    (row_id,) = await post.put(person, "x", token="t1")
    (after,) = await post.put(person, "y")
    waits = []
    async with post.sending():
        for number in range(1, 8):
            while (await post.row(row_id, "attempts", "status")) != [number, "pending"]:
                await asyncio.sleep(0.002)
            waits.append((await post.row(row_id, "due_at") - post.clock.now) / 1_000_000)
            post.clock.now = await post.row(row_id, "due_at") - 1_000_000
            await post.later(1)
        await post.until(row_id, "dead")
        await post.until(after, "sent")
    assert post.channels["sms"].texts() == ["x"] * 8 + ["y"]
    assert all(2**number <= wait <= 1.25 * 2**number for number, wait in enumerate(waits, 1))
    assert await post.row(row_id, "error") == "30008"
    assert await post.rows("select kind, data from event") == [("not_sent", '{"token":"t1"}')]


@pytest.mark.asyncio
async def test_a_refused_message_holds_back_nothing(post: Post) -> None:
    person = await post.person()
    post.channels["sms"].script["+1"].extend([BadRequest("21617"), KeyError("a bug"), Sent("SM3")])
    assert await post.pass_through(person, "a", "b", "c") == ["dead", "dead", "sent"]
    assert post.channels["sms"].texts() == ["a", "b", "c"]
    assert [row[0] for row in await post.rows("select error from outbox order by id")] == ["21617", "KeyError", None]


@pytest.mark.parametrize("error", [PauseAccount("429", seconds=7.0), Config("401"), PauseAccount("30001")])
@pytest.mark.asyncio
async def test_a_pause_holds_the_account_and_loses_nothing(post: Post, error) -> None:
    people = [await post.person(value=f"+{number}") for number in range(5)]
    elsewhere = await post.person("telegram", "501")
    post.channels["sms"].script["+0"].append(error)
    ids = [(await post.put(person, "x"))[0] for person in people[:1]]
    async with post.sending():
        while not post.channels["sms"].sent or await post.status(ids[0]) != "pending":
            await asyncio.sleep(0.002)
        ids += [(await post.put(person, "x"))[0] for person in people[1:]]
        (other,) = await post.put(elsewhere, "elsewhere")
        await post.until(other, "sent")
        assert len(post.channels["sms"].sent) == 1
        await post.later(100)
        for row_id in ids:
            await post.until(row_id, "sent")
    assert sorted(value for value, _ in post.channels["sms"].sent) == ["+0", "+0", "+1", "+2", "+3", "+4"]


@pytest.mark.asyncio
async def test_any_number_of_pauses_kills_no_message(post: Post) -> None:
    person = await post.person()
    pauses = [PauseAccount("429", seconds=1.0)] * 12
    post.channels["sms"].script["+1"].extend([*pauses, RetryAt("busy", seconds=1.0)])
    (row_id,) = await post.put(person, "x")
    async with post.sending():
        for _ in range(2_000):
            await asyncio.sleep(0.001)
            await post.later(2)
            if await post.status(row_id) == "sent":
                break
    assert await post.status(row_id) == "sent"
    assert len(post.channels["sms"].sent) == 14


@pytest.mark.asyncio
async def test_a_slow_account_holds_back_no_other(post: Post) -> None:
    post.sender_again(sms=replace(SMS, **QUICK | {"per_second": 1.0}))

    def crowd(transaction) -> None:
        body = encode(Outbound(Text("x")))
        add_rows(transaction, [outbox_row(transaction, person, body, post.clock.now) for person in crowded])

    crowded = [await post.person(value=f"+{number}") for number in range(300)]
    await post.database.write(crowd)
    (row_id,) = await post.put(await post.person("telegram", "501"), "quick")
    async with post.sending():
        await post.until(row_id, "sent")
    assert len(post.channels["sms"].sent) == 1


@pytest.mark.asyncio
async def test_a_crash_between_claim_and_result_sends_again(post: Post) -> None:
    person = await post.person()
    row_id, second = await post.put(person, "x", "y")
    await post.database.write(lambda t: t.run(query(f"update outbox set status = 'sending' where id = {row_id}")))
    async with post.sending():
        await post.until(second, "sent")
    assert post.channels["sms"].texts() == ["x", "y"]


@pytest.mark.asyncio
async def test_stopping_lets_what_is_under_way_finish(post: Post) -> None:
    person = await post.person()
    gate = asyncio.Event()
    post.channels["sms"].script["+1"].append(gate.wait)
    row_id, later = await post.put(person, "x", "y")
    task = asyncio.create_task(post.sender.run())
    while not post.channels["sms"].sent:
        await asyncio.sleep(0.002)
    post.sender.stop()
    await asyncio.sleep(0.02)
    assert not task.done()
    gate.set()
    await asyncio.wait_for(task, 5)
    assert (await post.status(row_id), await post.status(later)) == ("sent", "pending")


@pytest.mark.asyncio
async def test_a_long_text_goes_on_where_it_stopped(post: Post) -> None:
    person = await post.person()
    words = "\n\n".join(letter * 1_500 for letter in "abc")
    post.channels["sms"].script["+1"].extend([Sent("SM1"), RetryAt("busy", seconds=5.0), Sent("SM2"), Sent("SM3")])
    (row_id,) = await post.put(person, words)
    (after,) = await post.put(person, "after")
    async with post.sending():
        while await post.row(row_id, "parts_sent", "status") != [1, "pending"]:
            await asyncio.sleep(0.002)
        await post.later(6)
        await post.until(after, "sent")
    assert [text[0] for text in post.channels["sms"].texts()] == ["a", "b", "b", "c", "a"]
    assert await post.row(row_id, "provider_id", "parts_sent") == ["SM3", 3]


@pytest.mark.asyncio
async def test_a_moved_chat_is_written_to_at_its_new_address(post: Post) -> None:
    person = await post.person("telegram", "501")
    post.channels["telegram"].script["501"].append(Sent("501:1", moved_to="-100501"))
    assert await post.pass_through(person, "a", "b") == ["sent", "sent"]
    assert [value for value, _ in post.channels["telegram"].sent] == ["501", "-100501"]


@pytest.mark.asyncio
async def test_rows_of_channels_that_are_not_configured_wait(post: Post) -> None:
    person = await post.person("simulator", "web:me")
    (row_id,) = await post.put(person, "x")
    assert await post.pass_through(await post.person(), "y") == ["sent"]
    assert await post.status(row_id) == "pending"
