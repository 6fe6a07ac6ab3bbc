"""The ledger at a time set by hand: short words for what tests do with it."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import count
from typing import Any

from storage import ledger
from storage.database import Transaction
from storage.ledger import ClawBack, Earning, Entry, Moved, Position, Return, Short, Spending, Spent
from tests.builders import query

ANNA, BRUNO, CARLA, DORA = MEMBERS = (101, 102, 103, 104)
COFFEE, EUROS = "stamps:coffee", "cash:EUR"
START = 1_000


@dataclass
class Till:
    """One transaction, and the time in microseconds."""

    transaction: Transaction
    now: int = START
    _numbers: Any = field(default_factory=lambda: count(1))

    def earn(
        self, points: int, *, after: int = 0, lasts: int | None = None, member: int = ANNA, key: str | None = None
    ) -> int:
        """Points that become active and then lapse so much later; the transaction."""
        starts = self.now + after
        ends = None if lasts is None else starts + lasts
        named = key or f"earn:{next(self._numbers)}"
        return ledger.earn(
            self.transaction, Earning(named, member, points, "purchase", named, starts, ends), self.now
        ).transaction_id

    def spend(self, amount: int, *, member: int = ANNA, key: str | None = None) -> Spent | Short:
        named = key or f"spend:{next(self._numbers)}"
        return ledger.spend(self.transaction, Spending(named, member, amount, "redeem", "mug"), self.now)

    def spent(self, amount: int, *, member: int = ANNA) -> int:
        """The transaction of a spending that succeeds."""
        found = self.spend(amount, member=member)
        assert isinstance(found, Spent)
        return found.transaction_id

    def give_back(self, spend_id: int, amount: int, *, grace: int = 50, key: str | None = None) -> Moved:
        named = key or f"return:{next(self._numbers)}"
        return ledger.give_back(self.transaction, Return(named, spend_id, amount, self.now + grace, "refund"), self.now)

    def claw_back(self, amount: int, *sources: int, may_owe: bool = True, key: str | None = None) -> Moved:
        named = key or f"claw:{next(self._numbers)}"
        claw = ClawBack(named, ANNA, amount, sources, "refund", may_owe=may_owe)
        return ledger.claw_back(self.transaction, claw, self.now)

    def merge(self, giver: int, taker: int, key: str = "m") -> list[ledger.Moving]:
        return ledger.transfer(self.transaction, giver, taker, Entry(key, "merge", "merge"), self.now)

    def part(self, holder: int, restored: int, moved: list[ledger.Moving], key: str = "u") -> None:
        entry = Entry(key, "unmerge", "merge")
        ledger.transfer_back(self.transaction, holder, restored, moved, entry, now=self.now)

    def position(self, member: int = ANNA) -> Position:
        return ledger.position_of(self.transaction, member, self.now)

    def holding(self, member: int = ANNA, unit: str = "points") -> tuple[int, int, int, int]:
        """(active, pending, debt, lifetime)."""
        for wallet in ledger.wallets(self.transaction, member, self.now):
            if wallet.unit == unit:
                return wallet.position.active, wallet.position.pending, wallet.debt, wallet.lifetime
        return 0, 0, 0, 0

    def lots(self, member: int = ANNA) -> list[tuple[int, int | None]]:
        """(left, when it lapses) of the open lots, the first to lapse first."""
        return [(lot.remaining, lot.expires_at) for lot in ledger.lots_of(self.transaction, member)]

    def rows(self, words: str) -> list[tuple[Any, ...]]:
        return self.transaction.all(query(words))

    def run(self, words: str) -> int:
        return self.transaction.run(query(words))

    def audit(self) -> list[str]:
        return ledger.audit(self.transaction)
