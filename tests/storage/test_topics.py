"""Topics of the staff's group, on both databases."""

from __future__ import annotations

import pytest

from bot import takeover
from bot.takeover import Lease
from storage import messages, topics
from storage.database import Database, Rejected
from storage.topics import TopicRow
from tests.builders import MONDAY, add_person, query, world

CHAT = -1001


async def people(database: Database, number: int) -> list[int]:
    return await database.write(lambda t: [add_person(t, "sms", f"+3933300{one:05d}") for one in range(number)])


@pytest.mark.asyncio
async def test_a_topic_is_found_by_member_and_by_place_and_moves_with_the_group(database: Database) -> None:
    (ada,) = await people(database, 1)
    row = TopicRow(ada, CHAT, 7, None, 0)
    await database.write(lambda t: topics.save(t, row))
    later = row._replace(card_id=9, shown_id=2**62)
    await database.write(lambda t: topics.save(t, later))
    assert await database.read(lambda t: topics.of_member(t, ada)) == later
    assert await database.read(lambda t: topics.at(t, CHAT, 7)) == later
    assert await database.write(lambda t: topics.move(t, CHAT, -2002)) == 1
    assert await database.read(lambda t: topics.at(t, CHAT, 7)) is None
    assert await database.read(lambda t: topics.at(t, -2002, 7)) == later._replace(chat_id=-2002)
    await database.write(lambda t: topics.drop(t, ada))
    assert await database.read(lambda t: topics.of_member(t, ada)) is None


@pytest.mark.asyncio
async def test_two_members_never_share_a_topic(database: Database) -> None:
    ada, bo = await people(database, 2)
    await database.write(lambda t: topics.save(t, TopicRow(ada, CHAT, 7, None, 0)))
    with pytest.raises(Rejected):
        await database.write(lambda t: topics.save(t, TopicRow(bo, CHAT, 7, None, 0)))


@pytest.mark.asyncio
async def test_who_is_to_be_looked_at(database: Database) -> None:
    waiting, shown, closed, erased, merged, nobody = await people(database, 6)
    lease = Lease.of(world().programme)
    await database.write(
        lambda t: takeover.hand_over(t, lease, waiting, "asked", place=("sms", waiting, "IT"), now=MONDAY)
    )
    for thread, (member_id, card) in enumerate([(shown, 1), (closed, None), (erased, None), (merged, 3)], start=1):
        row = TopicRow(member_id, CHAT, thread, card, 0)
        await database.write(lambda t, row=row: topics.save(t, row))
    for words in (f"erased_at = 1 where id = {erased}", f"merged_into = {nobody} where id = {merged}"):
        await database.write(lambda t, words=words: t.run(query(f"update member set {words}")))
    assert set(await database.read(topics.to_look_at)) == {waiting, shown, erased, merged}
    everybody = [waiting, shown, closed, erased, merged, nobody]
    concerned = await database.read(lambda t: topics.concerned(t, everybody))
    assert concerned == {waiting, shown, closed, erased, merged}
    assert await database.read(lambda t: topics.concerned(t, [])) == set()
    assert set(await database.read(topics.left_behind)) == {erased, merged}


@pytest.mark.asyncio
async def test_what_was_written_in_the_group_is_known_by_its_inbox_row(database: Database) -> None:
    empty = dict.fromkeys(("address_id", "words", "error"))
    known = {"provider_id": "1", "kind": "words", "raw": b"", "status": "done", "received_at": 1, **empty}
    rows = [{**known, "id": 5, "channel": topics.CHANNEL}, {**known, "id": 6, "channel": "sms"}]
    await database.write(lambda t: messages.add_inbox(t, rows))
    assert await database.read(lambda t: topics.written_there(t, [4, 5, 6])) == {5}
    assert await database.read(lambda t: topics.written_there(t, [])) == set()
