"""The lease itself: how long it lasts, how a change of it is kept, and the timer that looks after it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import orjson

from loyalty.programme import Programme
from storage import cases, members, occasions, people
from storage.cases import CaseRow
from storage.database import Transaction
from storage.people import PersonRow

TIMER_KIND = "case"
HIGH, NORMAL = 1, 2
_MINUTE = 60_000_000
_FORGOTTEN = 3 * 86_400 * 1_000_000
"""A case that the bot has had back for so long is done."""

Reason = Literal["asked", "misunderstood", "complaint", "survey", "staff"]
Control = Callable[[Transaction, int, str], None]
"""Writes who answers a member; inside a batch of the pipeline that is the batch's own state, not the row."""


class TakeoverError(Exception):
    """What a person wanted to do with a conversation cannot be done; the subclass says why."""


class NoCase(TakeoverError):
    """There is no such member or no case to act on."""


class Stale(TakeoverError):
    """Somebody else was quicker: `case` is what it is now."""

    def __init__(self, case: CaseRow) -> None:
        super().__init__(f"case {case.id} is at version {case.version}")
        self.case = case


class NotYours(TakeoverError):
    """Only the owner of an open case writes in it."""


class Shut(TakeoverError):
    """Nothing can be sent to the member now: `reason` is window_closed, opted_out or unreachable."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Lease:
    """How long a person has a conversation: microseconds until it ends, before that a warning, and for the queue."""

    idle: int
    warning: int
    unanswered: int

    @classmethod
    def of(cls, programme: Programme) -> Lease:
        """As the programme has it."""
        rules = programme.desk
        warning = min(rules.warning_minutes, rules.idle_minutes)
        return cls(rules.idle_minutes * _MINUTE, warning * _MINUTE, rules.unanswered_hours * 60 * _MINUTE)


def lock(transaction: Transaction, member_id: int) -> None:
    """Nobody else changes the member's lease until the transaction ends. NoCase if there is no such member."""
    if not members.lock(transaction, member_id):
        raise NoCase(f"there is no member {member_id}")


def get(transaction: Transaction, case_id: int) -> CaseRow:
    """The case, or NoCase."""
    case = cases.get(transaction, case_id)
    if case is None:
        raise NoCase(f"there is no case {case_id}")
    return case


def seen(transaction: Transaction, case_id: int, version: int) -> CaseRow:
    """The case under its member's lock, if it is unresolved and still what the caller saw."""
    lock(transaction, get(transaction, case_id).member_id)
    case = get(transaction, case_id)
    if case.version != version or case.status == "resolved":
        raise Stale(case)
    return case


def person(transaction: Transaction, member_id: int) -> PersonRow:
    """The member at the address they used last. NoCase if there is nobody to talk to."""
    rows = people.of_member(transaction, member_id)
    if not rows:
        raise NoCase(f"member {member_id} has no address")
    return rows[0]


def person_at(transaction: Transaction, case: CaseRow) -> PersonRow:
    """The member at the address that answers go to: where they wrote last, if that one is gone."""
    found = answered_at(people.of_member(transaction, case.member_id), case)
    if found is None:
        raise NoCase(f"the member of case {case.id} has no address")
    return found


def answered_at(rows: Sequence[PersonRow], case: CaseRow) -> PersonRow | None:
    """Of a member's addresses, the most recent first, the one that answers go to."""
    return next((row for row in rows if row.address_id == case.address_id), rows[0] if rows else None)


def opened(
    transaction: Transaction,
    found: CaseRow | None,
    member_id: int,
    reason: Reason,
    *,
    place: tuple[str, int, str],
    priority: int,
    now: int,
) -> CaseRow:
    """The member's case to take up: the one the bot has, else a new one. `place`: (channel, address id, market)."""
    channel, address_id, market = place
    if found is not None:
        sooner = min(priority, found.priority)
        return found._replace(reason=reason, priority=sooner, channel=channel, address_id=address_id)
    blank = dict.fromkeys(CaseRow._fields)
    known = {"id": transaction.ids.new(), "member_id": member_id, "market": market, "status": "pending"}
    known |= {"reason": reason, "priority": priority, "labels": "[]", "channel": channel, "address_id": address_id}
    case = CaseRow(**{**blank, **known, "since": now, "opened_at": now, "version": 0})  # type: ignore[arg-type]
    cases.add(transaction, case)
    return case


def changed(case: CaseRow, **fields: Any) -> CaseRow:
    """The case as it is to be, at its next version."""
    return case._replace(version=case.version + 1, **fields)


def keep(transaction: Transaction, lease: Lease, new: CaseRow, old: CaseRow, *, now: int, control: Control) -> CaseRow:
    """Write a change, with what follows for the member's control and the timer. Stale if another one came first."""
    if new.is_human != old.is_human:
        new = new._replace(parked_at=now if new.is_human else None)
        control(transaction, new.member_id, "human" if new.is_human else "bot")
    if not cases.save(transaction, new, old.version):
        raise Stale(get(transaction, new.id))
    set_timer(transaction, lease, new)
    return new


def due(lease: Lease, case: CaseRow) -> int | None:
    """When the case is to be looked at next (microseconds UTC)."""
    if case.status == "open" and case.owner_id is None:
        return case.since + lease.unanswered
    if case.status == "open" and case.lease_until is not None:
        return case.lease_until - lease.warning if case.warned_at is None else case.lease_until
    if case.status == "snoozed":
        return case.snoozed_until
    return case.since + _FORGOTTEN if case.status == "pending" else None


def set_timer(transaction: Transaction, lease: Lease, case: CaseRow) -> None:
    """One timer a case, at the next instant that matters."""
    key, at = f"case:{case.id}", due(lease, case)
    if at is None:
        occasions.drop_timers(transaction, [key])
        return
    data = orjson.dumps({"case": case.id}).decode()
    row = {"key": key, "due_at": at, "kind": TIMER_KIND, "channel": "", "address": "", "data": data}
    occasions.set_timers(transaction, [row])


def record(transaction: Transaction, case: CaseRow, actor: int | None, now: int, **data: Any) -> None:
    """Write into the conversation what happened with its case."""
    cases.add_entry(
        transaction, case_id=case.id, member_id=case.member_id, kind="event", actor=actor, data=data, at=now
    )
