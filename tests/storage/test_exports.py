"""Rows for a member's own export."""

import pytest

from storage import exports, people
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
