"""Figures of the desk by market: what is open now, what came and was done in a stretch of time. Nobody is named."""

from typing import Any, NamedTuple

from sqlalchemy import and_, bindparam, case, func, select
from sqlalchemy import text as sql

from storage.database import Transaction
from storage.statement import Statement
from storage.tables import Case

_case: Any = Case.__table__  # type: ignore[attr-defined]


class Now(NamedTuple):
    """What is on the desk of a market. `longest`: the instant since which somebody waits."""

    market: str
    open: int
    waiting: int
    snoozed: int
    longest: int | None


class Opened(NamedTuple):
    """How many cases came to be for a reason."""

    market: str
    reason: str
    cases: int


class Resolved(NamedTuple):
    """How many cases were done, how many of them were scored, with which sum, and how many with 4 or 5."""

    market: str
    cases: int
    scored: int
    total: int
    good: int


def _sum(*conditions: Any) -> Any:
    return func.coalesce(func.sum(case((and_(*conditions), 1), else_=0)), 0)


_open = _case.c.status == "open"
_waits = and_(_open, _case.c.waiting_since.is_not(None))
_NOW = Statement(
    select(
        _case.c.market,
        _sum(_open),
        _sum(_waits),
        _sum(_case.c.status == "snoozed"),
        func.min(case((_waits, _case.c.waiting_since), else_=None)),
    )
    .where(sql("support_case.status <> 'resolved'"))
    .group_by(_case.c.market),
    Now._make,
)
_OPENED = Statement(
    select(_case.c.market, _case.c.reason, func.count())
    .where(_case.c.opened_at >= bindparam("since"))
    .group_by(_case.c.market, _case.c.reason),
    Opened._make,
)
_RESOLVED = Statement(
    select(
        _case.c.market,
        func.count(),
        func.count(_case.c.score),
        func.coalesce(func.sum(_case.c.score), 0),
        _sum(_case.c.score >= 4),
    )
    .where(_case.c.resolved_at >= bindparam("since"))
    .group_by(_case.c.market),
    lambda row: Resolved(row[0], *map(int, row[1:])),
)


def now(transaction: Transaction) -> list[Now]:
    """Every market with something unresolved."""
    return transaction.all(_NOW)


def opened(transaction: Transaction, since: int) -> list[Opened]:
    """What came since an instant, by market and reason."""
    return transaction.all(_OPENED, since=since)


def resolved(transaction: Transaction, since: int) -> list[Resolved]:
    """What was done since an instant."""
    return transaction.all(_RESOLVED, since=since)
