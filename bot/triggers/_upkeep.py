"""The programme's housekeeping: what lapses, settles and is reviewed by itself, in chunks of one transaction each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import structlog

from bot.permission import Occasion
from loyalty.programme import Programme
from loyalty.tokens import Keyring
from loyalty.work import Work
from storage import occasions
from storage.database import Database, Lost, Transaction

Step = Callable[[Work, int], int]
"""(work, most) -> how many it did; fewer than `most` means that nothing is left to do."""

_log = structlog.get_logger()
_CHUNK = 32
_MOST_CHUNKS = 3_000
"""A step that always finds something new to do is a defect; it goes on in the next hour."""


@dataclass(frozen=True, slots=True)
class Upkeep:
    """Runs the programme's steps one after the other."""

    programme: Programme
    keyring: Keyring
    steps: Sequence[Step]

    async def run(self, database: Database, now: int) -> int:
        """Do everything that is due; how much it was. A step that fails holds up no other; `Lost` goes up."""
        return sum([await self._all_of(database, step, now) for step in self.steps])

    async def _all_of(self, database: Database, step: Step, now: int) -> int:
        total = 0
        try:
            for _ in range(_MOST_CHUNKS):
                done = await database.write(partial(self._chunk, step=step, now=now))
                total += done
                if done < _CHUNK:
                    break
        except Lost:
            raise
        except Exception:
            _log.exception("upkeep failed", step=f"{step.__module__}.{step.__name__}")
        return total

    def _chunk(self, transaction: Transaction, step: Step, now: int) -> int:
        work = Work(transaction, self.programme, self.keyring, now)
        done = step(work, _CHUNK)
        occasions.set_timers(transaction, [Occasion.about(one).as_timer(now) for one in work.news])
        return done
