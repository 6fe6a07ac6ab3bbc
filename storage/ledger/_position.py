"""What an account comes to at an instant, from its lots: pure functions. Instants are microseconds UTC."""

from collections.abc import Iterable
from typing import NamedTuple


class Position(NamedTuple):
    """What a member has now of one unit: active and pending, and the next change. `active` is negative if owed.

    `matures_at` is when the next pending lot becomes active, or lapses where that comes first.
    """

    active: int = 0
    pending: int = 0
    matures_at: int | None = None
    expiring: int = 0
    expires_at: int | None = None

    def holds_at(self, now: int) -> bool:
        """Nothing has matured or lapsed since this was computed."""
        return not (self.matures_at and self.matures_at <= now) and not (self.expires_at and self.expires_at <= now)

    def with_lot(self, amount: int, activates_at: int, expires_at: int | None, now: int) -> "Position":
        """The position after one more lot that has not lapsed; exact while this one holds at `now`."""
        if activates_at > now:
            changes = _changes(activates_at, expires_at)
            matures = changes if self.matures_at is None else min(self.matures_at, changes)
            return Position(self.active, self.pending + amount, matures, self.expiring, self.expires_at)
        expiring, first = self.expiring, self.expires_at
        if expires_at is not None and (first is None or expires_at <= first):
            expiring, first = amount + (expiring if expires_at == first else 0), expires_at
        return Position(self.active + amount, self.pending, self.matures_at, expiring, first)


class OpenLot(NamedTuple):
    """A lot with something left in it."""

    id: int
    transaction_id: int
    source_id: int | None
    original: int
    remaining: int
    activates_at: int
    expires_at: int | None

    def is_lapsed(self, now: int) -> bool:
        return self.expires_at is not None and self.expires_at <= now

    def is_pending(self, now: int) -> bool:
        return self.activates_at > now


def position(lots: Iterable[tuple[int, int, int | None]], now: int, *, debt: int = 0) -> Position:
    """The position from (remaining, activates_at, expires_at) of open lots; lapsed lots do not count."""
    active = pending = 0
    matures: int | None = None
    lapses: dict[int, int] = {}
    for remaining, activates_at, expires_at in lots:
        if expires_at is not None and expires_at <= now:
            continue
        if activates_at > now:
            pending += remaining
            changes = _changes(activates_at, expires_at)
            matures = changes if matures is None else min(matures, changes)
            continue
        active += remaining
        if expires_at is not None:
            lapses[expires_at] = lapses.get(expires_at, 0) + remaining
    first = min(lapses) if lapses else None
    return Position(active - debt, pending, matures, lapses[first] if first else 0, first)


def _changes(activates_at: int, expires_at: int | None) -> int:
    """When a pending lot stops being pending."""
    return activates_at if expires_at is None else min(activates_at, expires_at)


def first_to_lapse(lots: Iterable[OpenLot]) -> list[OpenLot]:
    """The order in which lots are spent: the first to lapse first, those that never lapse last, then by age."""
    return sorted(lots, key=lambda lot: (lot.expires_at is None, lot.expires_at or 0, lot.id))
