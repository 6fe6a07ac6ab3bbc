"""The bar above a conversation: who has it, for how long, and what whoever looks may do with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import orjson

from bot.desk._context import PREFIX, DeskContext
from bot.desk._names import Names
from bot.desk._reasons import CHANNELS, PRIORITIES, REASONS, STATUSES
from bot.desk._roles import Permission, allows, sees
from bot.desk._sessions import SignedIn
from bot.desk._words import N_, Voice
from bot.limits import BY_CHANNEL, WINDOW_MARGIN, Limits
from loyalty.days import local_time
from storage import cases, people
from storage.cases import CaseRow
from storage.database import Transaction
from storage.members import MemberRow
from storage.people import PersonRow

_SECOND = 1_000_000
_HOUR = 3_600 * _SECOND
_DAY = 24 * _HOUR
_NINE = time(9)
SNOOZES: Mapping[str, str] = {
    "1h": N_("for an hour"),
    "4h": N_("for four hours"),
    "tomorrow": N_("until tomorrow at nine"),
    "3d": N_("for three days"),
    "reply": N_("until the member writes, at most 14 days"),
}
SHUT: Mapping[str, str] = {
    "opted_out": N_("The member asked for no more messages."),
    "unreachable": N_("The member cannot be reached here."),
    "window_closed": N_("The member's last message is too long ago: only a template can be sent."),
    "no_address": N_("There is no address to write to."),
}


@dataclass(frozen=True, slots=True)
class Place:
    """Where an answer goes: the member at one address."""

    person: PersonRow
    limits: Limits

    @property
    def window_until(self) -> int | None:
        """When free words stop being taken; None where they always are."""
        if self.limits.window_seconds is None:
            return None
        heard = self.person.last_inbound_at
        return (heard + (self.limits.window_seconds - WINDOW_MARGIN) * _SECOND) if heard is not None else 0

    def shut(self, now: int) -> str | None:
        """Why nothing can be said freely here now, if so."""
        if self.person.opted_out:
            return "opted_out"
        if not self.person.reachable:
            return "unreachable"
        until = self.window_until
        return "window_closed" if until is not None and now >= until else None


def place_of(desk: DeskContext, transaction: Transaction, member_id: int, case: CaseRow | None) -> Place | None:
    """The address of the case, else the one the member used last."""
    found = people.of_member(transaction, member_id)
    if not found:
        return None
    wanted = case.address_id if case is not None and case.status != "resolved" else None
    person = next((one for one in found if one.address_id == wanted), found[0])
    channel = desk.channels.get(person.channel)
    limits = channel.limits_for(person.address) if channel is not None else BY_CHANNEL[person.channel]
    return Place(person, limits)


@dataclass(frozen=True, slots=True)
class LeaseView:
    """The bar, ready for its template."""

    member_id: int
    case: CaseRow | None
    status: str
    owner: str
    is_mine: bool
    may: frozenset[str]
    """What can be done here by whoever looks."""
    colleagues: tuple[tuple[int, str], ...]
    snoozes: tuple[tuple[str, str], ...]
    priorities: tuple[tuple[int, str], ...]
    labels: tuple[tuple[str, bool], ...]
    reason: str
    channel: str
    window_until: int | None
    shut: str
    """Why free words cannot be sent, in the reader's language."""
    shut_reason: str

    @property
    def may_more(self) -> bool:
        """Whether anything of what is used less often may be done."""
        return bool(self.may & {"release", "assign", "snooze", "priority", "labels"})

    @property
    def version(self) -> int:
        """What an act on it must name; 0 without a case."""
        return self.case.version if self.case is not None else 0


