"""WhatsApp: payloads into events, parts into Twilio's calls, refusals into the closed set."""

from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels import (
    BadRequest,
    Forged,
    NeedsTemplate,
    Request,
    whatsapp,
)
from bot.message import Choice, Kind, as_json
from bot.render import Part
from tests.bot.channels._twilio_bot import ADA, OURS, form, running, settings

FROM = {"From": f"whatsapp:{ADA}", "To": f"whatsapp:{OURS}"}
EVENT = {"channel": "whatsapp", "address": ADA, "provider_id": "SM1", "private": True}
LOCATION = {"Latitude": "45.07", "Longitude": "7.68"}

INBOUND = {
    "text": (FROM | {"Body": "ciao"}, {"kind": "text", "text": "ciao"}),
    "blank fields count as absent": (
        FROM | {"Body": "ciao", "ButtonPayload": "", "ListId": "", "Latitude": "", "MediaUrl0": "", "OptOutType": ""},
        {"kind": "text", "text": "ciao"},
    ),
    "profile name": (
        FROM | {"Body": "x", "ProfileName": "Ada\0 ♥"},
        {"kind": "text", "text": "x", "profile_name": "Ada ♥"},
    ),
    "another WaId": (FROM | {"Body": "x", "WaId": "393330000000"}, {"kind": "text", "text": "x"}),
    "NUL dropped": (FROM | {"Body": "a\0b"}, {"kind": "text", "text": "ab"}),
    "button": (
        FROM | {"Body": "Yes", "ButtonText": "Yes", "ButtonPayload": "t1"},
        {"kind": "choice", "payload": "t1", "text": "Yes"},
    ),
    "button without text": (
        FROM | {"Body": "Yes", "ButtonPayload": "t1"},
        {"kind": "choice", "payload": "t1", "text": "Yes"},
    ),
    "template button": (
        FROM | {"Body": "Yes", "ButtonText": "Yes"},
        {"kind": "choice", "payload": "Yes", "text": "Yes"},
    ),
    "list": (
        FROM | {"Body": "Mug", "ListId": "t2", "ListTitle": "Mug"},
        {"kind": "choice", "payload": "t2", "text": "Mug"},
    ),
    "button before list": (
        FROM | {"ButtonPayload": "b", "ListId": "l", "ButtonText": "B"},
        {"kind": "choice", "payload": "b", "text": "B"},
    ),
    "a button that says stop is a choice": (
        FROM | {"Body": "Stop", "ButtonText": "Stop", "ButtonPayload": "t3"},
        {"kind": "choice", "payload": "t3", "text": "Stop"},
    ),
    "picture": (
        FROM | {"NumMedia": "1", "MediaUrl0": "https://m/0", "MediaContentType0": "image/jpeg", "Body": "my receipt"},
        {"kind": "media", "media": [{"type": "image/jpeg", "url": "https://m/0"}], "text": "my receipt"},
    ),
    "contact card": (
        FROM
        | {"NumMedia": "1", "MediaUrl0": "https://m/0", "MediaContentType0": "text/vcard", "MessageType": "contacts"},
        {"kind": "media", "media": [{"type": "text/vcard", "url": "https://m/0"}]},
    ),
    "media without a count": (
        FROM | {"MediaUrl0": "https://m/0"},
        {"kind": "media", "media": [{"type": "unknown", "url": "https://m/0"}]},
    ),
    "media count without media": (FROM | {"NumMedia": "2"}, {"kind": "media", "media": [{"type": "unknown"}]}),
    "media count is no number": (
        FROM | {"NumMedia": "many", "MediaUrl0": "https://m/0", "MediaContentType0": "audio/ogg"},
        {"kind": "media", "media": [{"type": "audio/ogg", "url": "https://m/0"}]},
    ),
    "place": (
        FROM | LOCATION | {"Address": "Via Po 1", "Label": "Shop", "MessageType": "location"},
        {"kind": "location", "location": {"latitude": 45.07, "longitude": 7.68}, "text": "Via Po 1"},
    ),
    "place with a label only": (
        FROM | LOCATION | {"Label": "Shop"},
        {"kind": "location", "location": {"latitude": 45.07, "longitude": 7.68}, "text": "Shop"},
    ),
    "place off the globe": (
        FROM | {"Latitude": "91", "Longitude": "7", "MessageType": "location"},
        {"kind": "media", "media": [{"type": "location"}]},
    ),
    "place nowhere": (FROM | {"Latitude": "nan", "Longitude": "inf", "Body": "x"}, {"kind": "text", "text": "x"}),
    "reaction": (FROM | {"MessageType": "reaction", "Body": "👍"}, {"kind": "reaction", "text": "👍"}),
    "unknown type with words": (FROM | {"MessageType": "order", "Body": "2 mugs"}, {"kind": "text", "text": "2 mugs"}),
    "unknown type": (FROM | {"MessageType": "unsupported"}, {"kind": "media", "media": [{"type": "unsupported"}]}),
    "nothing but white space": (FROM | {"Body": " ", "MessageType": "text"}, {"kind": "text", "text": ""}),
    "opt-out word": (FROM | {"Body": " Stop! "}, {"kind": "opt_out", "text": " Stop! "}),
    "opt-out word in Russian": (FROM | {"Body": "Отписаться"}, {"kind": "opt_out", "text": "Отписаться"}),
    "ambiguous word": (FROM | {"Body": "annulla"}, {"kind": "text", "text": "annulla"}),
    "cancel is ambiguous here": (FROM | {"Body": "CANCEL"}, {"kind": "text", "text": "CANCEL"}),
    "start is a text here": (FROM | {"Body": "START"}, {"kind": "text", "text": "START"}),
    "advanced opt-out": (FROM | {"Body": "basta", "OptOutType": "STOP"}, {"kind": "opt_out", "text": "basta"}),
    "advanced opt-in": (FROM | {"Body": "START", "OptOutType": "start"}, {"kind": "opt_in", "text": "START"}),
    "advanced help": (
        FROM | {"Body": "HELP", "OptOutType": "HELP"},
        {"kind": "text", "text": "HELP", "reason": "help"},
    ),
    "unknown opt-out type": (FROM | {"Body": "x", "OptOutType": "MAYBE"}, {"kind": "text", "text": "x"}),
    "no phone": (
        {"From": "whatsapp:", "ExternalUserId": "IT.123", "Body": "x"},
        {"kind": "text", "text": "x", "address": "IT.123"},
    ),
    "no From": ({"ExternalUserId": "IT.123", "Body": "x"}, {"kind": "text", "text": "x", "address": "IT.123"}),
    "user id for From": ({"From": "whatsapp:IT.123", "Body": "x"}, {"kind": "text", "text": "x", "address": "IT.123"}),
    "plus not encoded": ({"From": f"whatsapp: {ADA[1:]}", "Body": "x"}, {"kind": "text", "text": "x"}),
    "prefix in capitals": ({"From": f"WhatsApp:{ADA}", "Body": "x"}, {"kind": "text", "text": "x"}),
    "delivered": (
        {"To": f"whatsapp:{ADA}", "From": f"whatsapp:{OURS}", "MessageStatus": "delivered", "SmsStatus": "delivered"},
        {"kind": "status", "status": "delivered", "provider_id": "SM1:delivered"},
    ),
    "read": (
        {"To": f"whatsapp:{ADA}", "EventType": "READ", "MessageStatus": "delivered"},
        {"kind": "status", "status": "read", "provider_id": "SM1:read"},
    ),
    "undelivered": (
        {"To": f"whatsapp:{ADA}", "MessageStatus": "Undelivered", "ErrorCode": "63016"},
        {"kind": "status", "status": "undelivered", "error": "63016", "provider_id": "SM1:undelivered"},
    ),
    "no error": (
        {"ChannelToAddress": f"whatsapp:{ADA}", "To": "", "SmsStatus": "sent", "ErrorCode": "0"},
        {"kind": "status", "status": "sent", "provider_id": "SM1:sent"},
    ),
    "received is no receipt": (FROM | {"Body": "x", "SmsStatus": "received"}, {"kind": "text", "text": "x"}),
    "no address": ({"Body": "x"}, {"kind": "ignored", "reason": "no_address", "address": ""}),
}


