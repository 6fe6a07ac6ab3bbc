"""The fake's forum groups: as strict as the real ones, and both client libraries understand them."""

from collections.abc import AsyncIterator
from typing import Any

import orjson
import pytest
import pytest_asyncio
import telegram
from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.types import Update
from aiohttp import ClientSession

from bot.fakes.telegram import FakeTelegram, Pace, VirtualGroup

TOKEN = "123456:ABC-def"
GROUP = -1001234567890


@pytest_asyncio.fixture
async def fake() -> AsyncIterator[FakeTelegram]:
    server = FakeTelegram(backoff=0.001, rate_limits=False)
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
def group(fake: FakeTelegram) -> VirtualGroup:
    return fake.group(TOKEN, GROUP, "Our staff")


async def call(fake: FakeTelegram, method: str, **params: Any) -> tuple[int, dict[str, Any]]:
    given = {"chat_id": GROUP, **params}
    async with ClientSession() as session, session.post(f"{fake.url}/bot{TOKEN}/{method}", json=given) as answer:
        return answer.status, await answer.json()


async def ok(fake: FakeTelegram, method: str, **params: Any) -> Any:
    status, answer = await call(fake, method, **params)
    assert status == 200, answer
    return answer["result"]


async def refused(fake: FakeTelegram, method: str, **params: Any) -> str:
    status, answer = await call(fake, method, **params)
    assert answer["error_code"] == status
    return f"{status} {answer['description']}"


async def topic(fake: FakeTelegram, name: str = "Ada") -> int:
    made = await ok(fake, "createForumTopic", name=name)
    thread: int = made["message_thread_id"]
    return thread


REFUSALS: dict[str, tuple[str, dict[str, Any], str]] = {
    "topic without name": ("createForumTopic", {"name": " "}, "TOPIC_TITLE_INVALID"),
    "129 characters": ("createForumTopic", {"name": "x" * 129}, "TOPIC_TITLE_INVALID"),
    "topic in no group": ("createForumTopic", {"name": "x", "chat_id": 5}, "chat not found"),
    "no such thread": ("sendMessage", {"text": "x", "message_thread_id": 99}, "message thread not found"),
    "thread a word": ("sendMessage", {"text": "x", "message_thread_id": "a"}, "message_thread_id"),
    "no such topic": ("closeForumTopic", {"message_thread_id": 99}, "TOPIC_ID_INVALID"),
    "delete nothing": ("deleteForumTopic", {"message_thread_id": 99}, "TOPIC_ID_INVALID"),
    "pin nothing": ("pinChatMessage", {"message_id": 99}, "message to pin not found"),
    "a stranger": ("getChatMember", {"user_id": 99}, "member not found"),
    "broken markup": ("sendMessage", {"text": "<b>x", "parse_mode": "HTML"}, "can't parse entities"),
}


@pytest.mark.parametrize(("method", "params", "words"), REFUSALS.values(), ids=REFUSALS)
@pytest.mark.asyncio
async def test_what_the_real_one_refuses(
    fake: FakeTelegram, group: VirtualGroup, method: str, params: dict[str, Any], words: str
) -> None:
    answer = await refused(fake, method, **params)
    assert answer.startswith("400 Bad Request: ")
    assert words in answer


@pytest.mark.asyncio
async def test_topics_need_a_forum_and_the_right(fake: FakeTelegram) -> None:
    fake.group(TOKEN, GROUP, can_manage_topics=False)
    assert "not enough rights" in await refused(fake, "createForumTopic", name="x")
    fake.group(TOKEN, GROUP, is_forum=False)
    assert "not a forum" in await refused(fake, "createForumTopic", name="x")
    assert "is_forum" not in await ok(fake, "getChat")
    group = fake.group(TOKEN, GROUP)
    group.blocked = True
    assert await refused(fake, "createForumTopic", name="x") == "403 Forbidden: bot was kicked from the supergroup chat"


@pytest.mark.asyncio
async def test_a_topic_is_closed_opened_and_deleted(fake: FakeTelegram, group: VirtualGroup) -> None:
    thread = await topic(fake)
    sent = await ok(fake, "sendMessage", text="hi", message_thread_id=thread)
    assert (sent["message_thread_id"], sent["is_topic_message"], sent["chat"]["is_forum"]) == (thread, True, True)
    assert [one.text for one in group.shown(thread)] == ["hi"]
    assert group.shown(None) == []
    assert await ok(fake, "editForumTopic", message_thread_id=thread, name="Bo")
    assert group.topic("Bo").id == thread
    assert "TOPIC_NOT_MODIFIED" in await refused(fake, "editForumTopic", message_thread_id=thread, name="Bo")
    assert await ok(fake, "closeForumTopic", message_thread_id=thread)
    assert "TOPIC_NOT_MODIFIED" in await refused(fake, "closeForumTopic", message_thread_id=thread)
    assert "TOPIC_CLOSED" in await refused(fake, "sendMessage", text="x", message_thread_id=thread)
    assert await ok(fake, "reopenForumTopic", message_thread_id=thread)
    assert await ok(fake, "deleteForumTopic", message_thread_id=thread)
    assert "thread not found" in await refused(fake, "sendMessage", text="x", message_thread_id=thread)
    assert "message to edit not found" in await refused(
        fake, "editMessageText", message_id=sent["message_id"], text="y"
    )
    assert group.messages == []


