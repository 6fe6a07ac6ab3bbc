"""Every change of who answers: into the queue, taken, handed on, given back, put aside, run out."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bot.takeover._lease import (
    HIGH,
    NORMAL,
    Control,
    Lease,
    NoCase,
    Reason,
    Stale,
    changed,
    due,
    get,
    keep,
    lock,
    opened,
    person,
    record,
    seen,
    set_timer,
)
from bot.takeover._telling import hand_back, introduce
from storage import cases
from storage.cases import CaseRow
from storage.database import Transaction

LONGEST_SNOOZE = 14 * 86_400 * 1_000_000
"""Microseconds after which what was put aside comes up by itself."""


def hand_over(
    transaction: Transaction,
    lease: Lease,
    member_id: int,
    reason: Reason,
    *,
    place: tuple[str, int, str],
    now: int,
    control: Control = cases.set_control,
) -> CaseRow:
    """A member is to be answered by a person: into the queue. `place`: (channel, address id, market).

    Who waits or is answered already stays where they are.
    """
    found = cases.unresolved(transaction, member_id)
    if found is not None and found.is_human:
        return found
    priority = HIGH if reason in ("complaint", "survey") else NORMAL
    case = opened(transaction, found, member_id, reason, place=place, priority=priority, now=now)
    queued = changed(case, owner_id=None, status="open", since=now, lease_until=None, waiting_since=now, heard_at=now)
    queued = keep(transaction, lease, queued, case, now=now, control=control)
    record(transaction, queued, None, now, what="opened", reason=reason)
    return queued


def take(
    transaction: Transaction, lease: Lease, member_id: int, staff_id: int, *, version: int | None, now: int
) -> CaseRow:
    """A member of staff answers from now on. `version`: of the case they see, None if they see none.

    Raises Stale when somebody else has it and that was not seen, NoCase if there is nobody.
    """
    lock(transaction, member_id)
    found = cases.unresolved(transaction, member_id)
    if found is not None and found.is_human and found.owner_id == staff_id:
        return found
    if found is not None and version != found.version and (found.owner_id is not None or version is not None):
        raise Stale(found)
    case = _here(transaction, found) if found is not None else _begun(transaction, member_id, now)
    taken = changed(case, owner_id=staff_id, status="open", since=now, lease_until=now + lease.idle, warned_at=None)
    taken = keep(transaction, lease, taken, case, now=now, control=cases.set_control)
    record(transaction, taken, staff_id, now, what="taken", by=staff_id)
    introduce(transaction, taken, staff_id, now)
    return taken


def _here(transaction: Transaction, case: CaseRow) -> CaseRow:
    """A case that the bot has had: answers go where the member is now."""
    if case.is_human:
        return case
    found = person(transaction, case.member_id)
    return case._replace(channel=found.channel, address_id=found.address_id)


def _begun(transaction: Transaction, member_id: int, now: int) -> CaseRow:
    """A case that nobody asked for: a member of staff comes in."""
    found = person(transaction, member_id)
    place = (found.channel, found.address_id, found.market)
    return opened(transaction, None, member_id, "staff", place=place, priority=NORMAL, now=now)


def assign(
    transaction: Transaction, lease: Lease, case_id: int, *, by: int, to: int | None, version: int, now: int
) -> CaseRow:
    """Hand the conversation to a colleague, or back into the queue (`to=None`)."""
    case = seen(transaction, case_id, version)
    until = now + lease.idle if to is not None else None
    given = changed(case, owner_id=to, status="open", since=now, lease_until=until, warned_at=None)
    given = keep(transaction, lease, given, case, now=now, control=cases.set_control)
    if to is None:
        record(transaction, given, by, now, what="released", by=by)
    else:
        record(transaction, given, by, now, what="assigned", by=by, to=to)
    if to is not None and to != case.owner_id:
        introduce(transaction, given, to, now)
    return given


def give_back(transaction: Transaction, lease: Lease, case_id: int, *, by: int, version: int, now: int) -> CaseRow:
    """The bot answers again; the matter stays open on paper for a few days."""
    case = seen(transaction, case_id, version)
    return _return(transaction, lease, case, "returned", by, now)


def resolve(transaction: Transaction, lease: Lease, case_id: int, *, by: int, version: int, now: int) -> CaseRow:
    """The matter is done: the bot answers again, and asks how the help was."""
    case = seen(transaction, case_id, version)
    return _return(transaction, lease, case, "resolved", by, now)


def leave_queue(transaction: Transaction, lease: Lease, case: CaseRow, *, now: int, control: Control) -> CaseRow:
    """The member would rather go on with the bot than wait."""
    return _return(transaction, lease, case, "left", None, now, control=control)


def snooze(
    transaction: Transaction, lease: Lease, case_id: int, *, by: int, until: int, version: int, now: int
) -> CaseRow:
    """Put it aside until an instant, at most two weeks, or the member's next message; it stays whose it is."""
    case = seen(transaction, case_id, version)
    until = min(until, now + LONGEST_SNOOZE)
    owner = case.owner_id if case.owner_id is not None else by
    aside = changed(case, status="snoozed", owner_id=owner, snoozed_until=until, lease_until=None, warned_at=None)
    aside = keep(transaction, lease, aside, case, now=now, control=cases.set_control)
    record(transaction, aside, by, now, what="snoozed", by=by, until=until)
    return aside


