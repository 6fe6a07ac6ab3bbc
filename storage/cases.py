"""Cases of the desk: what people work on, the queue of them, and what is written beside the messages."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import orjson
from sqlalchemy import and_, bindparam, case, func, or_, select, update
from sqlalchemy import text as sql

from storage.database import Transaction
from storage.statement import Statement, insert_all, many
from storage.tables import Address, Case, CaseEntry, Inbox, Member, Staff

_case: Any = Case.__table__  # type: ignore[attr-defined]
_entry: Any = CaseEntry.__table__  # type: ignore[attr-defined]
_member: Any = Member.__table__  # type: ignore[attr-defined]
_address: Any = Address.__table__  # type: ignore[attr-defined]
_inbox: Any = Inbox.__table__  # type: ignore[attr-defined]
_staff: Any = Staff.__table__  # type: ignore[attr-defined]

TOPIC = "conversation"
"""Touched, with the member's id, by everything that the desk shows."""
_UNRESOLVED = sql("support_case.status <> 'resolved'")


class CaseRow(NamedTuple):
    """A case as it is stored; see `storage.tables.desk.Case`."""

    id: int
    member_id: int
    market: str
    status: str
    owner_id: int | None
    reason: str
    priority: int
    labels: str
    channel: str
    address_id: int
    since: int
    lease_until: int | None
    warned_at: int | None
    waiting_since: int | None
    heard_at: int | None
    answered_at: int | None
    away_at: int | None
    snoozed_until: int | None
    parked_at: int | None
    opened_at: int
    resolved_at: int | None
    resolved_by: int | None
    score: int | None
    version: int

    @property
    def is_human(self) -> bool:
        """A person has the conversation."""
        return self.status in ("open", "snoozed")


class QueueRow(NamedTuple):
    """A line of the queue. `preview` is what the member wrote last."""

    case_id: int
    member_id: int
    market: str
    status: str
    owner_id: int | None
    reason: str
    priority: int
    labels: str
    channel: str
    waiting_since: int | None
    heard_at: int | None
    since: int
    snoozed_until: int | None
    version: int
    name: str | None
    locale: str
    zone: str
    profile_name: str | None
    preview: str | None


class Filter(NamedTuple):
    """Which cases to list. Empty `markets`: every one. `owner`: a member of staff, 0 for nobody, None for all."""

    markets: tuple[str, ...] = ()
    locale: str | None = None
    channel: str | None = None
    priority: int | None = None
    owner: int | None = None
    statuses: tuple[str, ...] = ("open",)


class Counts(NamedTuple):
    """How many cases: whose member waits, that nobody has, that one member of staff has, in all, put aside."""

    waiting: int
    unowned: int
    mine: int
    open: int
    snoozed: int


_CASE = select(*(_case.c[name] for name in CaseRow._fields))
_GET = Statement(_CASE.where(_case.c.id == bindparam("key")), CaseRow._make)
_UNRESOLVED_OF = Statement(_CASE.where(_UNRESOLVED, _case.c.member_id == bindparam("member_id")), CaseRow._make)
_OF_MEMBER = Statement(
    _CASE.where(_case.c.member_id == bindparam("member_id")).order_by(_case.c.id.desc()), CaseRow._make
)
_LATEST = Statement(
    _CASE.where(_case.c.member_id == bindparam("member_id")).order_by(_case.c.id.desc()).limit(1), CaseRow._make
)
_ADD = Statement(insert_all(Case))
_CHANGING = tuple(name for name in CaseRow._fields if name not in ("id", "member_id", "opened_at"))
_SAVE = Statement(
    update(_case)
    .where(_case.c.id == bindparam("key"), _case.c.version == bindparam("seen"))
    .values({name: bindparam(name) for name in _CHANGING})
)
_HEARD = Statement(
    update(_case)
    .where(_case.c.id == bindparam("key"))
    .values(
        waiting_since=func.coalesce(_case.c.waiting_since, bindparam("at")),
        heard_at=bindparam("at"),
        channel=bindparam("new_channel"),
        address_id=bindparam("new_address"),
    )
)
_PREVIEW = (
    select(_inbox.c.words)
    .where(_inbox.c.address_id == _case.c.address_id, _inbox.c.words.is_not(None))
    .order_by(_inbox.c.id.desc())
    .limit(1)
    .scalar_subquery()
)
_LINE = (
    select(
        _case.c.id,
        *(_case.c[name] for name in QueueRow._fields[1:14]),
        _member.c.name,
        _member.c.locale,
        _member.c.zone,
        _address.c.profile_name,
        _PREVIEW,
    )
    .join(_member, _member.c.id == _case.c.member_id)
    .outerjoin(_address, _address.c.id == _case.c.address_id)
)
_ANY: Any = bindparam("any_market")
_QUEUE = Statement(
    _LINE.where(
        _UNRESOLVED,
        _case.c.status.in_(many("statuses")),
        or_(_ANY == 1, _case.c.market.in_(many("markets"))),
        or_(bindparam("any_locale") == 1, _member.c.locale == bindparam("locale")),
        or_(bindparam("any_channel") == 1, _case.c.channel == bindparam("channel")),
        or_(bindparam("any_priority") == 1, _case.c.priority == bindparam("priority")),
        or_(bindparam("any_owner") == 1, func.coalesce(_case.c.owner_id, 0) == bindparam("owner")),
    )
    .order_by(_case.c.waiting_since.is_(None), _case.c.waiting_since, _case.c.priority, _case.c.id)
    .limit(bindparam("most"))
    .offset(bindparam("skip")),
    QueueRow._make,
)
_RESOLVED = Statement(
    _LINE.where(_case.c.status == "resolved", or_(_ANY == 1, _case.c.market.in_(many("markets"))))
    .order_by(_case.c.id.desc())
    .limit(bindparam("most"))
    .offset(bindparam("skip")),
    QueueRow._make,
)


