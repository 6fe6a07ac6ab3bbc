"""What follows from a result: for the row, the address, the consent; and the last look before sending."""

import asyncio

import pytest

from bot.channels import NeedsTemplate, OptedOut, RetryAt, Sent, Unreachable
from storage import messages, people
from tests.bot.outbox.conftest import Post
from tests.builders import DAY, HOUR, SECOND, query


async def run(post: Post, words: str) -> None:
    statement = query(words)
    await post.database.write(lambda transaction: transaction.run(statement))


@pytest.mark.asyncio
async def test_an_unreachable_address_is_marked(post: Post) -> None:
    person = await post.person("telegram", "501")
    post.channels["telegram"].script["501"].append(Unreachable("403 blocked"))
    assert await post.pass_through(person, "a", "b", token="t9") == ["failed", "dropped"]
    assert await post.rows("select reachable, opted_out from address") == [(0, 0)]
    assert await post.rows("select distinct data from event where kind = 'not_sent'") == [('{"token":"t9"}',)]
    assert await post.rows("select marketing from member") == [(1,)]


@pytest.mark.asyncio
async def test_a_providers_opt_out_ends_consent(post: Post) -> None:
    person = await post.person()
    post.channels["sms"].script["+1"].append(OptedOut("21610"))
    assert await post.pass_through(person, "a", "b") == ["failed", "dropped"]
    assert await post.rows("select reachable, opted_out from address") == [(1, 1)]
    assert await post.rows("select marketing from member") == [(0,)]
    (consent,) = await post.database.read(lambda transaction: people.consents(transaction, person))
    assert consent[:4] == ("marketing", "withdraw", "sms", "provider")
    assert await post.rows("select evidence from consent_event") == [("21610",)]


@pytest.mark.asyncio
async def test_a_shut_window_found_by_the_provider_sends_the_template(post: Post) -> None:
    post.templates["birthday"] = {"it": "HX1"}
    person = await post.person("whatsapp", "+1")
    post.channels["whatsapp"].script["+1"].append(NeedsTemplate("63016"))
    assert await post.pass_through(person, "free text", template="birthday", kind="marketing") == ["sent"]
    assert post.channels["whatsapp"].texts() == ["free text", "birthday"]


@pytest.mark.asyncio
async def test_a_shut_window_without_a_template_drops_the_message(post: Post) -> None:
    person = await post.person("whatsapp", "+1")
    post.channels["whatsapp"].script["+1"].append(NeedsTemplate("63016"))
    (row_id,) = await post.put(person, "free text", token="t3")
    async with post.sending():
        await post.until(row_id, "dropped")
    assert await post.row(row_id, "error") == "window_closed"
    assert len(post.channels["whatsapp"].sent) == 1
    assert await post.rows("select kind from event") == [("not_sent",)]


@pytest.mark.parametrize("held", [True, False])
@pytest.mark.asyncio
async def test_our_own_look_at_the_window(post: Post, held: bool) -> None:
    post.templates["birthday"] = {"it": "HX1"} if held else {}
    person = await post.person("whatsapp", "+1", inbound=post.clock.now - DAY)
    assert await post.pass_through(person, "free", template="birthday") == (["sent"] if held else ["dropped"])
    assert post.channels["whatsapp"].texts() == (["birthday"] if held else [])


@pytest.mark.parametrize(
    ("change", "kind", "why"),
    [
        ("update outbox set expires_at = 5", "reply", "expired"),
        ("update member set control_version = 1", "reply", "human_active"),
        ("update address set opted_out = 1", "reply", "opted_out"),
        ("update address set reachable = 0", "reply", "unreachable"),
        ("update member set marketing = 0", "marketing", "no_consent"),
        ('update outbox set body = \'{"text":""}\'', "reply", "empty"),
    ],
)
@pytest.mark.asyncio
async def test_what_is_not_to_be_sent_any_more_is_dropped(post: Post, change: str, kind: str, why: str) -> None:
    (row_id,) = await post.put(await post.person(), "x", kind=kind, token="t1")
    await run(post, change)
    async with post.sending():
        await post.until(row_id, "dropped")
    assert await post.row(row_id, "error", "provider_id") == [why, None]
    assert post.channels["sms"].sent == []
    # A question that a person's takeover kept back stays parked; the bot puts it again afterwards.
    assert await post.rows("select key from event") == ([] if why == "human_active" else [(f"not_sent:{row_id}",)])


@pytest.mark.asyncio
async def test_a_reply_needs_no_consent(post: Post) -> None:
    assert await post.pass_through(await post.person(marketing=0), "x") == ["sent"]


