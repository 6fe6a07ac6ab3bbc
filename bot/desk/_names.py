"""The names of the staff, kept for a little while: every message on a page may need one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from storage import staff
from storage.database import Transaction
from storage.staff import StaffRow

_FRESH = 2_000_000


@dataclass(slots=True)
class Names:
    """Everybody who ever worked at the desk. Safe from any thread: what is kept is replaced as a whole."""

    _kept: tuple[int, tuple[StaffRow, ...], Mapping[int, str]] | None = field(default=None)

    def known(self, transaction: Transaction, now: int) -> Mapping[int, str]:
        """Id -> name, at most two seconds old."""
        return self._read(transaction, now)[2]

    def people(self, transaction: Transaction, now: int) -> tuple[StaffRow, ...]:
        """The same as whole rows, the disabled ones too."""
        return self._read(transaction, now)[1]

    def _read(self, transaction: Transaction, now: int) -> tuple[int, tuple[StaffRow, ...], Mapping[int, str]]:
        kept = self._kept
        if kept is None or not 0 <= now - kept[0] < _FRESH:
            rows = tuple(staff.everybody(transaction))
            kept = self._kept = (now, rows, {row.id: row.name for row in rows})
        return kept