@pytest.mark.parametrize("name", INBOUND)
def test_a_payload_becomes_one_event(name):
    fields, expected = INBOUND[name]
    (event,) = whatsapp.parse(form(**fields))
    assert as_json(event) == EVENT | expected


ODD = {
    b"": "empty",
    b"&&&": "unknown_form",
    b"foo=bar": "unknown_form",
    b'{"From": "x"}': "unknown_form",
    b"\xff\xfe\x00": "unknown_form",
    b"a=1&" * 600: "too_many_fields",
    b"From=whatsapp%3A%2B393331234567": "no_content",
}


@pytest.mark.parametrize("body", ODD)
def test_what_makes_no_sense_is_ignored_with_the_reason(body):
    (event,) = whatsapp.parse(body)
    assert (event.kind, event.reason) == (Kind.IGNORED, ODD[body])
    assert event.provider_id.startswith("sha256:")
    assert len(event.provider_id) == 7 + 32


def test_the_first_of_two_fields_counts():
    (event,) = whatsapp.parse(form(Body="one", **FROM) + b"&Body=two&From=whatsapp%3A%2B15559999999")
    assert (event.text, event.address) == ("one", ADA)


def test_bytes_that_are_no_text_are_replaced():
    (event,) = whatsapp.parse(form(**FROM) + b"&Body=caf%E9\xff%00")
    assert event.text == "caf\ufffd\ufffd"


