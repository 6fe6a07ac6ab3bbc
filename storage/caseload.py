"""What the desk asks often about many at once: how many open cases each has, and whose markets a member is of."""

from typing import Any, NamedTuple

from sqlalchemy import bindparam, func, select

from storage.database import Transaction
from storage.statement import Statement
from storage.tables import Case, Member


class Kept(NamedTuple):
    """A member, or whoever took over everything of theirs. `markets`: of everybody on the way there."""

    member_id: int
    markets: frozenset[str]


class _Row(NamedTuple):
    id: int
    market: str
    merged_into: int | None


_case: Any = Case.__table__  # type: ignore[attr-defined]
_member: Any = Member.__table__  # type: ignore[attr-defined]
_BY_OWNER = Statement(
    select(_case.c.owner_id, func.count())
    .where(_case.c.status == "open", _case.c.owner_id.is_not(None))
    .group_by(_case.c.owner_id),
    tuple,
)
_KEPT = Statement(
    select(_member.c.id, _member.c.market, _member.c.merged_into).where(_member.c.id == bindparam("key")), _Row._make
)


def by_owner(transaction: Transaction) -> dict[int, int]:
    """Member of staff -> how many open cases they have."""
    return {int(owner): int(count) for owner, count in transaction.all(_BY_OWNER)}


def kept_of(transaction: Transaction, member_id: int) -> Kept | None:
    """Where a member's conversation is now; None if there is no such member."""
    row = transaction.one(_KEPT, key=member_id)
    markets: frozenset[str] = frozenset()
    while row is not None:
        markets |= {row.market}
        if row.merged_into is None:
            return Kept(row.id, markets)
        row = transaction.one(_KEPT, key=row.merged_into)
    return None
