"""The fake Twilio is as strict as the real one, spoken to by the real client library."""

from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest
from aiohttp import ClientSession, web
from twilio.request_validator import RequestValidator

from bot.fakes.twilio import FakeTwilio, segments
from bot.settings import Settings
from bot.twilio_client import TwilioException, open_client

ACCOUNT, TOKEN = "AC" + "1" * 32, "a" * 32
OURS, ADA = "+15550001111", "+393331234567"
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@asynccontextmanager
async def calling(token=TOKEN):
    """The fake, and the real library's client pointed at it."""
    async with FakeTwilio(ACCOUNT, TOKEN, senders={"whatsapp": OURS, "sms": OURS}, clock=lambda: NOW) as fake:
        told = Settings(_env_file=None, twilio_account=ACCOUNT, twilio_token=token, twilio_api=fake.url)
        client = open_client(told)
        try:
            yield fake, client
        finally:
            await client.http_client.close()


@asynccontextmanager
async def listening(fake, channel="sms", answers=()):
    """A webhook that keeps the forms, checks each signature with the library and answers as told."""
    seen, waiting = [], list(answers)

    async def hook(request):
        form = dict(await request.post())
        signature = request.headers["X-Twilio-Signature"]
        seen.append((form, RequestValidator(TOKEN).validate(str(request.url), form, signature)))
        return web.Response(status=waiting.pop(0) if waiting else 200)

    app = web.Application()
    app.router.add_post("/hook", hook)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    fake.webhooks[channel] = f"http://127.0.0.1:{runner.addresses[0][1]}/hook#rc=5&rp=all"
    try:
        yield seen
    finally:
        await runner.cleanup()


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 1),
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("€" * 152, 2),
        ("€" * 153, 3),
        ("È" * 70, 1),
        ("È" * 71, 2),
        ("È" * 134, 2),
        ("È" * 135, 3),
        ("🎂" * 35, 1),
        ("🎂" * 36, 2),
        ("🎂" * 66, 2),
        ("🎂" * 67, 3),
    ],
)
def test_segments(text, count):
    assert segments(text) == count


REFUSED = {
    "no recipient": ({"to": ""}, 21604),
    "no number": ({"to": "12"}, 21211),
    "foreign sender": ({"from_": "+15559999999"}, 21606),
    "foreign WhatsApp sender": ({"from_": "whatsapp:+15559999999", "to": "whatsapp:" + ADA}, 63007),
    "no sender": ({"from_": ""}, 21603),
    "empty service": ({"messaging_service_sid": "MG9"}, 21703),
    "two channels": ({"to": "whatsapp:" + ADA}, 21910),
    "no body": ({"body": ""}, 21619),
    "long body": ({"body": "x" * 1601}, 21617),
    "bad callback": ({"status_callback": "ftp://x"}, 21609),
    "bad validity": ({"validity_period": 99_999}, 20001),
    "unknown parameter": ({"max_price": 1}, 20001),
    "unknown content": ({"content_sid": "HX9"}, 21655),
}


@pytest.mark.asyncio
@pytest.mark.parametrize("name", REFUSED)
async def test_messages_are_refused_as_by_twilio(name):
    more, code = REFUSED[name]
    async with calling() as (fake, client):
        with pytest.raises(TwilioException) as caught:
            await client.messages.create_async(**({"to": ADA, "from_": OURS, "body": "x"} | more))
        assert caught.value.code == code
        assert fake.world.messages == []


@pytest.mark.asyncio
async def test_a_wrong_token_is_20003():
    async with calling(token="wrong") as (_, client):
        with pytest.raises(TwilioException) as caught:
            await client.api.v2010.accounts(ACCOUNT).fetch_async()
        assert (caught.value.status, caught.value.code) == (401, 20003)


@pytest.mark.asyncio
async def test_messages_can_be_fetched_and_listed_over_pages():
    async with calling() as (fake, client):
        for number in range(5):
            fake.world.clock = lambda number=number: NOW + timedelta(minutes=number)
            made = await client.messages.create_async(to=ADA, from_=OURS, body=f"n{number}")
        assert (await client.messages(made.sid).fetch_async()).body == "n4"
        listed = await client.messages.list_async(to=ADA, page_size=2)
        assert [one.body for one in listed] == ["n4", "n3", "n2", "n1", "n0"]
        late = await client.messages.list_async(date_sent_after=NOW + timedelta(minutes=3))
        assert [one.body for one in late] == ["n4", "n3"]
        early = await client.messages.list_async(date_sent_before=NOW + timedelta(minutes=1))
        assert [one.body for one in early] == ["n1", "n0"]
        assert await client.messages.list_async(from_=ADA) == []
        with pytest.raises(TwilioException):
            await client.messages("SM9").fetch_async()