@pytest.mark.parametrize("kind", ["STOP", "START", "HELP"])
def test_twilios_own_answer_keeps_us_silent(kind):
    (event,) = whatsapp.parse(form(Body="x", OptOutType=kind, **FROM))
    assert event.replied_silently


NAMES = """From To Body MessageSid SmsSid MessageStatus SmsStatus EventType ErrorCode ButtonPayload ListId OptOutType
NumMedia MediaUrl0 MediaContentType1 Latitude Longitude MessageType ExternalUserId ProfileName"""
names = st.sampled_from(NAMES.split())
values = st.one_of(
    st.text(max_size=20), st.sampled_from(["whatsapp:+393331234567", "nan", "9" * 5000, "READ", "\0", "reaction"])
)


@given(st.binary(max_size=300))
def test_any_bytes_are_taken(body):
    (event,) = whatsapp.parse(body)
    orjson.dumps(as_json(event))


@given(st.lists(st.tuples(names, values), max_size=12))
def test_any_fields_are_taken(rows):
    encoded = [(name, value.encode("utf-8", "surrogatepass")) for name, value in rows]
    (event,) = whatsapp.parse(urlencode(encoded).encode())
    orjson.dumps(as_json(event))
    assert event.address == "" or len(event.address) <= 255


def test_a_megabyte_is_taken():
    (event,) = whatsapp.parse(form(Body="€" * 110_000, **FROM))
    assert event.kind is Kind.TEXT


def choices(count):
    return tuple(Choice(f"Choice {number}", f"tok{number}") for number in range(count))


def test_it_is_not_built_without_a_sender():
    assert whatsapp.build(settings(whatsapp_sender=None)) is None
    assert whatsapp.build(settings(twilio_account=None)) is None


@pytest.mark.asyncio
async def test_text_goes_out_and_receipts_come_back():
    async with running(whatsapp) as bot:
        ada = bot.fake.user(ADA, channel="whatsapp", profile_name="Ada")
        assert await ada.write("ciao è") == 200
        sent = await bot.channel.send(ADA, Part("*Ciao*"))
        await bot.fake.settle()
        assert [(event.text, event.address, event.profile_name) for event in bot.events[:1]] == [("ciao è", ADA, "Ada")]
        assert [(one.sid, one.body) for one in ada.messages] == [(sent.provider_id, "*Ciao*")]
        assert bot.statuses == ["queued", "sent", "delivered", "read"]
        assert {event.provider_id.split(":")[0] for event in bot.events[1:]} == {sent.provider_id}
        assert bot.channel.name == "whatsapp"


@pytest.mark.asyncio
@pytest.mark.parametrize("manner", ["early", "reversed", "off"])
async def test_receipts_in_every_order(manner):
    async with running(whatsapp) as bot:
        bot.fake.world.receipts = manner
        await bot.fake.user(ADA, channel="whatsapp").write("x")
        await bot.channel.send(ADA, Part("y"))
        before = len(bot.statuses)
        await bot.fake.settle()
        course = ["queued", "sent", "delivered", "read"]
        expected = {"early": (4, course), "reversed": (0, course[::-1]), "off": (0, [])}
        assert (before, bot.statuses) == expected[manner]


@pytest.mark.asyncio
async def test_buttons_come_back_as_a_choice_and_the_content_is_made_once():
    part = Part("Hello.\n\nSpend 500 on a mug?", "buttons", choices(3))
    async with running(whatsapp) as bot:
        ada = bot.fake.user(ADA, channel="whatsapp")
        await ada.write("x")
        await bot.channel.send(ADA, part)
        await bot.channel.send(ADA, Part("Again?", "buttons", (*choices(2), Choice("Choice 2", "other"))))
        assert [one.body for one in ada.messages] == ["Hello.", "Spend 500 on a mug?", "Again?"]
        assert ada.messages[1].buttons == tuple((one.label, one.payload) for one in part.choices)
        assert len(bot.fake.world.contents) == 1
        await bot.fake.settle()
        await ada.press(ada.messages[2], 2)
        assert (bot.events[-1].kind, bot.events[-1].payload, bot.events[-1].text) == (Kind.CHOICE, "other", "Choice 2")
        again = whatsapp.build(settings(twilio_api=bot.fake.url))
        await again.send(ADA, part)
        await again.close()
        assert len(bot.fake.world.contents) == 1


@pytest.mark.asyncio
@pytest.mark.parametrize("count", [4, 10])
async def test_a_list_comes_back_as_a_choice(count):
    async with running(whatsapp) as bot:
        ada = bot.fake.user(ADA, channel="whatsapp")
        await ada.write("x")
        await bot.channel.send(ADA, Part("Which?", "list", choices(count), list_label="Choose", locale="pt_BR"))
        (shown,) = ada.messages
        assert (len(shown.buttons), shown.list_label) == (count, "Choose")
        await bot.fake.settle()
        await ada.press(shown, count - 1)
        assert bot.events[-1].payload == f"tok{count - 1}"