def _sum(*conditions: Any) -> Any:
    return func.coalesce(func.sum(case((and_(*conditions), 1), else_=0)), 0)


_IS_OPEN = _case.c.status == "open"
_COUNTS = Statement(
    select(
        _sum(_IS_OPEN, _case.c.waiting_since.is_not(None)),
        _sum(_IS_OPEN, _case.c.owner_id.is_(None)),
        _sum(_IS_OPEN, _case.c.owner_id == bindparam("staff_id")),
        _sum(_IS_OPEN),
        _sum(_case.c.status == "snoozed"),
    ).where(_UNRESOLVED, or_(_ANY == 1, _case.c.market.in_(many("markets")))),
    Counts._make,
)
_AWAY = Statement(update(_case).where(_case.c.id == bindparam("key")).values(away_at=bindparam("at")))
_ANSWERING = Statement(
    select(_staff.c.markets).where(_staff.c.disabled_at.is_(None), _staff.c.role.in_(("agent", "supervisor", "admin"))),
    lambda row: str(row[0]),
)
_ADD_ENTRY = Statement(insert_all(CaseEntry))
_CONTROL = Statement(
    update(_member)
    .where(_member.c.id == bindparam("key"))
    .values(control=bindparam("new_control"), control_version=_member.c.control_version + 1)
)


def get(transaction: Transaction, case_id: int) -> CaseRow | None:
    """A case by id."""
    return transaction.one(_GET, key=case_id)


def unresolved(transaction: Transaction, member_id: int) -> CaseRow | None:
    """The case of a member that is not resolved; there is one at most."""
    return transaction.one(_UNRESOLVED_OF, member_id=member_id)


def latest(transaction: Transaction, member_id: int) -> CaseRow | None:
    """The unresolved case, else the newest one."""
    return unresolved(transaction, member_id) or transaction.one(_LATEST, member_id=member_id)


def of_member(transaction: Transaction, member_id: int) -> list[CaseRow]:
    """Every case of a member, the newest first."""
    return transaction.all(_OF_MEMBER, member_id=member_id)


def add(transaction: Transaction, row: CaseRow) -> None:
    """Open a case. `Rejected` if the member has an unresolved one."""
    transaction.run(_ADD, **row._asdict())
    transaction.touch(TOPIC, row.member_id)


def save(transaction: Transaction, row: CaseRow, seen: int) -> bool:
    """Write every changeable column if the stored version is still `seen`; False otherwise."""
    values = row._asdict()
    key, member_id = values.pop("id"), values.pop("member_id")
    values.pop("opened_at")
    transaction.touch(TOPIC, member_id)
    return bool(transaction.run(_SAVE, key=key, seen=seen, **values))


def heard(transaction: Transaction, row: CaseRow, *, channel: str, address_id: int, at: int) -> None:
    """The member wrote: they wait since then, unless they waited before."""
    transaction.run(_HEARD, key=row.id, at=at, new_channel=channel, new_address=address_id)
    transaction.touch(TOPIC, row.member_id)


def mark_away(transaction: Transaction, case_id: int, at: int) -> None:
    """The member was told that nobody is there."""
    transaction.run(_AWAY, key=case_id, at=at)


def is_staffed(transaction: Transaction, market: str) -> bool:
    """Whether anybody answers members of this market at all."""
    return any(not (names := orjson.loads(row)) or market in names for row in transaction.all(_ANSWERING))


def set_control(transaction: Transaction, member_id: int, control: str) -> None:
    """Who answers the member from now on: `bot` or `human`. What the bot said before and is not sent stays unsent."""
    transaction.run(_CONTROL, key=member_id, new_control=control)
    transaction.touch(TOPIC, member_id)


def queue(transaction: Transaction, wanted: Filter, *, most: int = 50, skip: int = 0) -> list[QueueRow]:
    """Unresolved cases, who waits longest first; with the status `resolved` alone the newest first."""
    markets = {"any_market": int(not wanted.markets), "markets": wanted.markets or ("",)}
    if wanted.statuses == ("resolved",):
        return transaction.all(_RESOLVED, most=most, skip=skip, **markets)
    return transaction.all(
        _QUEUE,
        statuses=wanted.statuses,
        any_locale=int(wanted.locale is None),
        locale=wanted.locale or "",
        any_channel=int(wanted.channel is None),
        channel=wanted.channel or "",
        any_priority=int(wanted.priority is None),
        priority=wanted.priority if wanted.priority is not None else -1,
        any_owner=int(wanted.owner is None),
        owner=wanted.owner or 0,
        most=most,
        skip=skip,
        **markets,
    )


def counts(transaction: Transaction, markets: Sequence[str], staff_id: int) -> Counts:
    """The figures above the queue, for one member of staff."""
    found = transaction.one(_COUNTS, any_market=int(not markets), markets=tuple(markets) or ("",), staff_id=staff_id)
    return found or Counts(0, 0, 0, 0, 0)


def add_entry(
    transaction: Transaction,
    *,
    case_id: int | None,
    member_id: int,
    kind: str,
    actor: int | None,
    data: dict[str, Any],
    at: int,
) -> int:
    """Write a note or an event into the conversation; its id."""
    entry_id = transaction.ids.new()
    text = orjson.dumps(data).decode()
    row = {"id": entry_id, "case_id": case_id, "member_id": member_id, "kind": kind, "actor": actor, "data": text}
    transaction.run(_ADD_ENTRY, at=at, **row)
    transaction.touch(TOPIC, member_id)
    return entry_id
