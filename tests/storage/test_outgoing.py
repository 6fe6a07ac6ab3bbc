"""Rows on their way: claimed only while they stand, tried again by a person without saying anything twice."""

import pytest

from storage import cases, outgoing
from tests.builders import add_person, add_rows, outbox_row, query

NOW = 1_000


@pytest.mark.asyncio
async def test_what_the_bot_said_before_a_takeover_does_not_set_out(database) -> None:
    def work(transaction):
        person = add_person(transaction, "sms", "+1")
        rows = [
            outbox_row(transaction, person, "{}", NOW),
            outbox_row(transaction, person, "{}", NOW, author_id=7),
            outbox_row(transaction, person, "{}", NOW, kind="callback"),
            outbox_row(transaction, person, "{}", NOW, status="dropped"),
        ]
        ids = add_rows(transaction, rows)
        cases.set_control(transaction, person, "human")
        claimed = outgoing.claim(transaction, ids, NOW)
        states = [tuple(row) for row in transaction.all(query("select status, error from outbox order by id"))]
        return [one in claimed for one in ids], states, person in transaction.touched[cases.TOPIC]

    claimed, states, is_told = await database.write(work)
    assert claimed == [False, True, True, False]
    assert states == [("dropped", "human_active"), ("sending", None), ("sending", None), ("dropped", None)]
    assert is_told


@pytest.mark.parametrize(
    ("fields", "again", "parts"),
    [
        ({"author_id": 7, "status": "dead", "parts_sent": 1}, True, 1),
        ({"author_id": 7, "status": "failed", "parts_sent": 2, "provider_id": "SM1"}, True, 0),
        ({"author_id": 7, "status": "dropped"}, True, 0),
        ({"author_id": 7, "status": "sent"}, False, 0),
        ({"author_id": None, "status": "dead"}, False, 0),
    ],
)
@pytest.mark.asyncio
async def test_a_person_tries_again(database, fields, again, parts) -> None:
    def work(transaction):
        one, other = (add_person(transaction, "sms", value) for value in ("+1", "+2"))
        (row_id,) = add_rows(transaction, [outbox_row(transaction, one, "{}", NOW, **fields)])
        assert not outgoing.resend(transaction, row_id, other, NOW)
        done = outgoing.resend(transaction, row_id, one, NOW)
        return done, transaction.one(query("select status, parts_sent, expires_at from outbox"))

    done, (status, sent, expires_at) = await database.write(work)
    assert done == again
    if again:
        assert (status, sent, expires_at) == ("pending", parts, NOW + outgoing.LIFE)
