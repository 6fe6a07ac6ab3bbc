"""`bentornato referral`: what is listed, and a person's word on what is under review."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from bot.__main__ import build
from storage import people, referrals
from storage.database import Database, Transaction
from storage.referrals import ReferralRow
from tests.builders import MONDAY, member_row


@pytest.fixture(autouse=True)
def _apart(tmp_path: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BENTORNATO_DATABASE", sqlite_url)
    monkeypatch.setenv("BENTORNATO_SECRET", "of tests, and of nothing else at all")
    monkeypatch.setenv("BENTORNATO_LOCALES", "en")


def referral(*words: str) -> Result:
    return CliRunner().invoke(build("referral"), ["referral", *words])


def row(number: int, state: str, **more: Any) -> ReferralRow:
    known: dict[str, Any] = {"flags": "", "order_id": None, "rewarded_at": None, "decided_by": None}
    known |= {"created_at": MONDAY, "due_at": MONDAY + number}
    return ReferralRow(**{"id": number, "referrer_id": 101, "friend_id": 100 + number, "state": state, **known, **more})


def keep(url: str, *rows: ReferralRow) -> None:
    def work(transaction: Transaction) -> None:
        people.add_members(transaction, [member_row(101), *(member_row(one.friend_id, name="Zoe") for one in rows)])
        for one in rows:
            assert referrals.add(transaction, one)

    asyncio.run(_write(url, work))


async def _write(url: str, work: Any) -> Any:
    database = Database(url)
    try:
        return await database.write(work)
    finally:
        await database.close()


def kept(url: str, number: int) -> ReferralRow:
    found: ReferralRow = asyncio.run(_write(url, lambda transaction: referrals.get(transaction, number)))
    return found


def test_the_list_shows_the_newest_first_and_no_names(sqlite_url: str) -> None:
    keep(sqlite_url, row(2, "review", flags="too_many"), row(3, "qualified", order_id="A"))
    done = referral("list")
    assert done.exit_code == 0
    assert done.output.splitlines() == [
        "3  qualified 101 -> 103  2026-03-02  order A",
        "2  review    101 -> 102  2026-03-02  too_many",
    ]
    assert referral("list", "--most", "1").output.splitlines() == done.output.splitlines()[:1]
    assert referral("list", "--review").output.splitlines() == done.output.splitlines()[1:]


def test_nothing_to_list() -> None:
    assert referral("list").output == "there are no referrals\n"
    assert referral("list", "--review").output == "nothing waits for a decision\n"


@pytest.mark.parametrize(
    ("word", "order", "state"),
    [("accept", None, "pending"), ("accept", "A", "qualified"), ("reject", "A", "rejected")],
)
def test_a_decision_is_taken_once(sqlite_url: str, word: str, order: str | None, state: str) -> None:
    keep(sqlite_url, row(2, "review", flags="too_many", order_id=order))
    assert referral(word, "2").output == f"referral 2: {state}\n"
    assert kept(sqlite_url, 2) == row(2, state, flags="too_many", order_id=order, decided_by="staff")
    again = referral("accept", "2")
    assert (again.exit_code, again.stderr) == (1, "referral 2 is not under review\n")
