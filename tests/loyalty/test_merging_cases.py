"""Two members of whom a person answers one, or both: one unresolved case is left, and who answers goes with it."""

import asyncio

import pytest

from loyalty.merging import Merged, merge, undo
from loyalty.work import Work
from storage import cases, people
from storage.cases import CaseRow
from storage.database import Database
from tests.builders import query
from tests.loyalty.till import GONE, KEPT, two, work_in

_OPEN, _PENDING = "open", "pending"


@pytest.fixture
def run(database_url: str):
    async def run_it(task):
        database = Database(database_url)
        try:
            return await database.write(lambda transaction: task(work_in(transaction)))
        finally:
            await database.close()

    return lambda task: asyncio.run(run_it(task))


def case(work: Work, member_id: int, status: str) -> int:
    blank = dict.fromkeys(CaseRow._fields)
    known = {"member_id": member_id, "market": "IT", "status": status, "reason": "asked", "priority": 2, "labels": "[]"}
    known |= {"channel": "sms", "address_id": 1, "since": work.now, "opened_at": work.now, "version": 1}
    row = CaseRow(**{**blank, **known, "id": work.transaction.ids.new()})
    cases.add(work.transaction, row)
    if status == _OPEN:
        cases.set_control(work.transaction, member_id, "human")
    cases.add_entry(
        work.transaction, case_id=row.id, member_id=member_id, kind="note", actor=None, data={"text": "x"}, at=1
    )
    return row.id


def controls(work: Work) -> list[str]:
    rows = [people.of_member(work.transaction, one) for one in (KEPT, GONE)]
    return [found[0].control if found else "-" for found in rows]


@pytest.mark.parametrize(
    ("mine", "theirs", "stays", "kept_control"),
    [
        (None, _OPEN, "theirs", "human"),
        (_PENDING, _OPEN, "theirs", "human"),
        (_OPEN, _OPEN, "mine", "human"),
        (_OPEN, _PENDING, "mine", "human"),
        (None, _PENDING, "theirs", "bot"),
        (_PENDING, _PENDING, "mine", "bot"),
        (_OPEN, None, "mine", "human"),
    ],
)
def test_one_unresolved_case_is_left(run, mine, theirs, stays, kept_control) -> None:
    def task(work: Work):
        two(work)
        made = {
            "mine": case(work, KEPT, mine) if mine else None,
            "theirs": case(work, GONE, theirs) if theirs else None,
        }
        assert isinstance(merge(work, KEPT, GONE), Merged)
        left = cases.unresolved(work.transaction, KEPT)
        assert left is not None and left.id == made[stays]
        assert len(cases.of_member(work.transaction, KEPT)) == len([one for one in made.values() if one])
        return controls(work)[0], cases.unresolved(work.transaction, GONE)

    assert run(task) == (kept_control, None)


def test_a_case_still_open_stays_when_the_two_are_parted(run) -> None:
    def task(work: Work):
        two(work)
        done = case(work, GONE, "resolved")
        still = case(work, GONE, _OPEN)
        merged = merge(work, KEPT, GONE)
        assert isinstance(merged, Merged)
        undo(work, merged.id)
        mine = [one.id for one in cases.of_member(work.transaction, KEPT)]
        theirs = [one.id for one in cases.of_member(work.transaction, GONE)]
        return (mine, theirs) == ([still], [done]), controls(work)

    assert run(task) == (True, ["human", "bot"])


@pytest.mark.parametrize(("mine", "theirs"), [(_OPEN, None), (None, _OPEN), (_PENDING, None)])
def test_what_the_bot_had_for_the_merged_member_is_not_said_beside_a_person(run, mine, theirs) -> None:
    def task(work: Work):
        two(work)
        for member, status in ((KEPT, mine), (GONE, theirs)):
            if status:
                case(work, member, status)
        statement = query(f"select control_version from member where id = {GONE}")
        (before,) = work.transaction.one(statement)
        merge(work, KEPT, GONE)
        (after,) = work.transaction.one(statement)
        return after > before

    assert run(task) == (_OPEN in (mine, theirs))


def test_a_case_that_comes_over_is_seen_in_the_kept_members_market(run) -> None:
    def task(work: Work):
        two(work, market="FR")
        case(work, GONE, _OPEN)
        work.transaction.run(query(f"update support_case set market = 'FR' where member_id = {GONE}"))
        merge(work, KEPT, GONE)
        found = cases.unresolved(work.transaction, KEPT)
        return found is not None and found.market

    assert run(task) == "IT"
