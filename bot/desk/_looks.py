"""Who looked at what lately, so that one look is written down once, whichever page showed it."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field

_MINUTE = 60_000_000
LOOK = 10 * _MINUTE
"""Looking again within so long is one look."""
_MOST = 10_000
Look = tuple[int, str, int | None]
"""Who, what they did, and whom they saw (None: many)."""


@dataclass(slots=True)
class Looks:
    """The memory of one process."""

    _at: OrderedDict[Look, int] = field(default_factory=OrderedDict)

    def is_new(self, look: Look, now: int) -> bool:
        """Whether it has to be written down."""
        before = self._at.get(look)
        return before is None or not 0 <= now - before < LOOK

    def keep(self, look: Look, now: int) -> None:
        """It is written down."""
        self._at[look] = now
        self._at.move_to_end(look)
        if len(self._at) > _MOST:
            self._at.popitem(last=False)
