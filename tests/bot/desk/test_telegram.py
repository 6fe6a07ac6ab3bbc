"""The staff's desk in a Telegram group: who may do what there, once, and what the members get."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from io import BytesIO
from typing import Any

import orjson
import pytest
import pytest_asyncio
from aiohttp import ClientSession

from bot.desk._telegram_words import button, pressed
from bot.desk.telegram import connect
from bot.fakes._telegram_files import keep_file
from storage import cases, staff
from storage.database import Database
from tests.bot.desk.staff_group import GROUP, KIM, SAM, SECRET, TOKEN, Scene, open_group, staff_row


@pytest_asyncio.fixture
async def scene(sqlite_url: str) -> AsyncIterator[Scene]:
    database = Database(sqlite_url)
    async with open_group(database) as found:
        yield found
    await database.close()


async def post(scene: Scene, body: bytes, secret: str | None = SECRET) -> int:
    headers = {"X-Telegram-Bot-Api-Secret-Token": secret} if secret else {}
    async with (
        ClientSession() as session,
        session.post(f"{scene.url}/telegram", data=BytesIO(body), headers=headers) as answer,
    ):
        return answer.status


@pytest.mark.asyncio
async def test_words_in_a_topic_go_to_the_member_and_take_the_conversation(scene: Scene) -> None:
    ada, thread = await scene.topic_for("Ada")
    assert await scene.sam.write("Hello <Ada> & all", thread)
    assert await scene.outbox(ada) == [("Hello <Ada> & all", SAM)]
    case = await scene.case(ada)
    assert (case.owner_id, case.status, case.waiting_since) == (SAM, "open", None)
    await scene.until(lambda: "Sam" in scene.card(thread).text)
    assert "Hello" not in scene.texts(thread)


@pytest.mark.asyncio
async def test_a_colleagues_conversation_is_not_written_into(scene: Scene) -> None:
    ada, thread = await scene.topic_for("Ada")
    await scene.sam.write("I am here", thread)
    await scene.kim.write("So am I", thread)
    assert await scene.outbox(ada) == [("I am here", SAM)]
    await scene.until(lambda: "Sam" in scene.texts(thread) and "//" in scene.texts(thread))


@pytest.mark.asyncio
async def test_notes_stay_inside(scene: Scene) -> None:
    ada, thread = await scene.topic_for("Ada")
    await scene.sam.write("// she is angry", thread)
    await scene.sam.write("/think about it", thread)
    assert await scene.outbox(ada) == []
    rows = await scene.rows("select data, actor from case_entry where kind = 'note' order by id")
    assert [(orjson.loads(row[0])["text"], row[1]) for row in rows] == [
        ("she is angry", SAM),
        ("/think about it", SAM),
    ]
    assert (await scene.case(ada)).owner_id is None
    await scene.heard(ada, "ehi")
    await scene.until(lambda: "ehi" in scene.texts(thread))
    assert "angry" not in scene.texts(thread)


@pytest.mark.asyncio
async def test_commands_take_return_and_resolve(scene: Scene) -> None:
    ada, thread = await scene.topic_for("Ada")
    await scene.sam.write("/take@desk_bot", thread)
    assert (await scene.case(ada)).owner_id == SAM
    await scene.sam.write("/return", thread)
    assert (await scene.case(ada)).status == "pending"
    await scene.sam.write("/return", thread)
    await scene.until(lambda: "già" in scene.texts(thread) or "already" in scene.texts(thread))
    await scene.sam.write("/resolve", thread)
    assert (await scene.case(ada)).status == "resolved"
    await scene.until(lambda: scene.group.topics[thread].is_closed)


@pytest.mark.asyncio
async def test_buttons_do_the_same_and_a_stale_one_nothing(scene: Scene) -> None:
    ada, thread = await scene.topic_for("Ada")
    seen = scene.card(thread)
    await scene.sam.press(seen, 0)
    assert (await scene.case(ada)).owner_id == SAM
    await scene.kim.press(seen, 2)
    assert (await scene.case(ada)).status == "open"
    assert len([one for one in (*scene.sam.answers, *scene.kim.answers) if one]) == 2
    await scene.until(lambda: scene.card(thread).buttons != seen.buttons)
    await scene.kim.press(scene.card(thread), 2)
    assert (await scene.case(ada)).status == "resolved"
    await scene.until(lambda: scene.group.topics[thread].is_closed)
    assert scene.card(thread).buttons == ()


@pytest.mark.parametrize("data", ["d:t:1:0", "d:q:zz:1", "x", "d:t:!:1", "d:x:1:-1", "d:t:zzzzzzzzzzzzzzzzzzzz:1"])
@pytest.mark.asyncio
async def test_a_forged_button_does_nothing_and_is_answered(scene: Scene, data: str) -> None:
    ada, thread = await scene.topic_for("Ada")
    assert await scene.sam.press(scene.card(thread), data)
    assert scene.sam.answers[-1]
    assert (await scene.case(ada)).version == 1


@pytest.mark.asyncio
async def test_who_is_not_on_the_staff_is_told_so_once_and_not_heard(scene: Scene) -> None:
    ada, thread = await scene.topic_for("Ada")
    for words in ("hello", "again", "/resolve", "// note"):
        assert await scene.eve.write(words, thread)
    await scene.eve.press(scene.card(thread), "d:t:1:1")
    assert (await scene.case(ada)).owner_id is None
    assert await scene.outbox(ada) == []
    await scene.heard(ada, "fine")
    await scene.until(lambda: "fine" in scene.texts(thread))
    assert len([one for one in scene.texts(thread).splitlines() if "Telegram" in one]) == 1
    assert scene.eve.answers[-1]


@pytest.mark.asyncio
async def test_anonymous_administrators_are_refused_and_bots_ignored(scene: Scene) -> None:
    ada, thread = await scene.topic_for("Ada")
    scene.sam.is_anonymous = True
    await scene.sam.write("who am I?", thread)
    bot = {"id": SAM, "is_bot": True, "first_name": "Robot"}
    await scene.group.send({"from": bot, "text": "beep"}, thread)
    assert await scene.outbox(ada) == []
    await scene.until(lambda: "nonim" in scene.texts(thread) or "nonym" in scene.texts(thread))
    assert len(scene.group.shown(thread)) == 3


@pytest.mark.parametrize(("role", "markets"), [("viewer", "[]"), ("agent", '["DE"]'), ("marketer", "[]")])
@pytest.mark.asyncio
async def test_role_and_market_count_here_too(scene: Scene, role: str, markets: str) -> None:
    await scene.database.write(lambda t: staff.add(t, staff_row(99, "Lou", role, markets)))
    ada, thread = await scene.topic_for("Ada")
    lou = scene.group.person(99, "Lou")
    await lou.write("hello", thread)
    await lou.write("/take", thread)
    await lou.press(scene.card(thread), 0)
    assert (await scene.case(ada)).owner_id is None
    assert await scene.outbox(ada) == []


@pytest.mark.asyncio
async def test_a_disabled_colleague_is_nobody(scene: Scene) -> None:
    ada, thread = await scene.topic_for("Ada")
    gone = staff_row(SAM, "Sam")._replace(disabled_at=5)
    await scene.database.write(lambda t: staff.save(t, gone))
    await scene.sam.write("hello", thread)
    assert await scene.outbox(ada) == []


@pytest.mark.asyncio
async def test_an_update_is_worked_once(scene: Scene) -> None:
    ada, thread = await scene.topic_for("Ada")
    bot = scene.fake.bot(TOKEN)
    sam = scene.sam.profile.as_user()
    chat = scene.group.profile.as_chat()
    head = {"message_id": 900, "date": 1, "chat": chat, "message_thread_id": thread, "is_topic_message": True}
    update = bot.update("message", {**head, "from": sam, "text": "once"})
    assert await scene.fake.deliver(TOKEN, update, times=3)
    assert await scene.outbox(ada) == [("once", SAM)]
    rows = await scene.rows("select provider_id, raw, words from inbox where channel = 'desk'")
    assert rows == [(str(update["update_id"]), b"", None)]


@pytest.mark.asyncio
async def test_an_error_of_ours_is_delivered_again(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    ada, thread = await scene.topic_for("Ada")
    failures = [RuntimeError("boom")]
    write = scene.database.write

    def failing(work: Any) -> Any:
        if failures:
            raise failures.pop()
        return write(work)

    monkeypatch.setattr(scene.database, "write", failing)
    assert await scene.sam.write("after all", thread)
    assert await scene.outbox(ada) == [("after all", SAM)]


@pytest.mark.asyncio
async def test_the_secret_and_odd_bodies(scene: Scene) -> None:
    assert [await post(scene, b"{}", secret) for secret in ("wrong", None, "")] == [401] * 3
    odd = [b"", b"{", b"[]", b'{"update_id": "x"}', b'{"update_id": 5, "message": {"message_id": 1}}', b"\xff\xfe"]
    assert [await post(scene, body) for body in (*odd, *odd)] == [200] * 12
    rows = await scene.rows("select status, error from inbox where channel = 'desk'")
    assert rows == [("failed", "unreadable")] * len(odd)
    assert await post(scene, b"x" * (1024 * 1024 + 1)) == 413


@pytest.mark.asyncio
async def test_other_chats_are_not_listened_to(scene: Scene) -> None:
    ada, thread = await scene.topic_for("Ada")
    other = scene.fake.group(TOKEN, -100555)
    other.topics[thread] = scene.group.topics[thread]
    await other.person(SAM, "Sam").write("from elsewhere", thread)
    user = scene.fake.user(TOKEN, id=SAM, first_name="Sam")
    await user.write("one")
    await user.write("two")
    await user.wait(1)
    assert await scene.outbox(ada) == []
    assert len(user.messages) == 1
    assert other.messages == []
    assert await scene.rows("select 1 from inbox where channel = 'desk'") == []


@pytest.mark.asyncio
async def test_a_shut_window_is_said_with_the_way_out(scene: Scene) -> None:
    ada, thread = await scene.topic_for("Ada", "whatsapp", inbound=1)
    await scene.sam.write("too late", thread)
    assert await scene.outbox(ada) == []
    await scene.until(lambda: f"https://bot.example/desk/members/{ada}" in scene.texts(thread))
    assert (await scene.case(ada)).owner_id is None


@pytest.mark.asyncio
async def test_words_after_the_end_open_a_new_case(scene: Scene) -> None:
    ada, thread = await scene.topic_for("Ada")
    await scene.sam.write("/resolve", thread)
    await scene.until(lambda: scene.group.topics[thread].is_closed)
    await scene.kim.write("one more thing", thread)
    case = await scene.case(ada)
    assert (case.owner_id, case.status) == (KIM, "open")
    await scene.until(lambda: not scene.group.topics[thread].is_closed)
    assert await scene.outbox(ada) == [("one more thing", KIM)]


@pytest.mark.asyncio
async def test_a_file_goes_to_the_member_as_an_attachment(scene: Scene) -> None:

    ada, thread = await scene.topic_for("Ada", "telegram")
    pdf = b"%PDF-1.4\n%fake\n"
    document = {**keep_file(scene.fake.bot(TOKEN), pdf, "document", "offer.pdf"), "file_name": "offer.pdf"}
    await scene.sam.send(thread, document=document, caption="Our offer")
    script = {**keep_file(scene.fake.bot(TOKEN), b"<html>", "document", "x.html"), "file_name": "x.html"}
    await scene.sam.send(thread, document=script)
    await scene.eve.send(thread, document=document)
    assert await scene.outbox(ada) == [("Our offer", SAM)]
    assert await scene.rows("select name, type, content from attachment") == [("offer.pdf", "application/pdf", pdf)]
    await scene.until(lambda: "PDF" in scene.texts(thread))
    asked = [call for call in scene.fake.calls if call.method.lower() == "getfile"]
    assert len(asked) == 2


@pytest.mark.asyncio
async def test_a_voice_message_is_not_sent_and_that_is_said(scene: Scene) -> None:
    ada, thread = await scene.topic_for("Ada")
    voice = {"file_id": "v", "file_unique_id": "v", "duration": 1}
    await scene.sam.send(thread, voice=voice)
    await scene.group.close_topic(thread)
    scene.group.topics[thread].is_closed = False
    await scene.until(lambda: "PDF" in scene.texts(thread) or "file" in scene.texts(thread))
    assert await scene.outbox(ada) == []


@pytest.mark.asyncio
async def test_the_group_moves_and_everything_with_it(scene: Scene) -> None:
    ada, thread = await scene.topic_for("Ada")
    await scene.group.upgrade(-100777)
    row = await scene.topic(ada)
    assert row is not None
    assert (row.chat_id, row.thread_id) == (-100777, thread)
    await scene.sam.write("still here", thread)
    assert await scene.outbox(ada) == [("still here", SAM)]
    mark = f"desk_group:{GROUP}"
    assert await scene.rows(f"select at from watermark where name = '{mark}'") == [(-100777,)]


def test_a_case_id_of_any_size_makes_button_data_that_fits() -> None:

    case = cases.CaseRow(*[2**63 - 1] * len(cases.CaseRow._fields))
    data = button("resolve", case)
    assert len(data.encode()) <= 64
    assert pressed(data) == ("resolve", 2**63 - 1, 2**63 - 1)


@pytest.mark.asyncio
async def test_connecting_gives_telegram_our_webhook_one_update_at_a_time(scene: Scene) -> None:
    assert await connect(scene.desk.settings) == "https://bot.example/desk/telegram"
    hook = scene.fake.bot(TOKEN).webhook
    assert hook is not None
    assert (hook.url, hook.secret, hook.max_connections) == ("https://bot.example/desk/telegram", SECRET, 1)
    with pytest.raises(ValueError, match="desk_telegram_token"):
        await connect(scene.desk.settings.model_copy(update={"desk_telegram_secret": None}))


@pytest.mark.asyncio
async def test_without_a_webhook_updates_are_asked_for(sqlite_url: str) -> None:
    database = Database(sqlite_url)
    async with open_group(database, telegram_polling=True) as scene:
        scene.fake.bot(TOKEN).webhook = None
        ada, thread = await scene.topic_for("Ada")
        assert not await scene.sam.write("by polling", thread)
        async with asyncio.timeout(8):
            while not await scene.outbox(ada):
                await asyncio.sleep(0.02)
        assert await scene.outbox(ada) == [("by polling", SAM)]
    await database.close()


@pytest.mark.asyncio
async def test_health_says_that_the_bot_may_not_manage_topics(scene: Scene) -> None:
    scene.group.can_manage_topics = False
    await scene.hand_over(await scene.member("Ada"))
    await scene.until(lambda: "rights" in str(scene.telegram.health()["error"]))


@pytest.mark.asyncio
async def test_from_words_to_the_end_on_both_databases(database: Database) -> None:
    async with open_group(database) as scene:
        ada, thread = await scene.topic_for("Ada")
        await scene.heard(ada, "help me")
        await scene.until(lambda: "help me" in scene.texts(thread))
        await scene.sam.write("I do", thread)
        await scene.sam.write("// odd one", thread)
        await scene.until(lambda: "Sam" in scene.card(thread).text)
        await scene.sam.press(scene.card(thread), 2)
        await scene.until(lambda: scene.group.topics[thread].is_closed)
        case = await scene.case(ada)
        assert (case.status, case.resolved_by) == ("resolved", SAM)
        assert await scene.outbox(ada) == [("I do", SAM)]


@pytest.mark.asyncio
async def test_no_log_names_the_token_or_what_was_written(
    scene: Scene, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level("INFO")
    _ada, thread = await scene.topic_for("Ada")
    scene.fake.fail_next("getFile", 500, "Internal Server Error")
    document = {**keep_file(scene.fake.bot(TOKEN), b"%PDF-1.4", "document", "a.pdf"), "file_name": "a.pdf"}
    await scene.sam.send(thread, document=document, caption="private words")
    scene.fake.fail_next("sendMessage", 401, "Unauthorized")
    await scene.eve.write("hello", thread)
    await scene.until(lambda: scene.telegram.health()["error"])
    logged = caplog.text + capsys.readouterr().out
    assert "the staff's group was not told" in logged
    assert "the desk failed" in logged
    assert TOKEN not in logged
    assert "private words" not in logged
