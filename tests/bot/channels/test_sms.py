"""SMS: payloads into events, the provider's own opt-out words, and what sending can run into."""

from datetime import UTC, datetime, timedelta

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels import BadRequest, Config, OptedOut, PauseAccount, RetryAt, Unreachable, sms
from bot.message import Kind, as_json
from bot.render import Part
from tests.bot.channels._twilio_bot import ADA, OURS, form, running, settings

FROM = {"From": ADA, "To": OURS}
EVENT = {"channel": "sms", "address": ADA, "provider_id": "SM1", "private": True}
OUT, IN, TEXT = {"kind": "opt_out"}, {"kind": "opt_in"}, {"kind": "text"}

WORDS = {
    "STOP": OUT,
    "stop": OUT,
    " Stop\n": OUT,
    "STOPALL": OUT,
    "UNSUBSCRIBE": OUT,
    "CANCEL": OUT,
    "End": OUT,
    "quit": OUT,
    "REVOKE": OUT,
    "OPTOUT": OUT,
    "ARRET": OUT,
    "arrêt": OUT,
    "Stop!": OUT,
    "disiscrivi": OUT,
    "START": IN,
    "unstop": IN,
    "YES": TEXT,
    "HELP": TEXT,
    "stop it": TEXT,
    "cancel my order": TEXT,
    "annulla": TEXT,
    "ciao": TEXT,
    "1": TEXT,
    "🎂": TEXT,
}


@pytest.mark.parametrize("word", WORDS)
def test_whole_messages(word):
    (event,) = sms.parse(form(Body=word, **FROM))
    assert as_json(event) == EVENT | {"text": word} | WORDS[word]
    assert not event.replied_silently


PAYLOADS = {
    "real blanks": (
        FROM | {"Body": "ciao", "FromCity": "", "ToZip": "", "NumMedia": "0", "SmsStatus": "received"},
        {"kind": "text", "text": "ciao"},
    ),
    "other id": (
        {"MessageSid": "", "SmsSid": "SM2", "Body": "x"} | FROM,
        {"kind": "text", "text": "x", "provider_id": "SM2"},
    ),
    "third id": (
        {"MessageSid": "", "SmsMessageSid": "SM3", "Body": "x"} | FROM,
        {"kind": "text", "text": "x", "provider_id": "SM3"},
    ),
    "short code": ({"From": "40404", "Body": "x"}, {"kind": "ignored", "reason": "no_address", "address": ""}),
    "alphanumeric": ({"From": "INFO", "Body": "x"}, {"kind": "ignored", "reason": "no_address", "address": ""}),
    "letters in the number": (
        {"From": "+39333abc", "Body": "x"},
        {"kind": "ignored", "reason": "no_address", "address": ""},
    ),
    "Arabic digits": (
        {"From": "+٣٩٣٣٣١٢٣٤٥٦٧", "Body": "x"},
        {"kind": "ignored", "reason": "no_address", "address": ""},
    ),
    "too long a number": (
        {"From": "+" + "1" * 16, "Body": "x"},
        {"kind": "ignored", "reason": "no_address", "address": ""},
    ),
    "blank message": (FROM | {"Body": ""}, {"kind": "text", "text": ""}),
    "picture": (
        FROM
        | {"NumMedia": "2", "MediaUrl0": "https://m/0", "MediaUrl1": "https://m/1", "MediaContentType0": "image/png"},
        {
            "kind": "media",
            "media": [{"type": "image/png", "url": "https://m/0"}, {"type": "unknown", "url": "https://m/1"}],
        },
    ),
    "stop with a picture": (
        FROM | {"NumMedia": "1", "MediaUrl0": "https://m/0", "Body": "STOP"},
        {"kind": "opt_out", "text": "STOP"},
    ),
    "advanced opt-out": (FROM | {"OptOutType": "STOP", "Body": "FINE"}, {"kind": "opt_out", "text": "FINE"}),
    "advanced help": (
        FROM | {"OptOutType": "HELP", "Body": "INFO"},
        {"kind": "text", "text": "INFO", "reason": "help"},
    ),
    "receipt": (
        {"From": OURS, "To": ADA, "MessageStatus": "sent", "SmsStatus": "sent", "RawDlrDoneDate": "2611221200"},
        {"kind": "status", "status": "sent", "provider_id": "SM1:sent"},
    ),
    "failed": (
        {"From": OURS, "To": ADA, "MessageStatus": "failed", "ErrorCode": "30003", "ErrorMessage": ""},
        {"kind": "status", "status": "failed", "error": "30003", "provider_id": "SM1:failed"},
    ),
    "partially delivered": (
        {"To": ADA, "MessageStatus": "PARTIALLY_DELIVERED"},
        {"kind": "status", "status": "partially_delivered", "provider_id": "SM1:partially_delivered"},
    ),
    "receipt without address": (
        {"MessageStatus": "sent"},
        {"kind": "status", "status": "sent", "provider_id": "SM1:sent", "address": ""},
    ),
    "unknown fields": (FROM | {"Body": "x", "Surprise": "y"}, {"kind": "text", "text": "x"}),
}


@pytest.mark.parametrize("name", PAYLOADS)
def test_a_payload_becomes_one_event(name):
    fields, expected = PAYLOADS[name]
    (event,) = sms.parse(form(**fields))
    assert as_json(event) == EVENT | expected


@given(st.binary(max_size=300))
def test_any_bytes_are_taken(body):
    (event,) = sms.parse(body)
    orjson.dumps(as_json(event))
    assert event.channel == "sms"


def test_it_is_not_built_without_a_sender():
    assert sms.build(settings(sms_sender=None)) is None
    assert sms.build(settings(twilio_token=None)) is None


