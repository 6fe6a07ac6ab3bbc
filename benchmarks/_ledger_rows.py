"""The rows the ledger writes: recorded in their order, and written again with sqlite3 alone."""

import sqlite3
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from storage.database import Transaction
from storage.ids import Ids
from storage.ledger import _book
from storage.statement import Params, Statement

Row = tuple[str, tuple[Any, ...]]
"""(which statement, its values)."""
Batch = Sequence[Row]

_COLUMNS = {
    "transaction": (
        "id",
        "idempotency_key",
        "kind",
        "reference",
        "actor",
        "reverses_id",
        "effective_at",
        "created_at",
    ),
    "account": (
        "id",
        "owner_id",
        "unit",
        "active",
        "pending",
        "matures_at",
        "expiring",
        "expires_at",
        "debt",
        "lifetime",
        "version",
    ),
    "lot": (
        "id",
        "account_id",
        "transaction_id",
        "source_id",
        "original",
        "remaining",
        "activates_at",
        "expires_at",
    ),
    "posting": ("id", "transaction_id", "account_id", "lot_id", "amount"),
    "taken": ("amount", "key"),
    "snapshot": ("active", "pending", "matures_at", "expiring", "expires_at", "debt", "earned", "key"),
}
_NAMES: Mapping[Statement[Any], str] = {
    _book._ADD_TRANSACTION: "transaction",
    _book._ADD_ACCOUNT: "account",
    _book._ADD_LOT: "lot",
    _book._ADD_POSTING: "posting",
    _book._TAKE: "taken",
    _book._SNAPSHOT: "snapshot",
}
_TABLES = {"transaction": "ledger_transaction", "account": "account", "lot": "lot", "posting": "posting"}


def _insert(name: str, table: str) -> str:
    columns = _COLUMNS[name]
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})"


_SQL = {name: _insert(name, table) for name, table in _TABLES.items()} | {
    "taken": "UPDATE lot SET remaining = remaining - ? WHERE id = ?",
    "snapshot": "UPDATE account SET active = ?, pending = ?, matures_at = ?, expiring = ?, expires_at = ?, debt = ?,"
    " lifetime = lifetime + ?, version = version + 1 WHERE id = ?",
}


_ACCOUNT = "SELECT * FROM account WHERE id = ?"
_LOTS = "SELECT * FROM lot WHERE account_id = ? AND remaining > 0"


class Recording(Transaction):
    """A transaction that keeps every row it writes."""

    def __init__(self, connection: sqlite3.Connection, ids: Ids) -> None:
        super().__init__(connection, "sqlite", ids)
        self.rows: list[Row] = []

    def run(self, statement: Statement[Any], **params: Any) -> int:
        self._keep(statement, params)
        return super().run(statement, **params)

    def run_many(self, statement: Statement[Any], rows: Sequence[Params]) -> None:
        for row in rows:
            self._keep(statement, row)
        super().run_many(statement, rows)

    def _keep(self, statement: Statement[Any], params: Params) -> None:
        name = _NAMES[statement]
        self.rows.append((name, tuple(params[column] for column in _COLUMNS[name])))


def open_bare(path: Path) -> sqlite3.Connection:
    """A connection as `storage.database` opens its own."""
    connection = sqlite3.connect(path, isolation_level=None, cached_statements=512)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")
    return connection


def by_row(cursor: sqlite3.Cursor, batch: Batch) -> None:
    """One statement a row, in the order the operations came."""
    for name, values in batch:
        cursor.execute(_SQL[name], values)


def by_hand(cursor: sqlite3.Cursor, batch: Batch) -> None:
    """By row, after the reads that nobody can do without: each operation's account, and of a spending its lots."""
    spends = any(name == "taken" for name, _ in batch)
    for account in [values[-1:] for name, values in batch if name == "snapshot"]:
        cursor.execute(_ACCOUNT, account).fetchone()
        if spends:
            cursor.execute(_LOTS, account).fetchall()
    by_row(cursor, batch)


def by_table(cursor: sqlite3.Cursor, batch: Batch) -> None:
    """One `executemany` a table."""
    for name, sql in _SQL.items():
        rows = [values for kind, values in batch if kind == name]
        if rows:
            cursor.executemany(sql, rows)
