"""The ledger beside bare SQLite: earnings, spendings and balances a second, and one member with a long history.

    python -m benchmarks.ledger [--quick]

The ledger works its operations in transactions of 64 (WAL, synchronous=FULL). The rows it writes are recorded on a
double and written again with sqlite3 alone into fresh databases of the same schema, in the same batches:

- `by_row`: one statement a row, in the order the operations come. The headline: `ledger_over_by_row`.
- `by_hand`: the same, with the reads before it that any program must do: the account, and for a spending its lots.
- `by_table`: one `executemany` a table, for somebody who knew the whole batch beforehand. The strictest.

All take turns, so that a slow moment of the machine meets each of them. Prints one JSON line; docs/ledger.md explains
it.
"""

import argparse
import gc
import json
import os
import platform
import shutil
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks._ledger_rows import Batch, Recording, by_hand, by_row, by_table, open_bare
from storage import ledger, people
from storage.database import Transaction
from storage.ids import Ids
from storage.ledger import Earning, Spending, Spent
from storage.migrations import upgrade
from storage.people import POINTS_UNIT

_BATCH = 64
_NOW = 1_800_000_000_000_000
_DAY = 86_400_000_000
_FIRST_MEMBER = 101
_BASELINES = ("by_row", "by_hand", "by_table")
_BALANCE = "SELECT active, pending, matures_at, expiring, expires_at FROM account WHERE owner_id = ? AND unit = ?"


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is done. Each round does `operations` of each kind, in batches of 64."""

    members: int = 1_000
    operations: int = 6_400
    rounds: int = 5
    reads: int = 20_000
    short: int = 10
    long: int = 100_000


QUICK = Plan(members=100, operations=640, rounds=2, reads=500, long=1_000)


def member(number: int) -> dict[str, Any]:
    """A full member row."""
    empty = dict.fromkeys(("name", "phone", "birth_month", "birth_day", "birth_year", "birth_set_at", "referral_code"))
    known = {"market": "IT", "locale": "it", "locale_source": "settled", "zone": "Europe/Rome", "birth_edits": 0}
    state = {"joined_at": 1, "terms_version": "1", "marketing": 1, "control": "bot", "control_version": 0}
    return {"id": number, **empty, **known, **state, "created_at": 1}


def earnings(numbers: range, members: int) -> list[Earning]:
    """A year's points each, active now, for one member after the other."""
    return [
        Earning(
            key=f"purchase:order-{number}",
            member_id=_FIRST_MEMBER + number % members,
            points=100 + number % 7 * 8,
            kind="purchase",
            reference=f"order-{number}",
            activates_at=_NOW,
            expires_at=_NOW + 365 * _DAY + number,
        )
        for number in numbers
    ]


def spendings(numbers: range, members: int) -> list[Spending]:
    """Most of what as many earnings gave: a spending takes from one lot or two, and some stay open."""
    return [Spending(f"redeem:{number}", _FIRST_MEMBER + number % members, 110, "redeem", "mug") for number in numbers]


def work_earn(transaction: Transaction, batch: Sequence[Earning]) -> None:
    for one in batch:
        ledger.earn(transaction, one, _NOW)


def work_spend(transaction: Transaction, batch: Sequence[Spending]) -> None:
    for one in batch:
        found = ledger.spend(transaction, one, _NOW)
        assert isinstance(found, Spent)


Make = Callable[[range, int], list[Any]]
Work = Callable[[Transaction, Sequence[Any]], None]