@pytest.mark.asyncio
async def test_a_tap_is_answered_without_waiting_for_the_chat(post: Post) -> None:
    person = await post.person("telegram", "501")
    post.channels["telegram"].script["501"].append(RetryAt("busy", seconds=60.0))
    await post.put(person, "reply")
    (tap,) = await post.put(person, "cb1", kind="callback", expires_at=post.clock.now + 10 * SECOND)
    async with post.sending():
        await post.until(tap, "sent")
    assert post.channels["telegram"].callbacks == ["cb1"]


@pytest.mark.asyncio
async def test_a_tap_is_not_answered_after_ten_seconds(post: Post) -> None:
    person = await post.person("telegram", "501")
    post.channels["telegram"].callback_errors.append(RetryAt("network", seconds=11.0))
    (tap,) = await post.put(person, "cb1", kind="callback", expires_at=post.clock.now + 10 * SECOND)
    (late,) = await post.put(person, "cb0", kind="callback", expires_at=post.clock.now)
    async with post.sending():
        await post.until(late, "dropped")
        while not post.channels["telegram"].callbacks or await post.status(tap) != "pending":
            await asyncio.sleep(0.002)
        await post.later(12)
        await post.until(tap, "dropped")
    assert post.channels["telegram"].callbacks == ["cb1"]


@pytest.mark.asyncio
async def test_a_receipt_that_came_before_the_answer_counts(post: Post) -> None:
    person = await post.person()
    await post.receipt("sms", "SM1", "delivered")
    await post.receipt("whatsapp", "SM2", "read")
    post.channels["sms"].script["+1"].extend([Sent("SM1"), Sent("SM2")])
    assert await post.pass_through(person, "a", "b") == ["delivered", "sent"]
    assert await post.rows("select channel, provider_id from receipt") == [("whatsapp", "SM2")]


@pytest.mark.asyncio
async def test_a_refusal_that_came_before_the_answer_has_its_effect(post: Post) -> None:
    person = await post.person()
    await post.receipt("sms", "SM1", "undelivered", "30006")
    post.channels["sms"].script["+1"].append(Sent("SM1"))
    assert await post.pass_through(person, "a", token="t1") == ["failed"]
    assert await post.rows("select reachable from address") == [(0,)]
    assert await post.rows("select data from event") == [('{"token":"t1"}',)]


@pytest.mark.asyncio
async def test_results_wake_whoever_looks_on(post: Post) -> None:
    told: list[int] = []
    post.database.subscribe("sent", lambda: told.append(1))
    await post.pass_through(await post.person(), "a")
    assert told


@pytest.mark.asyncio
async def test_a_dead_letter_can_be_sent_after_all(post: Post) -> None:
    (row_id,) = await post.put(await post.person(), "x", status="dead", attempts=8)
    async with post.sending():
        await asyncio.sleep(0.02)
        assert post.channels["sms"].sent == []
        await post.later(HOUR / SECOND)
        await post.database.write(lambda transaction: messages.revive(transaction, row_id, post.clock.now))
        await post.until(row_id, "sent")


@pytest.mark.asyncio
async def test_marketing_held_up_until_quiet_hours_waits_for_their_end(post: Post) -> None:
    morning = post.clock.now + 9 * HOUR
    post.opens_at = lambda now: max(now, morning)
    person = await post.person()
    (offer,) = await post.put(person, "offer", kind="marketing")
    (reply,) = await post.put(person, "reply")
    async with post.sending():
        await post.until(reply, "sent")
        while await post.row(offer, "status", "due_at") != ["pending", morning]:
            await asyncio.sleep(0.002)
        await post.later(9 * HOUR / SECOND)
        await post.until(offer, "sent")
    assert post.channels["sms"].texts() == ["reply", "offer"]


@pytest.mark.asyncio
async def test_marketing_for_which_hours_never_open_is_dropped(post: Post) -> None:
    post.opens_at = lambda _now: None
    (offer,) = await post.put(await post.person(), "offer", kind="marketing")
    async with post.sending():
        await post.until(offer, "dropped")
    assert await post.row(offer, "error") == "quiet_hours"


@pytest.mark.asyncio
async def test_a_template_that_is_refused_too_ends_the_message(post: Post) -> None:
    post.templates["birthday"] = {"it": "HX1"}
    person = await post.person("whatsapp", "+1")
    post.channels["whatsapp"].script["+1"].extend([NeedsTemplate("63016")] * 5)
    assert await post.pass_through(person, "free text", template="birthday", kind="marketing") == ["failed"]
    assert len(post.channels["whatsapp"].sent) == 2


@pytest.mark.asyncio
async def test_a_template_is_not_sent_to_who_withdrew_meanwhile(post: Post) -> None:
    post.templates["birthday"] = {"it": "HX1"}
    person = await post.person("whatsapp", "+1", marketing=0)
    row = {"template": "birthday", "kind": "marketing", "reason": "window_closed"}
    assert await post.pass_through(person, "free text", **row) == ["dropped"]
    assert post.channels["whatsapp"].sent == []
