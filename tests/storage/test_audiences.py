"""Whom triggers may write to, on both databases."""

import pytest

from storage import audiences, ledger, occasions
from storage.audiences import LapsingRow
from storage.database import Transaction
from storage.ledger import Earning
from tests.builders import add_person

pytestmark = pytest.mark.asyncio


def firing(key: str, member: int) -> dict[str, object]:
    row = {"key": key, "trigger": "t", "member_id": member, "decision": "no", "reason": ""}
    return {**row, "channel": None, "due_at": None, "at": 1}


async def test_points_that_lapse_between_two_instants(database) -> None:
    def work(transaction: Transaction) -> tuple[list[LapsingRow], int]:
        member = add_person(transaction, "sms", "+1")
        silent = add_person(transaction, "sms", "+2", marketing=0)
        for owner in (member, silent):
            for place, ends in enumerate((100, 200, 200, 300, None)):
                earning = Earning(f"{owner}:{place}", owner, 5, "purchase", "A", 1, ends)
                ledger.earn(transaction, earning, 1)
        other = Earning("stamp", member, 5, "stamp", "A", 1, 250, unit="stamps:coffee")
        ledger.earn(transaction, other, 1)
        return audiences.lapsing(transaction, 100, 300), member

    found, member = await database.write(work)
    assert found == [LapsingRow(member, "Europe/Rome", "IT", ends) for ends in (200, 300)]


async def test_members_of_a_market_who_were_not_greeted(database) -> None:
    def work(transaction: Transaction) -> tuple[list[tuple[int, str]], int]:
        here, done, last_year, *_ = (
            add_person(transaction, "sms", f"+{number}", **fields)
            for number, fields in enumerate(({}, {}, {}, {"market": "ES"}, {"marketing": 0}, {"joined_at": None}))
        )
        for member, name, year in ((done, "xmas", 2026), (last_year, "xmas", 2025), (here, "eid", 2026)):
            occasions.add_firing(transaction, firing(audiences.occasion_key(name, member, year), member))
        found = audiences.ungreeted(transaction, "IT", "xmas", 2026)
        assert found == [(here, "Europe/Rome"), (last_year, "Europe/Rome")]
        return found, here

    found, here = await database.write(work)
    assert found[0][0] == here