@pytest.mark.asyncio
async def test_text_goes_out_as_it_is_and_receipts_come_back():
    async with running(sms) as bot:
        sent = await bot.channel.send(ADA, Part("Hai 50 punti [ok]"))
        await bot.fake.settle()
        (shown,) = bot.fake.user(ADA, channel="sms").messages
        assert (shown.sid, shown.body, shown.segments) == (sent.provider_id, "Hai 50 punti [ok]", 1)
        assert shown.parameters == {
            "To": ADA,
            "From": OURS,
            "Body": "Hai 50 punti [ok]",
            "StatusCallback": "https://bot.example/webhooks/sms#rc=5&rp=all",
            "ValidityPeriod": "14400",
            "SmartEncoded": "false",
        }
        assert bot.statuses == ["queued", "sent", "delivered"]
        await bot.channel.answer_callback("x", None)


@pytest.mark.asyncio
async def test_a_messaging_service_picks_the_number():
    async with running(sms, sms_sender="MG1") as bot:
        bot.fake.world.services["MG1"] = "sms"
        ada = bot.fake.user(ADA, channel="sms")
        await bot.channel.send(ADA, Part("x"))
        (shown,) = ada.messages
        assert (shown.parameters["MessagingServiceSid"], shown.sender) == ("MG1", OURS)
        ada.arrival("missed")
        bot.fake.user(ADA, channel="whatsapp").arrival("another channel's")
        bodies = [body async for body in bot.channel.missed(datetime.now(UTC) - timedelta(minutes=5))]
        assert [event.text for body in bodies for event in bot.channel.parse(body)] == ["missed"]


@pytest.mark.asyncio
async def test_after_stop_the_provider_refuses_until_start():
    async with running(sms) as bot:
        ada = bot.fake.user(ADA, channel="sms")
        await ada.stop()
        with pytest.raises(OptedOut):
            await bot.channel.send(ADA, Part("x"))
        await ada.write("start")
        await bot.channel.send(ADA, Part("y"))
        assert [event.kind for event in bot.events[:2]] == [Kind.OPT_OUT, Kind.OPT_IN]
        assert [one.direction for one in ada.messages] == ["outbound-reply", "outbound-reply", "outbound-api"]


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("address", "text", "kind"),
    [("+1", "x", Unreachable), ("", "x", Unreachable), (ADA, "x" * 1601, BadRequest), (ADA, "", BadRequest)],
)
async def test_refusals_of_the_fake(address, text, kind):
    async with running(sms) as bot:
        with pytest.raises(kind):
            await bot.channel.send(address, Part(text))


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("code", "status", "kind", "seconds"),
    [
        (21408, 400, BadRequest, None),
        (20429, 429, PauseAccount, 2.0),
        (20500, 500, RetryAt, None),
        (21606, 400, Config, None),
    ],
)
async def test_injected_refusals(code, status, kind, seconds):
    async with running(sms) as bot:
        bot.fake.fail_next(code, status=status)
        with pytest.raises(kind) as caught:
            await bot.channel.send(ADA, Part("secret words"))
        assert (caught.value.code, caught.value.seconds, caught.value.sent_perhaps) == (str(code), seconds, False)
        assert ADA not in str(caught.value) and "secret" not in str(caught.value)
        assert caught.value.__cause__ is None
        await bot.channel.send(ADA, Part("x"))


@pytest.mark.asyncio
async def test_a_foreign_sender_and_a_wrong_token_are_configuration():
    async with running(sms, sms_sender="+15559999999") as bot:
        with pytest.raises(Config):
            await bot.channel.send(ADA, Part("x"))
    async with running(sms, twilio_token="wrong") as bot:
        with pytest.raises(Config):
            await bot.channel.send(ADA, Part("x"))
        with pytest.raises(Config):
            [body async for body in bot.channel.missed(datetime.now(UTC))]


@pytest.mark.asyncio
async def test_a_timeout_may_have_sent():
    async with running(sms, provider_timeout=0.2) as bot:
        bot.fake.stall_next(0.5)
        with pytest.raises(RetryAt) as caught:
            await bot.channel.send(ADA, Part("x"))
        assert caught.value.sent_perhaps
        assert len(bot.fake.user(ADA, channel="sms").messages) == 1
        await bot.fake.settle()


@pytest.mark.asyncio
async def test_no_connection_has_not_sent():
    channel = sms.build(settings(twilio_api="http://127.0.0.1:1"))
    with pytest.raises(RetryAt) as caught:
        await channel.send(ADA, Part("x"))
    assert not caught.value.sent_perhaps
    await channel.close()


@pytest.mark.asyncio
async def test_a_late_failure_comes_as_a_receipt():
    async with running(sms) as bot:
        bot.fake.fail_next(30006, place="receipts")
        await bot.channel.send(ADA, Part("x"))
        await bot.fake.settle()
        assert bot.events[-1].error == "30006"
        assert bot.channel.receipt_error("30006") is Unreachable


@pytest.mark.asyncio
async def test_missed_finds_what_the_webhook_lost():
    async with running(sms) as bot:
        ada = bot.fake.user(ADA, channel="sms")
        bot.answers = [503] * 6
        assert await ada.write("lost") == 503
        assert await ada.write("arrived") == 200
        bodies = [body async for body in bot.channel.missed(datetime.now(UTC) - timedelta(minutes=1))]
        found = [event for body in bodies for event in bot.channel.parse(body)]
        assert [event.text for event in found] == ["lost", "arrived"]
        assert found[1].provider_id == bot.events[0].provider_id
