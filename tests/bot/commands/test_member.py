"""`bentornato member`: who is who, why a balance is what it is, merges and their undoing, export, erasure."""

import asyncio
import re
import time
from pathlib import Path
from typing import Any

import orjson
import pytest
from typer.testing import CliRunner, Result

from bot.__main__ import build
from storage import coupons, ledger, members
from storage.database import Database, Transaction
from tests.builders import query
from tests.loyalty.till import DAY, consent, give, person, work_in


@pytest.fixture(autouse=True)
def _apart(tmp_path: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BENTORNATO_DATABASE", sqlite_url)
    monkeypatch.setenv("BENTORNATO_SECRET", "of tests, and of nothing else at all")
    monkeypatch.setenv("BENTORNATO_LOCALES", "en")
    keep(sqlite_url, people_of_the_shop)


def people_of_the_shop(transaction: Transaction) -> None:
    work = work_in(transaction)
    work.now = time.time_ns() // 1_000 - DAY
    person(transaction, 101, ("whatsapp", "+39333"), phone="+39333", name="Anna", card_number="2900000000056")
    person(transaction, 102, ("telegram", "501"), referral_code="ANNA2")
    give(work, 101, 300)
    give(work, 101, 50, days=30)
    ledger.spend(transaction, ledger.Spending("s", 101, 30, "redeem", "tote"), work.now)
    give(work, 102, 7)
    consent(work, 101, "marketing", "grant")


def keep(url: str, work: Any) -> Any:
    async def run() -> Any:
        database = Database(url)
        try:
            return await database.write(work)
        finally:
            await database.close()

    return asyncio.run(run())


def member(*words: str, answer: str | None = None) -> Result:
    return CliRunner().invoke(build("member"), ["member", *words], input=answer)


def test_why_is_my_balance_320() -> None:
    done = member("statement", "--phone", "+39333")
    assert done.exit_code == 0
    lines = [line.split() for line in done.stdout.splitlines()]
    assert "member 101: 320 points active, 0 pending" in done.stdout
    assert [(line[2], line[3], line[4]) for line in lines if len(line) > 5 and line[2][0] in "+-"] == [
        ("+300", "300", "goodwill"),
        ("+50", "350", "goodwill"),
        ("-30", "320", "redeem"),
    ]
    assert "20 of 50" in done.stdout
    assert "300 of 300" in done.stdout
    assert "never lapses" in done.stdout


def test_the_newest_lines_start_from_what_was_before() -> None:
    done = member("statement", "101", "--most", "1")
    assert "before" in done.stdout
    assert "350" in done.stdout
    assert "has no cash:EUR" in member("statement", "101", "--unit", "cash:EUR").stdout


def test_a_members_page_and_whom_a_phone_or_card_means() -> None:
    page = member("show", "101").stdout
    for words in ("Anna", "+39333", "320 points", "whatsapp", "marketing grant"):
        assert words in page
    assert member("find", "--phone", "+39333").stdout.strip() == "101"
    assert member("find", "--phone", "+39000").exit_code == 1
    assert member("find").exit_code == 2
    assert member("show").exit_code == 2
    assert member("show", "999").exit_code == 1


def test_a_merge_is_shown_made_and_undone(sqlite_url: str) -> None:
    seen = member("merge", "101", "102")
    assert "327 points" in seen.stdout
    assert "nothing was changed" in seen.stdout
    assert "7 points" in member("show", "102").stdout
    made = member("merge", "101", "102", "--yes")
    assert made.exit_code == 0
    assert "327 points" in member("show", "102").stdout
    merge_id = made.stdout.split()[-1]
    assert member("unmerge", merge_id).exit_code == 0
    again = member("unmerge", merge_id)
    assert (again.exit_code, "already" in again.stderr) == (1, True)
    assert keep(sqlite_url, ledger.audit) == []


def test_a_separate_pair_is_not_merged() -> None:
    assert "never" in member("separate", "101", "102").stdout
    assert "known" in member("separate", "102", "101").stdout
    done = member("merge", "101", "102", "--yes")
    assert (done.exit_code, "different persons" in done.stderr) == (1, True)


def test_a_coupon_is_given_once_for_a_reason_and_told(sqlite_url: str) -> None:
    words = ("coupon", "101", "five_euro", "--reason", "cold coffee")
    given, again = member(*words), member(*words)
    assert (given.exit_code, again.exit_code) == (0, 0)
    assert re.fullmatch(r"given: five_euro, until \d{4}-\d\d-\d\d\n", given.stdout)
    assert again.stdout == given.stdout.replace("given:", "given already:")
    rows = keep(sqlite_url, lambda transaction: coupons.of_member(transaction, 101))
    assert [(row.kind, row.actor) for row in rows] == [("five_euro", "staff")]
    told = keep(sqlite_url, lambda transaction: transaction.all(query("select key from timer")))
    assert told == [(f"coupon_given:{rows[0].id}",)]


def test_no_coupon_for_nobody_and_none_of_an_unknown_kind() -> None:
    nobody = member("coupon", "999", "five_euro", "--reason", "x")
    assert (nobody.exit_code, "nobody" in nobody.stderr) == (1, True)
    unknown = member("coupon", "101", "nothing", "--reason", "x")
    assert (unknown.exit_code, "no coupon" in unknown.stderr) == (1, True)
    assert member("coupon", "101", "five_euro").exit_code == 2


def test_an_export_is_printed_or_written(tmp_path: Path) -> None:
    assert orjson.loads(member("export", "101").stdout)["profile"]["name"] == "Anna"
    assert member("export", "101", "--to", "anna.json").exit_code == 0
    assert orjson.loads((tmp_path / "anna.json").read_bytes())["profile"]["id"] == 101


def test_an_erasure_is_asked_for_and_done_once(sqlite_url: str) -> None:
    assert member("erase", "101", answer="n\n").exit_code == 1
    assert keep(sqlite_url, lambda transaction: members.get(transaction, 101)).name == "Anna"
    assert "320" in member("erase", "101", answer="y\n").stdout
    again = member("erase", "101", "--yes")
    assert again.exit_code == 1
    assert "erased" in member("show", "101").stdout
    assert keep(sqlite_url, ledger.audit) == []
