"""Rows for a member's own export."""

import pytest

from storage import attachments, exports, messages, people
from tests.builders import add_person, add_rows, member_row, outbox_row


@pytest.mark.asyncio
async def test_rows_of_several_keys_by_name(database) -> None:
    def work(transaction):
        people.add_members(transaction, [member_row(1, name="Ada"), member_row(2, name="Eva"), member_row(3)])
        rows = exports.rows(transaction, "profile", [2, 1])
        return (
            [row["name"] for row in rows],
            exports.rows(transaction, "purchases", [1]),
            exports.rows(transaction, "refunds", []),
        )

    assert await database.write(work) == (["Ada", "Eva"], [], [])


@pytest.mark.asyncio
async def test_messages_are_those_of_the_addresses(database) -> None:
    def work(transaction):
        one, two = add_person(transaction, "sms", "+1"), add_person(transaction, "sms", "+2")
        add_rows(transaction, [outbox_row(transaction, person, "{}", 1) for person in (one, two, one)])
        return len(exports.rows(transaction, "sent", [one])), exports.rows(transaction, "received", [one])

    assert await database.write(work) == (2, [])


@pytest.mark.asyncio
async def test_what_was_written_and_sent_is_shown(database) -> None:
    def work(transaction):
        one = add_person(transaction, "sms", "+1")
        row = {"id": 5, "channel": "sms", "provider_id": "p", "address_id": one, "kind": "text", "raw": b"raw"}
        said = {"words": "Ciao", "status": "done", "error": None, "received_at": 3}
        messages.add_inbox(transaction, [{**row, **said}])
        fields = {"staff_id": 7, "name": "x.png", "type": "image/png", "content": b"x", "now": 4}
        attachments.add(transaction, member_id=one, **fields)
        return exports.rows(transaction, "received", [one]), exports.rows(transaction, "attachments", [one])

    received, files = await database.write(work)
    assert received == [{"received_at": 3, "channel": "sms", "kind": "text", "words": "Ciao"}]
    assert files == [{"at": 4, "name": "x.png", "type": "image/png"}]
