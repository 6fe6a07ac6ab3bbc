"""What the programme counts of a member: paid orders, and the level they have reached with its review."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import and_, bindparam, func, select, update

from storage.database import Transaction
from storage.people import POINTS_UNIT
from storage.statement import Statement, insert_all, many
from storage.tables import Account, LedgerTransaction, Lot, Standing

_standing: Any = Standing.__table__  # type: ignore[attr-defined]
_account: Any = Account.__table__  # type: ignore[attr-defined]
_transaction: Any = LedgerTransaction.__table__  # type: ignore[attr-defined]
_lot: Any = Lot.__table__  # type: ignore[attr-defined]


class StandingRow(NamedTuple):
    """A member's standing; instants are microseconds UTC."""

    member_id: int
    purchases: int = 0
    tier: str | None = None
    tier_since: int | None = None
    review_at: int | None = None
    noticed_at: int | None = None


_COLUMNS = [_standing.c[name] for name in StandingRow._fields]
_ADD = Statement(insert_all(Standing).on_conflict_do_nothing())
_GET = Statement(select(*_COLUMNS).where(_standing.c.member_id == bindparam("key")), StandingRow._make)
_COUNT = Statement(
    update(_standing)
    .where(_standing.c.member_id == bindparam("key"))
    .values(purchases=_standing.c.purchases + bindparam("amount"))
)
_PLACE = Statement(
    update(_standing)
    .where(_standing.c.member_id == bindparam("key"))
    .values({name: bindparam(f"new_{name}") for name in ("tier", "tier_since", "review_at")} | {"noticed_at": None})
)
_DUE = Statement(
    select(*_COLUMNS)
    .where(_standing.c.review_at <= bindparam("now"))
    .order_by(_standing.c.review_at, _standing.c.member_id)
    .limit(bindparam("most")),
    StandingRow._make,
)
_NEARING = Statement(
    select(*_COLUMNS)
    .where(
        and_(_standing.c.review_at > bindparam("now"), _standing.c.review_at <= bindparam("until")),
        _standing.c.noticed_at.is_(None),
        _standing.c.member_id > bindparam("after"),
    )
    .order_by(_standing.c.member_id)
    .limit(bindparam("most")),
    StandingRow._make,
)
_NOTICE = Statement(
    update(_standing)
    .where(_standing.c.member_id == bindparam("key"), _standing.c.noticed_at.is_(None))
    .values(noticed_at=bindparam("now"))
)
_LIFETIME = Statement(
    select(_account.c.lifetime).where(_account.c.owner_id == bindparam("owner"), _account.c.unit == POINTS_UNIT),
    lambda row: int(row[0]),
)
_GIVEN = Statement(
    select(func.coalesce(func.sum(_lot.c.original), 0))
    .select_from(_lot)
    .join(_transaction, _transaction.c.id == _lot.c.transaction_id)
    .where(_transaction.c.idempotency_key.in_(many("keys"))),
    lambda row: int(row[0]),
)


def get(transaction: Transaction, member_id: int) -> StandingRow:
    """The member's standing; of somebody new an empty one."""
    return transaction.one(_GET, key=member_id) or StandingRow(member_id)


def count(transaction: Transaction, member_id: int, amount: int) -> None:
    """So many paid orders more (or fewer)."""
    _open(transaction, member_id)
    transaction.run(_COUNT, key=member_id, amount=amount)


def place(transaction: Transaction, row: StandingRow) -> None:
    """The member has this level now, since then, until this review; no notice was given of it."""
    _open(transaction, row.member_id)
    new = {f"new_{name}": getattr(row, name) for name in ("tier", "tier_since", "review_at")}
    transaction.run(_PLACE, key=row.member_id, **new)


def due(transaction: Transaction, now: int, most: int) -> list[StandingRow]:
    """Standings whose review is due, the longest waiting first."""
    return transaction.all(_DUE, now=now, most=most)


def nearing(transaction: Transaction, now: int, until: int, *, after: int, most: int) -> list[StandingRow]:
    """Standings with a review by `until` of which no notice was given, by member id, those after `after`."""
    return transaction.all(_NEARING, now=now, until=until, after=after, most=most)


def notice(transaction: Transaction, member_id: int, now: int) -> bool:
    """The member is told now that the level will be lowered; False if they were told before."""
    return bool(transaction.run(_NOTICE, key=member_id, now=now))


def lifetime(transaction: Transaction, member_id: int) -> int:
    """All points the member ever earned, less what refunds took back."""
    return transaction.one(_LIFETIME, owner=member_id) or 0


def given(transaction: Transaction, keys: Sequence[str]) -> int:
    """The points that came under these idempotency keys of the ledger."""
    return transaction.one(_GIVEN, keys=list(keys)) or 0 if keys else 0


def _open(transaction: Transaction, member_id: int) -> None:
    transaction.run(_ADD, **StandingRow(member_id)._asdict())
