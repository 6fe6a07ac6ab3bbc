"""The Telegram channel's contract, held with the real client over HTTP against the strict fake."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
import pytest_asyncio

from bot.channels import (
    BadRequest,
    Channel,
    Config,
    Forged,
    PauseAccount,
    Request,
    RetryAt,
    SendError,
    Unreachable,
    discover,
    telegram,
)
from bot.channels._telegram_setup import connect, inspect
from bot.fakes.telegram import FakeTelegram, VirtualUser
from bot.limits import TELEGRAM
from bot.message import Choice
from bot.render import Part
from bot.settings import Settings

TOKEN = "123456:ABC-def"
SECRET = "s3cret_-"


def settings(**changed: Any) -> Settings:
    given: dict[str, Any] = {"telegram_token": TOKEN, "telegram_secret": SECRET, "provider_timeout": 2.0, **changed}
    return Settings(_env_file=None, **given)


@pytest_asyncio.fixture
async def fake() -> AsyncIterator[FakeTelegram]:
    server = FakeTelegram()
    await server.start()
    yield server
    await server.stop()


@pytest_asyncio.fixture
async def channel(fake: FakeTelegram) -> AsyncIterator[Channel]:
    built = telegram.build(settings(telegram_api=fake.url), templates={})
    assert built is not None
    yield built
    await built.close()


@pytest_asyncio.fixture
async def ada(fake: FakeTelegram) -> VirtualUser:
    user = fake.user(TOKEN, id=501, first_name="Ada", language_code="it")
    await user.start()
    return user


def test_the_folder_finds_it() -> None:
    assert discover()["telegram"] is telegram
    assert telegram.NAME == "telegram"


def test_without_a_token_there_is_no_channel() -> None:
    assert telegram.build(settings(telegram_token=None), templates={}) is None


def request(headers: dict[str, str]) -> Request:
    return Request("/webhooks/telegram", "", headers, b"{}")


@pytest.mark.parametrize("given", [None, "", "wrong", SECRET + "x", SECRET.upper(), "é", "\ud800"])
@pytest.mark.parametrize("secret", [SECRET, None, ""])
def test_a_request_without_our_secret_is_forged(given: str | None, secret: str | None) -> None:
    built = telegram.build(settings(telegram_secret=secret), templates={})
    headers = {} if given is None else {"x-telegram-bot-api-secret-token": given}
    with pytest.raises(Forged) as forged:
        built.verify(request(headers))
    assert forged.value.status == 401


def test_a_request_with_our_secret_is_genuine() -> None:
    built = telegram.build(settings(), templates={})
    built.verify(request({"x-telegram-bot-api-secret-token": SECRET}))
    assert built.limits is built.limits_for("501") is TELEGRAM
    assert built.parse(b"[]")[0].reason == "not_an_update"


@pytest.mark.asyncio
async def test_text_is_html_without_a_link_preview(fake: FakeTelegram, channel: Channel, ada: VirtualUser) -> None:
    sent = await channel.send("501", Part(text="Code: <code>R&amp;B</code> 👋🏽"))
    (message,) = ada.messages
    assert (message.text, message.buttons, message.photo) == ("Code: R&B 👋🏽", (), b"")
    assert sent.provider_id == f"501:{message.message_id}"
    assert sent.moved_to is None
    assert fake.calls[-1].params["parse_mode"] == "HTML"
    assert fake.calls[-1].params["link_preview_options"] == '{"is_disabled": true}'


def choices(*labels: str) -> tuple[Choice, ...]:
    return tuple(Choice(label, f"v1:f:{number}") for number, label in enumerate(labels))


@pytest.mark.parametrize(
    ("labels", "rows"),
    [
        (("Yes", "No"), (2,)),
        (("A", "B", "C"), (2, 1)),
        (("A", "B", "C", "D"), (2, 2)),
        (("A", "B", "C", "D", "E"), (1, 1, 1, 1, 1)),
        (("Short", "This one is far longer"), (1, 1)),
    ],
)
@pytest.mark.asyncio
async def test_choices_are_inline_buttons(
    channel: Channel, ada: VirtualUser, labels: tuple[str, ...], rows: tuple[int, ...]
) -> None:
    await channel.send("501", Part(text="Well?", style="buttons", choices=choices(*labels)))
    (message,) = ada.messages
    assert message.buttons == tuple((label, f"v1:f:{number}") for number, label in enumerate(labels))
    assert message.rows == rows


@pytest.mark.asyncio
async def test_choices_of_a_plain_part_are_in_its_text(channel: Channel, ada: VirtualUser) -> None:
    await channel.send("501", Part(text="1 Yes, 2 No", choices=choices("Yes", "No")))
    assert ada.messages[0].buttons == ()


@pytest.mark.asyncio
async def test_a_contact_is_asked_for_by_a_keyboard(fake: FakeTelegram, channel: Channel, ada: VirtualUser) -> None:
    part = Part(text="Your number?", ask_contact="Share", style="buttons", choices=choices("Not now"))
    await channel.send("501", part)
    (message,) = ada.messages
    assert (message.asks_contact, message.reply_buttons) == (True, ("Share", "Not now"))
    assert '"one_time_keyboard": true' in fake.calls[-1].params["reply_markup"]
    assert '"resize_keyboard": true' in fake.calls[-1].params["reply_markup"]


@pytest.mark.asyncio
async def test_a_code_is_a_picture_with_the_text_below(fake: FakeTelegram, channel: Channel, ada: VirtualUser) -> None:
    await channel.send(
        "501", Part(text="<b>Show this</b>", qr="https://t.me/x?start=r_1", style="buttons", choices=choices("Ok"))
    )
    (message,) = ada.messages
    assert message.photo.startswith(b"\x89PNG")
    assert (message.text, message.html, message.rows) == ("Show this", "<b>Show this</b>", (1,))
    assert fake.calls[-1].method == "sendPhoto"


@pytest.mark.asyncio
async def test_a_text_too_long_for_a_caption_goes_without_the_picture(channel: Channel, ada: VirtualUser) -> None:
    await channel.send("501", Part(text="👋" * 513, qr="R1"))
    assert ada.messages[0].photo == b""


@pytest.mark.asyncio
async def test_a_code_no_picture_can_hold_is_our_mistake(channel: Channel) -> None:
    with pytest.raises(BadRequest):
        await channel.send("501", Part(text="x", qr="x" * 5000))


FAILURES: dict[str, tuple[int, str, dict[str, int] | None, type[SendError], str, float | None, bool]] = {
    "429": (429, "Too Many Requests: retry after 7", {"retry_after": 7}, PauseAccount, "429", 7.0, False),
    "429 in words only": (429, "Too Many Requests: retry after 9", None, PauseAccount, "429", 9.0, False),
    "429 without a time": (429, "Too Many Requests", None, PauseAccount, "429", 1.0, False),
    "403 blocked": (403, "Forbidden: bot was blocked by the user", None, Unreachable, "403 blocked", None, False),
    "403 gone": (403, "Forbidden: user is deactivated", None, Unreachable, "403 deactivated", None, False),
    "403 first": (403, "Forbidden: can't initiate conversation", None, Unreachable, "403 not started", None, False),
    "403 other": (403, "Forbidden: 501 something", None, Unreachable, "403", None, False),
    "400 chat": (400, "Bad Request: chat not found", None, Unreachable, "400 chat not found", None, False),
    "400 gone": (400, "Bad Request: user is deactivated", None, Unreachable, "400 deactivated", None, False),
    "400 peer": (400, "Bad Request: PEER_ID_INVALID", None, Unreachable, "400 peer invalid", None, False),
    "400 markup": (400, "Bad Request: can't parse entities: hi", None, BadRequest, "400 markup", None, False),
    "400 other": (400, "Bad Request: secret text here", None, BadRequest, "400", None, False),
    "413": (413, "Request Entity Too Large", None, BadRequest, "413", None, False),
    "418": (418, "I'm a teapot", None, BadRequest, "other", None, False),
    "401": (401, "Unauthorized", None, Config, "401", None, False),
    "404": (404, "Not Found", None, Config, "404", None, False),
    "409": (409, "Conflict: terminated by other getUpdates request", None, Config, "409", None, False),
    "500": (500, "Internal Server Error", None, RetryAt, "5xx", None, True),
    "500 restart": (500, "Internal Server Error: restart", None, RetryAt, "5xx", None, True),
    "502": (502, "Bad Gateway", None, RetryAt, "5xx", None, True),
}  # fmt: skip


@pytest.mark.parametrize("failure", FAILURES.values(), ids=FAILURES)
@pytest.mark.asyncio
async def test_every_failure_is_one_of_the_closed_set(fake: FakeTelegram, channel: Channel, failure: Any) -> None:
    status, description, parameters, kind, code, seconds, sent_perhaps = failure
    fake.bot(TOKEN)
    fake.fail_next("sendMessage", status, description, parameters)
    with pytest.raises(SendError) as raised:
        await channel.send("501", Part(text="x"))
    error = raised.value
    assert type(error) is kind
    assert (error.code, error.seconds, error.sent_perhaps) == (code, seconds, sent_perhaps)


@pytest.mark.asyncio
async def test_silence_may_have_been_a_success(fake: FakeTelegram, ada: VirtualUser) -> None:
    built = telegram.build(settings(telegram_api=fake.url, provider_timeout=0.5), templates={})
    fake.fail_next("sendMessage", 500, "late", delay=1.0)
    with pytest.raises(RetryAt) as slow:
        await built.send("501", Part(text="x"))
    fake.lose_next("sendMessage")
    with pytest.raises(RetryAt) as lost:
        await built.send("501", Part(text="x"))
    await built.close()
    assert (slow.value.code, slow.value.sent_perhaps) == ("timeout", True)
    assert (lost.value.code, lost.value.sent_perhaps) == ("network", True)
    assert len(ada.messages) == 1


@pytest.mark.asyncio
async def test_nobody_at_the_other_end_is_certainly_not_sent() -> None:
    built = telegram.build(settings(telegram_api="http://127.0.0.1:9"), templates={})
    with pytest.raises(RetryAt) as raised:
        await built.send("501", Part(text="x"))
    await built.close()
    assert (raised.value.code, raised.value.sent_perhaps) == ("network", False)


@pytest.mark.parametrize("token", ["no-token", "999:unknown"])
@pytest.mark.asyncio
async def test_a_wrong_token_is_a_matter_of_configuration(fake: FakeTelegram, token: str) -> None:
    built = telegram.build(settings(telegram_api=fake.url, telegram_token=token), templates={})
    with pytest.raises(Config) as raised:
        await built.send("501", Part(text="x"))
    await built.close()
    assert token not in str(raised.value)


@pytest.mark.asyncio
async def test_a_text_that_cannot_be_encoded_is_our_mistake(channel: Channel) -> None:
    with pytest.raises(BadRequest):
        await channel.send("501", Part(text="\ud800"))


@pytest.mark.asyncio
async def test_a_moved_chat_is_followed_once(fake: FakeTelegram, channel: Channel, ada: VirtualUser) -> None:
    fake.migrate(TOKEN, 501, -100501)
    sent = await channel.send("501", Part(text="x"))
    assert sent.moved_to == "-100501"
    assert [call.status for call in fake.calls] == [400, 200]
    fake.migrate(TOKEN, -100501, 501)
    with pytest.raises(RetryAt) as raised:
        await channel.send("501", Part(text="x"))
    assert raised.value.code == "400 migrated"


@pytest.mark.asyncio
async def test_unreadable_markup_is_sent_once_more_as_plain_text(
    fake: FakeTelegram, channel: Channel, ada: VirtualUser
) -> None:
    part = Part(text="<b>5 < 6", fallback="5 < 6 & 7", style="buttons", choices=choices("Ok"))
    await channel.send("501", part)
    assert (ada.messages[0].text, ada.messages[0].rows) == ("5 < 6 & 7", (1,))
    assert "parse_mode" not in fake.calls[-1].params
    with pytest.raises(BadRequest):
        await channel.send("501", Part(text="<b>5 < 6"))


@pytest.mark.asyncio
async def test_an_answer_we_cannot_read_is_not_sent_twice(
    fake: FakeTelegram, channel: Channel, ada: VirtualUser
) -> None:
    message = {"message_id": "77", "chat": {"id": 501, "type": 8}}
    fake.answer_next("sendMessage", message)
    sent = await channel.send("501", Part(text="x"))
    assert sent.provider_id == "501:77"
    fake.answer_next("sendMessage", [])
    with pytest.raises(RetryAt) as raised:
        await channel.send("501", Part(text="x"))
    assert raised.value.sent_perhaps


@pytest.mark.asyncio
async def test_a_tap_is_answered_and_a_late_answer_swallowed(
    fake: FakeTelegram, channel: Channel, ada: VirtualUser
) -> None:
    await channel.send("501", Part(text="?", style="buttons", choices=choices("Ok")))
    await ada.press(ada.messages[0], "Ok")
    pressed = channel.parse(_last_update(fake))[0]
    await channel.answer_callback(pressed.callback_id, "x" * 300)
    await channel.answer_callback(pressed.callback_id, None)
    assert ada.answers == ["x" * 200]
    fake.fail_next("answerCallbackQuery", 400, "Bad Request: something else")
    with pytest.raises(BadRequest):
        await channel.answer_callback("1", None)


def _last_update(fake: FakeTelegram) -> bytes:
    return orjson.dumps(fake.bot(TOKEN).pending[-1])


@pytest.mark.asyncio
async def test_telegram_misses_nothing(channel: Channel) -> None:
    assert [body async for body in channel.missed(datetime.now(UTC))] == []


@pytest.mark.asyncio
async def test_connect_then_inspect(fake: FakeTelegram) -> None:
    fake.bot(TOKEN, username="bentornato_bot")
    ours = settings(telegram_api=fake.url, public_url="https://loyal.example")
    before = await inspect(ours)
    commands = {None: {"menu": "What I can do"}, "pt_BR": {"menu": "O que sei fazer"}, "fil": {"menu": "x"}}
    lines = await connect(ours, commands)
    hook = fake.bot(TOKEN).webhook
    assert (hook.url, hook.secret, hook.max_connections) == ("https://loyal.example/webhooks/telegram", SECRET, 40)
    assert set(hook.allowed) == {"message", "edited_message", "callback_query", "my_chat_member", "message_reaction"}
    assert set(fake.bot(TOKEN).commands) == {"", "pt"}
    assert lines[0] == "Bot @bentornato_bot"
    assert "left out" in lines[-1]
    assert [fine for fine, _ in before] == [True, False, True, False]
    assert all(fine for fine, _ in await inspect(ours))


@pytest.mark.asyncio
async def test_setup_says_what_is_missing(fake: FakeTelegram) -> None:
    fake.bot(TOKEN)
    with pytest.raises(Config):
        await connect(settings(telegram_api=fake.url, telegram_secret=None), {})
    ((fine, line),) = await inspect(settings(telegram_api=fake.url, telegram_token="7:x"))
    assert (fine, "401" in line) == (False, True)
