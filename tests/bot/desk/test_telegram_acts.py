"""What a colleague does in the group beside words: files, notes with files, the audit, and how an answer is sent."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import orjson
import pytest
import pytest_asyncio

from bot import takeover
from bot.desk._composer import spoken
from bot.desk._lease import place_of
from bot.fakes._telegram_files import keep_file
from storage import cases, members
from storage.database import Database
from tests.bot.desk.staff_group import KIM, SAM, TOKEN, Scene, open_group
from tests.builders import MONDAY


@pytest_asyncio.fixture
async def scene(sqlite_url: str) -> AsyncIterator[Scene]:
    database = Database(sqlite_url)
    async with open_group(database) as found:
        yield found
    await database.close()


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("code", "said"),
    [
        (400, "Bad Request: file is too big"),
        (400, "Bad Request: wrong file_id"),
        (404, "Not Found"),
        (403, "Forbidden"),
    ],
)
async def test_a_file_that_cannot_be_had_is_said_and_blocks_nothing(scene: Scene, code: int, said: str) -> None:
    ada, thread = await scene.topic_for("Ada")
    document = {"file_id": "dead", "file_unique_id": "dead", "file_name": "a.pdf"}
    scene.fake.fail_next("getFile", code, said)
    assert await scene.sam.send(thread, document=document, caption="private words")
    await scene.sam.write("still here", thread)
    assert await scene.outbox(ada) == [("still here", SAM)]
    await scene.until(lambda: "scaricare il file da Telegram. Non è stato inviato nulla." in scene.texts(thread))
    assert len([call for call in scene.fake.calls if call.method.lower() == "getfile"]) == 1


@pytest.mark.asyncio
@pytest.mark.parametrize("code", [500, 429])
async def test_a_file_is_asked_for_again_when_telegram_is_away_or_busy(scene: Scene, code: int) -> None:
    ada, thread = await scene.topic_for("Ada")
    document = {**keep_file(scene.fake.bot(TOKEN), b"%PDF-1.4", "document", "a.pdf"), "file_name": "a.pdf"}
    scene.fake.fail_next("getFile", code, "later", {"retry_after": 1} if code == 429 else None)
    await scene.sam.send(thread, document=document, caption="Here")
    assert await scene.outbox(ada) == [("Here", SAM)]
    assert "scaricare il file" not in scene.texts(thread)


@pytest.mark.asyncio
async def test_a_note_takes_the_words_of_a_file_and_says_so(scene: Scene) -> None:
    ada, thread = await scene.topic_for("Ada")
    document = {**keep_file(scene.fake.bot(TOKEN), b"%PDF-1.4", "document", "a.pdf"), "file_name": "a.pdf"}
    await scene.sam.send(thread, document=document, caption="// for us only")
    assert await scene.rows("select data from case_entry where kind = 'note'") == [('{"text":"for us only"}',)]
    assert await scene.rows("select count(*) from attachment") == [(0,)]
    assert await scene.outbox(ada) == []
    await scene.until(lambda: "né conservato né inviato" in scene.texts(thread))
    assert not [call for call in scene.fake.calls if call.method.lower() == "getfile"]


@pytest.mark.asyncio
async def test_what_is_done_in_the_group_is_in_the_audit(scene: Scene) -> None:
    ada, thread = await scene.topic_for("Ada")
    await scene.sam.write("Hello", thread)
    await scene.sam.write("// a note", thread)
    await scene.eve.write("no", thread)
    await scene.kim.write("not mine", thread)
    await scene.kim.write("/return", thread)
    await scene.sam.write("/take", thread)
    await scene.sam.write("/resolve", thread)
    rows = await scene.rows("select action, staff_id, member_id, detail from audit_entry order by id")
    assert [row[:3] for row in rows] == [
        ("conversation_taken", SAM, ada),
        ("replied", SAM, ada),
        ("noted", SAM, ada),
        ("conversation_returned", KIM, ada),
        ("conversation_taken", SAM, ada),
        ("conversation_resolved", SAM, ada),
    ]
    assert all(orjson.loads(row[3])["via"] == "desk" for row in rows)


@pytest.mark.asyncio
async def test_taking_up_what_was_put_aside_is_in_the_audit(scene: Scene) -> None:
    ada, thread = await scene.topic_for("Ada")
    await scene.sam.write("/take", thread)
    case = await scene.case(ada)
    until = scene.clock.now + 3_600_000_000
    await scene.database.write(
        lambda t: takeover.snooze(
            t, scene.lease, case.id, by=SAM, until=until, version=case.version, now=scene.clock.now
        )
    )
    await scene.sam.write("Hello again", thread)
    assert await scene.outbox(ada) == [("Hello again", SAM)]
    actions = await scene.rows("select action from audit_entry order by id")
    assert [row[0] for row in actions] == ["conversation_taken", "conversation_taken", "replied"]


@pytest.mark.asyncio
async def test_words_go_as_the_web_desk_sends_them(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the market's voice, and under the limits of the very channel."""
    ada, thread = await scene.topic_for("Ada", "whatsapp", locale="fr", inbound=MONDAY)
    member = await scene.database.read(lambda t: members.get(t, ada))
    assert member is not None
    await scene.sam.write("Hello", thread)
    voice = spoken(scene.desk, member)
    assert await scene.rows("select locale from outbox where author_id is not null") == [(voice,)]
    assert voice != "fr"
    given: list[Any] = []
    write = takeover.write
    monkeypatch.setattr(takeover, "write", lambda *args, **more: given.append(more) or write(*args, **more))
    await scene.sam.write("Once more", thread)
    place = await scene.database.read(lambda t: place_of(scene.desk, t, ada, cases.latest(t, ada)))
    assert place is not None and given[0]["limits"] == place.limits