@pytest.mark.asyncio
@pytest.mark.parametrize(("style", "count"), [("list", 11), ("buttons", 11)])
async def test_what_the_content_api_refuses_goes_as_numbered_text(style, count):
    async with running(whatsapp) as bot:
        ada = bot.fake.user(ADA, channel="whatsapp")
        await ada.write("x")
        await bot.channel.send(ADA, Part("Hello.\n\nWhich?", style, choices(count), list_label="Choose"))
        (shown,) = ada.messages
        assert shown.body.startswith("Hello.\n\nWhich?\n\n1) Choice 0\n2) Choice 1\n")
        assert not shown.buttons


@pytest.mark.asyncio
@pytest.mark.parametrize(("locale", "sid"), [("it", "HXit"), ("pt_BR", "HXpt"), ("zh_TW", "HXtw")])
async def test_a_template_opens_a_shut_window(locale, sid):
    templates = {"birthday": {"it": "HXit", "pt": "HXpt", "zh_TW": "HXtw"}}
    async with running(whatsapp, templates=templates) as bot:
        bot.fake.seed_template(sid, "Ada", "50", body="Hi {{1}}, {{2}} points for you.")
        part = Part("", template_flow="birthday", variables=("Ada\nB", ""), locale=locale)
        sent = await bot.channel.send(ADA, part)
        (shown,) = bot.fake.user(ADA, channel="whatsapp").messages
        assert (shown.sid, shown.template) == (sent.provider_id, sid)
        assert shown.body == "Hi Ada B, - points for you."


@pytest.mark.asyncio
async def test_a_missing_template_is_a_bad_request():
    async with running(whatsapp, templates={"birthday": {"it": "HXit"}}) as bot:
        for flow, locale in (("birthday", "de"), ("other", "it")):
            with pytest.raises(BadRequest, match="no template"):
                await bot.channel.send(ADA, Part("", template_flow=flow, locale=locale))


@pytest.mark.asyncio
async def test_a_shut_window_shows_in_the_receipt_or_at_once():
    async with running(whatsapp) as bot:
        ada = bot.fake.user(ADA, channel="whatsapp")
        await bot.channel.send(ADA, Part("hello"))
        await bot.fake.settle()
        assert bot.statuses == ["queued", "undelivered"]
        assert bot.channel.receipt_error(bot.events[-1].error) is NeedsTemplate
        assert ada.messages == []
        bot.fake.world.window = "sync"
        with pytest.raises(NeedsTemplate):
            await bot.channel.send(ADA, Part("hello"))


@pytest.mark.asyncio
@pytest.mark.parametrize(("seconds", "reached"), [(-1, 1), (1, 0)])
async def test_the_window_shuts_after_24_hours(seconds, reached):
    now = datetime(2026, 11, 22, 12, tzinfo=UTC)
    async with running(whatsapp) as bot:
        bot.fake.world.clock = lambda: now
        ada = bot.fake.user(ADA, channel="whatsapp")
        await ada.write("x")
        bot.fake.world.clock = lambda: now + timedelta(hours=24, seconds=seconds)
        await bot.channel.send(ADA, Part("hello"))
        assert len(ada.messages) == reached


@pytest.mark.asyncio
async def test_missed_messages_are_found_oldest_first():
    now = datetime(2026, 11, 22, 12, tzinfo=UTC)
    async with running(whatsapp) as bot:
        ada = bot.fake.user(ADA, channel="whatsapp")
        for minute, text in enumerate(["old", "one", "two"]):
            bot.fake.world.clock = lambda minute=minute: now + timedelta(minutes=minute)
            ada.arrival(text)
        await bot.channel.send(ADA, Part("ours"))
        await ada.send_media("image/png", caption="receipt")
        bodies = [body async for body in bot.channel.missed(now + timedelta(minutes=1))]
        events = [event for body in bodies for event in bot.channel.parse(body)]
        assert [event.text for event in events] == ["one", "two", "receipt"]
        assert [event.provider_id for event in events] == [
            one.sid for one in bot.fake.world.messages if one.direction == "inbound" and one.body != "old"
        ]
        assert [(one.type, (one.url or "").startswith("https://api.twilio.com/")) for one in events[2].media] == [
            ("image/png", True)
        ]


@pytest.mark.asyncio
async def test_a_forged_webhook_is_403():
    async with running(whatsapp) as bot:
        assert await bot.fake.user(ADA, channel="whatsapp").write("x", forge=True) == 403
        with pytest.raises(Forged):
            bot.channel.verify(Request("/webhooks/whatsapp", "", {}, b""))
        assert bot.events == []