@pytest.mark.asyncio
async def test_both_libraries_understand_a_forum(fake: FakeTelegram, group: VirtualGroup) -> None:
    group.person(7, "Sam")
    aiogram_bot = Bot(TOKEN, session=AiohttpSession(api=TelegramAPIServer.from_base(fake.url)))
    made = await aiogram_bot.create_forum_topic(GROUP, "Ada")
    sent = await aiogram_bot.send_message(
        GROUP, "<b>x</b>", parse_mode="HTML", message_thread_id=made.message_thread_id
    )
    mine = await aiogram_bot.get_chat_member(GROUP, 123456)
    chat = await aiogram_bot.get_chat(GROUP)
    await aiogram_bot.session.close()
    assert (sent.message_thread_id, mine.status, mine.can_manage_topics, chat.is_forum) == (
        made.message_thread_id, "administrator", True, True,
    )  # fmt: skip
    async with telegram.Bot(TOKEN, base_url=f"{fake.url}/bot") as bot:
        other = await bot.create_forum_topic(GROUP, "Bo")
        message = await bot.send_message(GROUP, "y", message_thread_id=other.message_thread_id)
        edited = await bot.edit_message_text("z", chat_id=GROUP, message_id=message.message_id)
        pinned = await bot.pin_chat_message(GROUP, message.message_id, disable_notification=True)
        admin, member = await bot.get_chat_member(GROUP, 123456), await bot.get_chat_member(GROUP, 7)
        full = await bot.get_chat(GROUP)
    assert (message.message_thread_id, message.is_topic_message, pinned) == (other.message_thread_id, True, True)
    assert (edited.text, edited.message_thread_id, group.pinned) == ("z", other.message_thread_id, [message.message_id])
    assert (type(admin).__name__, member.user.first_name) == ("ChatMemberAdministrator", "Sam")
    assert (full.is_forum, full.title) == (True, "Our staff")


@pytest.mark.asyncio
async def test_what_people_do_there_are_true_updates(fake: FakeTelegram, group: VirtualGroup) -> None:
    thread = await topic(fake)
    keys = {"inline_keyboard": [[{"text": "Take", "callback_data": "d:t"}]]}
    await ok(fake, "sendMessage", text="?", message_thread_id=thread, reply_markup=keys)
    sam, kim = group.person(7, "Sam", username="sam"), group.person(8, "Kim")
    await sam.write("hello", thread)
    await sam.write("/take now", thread)
    await kim.write("// a note", thread, reply_to=group.messages[0].message_id)
    await kim.write("in General")
    await kim.press(group.messages[0], "Take")
    kim.is_anonymous = True
    await kim.write("who am I", thread)
    photo = {"file_id": "p", "file_unique_id": "p", "width": 1, "height": 1, "file_size": 9}
    await sam.send(thread, photo=[photo], caption="look")
    await group.close_topic(thread)
    updates = list(fake.bot(TOKEN).pending)
    for body in updates:
        kind = next(name for name in body if name != "update_id")
        assert getattr(Update.model_validate(body), kind) is not None
        assert getattr(telegram.Update.de_json(body, None), kind) is not None
    written = [body["message"] for body in updates if "message" in body]
    assert [one.get("message_thread_id") for one in written] == [thread] * 3 + [None] + [thread] * 3
    assert written[1]["entities"] == [{"type": "bot_command", "offset": 0, "length": 5}]
    assert written[0]["reply_to_message"]["forum_topic_created"]["name"] == "Ada"
    assert (written[4]["from"]["id"], written[4]["sender_chat"]["id"]) == (1087968824, GROUP)
    tap = updates[4]["callback_query"]
    assert (tap["from"]["id"], tap["data"], tap["message"]["message_thread_id"]) == (8, "d:t", thread)
    assert await ok(fake, "answerCallbackQuery", callback_query_id=tap["id"], text="taken")
    assert (kim.answers, sam.answers) == (["taken"], [])
    assert "message can't be edited" in await refused(
        fake, "editMessageText", message_id=written[0]["message_id"], text="x"
    )
    orjson.dumps(updates)


@pytest.mark.asyncio
async def test_an_upgraded_group_says_where_it_went(fake: FakeTelegram, group: VirtualGroup) -> None:
    thread = await topic(fake)
    await group.upgrade(-1009)
    status, answer = await call(fake, "sendMessage", text="x", message_thread_id=thread)
    assert (status, answer["parameters"]) == (400, {"migrate_to_chat_id": -1009})
    old, new = (body["message"] for body in fake.bot(TOKEN).pending)
    assert (old["chat"]["id"], old["migrate_to_chat_id"]) == (GROUP, -1009)
    assert (new["chat"]["id"], new["migrate_from_chat_id"]) == (-1009, GROUP)
    assert await ok(fake, "sendMessage", chat_id=-1009, text="x", message_thread_id=thread)


@pytest.mark.asyncio
async def test_a_group_takes_twenty_messages_a_minute() -> None:
    moments = [100.0]
    fake = FakeTelegram(clock=lambda: moments[0])
    await fake.start()
    fake.bot(TOKEN, pace=Pace(chat_burst=30))
    fake.group(TOKEN, GROUP)
    answers = []
    for _ in range(21):
        answers.append(await call(fake, "sendMessage", text="x"))
        moments[0] += 0.5
    assert [status for status, _ in answers] == [200] * 20 + [429]
    assert answers[-1][1]["parameters"] == {"retry_after": 50}
    moments[0] += 50
    assert (await call(fake, "sendMessage", text="x"))[0] == 200
    await fake.stop()
