"""Whom a trigger may write to: members who want offers, by what is about to lapse and by where they are."""

from typing import Any, NamedTuple

from sqlalchemy import Text, and_, bindparam, cast, exists, literal, select

from storage.database import Transaction
from storage.people import POINTS_UNIT
from storage.statement import Statement
from storage.tables import Account, Lot, Member, TriggerFiring

_account: Any = Account.__table__  # type: ignore[attr-defined]
_lot: Any = Lot.__table__  # type: ignore[attr-defined]
_member: Any = Member.__table__  # type: ignore[attr-defined]
_firing: Any = TriggerFiring.__table__  # type: ignore[attr-defined]


class LapsingRow(NamedTuple):
    """A member some of whose points lapse at this instant (microseconds UTC)."""

    member_id: int
    zone: str
    market: str
    expires_at: int


_WANTS_OFFERS = and_(
    _member.c.joined_at.is_not(None),
    _member.c.marketing == 1,
    _member.c.merged_into.is_(None),
    _member.c.erased_at.is_(None),
)
_LAPSING = Statement(
    select(_member.c.id, _member.c.zone, _member.c.market, _lot.c.expires_at)
    .select_from(
        _lot.join(_account, _account.c.id == _lot.c.account_id).join(_member, _member.c.id == _account.c.owner_id)
    )
    .where(
        _lot.c.remaining > 0,
        _lot.c.expires_at > bindparam("first"),
        _lot.c.expires_at <= bindparam("last"),
        _account.c.unit == POINTS_UNIT,
        _WANTS_OFFERS,
    )
    .distinct()
    .order_by(_member.c.id, _lot.c.expires_at),
    LapsingRow._make,
)
_KEY = (
    literal("occasion:", Text)
    + bindparam("name", type_=Text)
    + literal(":", Text)
    + cast(_member.c.id, Text)
    + literal(":", Text)
    + bindparam("year", type_=Text)
)
"""As `occasion_key` writes it."""
_UNGREETED = Statement(
    select(_member.c.id, _member.c.zone)
    .where(
        _member.c.market == bindparam("market"),
        _WANTS_OFFERS,
        ~exists().where(_firing.c.key == _KEY).correlate(_member),
    )
    .order_by(_member.c.id),
    tuple,
)


def lapsing(transaction: Transaction, first: int, last: int) -> list[LapsingRow]:
    """Members who want offers and have points that lapse after `first` and by `last`; one row an instant."""
    return transaction.all(_LAPSING, first=first, last=last)


def occasion_key(name: str, member_id: int, year: int) -> str:
    """One greeting of an occasion a member and year."""
    return f"occasion:{name}:{member_id}:{year}"


def ungreeted(transaction: Transaction, market: str, name: str, year: int) -> list[tuple[int, str]]:
    """(member id, zone) of a market's members who want offers and whose occasion of this year was not decided yet."""
    rows = transaction.all(_UNGREETED, market=market, name=name, year=str(year))
    return [(row[0], row[1]) for row in rows]
