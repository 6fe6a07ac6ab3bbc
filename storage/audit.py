"""The audit: who saw whose personal data and who changed what. It is only ever added to; it names ids, never data."""

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any, NamedTuple

import orjson
from sqlalchemy import Select, and_, bindparam, exists, or_, select

from storage.database import Transaction
from storage.statement import Statement, insert_all, many
from storage.tables import AuditEntry, Member

_entry: Any = AuditEntry.__table__  # type: ignore[attr-defined]
_member: Any = Member.__table__  # type: ignore[attr-defined]
_NEWEST = 2**63 - 1


class AuditRow(NamedTuple):
    """One thing somebody did. `detail` is JSON; `staff_id` None: the system, or nobody we know."""

    id: int
    staff_id: int | None
    action: str
    member_id: int | None
    detail: str
    at: int


_RECORD = Statement(insert_all(AuditEntry))


def _page(*conditions: Any) -> Statement[AuditRow]:
    words: Select[Any] = select(*(_entry.c[name] for name in AuditRow._fields))
    words = words.where(_entry.c.id < bindparam("before"), *conditions)
    return Statement(words.order_by(_entry.c.id.desc()).limit(bindparam("most")), AuditRow._make)


class Within(NamedTuple):
    """Part of the audit: of members in these markets, and what these colleagues did that is about no member."""

    markets: Sequence[str]
    staff_ids: Sequence[int]


_of_member = _entry.c.member_id == bindparam("member")
_of_staff = _entry.c.staff_id == bindparam("staff")
_within = or_(
    exists().where(_member.c.id == _entry.c.member_id, _member.c.market.in_(many("markets"))),
    and_(_entry.c.member_id.is_(None), _entry.c.staff_id.in_(many("staff_ids"))),
)
_CONDITIONS = {"member": _of_member, "staff": _of_staff, "markets": _within}
_PAGES = {
    tuple(chosen): _page(*(_CONDITIONS[name] for name in chosen))
    for length in range(len(_CONDITIONS) + 1)
    for chosen in combinations(_CONDITIONS, length)
}


def record(
    transaction: Transaction,
    *,
    staff_id: int | None,
    action: str,
    member_id: int | None = None,
    detail: Mapping[str, Any] | None = None,
    now: int,
) -> int:
    """Write down what somebody did, in the transaction of the deed; the entry's id."""
    entry_id = transaction.ids.new()
    row = AuditRow(entry_id, staff_id, action, member_id, orjson.dumps(detail or {}).decode(), now)
    transaction.run(_RECORD, **row._asdict())
    return entry_id


def page(
    transaction: Transaction,
    *,
    member_id: int | None = None,
    staff_id: int | None = None,
    within: Within | None = None,
    before: int | None = None,
    most: int = 100,
) -> list[AuditRow]:
    """What was done, about a member and by a person if they are named, newest first, older than entry `before`."""
    found = {"member": member_id, "staff": staff_id, "markets": within.markets if within is not None else None}
    given: dict[str, Any] = {name: value for name, value in found.items() if value is not None}
    statement = _PAGES[tuple(given)]
    more = {"staff_ids": within.staff_ids} if within is not None else {}
    return transaction.all(statement, before=_NEWEST if before is None else before, most=most, **given, **more)