def reopen(transaction: Transaction, lease: Lease, member_id: int, *, by: int, now: int) -> CaseRow:
    """Take up the newest case again, as one's own."""
    lock(transaction, member_id)
    case = cases.latest(transaction, member_id)
    if case is None:
        raise NoCase(f"member {member_id} has no case")
    if case.is_human:
        raise Stale(case)
    case = _here(transaction, case)
    again = changed(case, owner_id=by, status="open", since=now, lease_until=now + lease.idle, warned_at=None)
    again = again._replace(resolved_at=None, resolved_by=None)
    again = keep(transaction, lease, again, case, now=now, control=cases.set_control)
    record(transaction, again, by, now, what="reopened", by=by)
    introduce(transaction, again, by, now)
    return again


def heard(transaction: Transaction, lease: Lease, case: CaseRow, *, channel: str, address_id: int, now: int) -> None:
    """The member of a person's conversation wrote: they wait, and what was put aside is up again."""
    cases.heard(transaction, case, channel=channel, address_id=address_id, at=now)
    if case.status == "snoozed":
        _wake(transaction, lease, get(transaction, case.id), now)


def idle(transaction: Transaction, lease: Lease, case_id: int, now: int) -> CaseRow | None:
    """The case's timer is due: warn the owner, end a lease, wake what was put aside, close what was forgotten."""
    case = cases.get(transaction, case_id)
    if case is None or case.status == "resolved":
        return None
    lock(transaction, case.member_id)
    case = get(transaction, case_id)
    at = due(lease, case)
    if at is None or at > now:
        set_timer(transaction, lease, case)
        return case
    return _WHEN_DUE[case.status](transaction, lease, case, now)


def _return(
    transaction: Transaction,
    lease: Lease,
    case: CaseRow,
    why: str,
    by: int | None,
    now: int,
    *,
    control: Control = cases.set_control,
) -> CaseRow:
    """The bot has the conversation again, and is told so in the member's lane."""
    resolved = {"resolved_at": now, "resolved_by": by} if why == "resolved" else {}
    back = changed(
        case,
        status="resolved" if why == "resolved" else "pending",
        owner_id=None,
        since=now,
        lease_until=None,
        warned_at=None,
        waiting_since=None,
        away_at=None,
        snoozed_until=None,
        **resolved,
    )
    since = case.parked_at if case.is_human and case.parked_at is not None else now
    tells = case.is_human or why == "resolved"
    back = keep(transaction, lease, back, case, now=now, control=control)
    record(transaction, back, by, now, what=why, **({"by": by} if by is not None else {}))
    if tells:
        hand_back(transaction, back, why, since=since, now=now)
    return back


def _open_due(transaction: Transaction, lease: Lease, case: CaseRow, now: int) -> CaseRow:
    if case.owner_id is None:
        return _return(transaction, lease, case, "unanswered", None, now)
    if case.lease_until is not None and now < case.lease_until:
        return _warn(transaction, lease, case, now)
    if case.waiting_since is None:
        return _return(transaction, lease, case, "idle", None, now)
    free = changed(case, owner_id=None, since=now, lease_until=None, warned_at=None)
    free = keep(transaction, lease, free, case, now=now, control=cases.set_control)
    record(transaction, free, None, now, what="idle", by=case.owner_id)
    return free


def _warn(transaction: Transaction, lease: Lease, case: CaseRow, now: int) -> CaseRow:
    warned = case._replace(warned_at=now)
    cases.save(transaction, warned, case.version)
    set_timer(transaction, lease, warned)
    record(transaction, warned, None, now, what="warning", until=case.lease_until)
    return warned


def _wake(transaction: Transaction, lease: Lease, case: CaseRow, now: int) -> CaseRow:
    awake = changed(case, status="open", snoozed_until=None, lease_until=now + lease.idle, warned_at=None)
    awake = keep(transaction, lease, awake, case, now=now, control=cases.set_control)
    record(transaction, awake, None, now, what="woke")
    return awake


def _forget(transaction: Transaction, lease: Lease, case: CaseRow, now: int) -> CaseRow:
    done = changed(case, status="resolved", resolved_at=now)
    return keep(transaction, lease, done, case, now=now, control=cases.set_control)


_WHEN_DUE: Mapping[str, Callable[[Transaction, Lease, CaseRow, int], CaseRow]] = {
    "open": _open_due,
    "snoozed": _wake,
    "pending": _forget,
}
