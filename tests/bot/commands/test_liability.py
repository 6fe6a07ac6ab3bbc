"""`bentornato liability`: what is owed, by market and unit, its worth, and what lapsed."""

import asyncio
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.__main__ import build
from storage import ledger
from storage.database import Database, Transaction
from tests.builders import DAY
from tests.loyalty.till import give, person, work_in


@pytest.fixture(autouse=True)
def _apart(tmp_path: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BENTORNATO_DATABASE", sqlite_url)
    monkeypatch.setenv("BENTORNATO_SECRET", "of tests, and of nothing else at all")


def lines() -> list[list[str]]:
    done = CliRunner().invoke(build("liability"), ["liability"])
    assert done.exit_code == 0, done.output
    return [line.split() for line in done.stdout.splitlines() if not line.startswith("seconds=")]


def keep(url: str) -> None:
    async def run() -> None:
        database = Database(url)
        try:
            await database.write(_books)
        finally:
            await database.close()

    asyncio.run(run())


def _books(transaction: Transaction) -> None:
    work = work_in(transaction)
    work.now = time.time_ns() // 1_000 - 10 * DAY
    for member_id, market in ((101, "IT"), (102, "IT"), (103, "BR")):
        person(transaction, member_id, market=market)
    give(work, 101, 300, days=5)
    give(work, 101, 200)
    give(work, 102, 1_500)
    give(work, 102, 4, unit="stamps:coffee")
    give(work, 103, 1_250, unit="cash:BRL")
    ledger.expire(transaction, work.now + 6 * DAY, 9)


def test_nothing_is_owed_yet() -> None:
    assert lines() == [["nobody", "holds", "anything", "yet"]]


def test_what_is_held_its_worth_and_what_lapsed(sqlite_url: str) -> None:
    keep(sqlite_url)
    assert lines() == [
        ["BR", "cash:BRL", "held", "1250", "R$12.50", "given", "1250", "lapsed", "0.0%"],
        ["IT", "points", "held", "1700", "€17.00", "given", "2000", "lapsed", "15.0%"],
        ["IT", "stamps:coffee", "held", "4", "given", "4", "lapsed", "0.0%"],
    ]
