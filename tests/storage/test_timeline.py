"""A conversation over all channels in the order of its ids; what came or changed since; what holds certain words."""

import pytest

from storage import cases, messages, timeline
from storage.database import Transaction
from tests.builders import add_person, add_rows, outbox_row

pytestmark = pytest.mark.asyncio
SECOND = 1_000_000


def heard(transaction: Transaction, person: int, words: str, at: int) -> int:
    row = {"id": transaction.ids.new(), "channel": "sms", "provider_id": f"p{words}{at}", "address_id": person}
    known = {"kind": "text", "raw": b"x", "words": words, "status": "done", "error": None, "received_at": at}
    messages.add_inbox(transaction, [{**row, **known}])
    return row["id"]


def talk(transaction: Transaction) -> tuple[int, list[int]]:
    """Four entries of one member, and one of somebody else."""
    person, other = (add_person(transaction, "sms", value) for value in ("+1", "+2"))
    ids = [heard(transaction, person, "dov'è il pacco", 1)]
    said = '{"text":"Il pacco arriva"}'
    ids += add_rows(transaction, [outbox_row(transaction, person, said, 2, status="sent", author_id=7)])
    shared = {"case_id": None, "member_id": person, "actor": 7}
    ids.append(cases.add_entry(transaction, kind="note", data={"text": "n"}, at=3, **shared))
    ids += add_rows(transaction, [outbox_row(transaction, person, '{"text":"bot"}', 4)])
    heard(transaction, other, "pacco altrui", 5)
    add_rows(transaction, [outbox_row(transaction, person, "{}", 6, kind="callback", status="sent")])
    return person, ids


async def test_a_page_holds_everything_in_its_order(database) -> None:
    def work(transaction: Transaction):
        person, ids = talk(transaction)
        whole = timeline.page(transaction, person, most=9)
        older = timeline.page(transaction, person, before=ids[2], most=1)
        return ids, [(one.id, one.kind, one.author_id) for one in whole], [one.id for one in older]

    ids, whole, older = await database.write(work)
    assert whole == [(ids[0], "in", None), (ids[1], "out", 7), (ids[2], "note", 7), (ids[3], "out", None)]
    assert older == [ids[1]]


async def test_what_came_since_and_what_changed_since(database) -> None:
    def work(transaction: Transaction):
        person, ids = talk(transaction)
        after = ids[3] + (5_000 << 22)  # five seconds of ids later
        now = 100 * SECOND
        nothing = timeline.since(transaction, person, after=after, changed=now)
        done = {"key": ids[1], "status": "read", "provider_id": "x", "error": None, "due_at": 1, "attempts": 1}
        messages.finish(transaction, [{**done, "parts_sent": 1, "updated_at": now}])
        changed = timeline.since(transaction, person, after=after, changed=now)
        again = timeline.since(transaction, person, after=ids[1], changed=now + 60 * SECOND)
        return ids, nothing, [(one.id, one.status) for one in changed], {one.id for one in again}

    ids, nothing, changed, again = await database.write(work)
    assert nothing == []
    assert changed == [(ids[1], "read")]
    assert again >= set(ids[2:])


async def test_one_entry_is_found_for_its_own_member_only(database) -> None:
    def work(transaction: Transaction):
        person, ids = talk(transaction)
        kinds = ("in", "out", "note", "out")
        mine = [timeline.find(transaction, person, kind, one) for kind, one in zip(kinds, ids, strict=True)]
        return [one is not None and one.id for one in mine] == ids, timeline.find(transaction, person + 1, "in", ids[0])

    assert await database.write(work) == (True, None)
