"""Cases: one unresolved a member, changed only by who saw the last version, listed by who waits longest."""

from typing import Any

import pytest

from storage import cases
from storage.cases import CaseRow, Counts, Filter
from storage.database import Rejected, Transaction
from tests.builders import add_person, add_staff, query

pytestmark = pytest.mark.asyncio


def opened(transaction: Transaction, member_id: int, **fields: Any) -> CaseRow:
    blank: dict[str, Any] = dict.fromkeys(CaseRow._fields)
    known = {"id": transaction.ids.new(), "member_id": member_id, "market": "IT", "status": "open", "reason": "asked"}
    known |= {"priority": 2, "labels": "[]", "channel": "sms", "address_id": member_id, "since": 1, "opened_at": 1}
    row = CaseRow(**{**blank, **known, "version": 0, **fields})
    cases.add(transaction, row)
    return row


async def test_a_member_has_one_unresolved_case(database) -> None:
    def twice(transaction: Transaction) -> None:
        member = add_person(transaction, "sms", "+1")
        opened(transaction, member, status="resolved")
        opened(transaction, member, status="pending")
        opened(transaction, member)

    with pytest.raises(Rejected):
        await database.write(twice)


async def test_only_who_saw_the_last_version_changes_it(database) -> None:
    def work(transaction: Transaction):
        row = opened(transaction, add_person(transaction, "sms", "+1"))
        first = cases.save(transaction, row._replace(owner_id=7, version=1), 0)
        late = cases.save(transaction, row._replace(owner_id=8, version=1), 0)
        found = cases.get(transaction, row.id)
        return first, late, found and found.owner_id, row.member_id in transaction.touched[cases.TOPIC]

    assert await database.write(work) == (True, False, 7, True)


async def test_who_waits_longest_comes_first_and_filters_hold(database) -> None:
    def work(transaction: Transaction):
        people = [add_person(transaction, "sms", f"+{number}", name=f"m{number}") for number in range(5)]
        opened(transaction, people[0], waiting_since=30)
        opened(transaction, people[1], waiting_since=10, owner_id=7, priority=0)
        opened(transaction, people[2], market="FR", waiting_since=20, channel="whatsapp")
        opened(transaction, people[3], status="snoozed", owner_id=7)
        opened(transaction, people[4])
        filters = [
            Filter(),
            Filter(markets=("IT",)),
            Filter(owner=7),
            Filter(owner=0),
            Filter(channel="whatsapp"),
            Filter(priority=0),
            Filter(statuses=("snoozed",)),
            Filter(locale="xx"),
        ]
        listed = [[row.name for row in cases.queue(transaction, one)] for one in filters]
        return listed, cases.counts(transaction, ("IT",), 7), cases.counts(transaction, (), 9)

    listed, italian, everywhere = await database.write(work)
    assert listed == [
        ["m1", "m2", "m0", "m4"],
        ["m1", "m0", "m4"],
        ["m1"],
        ["m2", "m0", "m4"],
        ["m2"],
        ["m1"],
        ["m3"],
        [],
    ]
    assert italian == Counts(waiting=2, unowned=2, mine=1, open=3, snoozed=1)
    assert everywhere == Counts(waiting=3, unowned=3, mine=0, open=4, snoozed=1)


async def test_a_member_waits_since_their_oldest_message(database) -> None:
    def work(transaction: Transaction):
        row = opened(transaction, add_person(transaction, "sms", "+1"))
        for at in (5, 9):
            cases.heard(transaction, row, channel="whatsapp", address_id=3, at=at)
        found = cases.get(transaction, row.id)
        return found and (found.waiting_since, found.heard_at, found.channel, found.address_id)

    assert await database.write(work) == (5, 9, "whatsapp", 3)


async def test_control_goes_over_and_its_version_grows(database) -> None:
    def work(transaction: Transaction):
        member = add_person(transaction, "sms", "+1")
        cases.set_control(transaction, member, "human")
        cases.set_control(transaction, member, "bot")
        return tuple(transaction.one(query("select control, control_version from member")))

    assert await database.write(work) == ("bot", 2)


@pytest.mark.parametrize(
    ("fields", "staffed"),
    [({}, True), ({"markets": '["IT"]'}, True), ({"markets": '["FR"]'}, False), ({"disabled_at": 1}, False)],
)
async def test_a_market_is_staffed_by_who_answers_there(database, fields, staffed) -> None:
    def work(transaction: Transaction) -> bool:
        add_staff(transaction, "Vera", "viewer")
        add_staff(transaction, **fields)
        return cases.is_staffed(transaction, "IT")

    assert await database.write(work) == staffed
