"""A plain connection for tests of the ledger: its transactions are undone at the end, or committed and redone."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from random import uniform
from typing import Any, TypeVar

import psycopg

from storage.database import Conflict, Transaction, translate
from storage.ids import Ids

Result = TypeVar("Result")
TRIES = 50


@dataclass
class Plain:
    """One connection, used by one thread. Connections of one process share their `ids`."""

    url: str
    ids: Ids = field(default_factory=Ids)
    conflicts: int = 0

    def __post_init__(self) -> None:
        self.dialect = "sqlite" if self.url.startswith("sqlite:") else "postgresql"
        self.connection = self._connect()

    def _connect(self) -> Any:
        if self.dialect == "postgresql":
            return psycopg.connect(self.url, autocommit=True)
        path = self.url.removeprefix("sqlite:///")
        connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, cached_statements=512)
        for pragma in ("busy_timeout = 5000", "journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
            connection.execute(f"PRAGMA {pragma}")
        return connection

    def begin(self) -> Transaction:
        """A transaction as `storage.database` begins one."""
        self.connection.execute("BEGIN" if self.dialect == "postgresql" else "BEGIN IMMEDIATE")
        return Transaction(self.connection, self.dialect, self.ids)

    def roll_back(self) -> None:
        self.connection.execute("ROLLBACK")

    @contextmanager
    def undone(self) -> Iterator[Transaction]:
        """A transaction of which nothing stays."""
        transaction = self.begin()
        try:
            yield transaction
        finally:
            self.roll_back()

    def write(self, work: Callable[[Transaction], Result]) -> Result:
        """Run and commit; redone on a conflict, as the database's writer does, and the conflicts counted."""
        for attempt in range(TRIES):
            try:
                result = work(self.begin())
                self.connection.execute("COMMIT")
                return result
            except Exception as error:
                self._give_up(translate(error), error)
                time.sleep(uniform(0, 0.005 * 2 ** min(attempt, 6)))
        raise Conflict("redone too often")

    def _give_up(self, known: Exception, error: Exception) -> None:
        if self.dialect == "postgresql" or self.connection.in_transaction:
            self.roll_back()
        if not isinstance(known, Conflict):
            raise known from error
        self.conflicts += 1

    def close(self) -> None:
        self.connection.close()