def lease_view(
    desk: DeskContext, names: Names, transaction: Transaction, member: MemberRow, *, viewer: SignedIn, now: int
) -> LeaseView:
    """What the bar shows to one person."""
    voice = desk.words.voice(viewer.staff.locale)
    case = cases.latest(transaction, member.id)
    place = place_of(desk, transaction, member.id, case)
    shut = (place.shut(now) if place is not None else "no_address") or ""
    everybody = names.people(transaction, now)
    known = names.known(transaction, now)
    may = allowed(case, viewer) if member.erased_at is None else frozenset()
    return LeaseView(
        member_id=member.id,
        case=case,
        status=voice.say(STATUSES[case.status]) if case is not None else voice.say(STATUSES["pending"]),
        owner=known.get(case.owner_id, "?") if case is not None and case.owner_id else "",
        is_mine=case is not None and case.owner_id == viewer.staff.id and case.status == "open",
        may=may,
        colleagues=tuple(
            (one.id, one.name)
            for one in everybody
            if one.disabled_at is None
            and sees(one, member.market)
            and allows(one.role, Permission.TAKE)
            and (case is None or one.id != case.owner_id)
        ),
        snoozes=tuple((key, voice.say(words)) for key, words in SNOOZES.items()),
        priorities=tuple((number, voice.say(words)) for number, words in enumerate(PRIORITIES)),
        labels=_labels(desk.world.programme.desk.labels, case),
        reason=voice.say(REASONS.get(case.reason, case.reason)) if case is not None else "",
        channel=_channel(place, voice),
        window_until=place.window_until if place is not None else None,
        shut=voice.say(SHUT[shut]) if shut else "",
        shut_reason=shut,
    )


def _channel(place: Place | None, voice: Voice) -> str:
    return voice.say(CHANNELS.get(place.person.channel, place.person.channel)) if place is not None else ""


def _labels(known: Sequence[str], case: CaseRow | None) -> tuple[tuple[str, bool], ...]:
    """Those of the programme, and whatever else hangs on the case."""
    on = tuple(orjson.loads(case.labels)) if case is not None else ()
    names = (*known, *(one for one in on if one not in known))
    return tuple((name, name in on) for name in names)


def allowed(case: CaseRow | None, viewer: SignedIn) -> frozenset[str]:
    """What may be done with a case: by permission and by who has it."""
    role, me = viewer.staff.role, viewer.staff.id
    may = set()
    if allows(role, Permission.NOTE):
        may.add("note")
    if not allows(role, Permission.TAKE):
        return frozenset(may)
    leads = allows(role, Permission.ASSIGN)
    owner = case.owner_id if case is not None and case.is_human else None
    mine, free = owner == me, owner is None
    if case is not None and case.status == "resolved":
        may.add("reopen")
    if (owner != me and (free or leads)) or (mine and case is not None and case.status == "snoozed"):
        may.add("take")
    if case is not None and case.status != "resolved":
        may |= {"priority", "labels"}
    if case is None or not (mine or free or leads):
        return frozenset(may)
    if case.is_human:
        may |= {"return", "resolve", "snooze"} if case.status == "open" else {"return", "resolve"}
        may |= {"assign"} if mine or leads else set()
        may |= {"release"} if owner is not None and (mine or leads) else set()
    elif case.status == "pending":
        may.add("resolve")
    if mine and case.status == "open" and allows(role, Permission.REPLY):
        may.add("reply")
    return frozenset(may)


def snoozed_until(choice: str, zone: str, now: int) -> int | None:
    """Until when, on the wall clock of a zone; None for no choice of ours."""
    if choice == "tomorrow":
        day = local_time(now, ZoneInfo(zone)).date() + timedelta(days=1)
        nine = datetime.combine(day, _NINE, ZoneInfo(zone))
        return int(nine.timestamp()) * _SECOND
    spans = {"1h": _HOUR, "4h": 4 * _HOUR, "3d": 3 * _DAY, "reply": 14 * _DAY}
    return now + spans[choice] if choice in spans else None


def lease_fragment(view: LeaseView, voice: Voice, *, csrf: str, now: int) -> str:
    """The `<header id="lease">`."""
    root = f"{PREFIX}/members/{view.member_id}"
    return voice.fragment("lease.html", lease=view, root=root, csrf=csrf, now=now)
