"""Inbox and outbox rows: duplicates, order, claiming; receipts move rows forward only, in whatever order they come."""

import sqlite3
from itertools import permutations, product

import pytest

from storage import messages, outgoing
from storage.database import Rejected
from storage.messages import RANK, Delivered
from tests.builders import add_person, add_rows, outbox_row

NOW = 1_000


def inbox_row(number: int, provider_id: str, **fields: object) -> dict[str, object]:
    row = {"channel": "sms", "provider_id": provider_id, "address_id": None, "kind": "text", "raw": b"\x00\xff raw"}
    return {"id": number, **row, "words": None, "status": "done", "error": None, "received_at": number, **fields}


@pytest.mark.asyncio
async def test_the_inbox_knows_its_ids_by_channel(database) -> None:
    def work(transaction):
        messages.add_inbox(transaction, [inbox_row(1, "a"), inbox_row(2, "a", channel="whatsapp")])
        return messages.known(transaction, ["a", "b"])

    assert await database.write(work) == {("sms", "a"), ("whatsapp", "a")}
    with pytest.raises(Rejected):
        await database.write(lambda transaction: messages.add_inbox(transaction, [inbox_row(3, "a")]))


@pytest.mark.asyncio
async def test_failed_bodies_are_listed_with_their_bytes_and_can_be_taken_out(database) -> None:
    def work(transaction):
        messages.add_inbox(transaction, [inbox_row(1, "a", status="failed", error="E: x"), inbox_row(2, "b")])
        (failed,) = messages.failed(transaction)
        done = messages.forget_failed(transaction, 2), messages.forget_failed(transaction, 1)
        return failed, done, messages.failed(transaction), messages.known(transaction, ["a", "b"])

    failed, done, left, known = await database.write(work)
    assert (failed.provider_id, failed.error, bytes(failed.raw)) == ("a", "E: x", b"\x00\xff raw")
    assert (done, left, known) == ((False, True), [], {("sms", "b")})


@pytest.mark.asyncio
async def test_due_rows_come_in_order_with_their_people(database) -> None:
    def work(transaction):
        one = add_person(transaction, "sms", "1", inbound=7)
        two = add_person(transaction, "telegram", "2", marketing=0)
        rows = [outbox_row(transaction, two, "b", NOW), outbox_row(transaction, one, "a", NOW)]
        rows.append(outbox_row(transaction, one, "later", NOW + 1))
        add_rows(transaction, rows)
        due = messages.due(transaction, NOW, 10, ["sms", "telegram"])
        return (
            [(row.body, row.channel, row.address, row.marketing, row.last_inbound_at) for row in due],
            [row.body for row in messages.due(transaction, NOW, 10, ["sms"])],
            [row.body for row in messages.due(transaction, NOW, 1, ["sms", "telegram"])],
            messages.next_due(transaction, NOW),
            messages.next_due(transaction, NOW + 1),
        )

    due, sms, first, upcoming, none = await database.write(work)
    assert due == [("b", "telegram", "2", 0, None), ("a", "sms", "1", 1, 7)]
    assert (sms, first, upcoming, none) == (["a"], ["b"], NOW + 1, None)


@pytest.mark.asyncio
async def test_of_a_chats_replies_only_the_oldest_unfinished_one_is_due(database) -> None:
    def work(transaction):
        busy, other = add_person(transaction, "sms", "1"), add_person(transaction, "sms", "2")
        flood = [outbox_row(transaction, busy, f"f{number}", NOW) for number in range(300)]
        add_rows(transaction, [*flood, outbox_row(transaction, other, "o", NOW)])
        add_rows(transaction, [outbox_row(transaction, busy, "m", NOW, kind="marketing")])
        return [row.body for row in messages.due(transaction, NOW, 256, ["sms"])]

    assert await database.write(work) == ["f0", "o", "m"]


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("statement", "params", "index"),
    [
        (messages._DUE, {"now": 1, "most": 9, "channels": ["sms"]}, "ix_outbox_open"),
        (messages._NEXT_DUE, {"now": 1}, "ix_outbox_open"),
        (messages._RELEASE, {"now": 1}, "ix_outbox_open"),
        (messages._OPEN_REPLIES, {"address_ids": [1, 2]}, "ix_outbox_chat"),
        (messages._DEAD, {}, "ix_outbox_given_up"),
        (messages._COUNTS[0], {}, "ix_outbox_open"),
        (messages._RECENT_MARKETING, {"member_id": 1, "since": 1}, "ix_outbox_marketing"),
        (messages._KNOWN, {"provider_ids": ["a", "b"]}, "sqlite_autoindex_inbox_1"),
    ],
)
async def test_no_query_of_the_hot_path_walks_a_whole_table(sqlite_url, statement, params, index) -> None:
    text, bound = statement.prepare("sqlite", params)
    with sqlite3.connect(sqlite_url.removeprefix("sqlite:///")) as connection:
        plan = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {text}", bound)]
    assert any(index in line for line in plan), plan
    assert not any(line.startswith("SCAN") and "INDEX" not in line for line in plan), plan


@pytest.mark.asyncio
async def test_only_unfinished_replies_hold_later_ones_back(database) -> None:
    def work(transaction):
        person, other = add_person(transaction, "sms", "1"), add_person(transaction, "sms", "2")
        done = outbox_row(transaction, person, "done", NOW, status="sent")
        waiting = outbox_row(transaction, person, "m", NOW, kind="marketing")
        rows = [done, waiting, outbox_row(transaction, person, "r", NOW + 99), outbox_row(transaction, other, "o", NOW)]
        ids = add_rows(transaction, rows)
        return messages.first_open_replies(transaction, [person, other]), {person: ids[2], other: ids[3]}

    found, expected = await database.write(work)
    assert found == expected


