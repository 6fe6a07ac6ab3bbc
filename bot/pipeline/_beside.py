"""What is worked while a person answers a member: the bot is silent, but nothing that comes is lost."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from bot import takeover
from bot.message import Kind, unpack
from bot.permission import Occasion
from bot.pipeline._talk import Talk
from storage import cases, occasions
from storage.cases import CaseRow

_HEARD = frozenset({Kind.TEXT, Kind.CHOICE, Kind.START, Kind.CONTACT, Kind.LOCATION, Kind.MEDIA})
_AGAIN = 3600 * 1_000_000
"""Microseconds until a message that waits for the person is planned again."""


def keep_silent(talk: Talk, leaves: Callable[[str], bool]) -> None:
    """An event of a member whom a person answers, or will answer. `leaves`: the words ask for the bot again."""
    event = talk.arrival.event
    if event.kind is Kind.TRIGGER:
        _put_back(talk)
    if event.kind not in _HEARD:
        return
    case = cases.unresolved(talk.unit.transaction, talk.place.member.id)
    if case is None:
        return
    if case.owner_id is None and event.kind is Kind.TEXT and leaves(event.text or ""):
        here = case._replace(channel=talk.place.channel, address_id=talk.place.id)
        takeover.leave_queue(talk.unit.transaction, lease(talk), here, now=talk.unit.now, control=controls(talk))
        return
    place = talk.place
    takeover.heard(
        talk.unit.transaction, lease(talk), case, channel=place.channel, address_id=place.id, now=talk.unit.now
    )
    _say_away(talk, case)


def tell(talk: Talk) -> None:
    """What the member is told about the person; not any more who it is once they have said something themselves."""
    data = talk.arrival.event.data
    case = cases.unresolved(talk.unit.transaction, talk.place.member.id)
    if case is not None and not (case.answered_at is not None and case.answered_at > case.since):
        talk.notify(data["flow"], {name: unpack(value) for name, value in data["values"].items()})


def record_opt_out(talk: Talk) -> None:
    """The person who has the conversation sees that the member wants no more messages."""
    member = talk.place.member
    case = cases.unresolved(talk.unit.transaction, member.id) if member.control == "human" else None
    if case is not None:
        cases.add_entry(
            talk.unit.transaction,
            case_id=case.id,
            member_id=member.id,
            kind="event",
            actor=None,
            data={"what": "opted_out"},
            at=talk.unit.now,
        )


def lease(talk: Talk) -> takeover.Lease:
    """The programme's lease."""
    return takeover.Lease.of(talk.unit.world.programme)


def controls(talk: Talk) -> Callable[[object, int, str], None]:
    """Writes who answers into what this batch knows of the member: it writes the row itself, last of all."""
    return partial(_control, talk)


def _control(talk: Talk, _transaction: object, _member_id: int, control: str) -> None:
    member = talk.place.member
    member.control, member.control_version, member.changed = control, member.control_version + 1, True


def _say_away(talk: Talk, case: CaseRow) -> None:
    """After hours a message that nobody has gets one automatic answer, until a person has written again."""
    if case.owner_id is not None and case.status == "open":
        return
    opens = talk.unit.world.office_opens(talk.place.member, talk.unit.now)
    if opens == talk.unit.now or case.away_at is not None:
        return
    cases.mark_away(talk.unit.transaction, case.id, talk.unit.now)
    talk.notify("away", {})


def _put_back(talk: Talk) -> None:
    """A message we wanted to write first waits until the person is done."""
    event = talk.arrival.event
    data = event.data
    occasion = Occasion(
        data["occasion"], "desk", data["flow"], talk.place.member.id, data.get("values", {}), data.get("expires_at")
    )
    if talk.arrival.event_id is not None:
        occasions.put_back(talk.unit.transaction, talk.arrival.event_id, occasion.key, at=talk.unit.now)
    talk.unit.timers.append(occasion.as_timer(talk.unit.now + _AGAIN))
