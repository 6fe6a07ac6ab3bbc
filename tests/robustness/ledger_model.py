"""What the books must say, counted in plain Python: lots in a list, debts and lifetimes in dictionaries.

Rules: docs/ledger.md. Time only goes forward here, and what has lapsed is emptied as soon as it does.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

Wallet = tuple[int, str]
"""(member, unit)."""


@dataclass(eq=False)
class ModelLot:
    """Points that came together; `made` is the key of the earning, and `source` what it holds in grace."""

    wallet: Wallet
    number: int
    made: str
    left: int
    starts: int
    ends: int | None
    source: ModelLot | None = None
    lapsed: int = 0

    def lapse(self) -> None:
        self.left, self.lapsed = 0, self.lapsed + self.left

    @property
    def origin(self) -> str:
        return self.made if self.source is None else self.source.origin

    @property
    def turn(self) -> tuple[bool, int, int]:
        """Its place in the order in which lots are spent."""
        return self.ends is None, self.ends or 0, self.number


@dataclass
class Taking:
    """What a spending took from a lot, and how much of it came back."""

    lot: ModelLot
    amount: int
    returned: int = 0


@dataclass
class Merged:
    """What went over in a merge."""

    giver: int
    taker: int
    lots: list[ModelLot]
    lifetimes: dict[str, int]


@dataclass
class Model:
    """All wallets at `now`."""

    now: int
    lots: list[ModelLot] = field(default_factory=list)
    debts: dict[Wallet, int] = field(default_factory=lambda: defaultdict(int))
    lifetimes: dict[Wallet, int] = field(default_factory=lambda: defaultdict(int))
    let_go: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    """What refunds did not take of an earning because it had lapsed."""

    def later(self, span: int) -> None:
        self.now += span
        for lot in self.lots:
            if lot.ends is not None and lot.ends <= self.now:
                lot.lapse()

    def open_lots(self, wallet: Wallet) -> list[ModelLot]:
        """What is left, in the order in which it is spent."""
        found = (lot for lot in self.lots if lot.wallet == wallet and lot.left)
        return sorted(found, key=lambda lot: lot.turn)

    def holding(self, wallet: Wallet) -> tuple[int, int, int, int]:
        """(active, pending, debt, lifetime)."""
        lots = self.open_lots(wallet)
        active = sum(lot.left for lot in lots if lot.starts <= self.now) - self.debts[wallet]
        pending = sum(lot.left for lot in lots if lot.starts > self.now)
        return active, pending, self.debts[wallet], self.lifetimes[wallet]

    def earn(self, wallet: Wallet, key: str, points: int, starts: int, ends: int | None) -> None:
        self.lifetimes[wallet] += points
        self._add(ModelLot(wallet, len(self.lots), key, points, starts, ends))

    def _add(self, lot: ModelLot) -> None:
        self.lots.append(lot)
        if lot.ends is not None and lot.ends <= self.now:
            lot.lapse()
        self._settle([lot])

    def _settle(self, lots: Iterable[ModelLot]) -> None:
        for lot in lots:
            paid = min(self.debts[lot.wallet], lot.left)
            lot.left -= paid
            self.debts[lot.wallet] -= paid

    def spend(self, wallet: Wallet, amount: int) -> list[Taking] | None:
        """What it took; None if there is not so much."""
        if self.holding(wallet)[0] < amount:
            return None
        active = [lot for lot in self.open_lots(wallet) if lot.starts <= self.now]
        takings, _ = self._take(active, amount)
        return takings

    def _take(self, lots: Iterable[ModelLot], amount: int) -> tuple[list[Taking], int]:
        """What was taken, and what is missing."""
        takings = []
        for lot in lots:
            part = min(lot.left, amount)
            if part:
                lot.left, amount = lot.left - part, amount - part
                takings.append(Taking(lot, part))
        return takings, amount

    def give_back(self, takings: list[Taking], amount: int, grace: int) -> int:
        """How much came back."""
        asked = amount
        for taking in takings:
            part = min(amount, taking.amount - taking.returned)
            if not part:
                continue
            taking.returned += part
            amount -= part
            lot = taking.lot
            if lot.ends is not None and lot.ends <= self.now:
                self._add(ModelLot(lot.wallet, len(self.lots), "grace", part, self.now, self.now + grace, lot))
            else:
                lot.left += part
                self._settle([lot])
        return asked - amount

    def claw_back(self, wallet: Wallet, amount: int, source: str, *, may_owe: bool) -> int:
        """How much was taken or is owed now."""
        lots = self.open_lots(wallet)
        own = sorted((lot for lot in lots if lot.origin == source), key=lambda lot: lot.starts <= self.now)
        others = sorted((lot for lot in lots if lot.origin != source), key=lambda lot: lot.starts > self.now)
        _, missing = self._take(own, amount)
        lapsed = sum(lot.lapsed for lot in self.lots if lot.wallet == wallet and lot.origin == source)
        lapsed = min(missing, max(0, lapsed - self.let_go[source]))
        self.let_go[source] += lapsed
        _, missing = self._take(others, missing - lapsed)
        self.lifetimes[wallet] -= amount
        if may_owe:
            self.debts[wallet] += missing
            missing = 0
        return amount - lapsed - missing

    def merge(self, giver: int, taker: int, units: Iterable[str]) -> Merged:
        lots = [lot for lot in self.lots if lot.wallet[0] == giver]
        merged = Merged(giver, taker, lots, {unit: self.lifetimes[giver, unit] for unit in units})
        for unit in merged.lifetimes:
            self.debts[taker, unit] += self.debts.pop((giver, unit), 0)
        self._move(merged, lots, giver, taker)
        return merged

    def part(self, merged: Merged) -> None:
        fresh, lots = merged.lots, list(merged.lots)
        while fresh:
            fresh = [lot for lot in self.lots if lot.source in fresh and lot.wallet[0] == merged.taker]
            lots += [lot for lot in fresh if lot not in lots]
        self._move(merged, [lot for lot in lots if lot.wallet[0] == merged.taker], merged.taker, merged.giver)

    def _move(self, merged: Merged, lots: list[ModelLot], giver: int, taker: int) -> None:
        for lot in lots:
            lot.wallet = (taker, lot.wallet[1])
        for unit, lifetime in merged.lifetimes.items():
            self.lifetimes[giver, unit] -= lifetime
            self.lifetimes[taker, unit] += lifetime
            self._settle(self.open_lots((taker, unit)))

    def forfeit(self, member: int, units: Iterable[str]) -> int:
        """How much they held."""
        held = 0
        for unit in units:
            for lot in self.open_lots((member, unit)):
                held, lot.left = held + lot.left, 0
            self.debts[member, unit] = 0
        return held
