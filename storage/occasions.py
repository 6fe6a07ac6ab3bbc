"""Events of our own, timers, trigger firings, watermarks and published flow versions."""

from typing import Any, NamedTuple

from sqlalchemy import bindparam, delete, func, select, update

from storage.database import Transaction
from storage.statement import Statement, insert_all, many
from storage.tables import FlowVersion, LaneEvent, Member, Timer, TriggerFiring, Watermark

_event: Any = LaneEvent.__table__  # type: ignore[attr-defined]
_timer: Any = Timer.__table__  # type: ignore[attr-defined]
_firing: Any = TriggerFiring.__table__  # type: ignore[attr-defined]
_flow: Any = FlowVersion.__table__  # type: ignore[attr-defined]
_watermark: Any = Watermark.__table__  # type: ignore[attr-defined]
_member: Any = Member.__table__  # type: ignore[attr-defined]


class EventRow(NamedTuple):
    """An event of our own, waiting for its lane. `data` is JSON."""

    id: int
    key: str
    channel: str
    address: str
    kind: str
    data: str
    error: str | None


class TimerRow(NamedTuple):
    """Something due. `data` is JSON; instants in microseconds UTC."""

    id: int
    key: str
    due_at: int
    kind: str
    channel: str
    address: str
    data: str


_EVENT = select(*(_event.c[name] for name in EventRow._fields))
_ADD_EVENT = Statement(insert_all(LaneEvent).on_conflict_do_nothing())
_WAITING = Statement(
    _EVENT.where(_event.c.status == "waiting").order_by(_event.c.id).limit(bindparam("most")), EventRow._make
)
_FAILED = Statement(_EVENT.where(_event.c.status == "failed").order_by(_event.c.id), EventRow._make)
_TAKE_EVENT = Statement(
    update(_event).where(_event.c.id == bindparam("key_id"), _event.c.status == "waiting").values(status="done")
)
_FAIL_EVENT = Statement(
    update(_event).where(_event.c.id == bindparam("key_id")).values(status="failed", error=bindparam("error"))
)
_DROP_EVENT = Statement(delete(_event).where(_event.c.id == bindparam("key_id")))
_RETRY_EVENT = Statement(
    update(_event)
    .where(_event.c.id == bindparam("key_id"), _event.c.status == "failed")
    .values(status="waiting", error=None)
)
_adding_timer = insert_all(Timer)
_SET_TIMER = Statement(
    _adding_timer.on_conflict_do_update(
        index_elements=["key"],
        set_={name: _adding_timer.excluded[name] for name in ("due_at", "kind", "channel", "address", "data")},
    )
)
_DROP_TIMER = Statement(delete(_timer).where(_timer.c.key == bindparam("key")))
_DUE = Statement(
    select(*(_timer.c[name] for name in TimerRow._fields))
    .where(_timer.c.due_at <= bindparam("now"))
    .order_by(_timer.c.due_at)
    .limit(bindparam("most")),
    TimerRow._make,
)
_NEXT_TIMER = Statement(select(func.min(_timer.c.due_at)), lambda row: row[0])
_ADD_FIRING = Statement(insert_all(TriggerFiring).on_conflict_do_nothing())
_DECIDE_FIRING = Statement(
    update(_firing)
    .where(_firing.c.key == bindparam("firing"))
    .values({name: bindparam(name) for name in ("decision", "reason", "channel", "due_at", "at")})
)
_FIRED = Statement(select(_firing.c.key).where(_firing.c.key.in_(many("keys"))), lambda row: str(row[0]))
_FIRINGS = Statement(
    select(*(_firing.c[name] for name in ("key", "trigger", "decision", "reason", "channel", "due_at", "at")))
    .where(_firing.c.member_id == bindparam("member_id"))
    .order_by(_firing.c.at),
    tuple,
)
_BIRTHDAYS = Statement(
    select(
        _member.c.id,
        _member.c.zone,
        _member.c.market,
        _member.c.birth_month,
        _member.c.birth_day,
        _member.c.birth_set_at,
    )
    .where(
        _member.c.joined_at.is_not(None),
        _member.c.birth_month.in_(many("months")),
        _member.c.birth_day.in_(many("days")),
    )
    .order_by(_member.c.id),
    tuple,
)
_ADD_FLOW = Statement(insert_all(FlowVersion).on_conflict_do_nothing())
_ACTIVATE = Statement(
    update(_flow).where(_flow.c.version == bindparam("key")).values(active=1, published_at=bindparam("now"))
)
_RETIRE = Statement(update(_flow).where(_flow.c.flow == bindparam("name")).values(active=0))
_FLOWS = Statement(
    select(_flow.c.flow, _flow.c.version, _flow.c.definition, _flow.c.active).order_by(_flow.c.published_at), tuple
)
_FLOW_DEFINITION = Statement(
    select(_flow.c.definition).where(_flow.c.version == bindparam("version")), lambda row: str(row[0])
)
_adding_watermark = insert_all(Watermark)
_SET_WATERMARK = Statement(
    _adding_watermark.on_conflict_do_update(index_elements=["name"], set_={"at": _adding_watermark.excluded.at})
)
_WATERMARK = Statement(select(_watermark.c.at).where(_watermark.c.name == bindparam("name")), lambda row: int(row[0]))


