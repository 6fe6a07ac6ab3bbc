"""What becomes of somebody's conversations when they sign out: back into the queue, or theirs until the lease ends."""

from __future__ import annotations

from bot import takeover
from bot.takeover import Lease
from storage import audit, cases
from storage.cases import Filter, QueueRow
from storage.database import Transaction

RELEASE, KEEP = "release", "keep"
LEAVING = (RELEASE, KEEP)
_MOST = 100


def held_by(transaction: Transaction, staff_id: int) -> list[QueueRow]:
    """The open conversations that they have; what is put aside stays theirs and needs nobody now."""
    return cases.queue(transaction, Filter(owner=staff_id), most=_MOST)


def release_all(transaction: Transaction, lease: Lease, staff_id: int, now: int) -> None:
    """Put all of them back into the queue."""
    for row in held_by(transaction, staff_id):
        takeover.assign(transaction, lease, row.case_id, by=staff_id, to=None, version=row.version, now=now)
        audit.record(transaction, staff_id=staff_id, action="released", member_id=row.member_id, now=now)