def content(kind, **body):
    return {"friendly_name": "x", "language": "en", "variables": {"1": "a"}, "types": {kind: {"body": "{{1}}"} | body}}


def buttons(count, title="Yes"):
    return content("twilio/quick-reply", actions=[{"type": "QUICK_REPLY", "title": title, "id": "y"}] * count)


def items(count, item="Mug", button="Choose"):
    return content("twilio/list-picker", button=button, items=[{"item": item, "id": "m"}] * count)


BAD_CONTENT = {
    "eleven buttons": buttons(11),
    "no buttons": buttons(0),
    "long title": buttons(1, "x" * 21),
    "eleven items": items(11),
    "long item": items(1, "x" * 25),
    "no list label": items(1, button=""),
    "unknown type": content("twilio/poem"),
    "long body": content("twilio/quick-reply") | {"types": {"twilio/text": {"body": "x" * 1601}}},
    "no sample": items(1) | {"variables": {}},
    "blank sample": items(1) | {"variables": {"1": ""}},
    "no language": items(1) | {"language": ""},
    "no type": items(1) | {"types": {}},
}


@pytest.mark.asyncio
@pytest.mark.parametrize("name", BAD_CONTENT)
async def test_contents_are_refused_as_by_twilio(name):
    async with calling() as (fake, _), ClientSession() as session:
        auth = {"Authorization": "Basic " + _basic()}
        async with session.post(f"{fake.url}/content/v1/Content", json=BAD_CONTENT[name], headers=auth) as response:
            assert response.status == 400
        assert fake.world.contents == {}


def _basic():
    from base64 import b64encode

    return b64encode(f"{ACCOUNT}:{TOKEN}".encode()).decode()


@pytest.mark.asyncio
async def test_contents_live_and_die():
    async with calling() as (fake, client):
        contents = client.content.v1.contents
        made = [await contents.create_async(contents.ContentCreateRequest(told)) for told in (buttons(10), items(10))]
        listed = await contents.list_async(page_size=1)
        assert [one.sid for one in listed] == [one.sid for one in made]
        assert (await client.content.v1.contents(made[0].sid).fetch_async()).friendly_name == "x"
        approval = await client.content.v1.contents(made[0].sid).approval_fetch().fetch_async()
        assert approval.whatsapp["status"] == "unsubmitted"
        assert await client.content.v1.contents(made[0].sid).delete_async()
        assert list(fake.world.contents) == [made[1].sid]
        with pytest.raises(TwilioException):
            await client.content.v1.contents(made[0].sid).fetch_async()


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("told", "variables", "code"),
    [
        (buttons(4), "{}", 63021),
        (buttons(3), '{"1": ""}', 21656),
        (buttons(3), '{"1": "a\\nb"}', 21656),
        (buttons(3), '{"1": "a    b"}', 21656),
        (buttons(3), '{"1": 1}', 21656),
        (buttons(3), '{"9": "a"}', 21656),
        (buttons(3), "[", 21656),
    ],
)
async def test_contents_in_session(told, variables, code):
    async with calling() as (fake, client), listening(fake, "whatsapp"):
        await fake.user(ADA, channel="whatsapp").write("x")
        contents = client.content.v1.contents
        made = await contents.create_async(contents.ContentCreateRequest(told))
        send = {"to": "whatsapp:" + ADA, "from_": "whatsapp:" + OURS, "content_sid": made.sid}
        with pytest.raises(TwilioException) as caught:
            await client.messages.create_async(content_variables=variables, **send)
        assert caught.value.code == code


@pytest.mark.asyncio
async def test_a_list_does_not_pass_a_shut_window_but_a_template_does():
    async with calling() as (fake, client):
        contents = client.content.v1.contents
        made = await contents.create_async(contents.ContentCreateRequest(items(3)))
        fake.seed_template("HX1", "Ada", body="Hi {{1}}!", buttons=("Yes", "No"))
        ada = fake.user(ADA, channel="whatsapp")
        for sid in (made.sid, "HX1"):
            await client.messages.create_async(to="whatsapp:" + ADA, from_="whatsapp:" + OURS, content_sid=sid)
        assert [(one.template, one.body, one.buttons) for one in ada.messages] == [
            ("HX1", "Hi Ada!", (("Yes", "Yes"), ("No", "No")))
        ]


