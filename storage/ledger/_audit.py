"""The audit: every invariant of the books as a query that finds what breaks it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import and_, func, or_, select

from storage.database import Transaction
from storage.ledger._book import PROGRAMME
from storage.statement import Statement
from storage.tables import (
    Account,
    Coupon,
    LedgerTransaction,
    Lot,
    Member,
    Posting,
    Purchase,
    Redemption,
    Refund,
)

_account: Any = Account.__table__  # type: ignore[attr-defined]
_transaction: Any = LedgerTransaction.__table__  # type: ignore[attr-defined]
_posting: Any = Posting.__table__  # type: ignore[attr-defined]
_lot: Any = Lot.__table__  # type: ignore[attr-defined]
_member: Any = Member.__table__  # type: ignore[attr-defined]
_purchase: Any = Purchase.__table__  # type: ignore[attr-defined]
_refund: Any = Refund.__table__  # type: ignore[attr-defined]
_redemption: Any = Redemption.__table__  # type: ignore[attr-defined]
_coupon: Any = Coupon.__table__  # type: ignore[attr-defined]

_HELD = _account.c.owner_id > PROGRAMME


def _sum(column: Any, *where: Any) -> Any:
    """The correlated sum of a column, 0 for none."""
    return select(func.coalesce(func.sum(column), 0)).where(*where).correlate(_account, _lot).scalar_subquery()


_of_lots = _sum(_lot.c.remaining, _lot.c.account_id == _account.c.id)
_posted = _sum(_posting.c.amount, _posting.c.account_id == _account.c.id)
_owed = -_sum(_posting.c.amount, _posting.c.account_id == _account.c.id, _posting.c.lot_id.is_(None))
_in_lot = _sum(_posting.c.amount, _posting.c.lot_id == _lot.c.id, _posting.c.account_id == _lot.c.account_id)
_elsewhere = _sum(_posting.c.amount, _posting.c.lot_id == _lot.c.id, _posting.c.account_id != _lot.c.account_id)

CHECKS: tuple[tuple[str, Any], ...] = (
    (
        "transaction {}: postings do not sum to zero",
        select(_posting.c.transaction_id)
        .join(_account, _account.c.id == _posting.c.account_id)
        .group_by(_posting.c.transaction_id, _account.c.unit)
        .having(func.sum(_posting.c.amount) != 0),
    ),
    (
        "account {}: snapshot differs from postings",
        select(_account.c.id).where(_HELD, _account.c.active + _account.c.pending != _posted),
    ),
    (
        "account {}: lots differ from postings",
        select(_account.c.id).where(_HELD, _of_lots - _account.c.debt != _posted),
    ),
    (
        "account {}: what is owed differs from postings, is negative, or is owed beside open lots",
        select(_account.c.id).where(
            _HELD,
            or_(_account.c.debt != _owed, _account.c.debt < 0, and_(_account.c.debt > 0, _of_lots > 0)),
        ),
    ),
    (
        "lot {}: remaining differs from its postings",
        select(_lot.c.id).where(or_(_lot.c.remaining != _in_lot, _elsewhere != 0)),
    ),
    (
        "lot {}: remaining is not between 0 and what it was",
        select(_lot.c.id).where(or_(_lot.c.remaining < 0, _lot.c.remaining > _lot.c.original)),
    ),
    (
        "posting {}: a member's points move without a lot in a spending",
        select(_posting.c.id)
        .join(_account, _account.c.id == _posting.c.account_id)
        .join(_transaction, _transaction.c.id == _posting.c.transaction_id)
        .where(_HELD, _posting.c.lot_id.is_(None), _transaction.c.kind.in_(("redeem", "expire"))),
    ),
    (
        "account {}: its owner is unknown",
        select(_account.c.id)
        .outerjoin(_member, _member.c.id == _account.c.owner_id)
        .where(_HELD, _member.c.id.is_(None)),
    ),
    (
        "posting {}: its transaction or account is missing",
        select(_posting.c.id)
        .outerjoin(_account, _account.c.id == _posting.c.account_id)
        .outerjoin(_transaction, _transaction.c.id == _posting.c.transaction_id)
        .where(or_(_account.c.id.is_(None), _transaction.c.id.is_(None))),
    ),
    (
        "redemption {}: its spending is missing, or more came back than was taken",
        select(_redemption.c.id)
        .outerjoin(_transaction, _transaction.c.id == _redemption.c.transaction_id)
        .where(
            or_(
                and_(_redemption.c.amount > 0, _transaction.c.id.is_(None)),
                _redemption.c.returned > _redemption.c.amount,
            )
        ),
    ),
    (
        "order {}: more was taken back than given, or more refunded than paid",
        select(_purchase.c.id).where(
            or_(
                _purchase.c.reversed > _purchase.c.earned,
                _purchase.c.uncredited > _purchase.c.credited,
                _purchase.c.refunded > _purchase.c.total,
            )
        ),
    ),
    (
        "coupon {}: used without a time, or reserved without an end",
        select(_coupon.c.id).where(
            or_(
                and_(_coupon.c.state == "redeemed", _coupon.c.settled_at.is_(None)),
                and_(_coupon.c.state == "reserved", _coupon.c.reserved_until.is_(None)),
            )
        ),
    ),
)
_STATEMENTS = [(what, Statement(query, lambda row: int(row[0]))) for what, query in CHECKS]


def audit(transaction: Transaction) -> list[str]:
    """What is wrong with the books, a line a finding; empty when every invariant holds."""
    return [what.format(row) for what, query in _STATEMENTS for row in transaction.all(query)]