def add_event(transaction: Transaction, row: dict[str, Any]) -> bool:
    """Put an event of our own into its lane once per key; False for a repeat. Wakes the lanes after the commit."""
    transaction.touch("event")
    return bool(transaction.run(_ADD_EVENT, id=transaction.ids.new(), status="waiting", error=None, **row))


def waiting_events(transaction: Transaction, most: int) -> list[EventRow]:
    """Events no lane has worked yet, oldest first."""
    return transaction.all(_WAITING, most=most)


def take_event(transaction: Transaction, event_id: int) -> bool:
    """Mark an event as worked, in the transaction that works it; False when somebody else did."""
    return bool(transaction.run(_TAKE_EVENT, key_id=event_id))


def fail_event(transaction: Transaction, event_id: int, error: str) -> None:
    """Keep an event that could not be worked, with its error."""
    transaction.run(_FAIL_EVENT, key_id=event_id, error=error)


def failed_events(transaction: Transaction) -> list[EventRow]:
    """Events that could not be worked."""
    return transaction.all(_FAILED)


def retry_event(transaction: Transaction, event_id: int) -> bool:
    """Let a failed event be worked again."""
    transaction.touch("event")
    return bool(transaction.run(_RETRY_EVENT, key_id=event_id))


def set_timers(transaction: Transaction, rows: list[dict[str, Any]]) -> None:
    """Set timers (key, due_at, kind, channel, address, data); a timer of the same key is moved."""
    transaction.run_many(_SET_TIMER, [{"id": transaction.ids.new(), **row} for row in rows])
    if rows:
        transaction.touch("timer")


def drop_timers(transaction: Transaction, keys: list[str]) -> None:
    """Remove timers that are not wanted any more."""
    transaction.run_many(_DROP_TIMER, [{"key": key} for key in keys])


def due_timers(transaction: Transaction, now: int, most: int) -> list[TimerRow]:
    """Timers whose time has come, earliest first."""
    return transaction.all(_DUE, now=now, most=most)


def next_timer(transaction: Transaction) -> int | None:
    """When the earliest timer is due."""
    return transaction.one(_NEXT_TIMER)


def add_firing(transaction: Transaction, row: dict[str, Any]) -> bool:
    """Record one occasion of a trigger with its decision; False when it was recorded before."""
    return bool(transaction.run(_ADD_FIRING, **row))


def decide_firing(transaction: Transaction, key: str, row: dict[str, Any]) -> None:
    """Store a later decision about a recorded occasion (decision, reason, channel, due_at, at)."""
    transaction.run(_DECIDE_FIRING, firing=key, **row)


def put_back(transaction: Transaction, event_id: int, key: str, at: int) -> None:
    """An occasion that was let through may not be told now: it is to be decided about again."""
    transaction.run(_DROP_EVENT, key_id=event_id)
    row = {"decision": "later", "reason": "human_active", "channel": None, "due_at": None, "at": at}
    decide_firing(transaction, key, row)


def fired(transaction: Transaction, keys: list[str]) -> set[str]:
    """Which of these occasions are recorded already."""
    return set(transaction.all(_FIRED, keys=keys))


def firings(transaction: Transaction, member_id: int) -> list[tuple[Any, ...]]:
    """(key, trigger, decision, reason, channel, due_at, at) of a member, oldest first."""
    return transaction.all(_FIRINGS, member_id=member_id)


def birthdays(transaction: Transaction, days: list[tuple[int, int]]) -> list[tuple[int, str, str, int, int, int]]:
    """(member id, zone, market, month, day, set_at) of joined members born on one of these (month, day)."""
    rows = transaction.all(_BIRTHDAYS, months=[month for month, _ in days], days=[day for _, day in days])
    return [(r[0], r[1], r[2], r[3], r[4], r[5]) for r in rows if (r[3], r[4]) in set(days)]


def publish_flow(transaction: Transaction, flow: str, version: str, definition: str, now: int) -> None:
    """Make this version the flow's active one; earlier versions stay for the sessions pinned to them."""
    transaction.run(_RETIRE, name=flow)
    row = {"version": version, "flow": flow, "definition": definition, "active": 1, "published_at": now}
    if not transaction.run(_ADD_FLOW, **row):
        transaction.run(_ACTIVATE, key=version, now=now)


def flow_versions(transaction: Transaction) -> list[tuple[str, str, str, int]]:
    """(flow, version, definition, active) of every published version."""
    return [(row[0], row[1], row[2], row[3]) for row in transaction.all(_FLOWS)]


def flow_definition(transaction: Transaction, version: str) -> str | None:
    """The definition of a published version, as JSON."""
    return transaction.one(_FLOW_DEFINITION, version=version)


def set_watermark(transaction: Transaction, name: str, at: int) -> None:
    """Remember how far a periodic job has come."""
    transaction.run(_SET_WATERMARK, name=name, at=at)


def watermark(transaction: Transaction, name: str) -> int | None:
    """How far the job has come, or None when it never ran."""
    return transaction.one(_WATERMARK, name=name)