@pytest.mark.asyncio
async def test_what_a_user_does_is_a_signed_form_with_its_blanks():
    async with calling() as (fake, _), listening(fake) as seen:
        assert await fake.user(ADA, channel="sms").write("perché €?") == 200
        ((form, valid),) = seen
        assert valid
        assert (form["Body"], form["From"], form["To"], form["FromCity"], form["NumMedia"]) == (
            "perché €?",
            ADA,
            OURS,
            "",
            "0",
        )
        assert form["MessageSid"] == form["SmsSid"] == form["SmsMessageSid"]


@pytest.mark.asyncio
async def test_whatsapp_users_send_pictures_and_places():
    async with calling() as (fake, _), listening(fake, "whatsapp") as seen:
        ada = fake.user(ADA, channel="whatsapp", profile_name="Ada L.", wa_id="39333")
        await ada.send_media("text/vcard", "image/png", caption="two")
        await ada.send_location(45.5, 7.5, label="Shop")
        media, place = (form for form, _ in seen)
        assert (media["NumMedia"], media["MediaContentType1"], media["ProfileName"], media["WaId"]) == (
            "2",
            "image/png",
            "Ada L.",
            "39333",
        )
        assert (place["Latitude"], place["Longitude"], place["Label"], place["Body"]) == ("45.5", "7.5", "Shop", "")


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("answers", "posts", "status"),
    [([], 1, 200), ([500, 503], 3, 200), ([500] * 9, 6, 500), ([403] * 3, 1, 403)],
)
async def test_webhooks_are_repeated_a_bounded_number_of_times(answers, posts, status):
    async with calling() as (fake, _), listening(fake, answers=answers) as seen:
        assert await fake.user(ADA, channel="sms").write("x") == status
        assert len(seen) == posts
        assert len({form["MessageSid"] for form, _ in seen}) == 1


@pytest.mark.asyncio
async def test_nobody_listens():
    async with calling() as (fake, _):
        fake.webhooks["sms"] = "http://127.0.0.1:1/hook#rc=2&rp=all"
        assert await fake.user(ADA, channel="sms").write("x") == 0


@pytest.mark.asyncio
async def test_a_forged_and_a_doubled_form():
    async with calling() as (fake, _), listening(fake) as seen:
        ada = fake.user(ADA, channel="sms")
        await ada.write("x", forge=True)
        form = ada.arrival("y")
        assert await fake.deliver("sms", form, times=2) == [200, 200]
        assert [valid for _, valid in seen] == [False, True, True]


@pytest.mark.asyncio
async def test_opt_outs_with_and_without_the_advanced_kind():
    async with calling() as (fake, client), listening(fake) as seen:
        ada = fake.user(ADA, channel="sms")
        await ada.write("YES")
        await ada.stop()
        with pytest.raises(TwilioException) as caught:
            await client.messages.create_async(to=ADA, from_=OURS, body="x")
        assert caught.value.code == 21610
        await ada.write("YES")
        fake.world.advanced_opt_out = True
        await ada.write("HELP")
        assert [form.get("OptOutType") for form, _ in seen] == [None, None, None, "HELP"]
        assert [one.body.split()[0] for one in ada.messages] == ["You", "You", "Reply"]


@pytest.mark.asyncio
async def test_whatsapp_opts_out_only_with_the_advanced_kind():
    async with calling() as (fake, _), listening(fake, "whatsapp") as seen:
        ada = fake.user(ADA, channel="whatsapp")
        await ada.stop()
        fake.world.advanced_opt_out = True
        await ada.stop()
        assert [form.get("OptOutType") for form, _ in seen] == [None, "STOP"]
        assert fake.world.opted_out == {("whatsapp", ADA)}


@pytest.mark.asyncio
async def test_an_injected_failure_counts_once():
    async with calling() as (fake, client):
        fake.fail_next(20429, status=429, times=2)
        for _ in range(2):
            with pytest.raises(TwilioException) as caught:
                await client.messages.create_async(to=ADA, from_=OURS, body="x")
            assert (caught.value.status, caught.value.code) == (429, 20429)
        assert (await client.messages.create_async(to=ADA, from_=OURS, body="x")).status == "queued"
        assert [method for method, _ in fake.world.requests] == ["POST"] * 3


@pytest.mark.asyncio
async def test_the_number_can_be_pointed_elsewhere():
    async with calling() as (_, client):
        (number,) = await client.incoming_phone_numbers.list_async(phone_number=OURS)
        updated = await number.update_async(sms_url="https://bot.example/x")
        assert updated.sms_url == "https://bot.example/x"
        assert await client.incoming_phone_numbers.list_async(phone_number="+4400") == []