@pytest.mark.asyncio
async def test_a_claimed_row_is_free_again_after_a_crash(database) -> None:
    def work(transaction):
        person = add_person(transaction, "sms", "1")
        (row_id,) = add_rows(transaction, [outbox_row(transaction, person, "x", NOW)])
        outgoing.claim(transaction, [row_id], NOW)
        claimed = messages.due(transaction, NOW, 9, ["sms"])
        released = messages.release_all(transaction, NOW)
        (again,) = messages.due(transaction, NOW, 9, ["sms"])
        return claimed, released, again.attempts, messages.outbox_counts(transaction)

    assert await database.write(work) == ([], 1, 1, {"pending": 1})


def ends(statuses: tuple[str, ...]) -> str:
    """What the row must be at the end: the furthest state that was told."""
    told = {"undelivered": "failed", "queued": "sent"}
    return max((told.get(status, status) for status in ("sent", *statuses)), key=RANK.__getitem__)


async def moved(database, statuses: tuple[str, ...]) -> str:
    def work(transaction):
        person = add_person(transaction, "sms", str(transaction.ids.new()))
        provider_id = f"SM{person}"
        (row_id,) = add_rows(
            transaction, [outbox_row(transaction, person, "x", NOW, status="sent", provider_id=provider_id)]
        )
        for status in statuses:
            row = messages.by_provider(transaction, "sms", provider_id)
            assert row is not None and row.id == row_id
            messages.advance(transaction, row, status, None, NOW)
        found = messages.by_provider(transaction, "sms", provider_id)
        return found.status if found else ""

    return await database.write(work)


@pytest.mark.asyncio
async def test_receipts_in_any_order_end_alike(database) -> None:
    for told in (("queued", "sent", "delivered", "read", "failed"), ("queued", "sent", "delivered", "read")):
        found = {await moved(database, order) for order in permutations(told)}
        assert found == {ends(told)}
    for pair in product(("queued", "sent", "delivered", "undelivered", "read"), repeat=2):
        assert await moved(database, pair) == ends(pair)


@pytest.mark.asyncio
async def test_unknown_states_and_other_channels_change_nothing(database) -> None:
    assert await moved(database, ("partially_delivered", "", "received")) == "sent"

    def work(transaction):
        person = add_person(transaction, "sms", "other")
        add_rows(transaction, [outbox_row(transaction, person, "x", NOW, status="sent", provider_id="SM1")])
        return messages.by_provider(transaction, "whatsapp", "SM1"), messages.by_provider(transaction, "sms", "SM2")

    assert await database.write(work) == (None, None)


@pytest.mark.asyncio
async def test_early_receipts_in_any_order_are_joined_alike(database) -> None:
    told = ("queued", "sent", "delivered", "read")
    for order in permutations(told):

        def work(transaction, order=order):
            for status in order:
                messages.keep_receipt(transaction, "sms", "SM9", status=status, error=None, at=NOW)
            return [messages.take_receipt(transaction, "sms", "SM9") for _ in range(2)]

        assert await database.write(work) == [("read", None), None]


@pytest.mark.asyncio
async def test_an_early_failure_keeps_its_error(database) -> None:
    def work(transaction):
        for status, error in (("undelivered", "30006"), ("sent", None), ("failed", "x")):
            messages.keep_receipt(transaction, "sms", "SM9", status=status, error=error, at=NOW)
        return messages.take_receipt(transaction, "sms", "SM9")

    assert await database.write(work) == ("undelivered", "30006")


@pytest.mark.asyncio
async def test_dead_rows_are_listed_and_revived(database) -> None:
    def work(transaction):
        person = add_person(transaction, "sms", "1")
        dead = outbox_row(transaction, person, "x", NOW, status="dead", attempts=8, error="30008")
        ids = add_rows(transaction, [dead, outbox_row(transaction, person, "y", NOW, status="sent")])
        listed = messages.dead(transaction)
        done = [messages.revive(transaction, row_id, NOW + 5) for row_id in ids]
        (row,) = messages.due(transaction, NOW + 5, 9, ["sms"])
        return listed == [(ids[0], "sms", "30008", 8)], done, row.attempts

    assert await database.write(work) == (True, [True, False], 0)


@pytest.mark.asyncio
async def test_a_row_goes_again_as_its_template(database) -> None:
    def work(transaction):
        person = add_person(transaction, "whatsapp", "1")
        row = outbox_row(transaction, person, "x", NOW, status="failed", provider_id="SM1", parts_sent=2)
        (row_id,) = add_rows(transaction, [row])
        messages.send_as_template(transaction, row_id, NOW)
        (again,) = messages.due(transaction, NOW, 9, ["whatsapp"])
        return again.reason, again.parts_sent, messages.by_provider(transaction, "whatsapp", "SM1")

    assert await database.write(work) == ("window_closed", 0, None)


@pytest.mark.asyncio
async def test_recent_marketing_counts_what_was_not_dropped(database) -> None:
    def work(transaction):
        person = add_person(transaction, "sms", "1")
        kinds = [
            ("marketing", "sent", 10),
            ("marketing", "dropped", 10),
            ("reply", "sent", 10),
            ("marketing", "sent", 1),
        ]
        rows = [
            {**outbox_row(transaction, person, "x", NOW, kind=kind, status=status), "created_at": at}
            for kind, status, at in kinds
        ]
        add_rows(transaction, rows)
        return messages.recent_marketing(transaction, person, 5)

    assert await database.write(work) == 1


def test_the_last_rank_is_terminal() -> None:
    assert {status for status, rank in RANK.items() if rank == 9} >= {"failed", "undelivered", "canceled", "dead"}
    assert Delivered(1, "sent", 1, 1, None).status in RANK
