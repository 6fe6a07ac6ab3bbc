"""The fake Bot API is as strict as the real one, and both client libraries understand its answers."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

import orjson
import pytest
import pytest_asyncio
import segno
import telegram
from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.types import (
    BotCommand,
    BufferedInputFile,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    KeyboardButton,
    Message,
    ReplyKeyboardMarkup,
    Update,
)
from aiohttp import ClientSession, web

from bot.fakes._telegram_html import MarkupError, parse_html, trim
from bot.fakes.telegram import FakeTelegram, Pace, VirtualUser

TOKEN = "123456:ABC-def"
SECRET = "s3cret"
KEYS = InlineKeyboardMarkup(inline_keyboard=[[InlineKeyboardButton(text="Ok", callback_data="v1:ok")]])


@dataclass(slots=True)
class Hook:
    """A webhook that answers as told and keeps what it got."""

    url: str = ""
    answers: list[int] = field(default_factory=list)
    bodies: list[dict[str, Any]] = field(default_factory=list)
    secrets: list[str | None] = field(default_factory=list)

    async def handle(self, request: web.Request) -> web.Response:
        self.bodies.append(orjson.loads(await request.read()))
        self.secrets.append(request.headers.get("X-Telegram-Bot-Api-Secret-Token"))
        return web.Response(status=self.answers.pop(0) if self.answers else 200)


@pytest_asyncio.fixture
async def hook() -> AsyncIterator[Hook]:
    made = Hook()
    application = web.Application()
    application.router.add_post("/hook", made.handle)
    runner = web.AppRunner(application, shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    made.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    yield made
    await runner.cleanup()


@pytest_asyncio.fixture
async def fake() -> AsyncIterator[FakeTelegram]:
    server = FakeTelegram(backoff=0.001, rate_limits=False)
    await server.start()
    yield server
    await server.stop()


@pytest_asyncio.fixture
async def ada(fake: FakeTelegram) -> VirtualUser:
    user = fake.user(TOKEN, id=501, first_name="Ada", last_name="Neri", language_code="it")
    await user.start()
    return user


async def call(fake: FakeTelegram, method: str, token: str = TOKEN, **params: Any) -> tuple[int, dict[str, Any]]:
    async with ClientSession() as session, session.post(f"{fake.url}/bot{token}/{method}", json=params) as answer:
        return answer.status, await answer.json()


async def refused(fake: FakeTelegram, method: str, **params: Any) -> str:
    status, answer = await call(fake, method, **params)
    assert (answer["ok"], answer["error_code"]) == (False, status)
    return f"{status} {answer['description']}"


def inline(*buttons: Any) -> dict[str, Any]:
    return {"inline_keyboard": [list(buttons)]}


def button(data: str) -> dict[str, str]:
    return {"text": "Ok", "callback_data": data}


REFUSALS: dict[str, tuple[str, dict[str, Any], str]] = {
    "no text": ("sendMessage", {}, "message text is empty"),
    "blank text": ("sendMessage", {"text": " \n "}, "message text is empty"),
    "4097 units": ("sendMessage", {"text": "x" * 4097}, "message is too long"),
    "4098 units of emoji": ("sendMessage", {"text": "👋" * 2049}, "message is too long"),
    "unclosed tag": ("sendMessage", {"text": "<b>x", "parse_mode": "HTML"}, "can't parse entities: Can't find end tag"),
    "unknown tag": ("sendMessage", {"text": "<p>x</p>", "parse_mode": "html"}, "can't parse entities: Unsupported"),
    "other mode": ("sendMessage", {"text": "x", "parse_mode": "Markdown"}, "unsupported parse_mode"),
    "unknown chat": ("sendMessage", {"text": "x", "chat_id": 9}, "chat not found"),
    "named chat": ("sendMessage", {"text": "x", "chat_id": "@ada"}, "chat not found"),
    "65 bytes": ("sendMessage", {"text": "x", "reply_markup": inline(button("x" * 65))}, "BUTTON_DATA_INVALID"),
    "65 bytes in 33": ("sendMessage", {"text": "x", "reply_markup": inline(button("é" * 33))}, "BUTTON_DATA_INVALID"),
    "0 bytes": ("sendMessage", {"text": "x", "reply_markup": inline(button(""))}, "BUTTON_DATA_INVALID"),
    "a button that does nothing": ("sendMessage", {"text": "x", "reply_markup": inline({"text": "a"})}, "unallowed"),
    "a button without text": ("sendMessage", {"text": "x", "reply_markup": inline({"url": "x"})}, "non-empty text"),
    "101 buttons": ("sendMessage", {"text": "x", "reply_markup": inline(*[button("a")] * 101)}, "too long"),
    "flat keyboard": ("sendMessage", {"text": "x", "reply_markup": {"inline_keyboard": [button("a")]}}, "Array"),
    "empty keyboard": ("sendMessage", {"text": "x", "reply_markup": {"keyboard": []}}, "non-empty"),
    "keyboard a list": ("sendMessage", {"text": "x", "reply_markup": [1]}, "object expected"),
    "keyboard not JSON": ("sendMessage", {"text": "x", "reply_markup": "{"}, "can't parse reply keyboard markup"),
    "no picture": ("sendPhoto", {}, "there is no photo"),
    "long caption": ("sendPhoto", {"caption": "x" * 1025}, "caption is too long"),
    "long notice": ("answerCallbackQuery", {"callback_query_id": "1", "text": "x" * 201}, "MESSAGE_TOO_LONG"),
    "unknown tap": ("answerCallbackQuery", {"callback_query_id": "1"}, "query is too old"),
    "unknown message": ("editMessageText", {"text": "x", "message_id": 5}, "message to edit not found"),
    "message a word": ("editMessageReplyMarkup", {"message_id": "x"}, "message_id"),
    "plain webhook": ("setWebhook", {"url": "http://example.org/x"}, "bad webhook"),
    "secret with a space": ("setWebhook", {"url": "https://e.org/", "secret_token": "a b"}, "unallowed characters"),
    "updates no list": ("setWebhook", {"url": "https://e.org/", "allowed_updates": {"a": 1}}, "Array of String"),
    "capital command": ("setMyCommands", {"commands": [{"command": "Menu", "description": "x"}]}, "COMMAND_INVALID"),
    "long language": ("setMyCommands", {"commands": [], "language_code": "ita"}, "LANGUAGE_INVALID"),
}  # fmt: skip


@pytest.mark.parametrize(("method", "params", "words"), REFUSALS.values(), ids=REFUSALS)
@pytest.mark.asyncio
async def test_what_the_real_one_refuses(
    fake: FakeTelegram, ada: VirtualUser, method: str, params: dict[str, Any], words: str
) -> None:
    answer = await refused(fake, method, **{"chat_id": 501, **params})
    assert answer.startswith("400 Bad Request: ")
    assert words in answer


@pytest.mark.asyncio
async def test_the_longest_of_everything_is_taken(fake: FakeTelegram, ada: VirtualUser) -> None:
    html = f"<b>{'👋' * 2048}</b>"
    status, _ = await call(
        fake, "SENDmessage", chat_id=501, text=html, parse_mode="HTML", reply_markup=inline(button("x" * 64))
    )
    assert status == 200
    assert (ada.messages[0].text, ada.messages[0].html) == ("👋" * 2048, html)


@pytest.mark.parametrize(
    ("token", "method", "status"), [("9:x", "getMe", 401), (TOKEN, "getNothing", 404), ("x/y", "getMe", 404)]
)
@pytest.mark.asyncio
async def test_unknown_tokens_methods_and_paths(fake: FakeTelegram, token: str, method: str, status: int) -> None:
    fake.bot(TOKEN)
    assert (await call(fake, method, token))[0] == status


HTML: dict[str, tuple[str, str, list[tuple[str, int, int]]]] = {
    "nested": ("<b>a<i>b</i></b>", "ab", [("bold", 0, 2), ("italic", 1, 1)]),
    "after emoji": ("👋 <code>X</code>", "👋 X", [("code", 3, 1)]),
    "references": ("&lt;&amp;&gt;&quot;&#233;&#x1F44B;&nbsp;&", '<&>"é👋&nbsp;&', []),
    "link": ("<a href='https://e.org'>x</a>", "x", [("text_link", 0, 1)]),
    "link without address": ("<a>x</a>", "x", []),
    "spoiler": ('<span class="tg-spoiler">x</span>', "x", [("spoiler", 0, 1)]),
    "trimmed": ("\n <b> x</b> ", "x", [("bold", 0, 1)]),
    "empty": ("a<b></b>", "a", []),
}


@pytest.mark.parametrize(("html", "text", "entities"), HTML.values(), ids=HTML)
def test_html(html: str, text: str, entities: list[tuple[str, int, int]]) -> None:
    shown, found = trim(*parse_html(html))
    assert (shown, [(one["type"], one["offset"], one["length"]) for one in found]) == (text, entities)


@pytest.mark.parametrize("html", ["a < b", "<b", "</b>", "<b><i>x</b></i>", "<span>x</span>", "<br>", "<script>"])
def test_html_that_is_refused(html: str) -> None:
    with pytest.raises(MarkupError):
        parse_html(html)


@pytest_asyncio.fixture
async def aiogram_bot(fake: FakeTelegram) -> AsyncIterator[Bot]:
    fake.bot(TOKEN)
    bot = Bot(TOKEN, session=AiohttpSession(api=TelegramAPIServer.from_base(fake.url)))
    yield bot
    await bot.session.close()


def png() -> bytes:
    image = BytesIO()
    segno.make("x", micro=False).save(image, kind="png")
    return image.getvalue()


@pytest.mark.asyncio
async def test_aiogram_understands_the_answers(fake: FakeTelegram, ada: VirtualUser, aiogram_bot: Bot) -> None:
    assert (await aiogram_bot.get_me()).is_bot
    sent = await aiogram_bot.send_message(501, "<b>x</b>", parse_mode="HTML", reply_markup=KEYS)
    assert (sent.html_text, sent.chat.type) == ("<b>x</b>", "private")
    assert sent.reply_markup.model_dump() == KEYS.model_dump()
    edited = await aiogram_bot.edit_message_reply_markup(chat_id=501, message_id=sent.message_id)
    assert isinstance(edited, Message)
    assert edited.reply_markup is None
    assert ada.messages[0].buttons == ()
    pictured = await aiogram_bot.send_photo(501, BufferedInputFile(png(), "q.png"), caption="c")
    assert (pictured.photo[0].width, pictured.caption, ada.messages[1].photo) == (29, "c", png())
    keyboard = ReplyKeyboardMarkup(keyboard=[[KeyboardButton(text="Share", request_contact=True)]])
    await aiogram_bot.send_message(501, "?", reply_markup=keyboard)
    assert ada.messages[2].asks_contact
    assert await aiogram_bot.delete_message(501, pictured.message_id)
    assert await aiogram_bot.set_my_commands([BotCommand(command="menu", description="Menu")], language_code="it")
    assert [one.command for one in await aiogram_bot.get_my_commands(language_code="it")] == ["menu"]
    assert [message.text for message in ada.messages] == ["x", "?"]


@pytest.mark.asyncio
async def test_python_telegram_bot_understands_the_answers(fake: FakeTelegram, ada: VirtualUser) -> None:
    keys = telegram.InlineKeyboardMarkup([[telegram.InlineKeyboardButton("Ok", callback_data="v1:ok")]])
    async with telegram.Bot(TOKEN, base_url=f"{fake.url}/bot") as bot:
        sent = await bot.send_message(501, "<b>x</b>", parse_mode="HTML", reply_markup=keys)
        pictured = await bot.send_photo(501, png(), caption="c")
        edited = await bot.edit_message_text("y", chat_id=501, message_id=sent.message_id)
        with pytest.raises(telegram.error.BadRequest, match="not modified"):
            await bot.edit_message_text("y", chat_id=501, message_id=sent.message_id)
        await bot.set_webhook("https://e.org/", secret_token="x", allowed_updates=["message"])
        info = await bot.get_webhook_info()
        fake.migrate(TOKEN, 501, -100)
        with pytest.raises(telegram.error.ChatMigrated) as moved:
            await bot.send_message(501, "x")
        group = telegram.Message.de_json((await call(fake, "sendMessage", chat_id=-100, text="z"))[1]["result"], bot)
    assert (sent.text_html, sent.reply_markup, pictured.photo[0].width) == ("<b>x</b>", keys, 29)
    assert (edited.text, edited.reply_markup) == ("y", None)
    assert (info.url, info.allowed_updates) == ("https://e.org/", ("message",))
    assert (moved.value.new_chat_id, group.text, group.chat.type) == (-100, "z", "supergroup")


@pytest.mark.asyncio
async def test_a_user_who_blocks_is_out_of_reach(fake: FakeTelegram) -> None:
    bo = fake.user(TOKEN, id=7)
    assert "chat not found" in await refused(fake, "sendMessage", chat_id=7, text="x")
    await bo.write("hi")
    await bo.block()
    assert await refused(fake, "sendMessage", chat_id=7, text="x") == "403 Forbidden: bot was blocked by the user"
    await bo.unblock()
    assert (await call(fake, "sendMessage", chat_id=7, text="x"))[0] == 200
    assert (await call(fake, "getMe", token="9:other"))[0] == 401


@pytest.mark.asyncio
async def test_every_action_of_a_user_is_a_true_update(fake: FakeTelegram, hook: Hook) -> None:
    await call_webhook(fake, hook)
    ada = fake.user(TOKEN, id=501, first_name="Ada", username="ada")
    await call_ok(fake, ada)
    message = ada.messages[0]
    done = [
        await ada.start("r_1"),
        await ada.write("ciao"),
        await ada.press(message, 0),
        await ada.press(message, "Ok"),
        await ada.press(message, "forged"),
        await ada.share_contact("393331234567"),
        await ada.share_contact("393331234567", own=False),
        await ada.sticker(),
        await ada.locate(45.0, 9.0),
        await ada.edit(3, "changed"),
        await ada.react(message, "❤"),
        await ada.block(),
        await ada.unblock(),
    ]
    assert all(done)
    assert set(hook.secrets) == {SECRET}
    bodies = hook.bodies[1:]
    assert len({body["update_id"] for body in bodies}) == len(done)
    for body in bodies:
        kind = next(name for name in body if name != "update_id")
        assert getattr(Update.model_validate(body), kind) is not None
        assert getattr(telegram.Update.de_json(body, None), kind) is not None
    assert [body["callback_query"]["data"] for body in bodies[2:5]] == ["v1:ok", "v1:ok", "forged"]
    owners = [body["message"]["contact"]["user_id"] == 501 for body in bodies[5:7]]
    assert owners == [True, False]


async def call_webhook(fake: FakeTelegram, hook: Hook) -> None:
    fake.bot(TOKEN)
    wanted = ["message", "edited_message", "callback_query", "my_chat_member", "message_reaction"]
    status, _ = await call(fake, "setWebhook", url=hook.url, secret_token=SECRET, allowed_updates=wanted)
    assert status == 200


async def call_ok(fake: FakeTelegram, user: VirtualUser) -> None:
    await user.start()
    status, _ = await call(fake, "sendMessage", chat_id=user.id, text="?", reply_markup=inline(button("v1:ok")))
    assert status == 200


@pytest.mark.asyncio
async def test_what_is_not_taken_is_delivered_again(fake: FakeTelegram, hook: Hook) -> None:
    await call_webhook(fake, hook)
    ada = fake.user(TOKEN, id=501)
    hook.answers = [500, 503, 302, 200]
    assert await ada.write("hi")
    assert [body["message"]["text"] for body in hook.bodies] == ["hi"] * 4
    assert len({body["update_id"] for body in hook.bodies}) == 1
    _, answer = await call(fake, "getWebhookInfo")
    assert answer["result"]["last_error_message"] == "Wrong response from the webhook: 302 Found"


@pytest.mark.asyncio
async def test_what_is_never_taken_is_kept_in_order(fake: FakeTelegram, hook: Hook) -> None:
    await call_webhook(fake, hook)
    ada = fake.user(TOKEN, id=501)
    hook.answers = [500] * 12
    assert [await ada.write("one"), await ada.write("two")] == [False, False]
    _, answer = await call(fake, "getWebhookInfo")
    assert answer["result"]["pending_update_count"] == 2
    hook.answers = [500] * 6
    assert await fake.redeliver(TOKEN) == 2
    hook.bodies.clear()
    assert await fake.redeliver(TOKEN) == 0
    assert [body["message"]["text"] for body in hook.bodies] == ["one", "two"]


@pytest.mark.asyncio
async def test_duplicates_and_updates_nobody_asked_for(fake: FakeTelegram, hook: Hook) -> None:
    await call_webhook(fake, hook)
    update = fake.bot(TOKEN).update("message", {"text": "x"})
    assert await fake.deliver(TOKEN, update, times=3)
    assert hook.bodies == [update] * 3
    assert not await fake.deliver(TOKEN, fake.bot(TOKEN).update("poll", {}))
    assert await call(fake, "deleteWebhook", drop_pending_updates=True) == (200, {"ok": True, "result": True})
    assert not await fake.deliver(TOKEN, update)
    assert len(hook.bodies) == 3


@pytest.mark.asyncio
async def test_rates_are_those_of_the_token_and_of_the_chat() -> None:
    moments = [100.0]
    fake = FakeTelegram(clock=lambda: moments[0])
    await fake.start()
    fake.bot(TOKEN, pace=Pace(per_second=5, tolerance=0))
    for number in range(1, 5):
        await fake.user(TOKEN, id=number).start()

    async def send(chat_id: int) -> tuple[int, int | None]:
        status, answer = await call(fake, "sendMessage", chat_id=chat_id, text="x")
        return status, answer.get("parameters", {}).get("retry_after")

    assert [await send(1) for _ in range(4)] == [(200, None)] * 3 + [(429, 1)]
    assert [await send(2), await send(3), await send(4)] == [(200, None), (200, None), (429, 1)]
    moments[0] += 1
    assert [await send(1), await send(1), await send(4)] == [(200, None), (429, 1), (200, None)]
    assert [call.status for call in fake.calls].count(429) == 3
    await fake.stop()


@pytest.mark.asyncio
async def test_one_waits_for_messages(fake: FakeTelegram, ada: VirtualUser) -> None:
    waiting = asyncio.create_task(ada.wait(2))
    await call(fake, "sendMessage", chat_id=501, text="one")
    await call(fake, "sendMessage", chat_id=501, text="two")
    assert [message.text for message in await waiting] == ["one", "two"]
    with pytest.raises(TimeoutError):
        await ada.wait(3, timeout=0.01)
