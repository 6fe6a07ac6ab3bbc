"""What the staff's group is told: topics, coalesced messages within Telegram's limits, cards, what becomes of them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from bot import takeover
from storage import cases, messages
from storage.database import Database, Transaction
from tests.bot.desk.staff_group import GROUP, KIM, QUICK, SAM, TOKEN, Scene, open_group, quick_clock
from tests.builders import query


@pytest_asyncio.fixture
async def database(sqlite_url: str) -> AsyncIterator[Database]:
    found = Database(sqlite_url)
    yield found
    await found.close()


@pytest_asyncio.fixture
async def scene(database: Database) -> AsyncIterator[Scene]:
    async with open_group(database) as found:
        yield found


def sends(scene: Scene) -> list[str]:
    counted = ("sendmessage", "editmessagetext", "sendphoto", "senddocument")
    return [call.method for call in scene.fake.calls if call.method.lower() in counted and call.status == 200]


def refusals(scene: Scene) -> list[str]:
    return [call.method for call in scene.fake.calls if call.status == 429]


async def change(scene: Scene, member_id: int, words: str) -> None:
    def work(t: Transaction) -> None:
        t.run(query(f"update member set {words}"))
        t.touch(cases.TOPIC, member_id)

    await scene.database.write(work)


@pytest.mark.asyncio
async def test_a_case_opens_a_topic_with_its_card_and_what_was_said(scene: Scene) -> None:
    ada = await scene.member("Ada")
    await scene.heard(ada, "I was charged <twice> & more")
    await scene.said(ada, "Sorry, a colleague will help.")
    await scene.hand_over(ada)
    await scene.until(lambda: scene.group.topics and "twice" in scene.texts(scene.group.topic("Ada").id))
    topic = scene.group.topic("Ada")
    assert topic.name == "Ada · IT · sms"
    said = scene.texts(topic.id)
    assert said.index("<twice> & more") < said.index("a colleague")
    assert len(scene.group.shown(topic.id)) == 2
    assert [len(one.buttons) for one in scene.group.shown(topic.id)] == [3, 0]
    assert "Ada" in scene.card(topic.id).text
    assert "Italian" in scene.card(topic.id).text or "italiano" in scene.card(topic.id).text
    await scene.heard(ada, "hello?")
    await scene.until(lambda: "hello?" in scene.texts(topic.id))


@pytest.mark.asyncio
async def test_a_name_of_any_length_makes_a_topic(scene: Scene) -> None:
    await scene.hand_over(await scene.member("👩‍🍳é" * 90))
    await scene.until(lambda: scene.group.topics)
    (topic,) = scene.group.topics.values()
    assert topic.name.endswith(" · IT · sms")
    assert len(topic.name.encode("utf-16-le")) // 2 <= 128


@pytest.mark.asyncio
async def test_colleagues_at_the_web_desk_are_told_with_their_names(scene: Scene) -> None:
    ada, thread = await scene.topic_for("Ada")
    await scene.said(ada, "From the web", KIM)
    await scene.database.write(lambda t: takeover.note(t, ada, "check the receipt", by=SAM, now=scene.clock.now))
    await scene.until(lambda: "check the receipt" in scene.texts(thread))
    said = scene.texts(thread)
    assert "Kim: From the web" in said
    assert "Sam: check the receipt" in said


@pytest.mark.asyncio
async def test_a_message_that_did_not_arrive_is_told(scene: Scene) -> None:
    ada, thread = await scene.topic_for("Ada")
    await scene.sam.write("can you hear me", thread)
    ((row_id,),) = await scene.rows("select id from outbox where author_id is not null")

    def fail(t: Transaction) -> None:
        state = {"status": "failed", "provider_id": None, "error": "30003", "due_at": 1, "attempts": 1}
        messages.finish(t, [{"key": row_id, "parts_sent": 0, "updated_at": scene.clock.now, **state}])
        t.touch(cases.TOPIC, ada)

    await scene.database.write(fail)
    await scene.until(lambda: "30003" in scene.texts(thread))
    await scene.heard(ada, "yes")
    await scene.until(lambda: "yes" in scene.texts(thread))
    assert scene.texts(thread).count("30003") == 1


@pytest.mark.asyncio
async def test_longer_than_a_message_becomes_several(scene: Scene) -> None:
    ada, thread = await scene.topic_for("Ada")
    words = "".join(f"{number} <&> 👋 " for number in range(900))
    await scene.heard(ada, words)
    await scene.heard(ada, "and this too")
    await scene.until(lambda: "and this too" in scene.texts(thread))
    shown = [one.text for one in scene.group.shown(thread)]
    assert all(len(one.encode("utf-16-le")) // 2 <= 4096 for one in shown)
    joined = "".join(one.partition(": ")[2] or one for one in shown)
    assert all(f"{number} <&>" in joined for number in (0, 450, 899))
    assert scene.texts(thread).count("899 <&>") == 1


@pytest.mark.asyncio
async def test_a_deleted_topic_is_made_again_and_a_closed_one_opened(scene: Scene) -> None:
    ada, thread = await scene.topic_for("Ada")
    await scene.heard(ada, "before")
    await scene.until(lambda: "before" in scene.texts(thread))
    scene.group.delete_topic(thread)
    await scene.heard(ada, "after")
    await scene.until(lambda: scene.group.topics and "after" in scene.texts(scene.group.topic("Ada").id))
    again = scene.group.topic("Ada").id
    assert again != thread
    assert "before" in scene.texts(again)
    await scene.group.close_topic(again)
    await scene.heard(ada, "still there?")
    await scene.until(lambda: "still there?" in scene.texts(again))
    assert not scene.group.topics[again].is_closed


@pytest.mark.asyncio
async def test_a_deleted_card_is_sent_again(scene: Scene) -> None:
    _ada, thread = await scene.topic_for("Ada")
    card = scene.card(thread)
    del scene.fake.bot(TOKEN).messages[GROUP, card.message_id]
    await scene.sam.write("/take", thread)
    await scene.until(lambda: len(scene.group.pinned) == 2 and scene.card(thread).message_id != card.message_id)
    assert "Sam" in scene.card(thread).text


@pytest.mark.asyncio
async def test_resolved_closes_and_the_next_case_opens_the_same_topic(scene: Scene) -> None:
    ada, thread = await scene.topic_for("Ada")
    await scene.sam.write("/resolve", thread)
    await scene.until(lambda: scene.group.topics[thread].is_closed)
    await scene.heard(ada, "thanks, bot")
    await asyncio.sleep(0.1)
    assert "thanks, bot" not in scene.texts(thread)
    await scene.hand_over(ada)
    await scene.until(lambda: "thanks, bot" in scene.texts(thread))
    assert len(scene.group.topics) == 1
    assert len(scene.group.pinned) == 2


@pytest.mark.asyncio
async def test_the_group_that_moved_is_found_by_its_answer_and_after_a_restart(database: Database) -> None:
    async with open_group(database) as scene:
        ada, thread = await scene.topic_for("Ada")
        scene.fake.bot(TOKEN).webhook = None
        await scene.group.upgrade(-100777)
        await scene.heard(ada, "where are you")
        await scene.until(lambda: "where are you" in scene.texts(thread))
    async with open_group(database) as later:
        other = later.fake.group(TOKEN, -100777)
        await later.hand_over(await later.member("Bo"))
        await later.until(lambda: other.topics)
        assert not later.group.topics


@pytest.mark.asyncio
async def test_after_a_restart_nothing_is_lost_or_told_twice(database: Database) -> None:
    async with open_group(database) as scene:
        ada, thread = await scene.topic_for("Ada")
        await scene.heard(ada, "first")
        await scene.until(lambda: "first" in scene.texts(thread))
        topics, kept = scene.group.topics, scene.fake.bot(TOKEN).messages
    async with open_group(database, run=False) as later:
        await later.heard(ada, "while away")
    async with open_group(database) as again:
        again.group.topics.update(topics)
        again.fake.bot(TOKEN).messages.update(kept)
        await again.until(lambda: "while away" in again.texts(thread))
        assert "first" not in again.texts(thread)


@pytest.mark.asyncio
async def test_an_erased_members_topic_is_deleted_and_a_merged_ones_closed(scene: Scene) -> None:
    ada, thread = await scene.topic_for("Ada")
    bo, other = await scene.topic_for("Bo")
    await change(scene, ada, f"erased_at = 5, name = null where id = {ada}")
    await scene.until(lambda: thread not in scene.group.topics)
    assert await scene.topic(ada) is None
    cleo, last = await scene.topic_for("Cleo")
    await change(scene, bo, f"merged_into = {cleo} where id = {bo}")
    await scene.until(lambda: scene.group.topics[other].is_closed)
    assert not scene.group.topics[last].is_closed
    await change(scene, bo, f"erased_at = 5 where id in ({bo}, {cleo})")
    await scene.database.write(lambda t: t.touch(cases.TOPIC, cleo))
    await scene.until(lambda: not scene.group.topics)


@pytest.mark.asyncio
async def test_markup_that_telegram_refuses_is_said_plainly(scene: Scene) -> None:
    ada, thread = await scene.topic_for("Ada")
    scene.fake.fail_next("sendMessage", 400, "Bad Request: can't parse entities: odd")
    await scene.heard(ada, "a <b> c")
    await scene.until(lambda: "a <b> c" in scene.texts(thread))


@pytest.mark.asyncio
async def test_the_bot_waits_when_it_is_told_to_or_cannot_reach_telegram(scene: Scene) -> None:
    ada, thread = await scene.topic_for("Ada")
    scene.fake.fail_next("sendMessage", 429, "Too Many Requests: retry after 1", {"retry_after": 1})
    await scene.heard(ada, "patience")
    await scene.until(lambda: "patience" in scene.texts(thread))
    scene.fake.fail_next("sendMessage", 502, "Bad Gateway")
    await scene.heard(ada, "again")
    await scene.until(lambda: scene.telegram.health()["error"])
    await scene.until(lambda: "again" in scene.texts(thread))
    await scene.until(lambda: scene.telegram.health()["error"] is None)


@pytest.mark.asyncio
async def test_a_lost_answer_repeats_a_message_rather_than_losing_it(scene: Scene) -> None:
    ada, thread = await scene.topic_for("Ada")
    scene.fake.lose_next("sendMessage")
    await scene.heard(ada, "did you get this")
    await scene.until(lambda: scene.texts(thread).count("did you get this") == 2)
    row = await scene.topic(ada)
    assert row is not None
    await scene.heard(ada, "and this")
    await scene.until(lambda: "and this" in scene.texts(thread))
    assert scene.texts(thread).count("did you get this") == 2


@pytest.mark.asyncio
async def test_members_without_a_case_are_no_concern_of_the_group(scene: Scene) -> None:
    _ada, thread = await scene.topic_for("Ada")
    calls = len(scene.fake.calls)
    for number in range(20):
        await scene.heard(await scene.member(f"Other{number}"), "saldo")
    await asyncio.sleep(0.2)
    assert len(scene.fake.calls) - calls <= 1
    assert len(scene.group.topics) == 1
    assert "saldo" not in scene.texts(thread)


@pytest.mark.asyncio
async def test_thirty_messages_over_ten_topics_in_a_minute_take_twenty_sends_at_most(database: Database) -> None:
    """With Telegram's own limits at the fake, on a clock that runs thirty times as fast."""
    async with open_group(database, is_quick=True) as scene:
        people = [await scene.topic_for(f"Member{number}x") for number in range(10)]
        await asyncio.sleep(60 / QUICK)
        before = len(sends(scene))
        started = quick_clock()
        for number in range(30):
            member_id, _ = people[number % 10]
            await scene.heard(member_id, f"message {number}.")
            await asyncio.sleep(2 / QUICK)
        await scene.until(
            lambda: all(f"message {number}." in scene.texts(people[number % 10][1]) for number in range(30)), 20
        )
        seconds = quick_clock() - started
        made = len(sends(scene)) - before
        within = [call.at for call in scene.fake.calls if call.method in ("sendMessage", "editMessageText")]
        most = max(sum(start <= at < start + 60 for at in within) for start in within)
        assert most <= 20
        assert refusals(scene) == []
        said = sum(len(scene.group.shown(thread)) for _, thread in people) - 20
        assert (said, made) <= (20, 22), f"{made} sends in {seconds:.0f} s"


@pytest.mark.asyncio
async def test_a_hundred_messages_at_once_are_put_together(database: Database) -> None:
    async with open_group(database, is_quick=True) as scene:
        ada, thread = await scene.topic_for("Ada")
        await asyncio.gather(*(scene.heard(ada, f"line {number}.") for number in range(100)))
        await scene.until(lambda: all(f"line {number}." in scene.texts(thread) for number in range(100)), 20)
        assert len(scene.group.shown(thread)) <= 6
        assert scene.texts(thread).count("line 57.") == 1
        assert refusals(scene) == []