class Bench:
    """The ledger's database, its double whose rows are recorded, and one for each way to write those again."""

    def __init__(self, folder: Path, plan: Plan) -> None:
        self.plan = plan
        self.ids = Ids()
        template = folder / "template.db"
        upgrade(f"sqlite:///{template}")
        self._fill(template)
        self.open = {name: self._copy(template, name) for name in ("ledger", "recorded", *_BASELINES)}

    def _fill(self, path: Path) -> None:
        connection = open_bare(path)
        connection.execute("BEGIN")
        rows = [member(_FIRST_MEMBER + number) for number in range(self.plan.members)]
        people.add_members(Transaction(connection, "sqlite", self.ids), rows)
        connection.execute("COMMIT")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.close()

    def _copy(self, template: Path, name: str) -> sqlite3.Connection:
        return open_bare(Path(shutil.copy(template, template.with_name(f"{name}.db"))))

    def round(self, make: Make, work: Work, turn: int) -> dict[str, float]:
        """Operations a second of each way; what is to be done is ready before the clock starts."""
        first = turn * self.plan.operations
        asked = make(range(first, first + self.plan.operations), self.plan.members)
        batches = [asked[start : start + _BATCH] for start in range(0, len(asked), _BATCH)]
        rows = [self._recorded(work, batch) for batch in batches]
        ways: dict[str, Callable[[sqlite3.Connection, int], None]] = {
            "ledger": lambda connection, place: work(self._transaction(connection), batches[place]),
            "by_row": lambda connection, place: by_row(connection.cursor(), rows[place]),
            "by_hand": lambda connection, place: by_hand(connection.cursor(), rows[place]),
            "by_table": lambda connection, place: by_table(connection.cursor(), rows[place]),
        }
        spent = {name: _timed(self.open[name], way, len(batches)) for name, way in ways.items()}
        return {name: len(asked) / seconds for name, seconds in spent.items()}

    def _transaction(self, connection: sqlite3.Connection) -> Transaction:
        return Transaction(connection, "sqlite", self.ids)

    def _recorded(self, work: Work, batch: Sequence[Any]) -> Batch:
        """The rows the ledger writes for a batch, on a database of its own."""
        connection = self.open["recorded"]
        connection.execute("BEGIN IMMEDIATE")
        transaction = Recording(connection, self.ids)
        work(transaction, batch)
        connection.execute("COMMIT")
        return transaction.rows

    def reads(self) -> dict[str, float]:
        """Balances a second, in transactions of 64."""
        connection, count = self.open["ledger"], self.plan.members
        batches = self.plan.reads // _BATCH

        def balance(_: sqlite3.Connection, place: int) -> None:
            transaction = self._transaction(connection)
            for number in range(place * _BATCH, (place + 1) * _BATCH):
                ledger.position_of(transaction, _FIRST_MEMBER + number % count, _NOW)

        def bare(_: sqlite3.Connection, place: int) -> None:
            cursor = connection.cursor()
            for number in range(place * _BATCH, (place + 1) * _BATCH):
                cursor.execute(_BALANCE, (_FIRST_MEMBER + number % count, POINTS_UNIT))
                cursor.fetchone()

        ways = {"ledger": balance, "bare": bare}
        return {name: batches * _BATCH / _timed(connection, way, batches) for name, way in ways.items()}

    def close(self) -> None:
        for connection in self.open.values():
            connection.close()

    def correct(self) -> bool:
        """The books are sound, and without the ledger the same rows were written."""
        tables = ("account", "ledger_transaction", "posting", "lot")
        copies = [
            [self.open[name].execute(f"SELECT * FROM {table} ORDER BY id").fetchall() for table in tables]
            for name in ("recorded", *_BASELINES)
        ]
        sound = not any(ledger.audit(self._transaction(self.open[name])) for name in ("ledger", "recorded"))
        return sound and all(copy == copies[0] for copy in copies)

    def history(self) -> dict[str, Any]:
        """One balance read of a member with few entries and of one with many, by turns; microseconds."""
        connection = self.open["ledger"]
        connection.execute("PRAGMA synchronous = OFF")
        entries = {
            self.plan.short: _FIRST_MEMBER + self.plan.members,
            self.plan.long: _FIRST_MEMBER + self.plan.members + 1,
        }
        connection.execute("BEGIN IMMEDIATE")
        transaction = self._transaction(connection)
        people.add_members(transaction, [member(number) for number in entries.values()])
        for count, owner in entries.items():
            for number in range(count // 2):
                key = f"{owner}:{number}"
                ledger.earn(transaction, Earning(f"earn:{key}", owner, 100, "purchase", key, _NOW, None), _NOW)
                ledger.spend(transaction, Spending(f"spend:{key}", owner, 99, "redeem", key), _NOW)
        connection.execute("COMMIT")
        times: dict[int, list[int]] = {count: [] for count in entries}
        connection.execute("BEGIN")
        for _ in range(self.plan.reads):
            for count, owner in entries.items():
                started = time.perf_counter_ns()
                ledger.position_of(transaction, owner, _NOW)
                times[count].append(time.perf_counter_ns() - started)
        connection.execute("ROLLBACK")
        few, many = (median(times[count]) / 1_000 for count in entries)
        return {"few": round(few, 2), "many": round(many, 2), "many_over_few": round(many / few, 3)}


def _timed(connection: sqlite3.Connection, way: Callable[[sqlite3.Connection, int], None], batches: int) -> float:
    """Seconds for so many transactions."""
    gc.collect()
    started = time.perf_counter()
    for place in range(batches):
        connection.execute("BEGIN IMMEDIATE")
        way(connection, place)
        connection.execute("COMMIT")
    return time.perf_counter() - started


def _figures(rounds: Sequence[dict[str, float]], *baselines: str) -> dict[str, Any]:
    """Medians a second, and the ledger's share of each baseline."""
    names = ("ledger", *baselines)
    shares = {
        f"ledger_over_{name}": round(median(one["ledger"] / one[name] for one in rounds), 3) for name in baselines
    }
    return {name: round(median(one[name] for one in rounds)) for name in names} | shares


def measure(plan: Plan, folder: Path) -> dict[str, Any]:
    """Every kind of operation in turn, round after round."""
    bench = Bench(folder, plan)
    earned, spent, read = [], [], []
    for turn in range(plan.rounds):
        earned.append(bench.round(earnings, work_earn, turn))
        spent.append(bench.round(spendings, work_spend, turn))
        read.append(bench.reads())
    correct, history = bench.correct(), bench.history()
    bench.close()
    return {
        "benchmark": "ledger",
        "cpus": os.cpu_count(),
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "synchronous": "FULL",
        "batch": _BATCH,
        "members": plan.members,
        "operations": plan.operations,
        "rounds": plan.rounds,
        "earn": _figures(earned, *_BASELINES),
        "spend": _figures(spent, *_BASELINES),
        "balance": _figures(read, "bare"),
        "correct": correct,
        "balance_us": {"entries": [plan.short, plan.long], **history},
    }


def options(arguments: Sequence[str]) -> tuple[Plan, Path | None]:
    """The plan the flags ask for, and the folder for the databases."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.ledger", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a short run, for tests: its times mean nothing")
    for name in Plan.__slots__:
        parser.add_argument(f"--{name}", type=int)
    parser.add_argument("--folder", type=Path, help="where the databases are made (default: the temporary folder)")
    given = parser.parse_args(arguments)
    base = QUICK if given.quick else Plan()
    return Plan(**{name: getattr(given, name) or getattr(base, name) for name in Plan.__slots__}), given.folder


def main(arguments: Sequence[str]) -> int:
    plan, where = options(arguments)
    before = gc.get_threshold()
    gc.set_threshold(100_000, 20, 50)  # as `bentornato serve` does
    with tempfile.TemporaryDirectory(prefix="bentornato-bench-", dir=where) as name:
        line = measure(plan, Path(name))
    gc.set_threshold(*before)
    print(json.dumps(line))
    return 0 if line["correct"] else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
