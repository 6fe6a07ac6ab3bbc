"""What a person does inside a conversation: answers, notes, labels, sends again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson

from bot.limits import BY_CHANNEL, Limits
from bot.message import Outbound, encode
from bot.permission import window_open
from bot.takeover._lease import Lease, NotYours, Shut, Stale, get, lock, person_at, record, set_timer
from storage import cases, keys, messages, outgoing
from storage.cases import CaseRow
from storage.database import Transaction


def prioritise(transaction: Transaction, case_id: int, priority: int, *, by: int, now: int) -> CaseRow:
    """0 urgent to 3 low; who has it does not matter."""
    return _edit(transaction, case_id, by, now, "priority", priority, priority=priority)


def label(transaction: Transaction, case_id: int, labels: Sequence[str], *, by: int, now: int) -> CaseRow:
    """Exactly these labels."""
    names = sorted(set(labels))
    return _edit(transaction, case_id, by, now, "labels", names, labels=orjson.dumps(names).decode())


def note(transaction: Transaction, member_id: int, text: str, *, by: int, now: int) -> int:
    """Write something that only staff read; its id."""
    case = cases.latest(transaction, member_id)
    return cases.add_entry(
        transaction,
        case_id=case.id if case is not None else None,
        member_id=member_id,
        kind="note",
        actor=by,
        data={"text": text},
        at=now,
    )


def write(  # noqa: PLR0913  # what, by whom, on which sight of the case, in whose voice
    transaction: Transaction,
    lease: Lease,
    case_id: int,
    message: Outbound,
    *,
    by: int,
    version: int,
    voice: str,
    now: int,
    key: str | None = None,
    limits: Limits | None = None,
) -> int:
    """Say something to the member as their person; the outbox row's id, the same for a repeated `key`.

    Raises Stale, NotYours, or Shut when the provider would not take it.
    """
    case = get(transaction, case_id)
    if key is not None and (before := keys.claim(transaction, by, key, "desk", now)) is not None:
        return int(before.body)
    lock(transaction, case.member_id)
    case = get(transaction, case_id)
    if case.version != version:
        raise Stale(case)
    if case.owner_id != by or case.status != "open":
        raise NotYours(f"case {case.id} is not {by}'s")
    row_id = _put(transaction, case, message, by=by, voice=voice, now=now, limits=limits)
    answered = case._replace(
        waiting_since=None, answered_at=now, away_at=None, lease_until=now + lease.idle, warned_at=None
    )
    cases.save(transaction, answered, case.version)
    set_timer(transaction, lease, answered)
    if key is not None:
        keys.settle(transaction, by, key, status=200, body=str(row_id))
    return row_id


def _put(
    transaction: Transaction,
    case: CaseRow,
    message: Outbound,
    *,
    by: int,
    voice: str,
    now: int,
    limits: Limits | None,
) -> int:
    place = person_at(transaction, case)
    if place.opted_out:
        raise Shut("opted_out")
    if not place.reachable:
        raise Shut("unreachable")
    if message.template is None and not window_open(limits or BY_CHANNEL[place.channel], place.last_inbound_at, now):
        raise Shut("window_closed")
    row = outgoing.row(
        transaction,
        address_id=place.address_id,
        member_id=case.member_id,
        body=encode(message),
        locale=voice,
        control_version=place.control_version,
        now=now,
        author_id=by,
    )
    messages.add_outbox(transaction, [row])
    transaction.touch(cases.TOPIC, case.member_id)
    return int(row["id"])


def resend(transaction: Transaction, member_id: int, outbox_id: int, *, now: int) -> bool:
    """Try once more what a person wrote and no provider took; False if there is nothing to try."""
    transaction.touch(cases.TOPIC, member_id)
    return outgoing.resend(transaction, outbox_id, member_id, now)


def score(transaction: Transaction, case_id: int, points: int, now: int) -> CaseRow | None:
    """Keep what the member thought of the help, 1 to 5; None if the case is gone."""
    case = cases.get(transaction, case_id)
    if case is None:
        return None
    cases.save(transaction, case._replace(score=points), case.version)
    record(transaction, case, None, now, what="scored", score=points)
    return case


def _edit(transaction: Transaction, case_id: int, by: int, now: int, what: str, value: Any, **columns: Any) -> CaseRow:
    """Change what is not the lease: whoever sees the case may."""
    lock(transaction, get(transaction, case_id).member_id)
    case = get(transaction, case_id)
    edited = case._replace(**columns)
    if edited != case:
        cases.save(transaction, edited, case.version)
        record(transaction, case, by, now, what=what, by=by, **{what: value})
    return edited
