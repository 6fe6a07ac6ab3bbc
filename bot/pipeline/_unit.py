"""The unit of work of one batch: people are read at once, changes collected, everything written at once."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from bot.handlers import AddressState, MemberState, World
from bot.lanes import Arrival
from bot.message import Kind
from bot.permission import Occasion
from bot.pipeline._newcomers import Newcomers
from storage import cases, ledger, messages, occasions, people, standings
from storage.database import Transaction
from storage.ledger import Position
from storage.people import PersonRow

Key = tuple[str, str]
_WITHOUT_PERSON = frozenset({Kind.STATUS, Kind.IGNORED})
_MEMBER_COLUMNS = people.MEMBER_FIELDS


class Unit:
    """What a batch reads and what it will write. One per attempt; a failed attempt is thrown away whole."""

    def __init__(self, transaction: Transaction, world: World, now: int) -> None:
        self.transaction = transaction
        self.world = world
        self.now = now
        self.places: dict[Key, AddressState] = {}
        self.members: dict[int, MemberState] = {}
        self.inbox: list[dict[str, Any]] = []
        self.outbox: list[dict[str, Any]] = []
        self.consents: list[dict[str, Any]] = []
        self.timers: list[dict[str, Any]] = []
        self.own_events: list[dict[str, Any]] = []
        self.talked: set[int] = set()
        """The members whose conversation has something new."""
        self._sessions: dict[int, dict[str, Any] | None] = {}

    def load(self, arrivals: Iterable[Arrival]) -> None:
        """Read everybody these arrivals concern; make members and addresses for those who are new."""
        wanted: dict[Key, Arrival] = {}
        for arrival in arrivals:
            event = arrival.event
            if event.kind not in _WITHOUT_PERSON and event.address and event.private:
                wanted.setdefault((event.channel, event.address), arrival)
        if not wanted:
            return
        for row in people.at_addresses(self.transaction, sorted({value for _, value in wanted})):
            if (row.channel, row.address) in wanted:
                self.admit(row)
        missing = [arrival for key, arrival in wanted.items() if key not in self.places]
        if missing:
            Newcomers(self).enrol(missing)

    def admit(self, row: PersonRow) -> AddressState:
        """Take a read row into the unit; a member already here is shared."""
        member = self.state_of(row)
        place = AddressState(
            row.address_id,
            row.channel,
            row.address,
            member,
            row.profile_name,
            row.reachable,
            row.opted_out,
            row.last_inbound_at,
            row.misses or 0,
            row.version or 0,
            row.leaning,
            row.state,
        )
        self.places[row.channel, row.address] = place
        return place

    def state_of(self, row: PersonRow) -> MemberState:
        """The row's member as this batch sees them."""
        found = self.members.get(row.member_id)
        if found is None:
            found = self.members[row.member_id] = _member(row, self.transaction, self.now)
        return found

    def member(self, member_id: int) -> MemberState | None:
        """A member by id, read at need."""
        found = self.members.get(member_id)
        if found is None:
            for row in people.of_member(self.transaction, member_id):
                self.state_of(row)
                if (row.channel, row.address) not in self.places:
                    self.admit(row)
            found = self.members.get(member_id)
        return found

    def refresh(self, member_ids: Iterable[int]) -> None:
        """The books were changed: read again what this batch knows of these members' points and levels."""
        for member in (self.members[one] for one in set(member_ids) if one in self.members):
            member.position = ledger.position_of(self.transaction, member.id, self.now)
            member.tier = standings.get(self.transaction, member.id).tier

    def save_session(self, place: AddressState, row: dict[str, Any] | None) -> None:
        """Keep (or, with None, end) the address's session."""
        had = place.session is not None
        place.session = row["state"] if row else None
        if row or had:
            self._sessions[place.id] = row

    def forget_session(self, place: AddressState) -> None:
        """The address's session went with its row: nothing is to be written of it."""
        place.session = None
        self._sessions.pop(place.id, None)

    def occasion(self, occasion: Occasion) -> None:
        """Let a trigger's runner look at this occasion after the commit."""
        self.timers.append(occasion.as_timer(self.now))

    def flush(self) -> None:
        """Write everything that was collected, one statement a table."""
        transaction = self.transaction
        messages.add_inbox(transaction, self.inbox)
        self.write_people()
        people.save_sessions(transaction, [row for row in self._sessions.values() if row])
        people.end_sessions(transaction, [key for key, row in self._sessions.items() if row is None])
        occasions.set_timers(transaction, self.timers)
        for row in self.own_events:
            occasions.add_event(transaction, row)
        messages.add_outbox(transaction, self.outbox)
        transaction.touch(cases.TOPIC, *self.talked)

    def write_people(self) -> None:
        """Write what has changed so far of members, addresses, conversations and consents."""
        transaction = self.transaction
        people.save_members(transaction, [_columns(member) for member in self.members.values() if member.changed])
        people.save_addresses(transaction, [_address(place) for place in self.places.values() if place.address_changed])
        changed = [place for place in self.places.values() if place.changed]
        people.save_conversations(
            transaction,
            [
                {
                    "key": p.id,
                    "last_inbound_at": p.last_inbound_at,
                    "misses": p.misses,
                    "version": p.version,
                    "leaning": p.leaning,
                }
                for p in changed
            ],
        )
        people.add_consents(transaction, [{"id": transaction.ids.new(), **row} for row in self.consents])
        self.consents.clear()


def _member(row: PersonRow, transaction: Transaction, now: int) -> MemberState:
    held = Position(row.active or 0, row.pending or 0, row.matures_at, row.expiring or 0, row.expires_at)
    if not held.holds_at(now):
        held = ledger.position_of(transaction, row.member_id, now)
    return MemberState(row.member_id, *row[7:24], position=held, lifetime=row.lifetime or 0, tier=row.tier)


def _address(place: AddressState) -> dict[str, Any]:
    return {
        "key": place.id,
        "member_id": place.member.id,
        "profile_name": place.profile_name,
        "reachable": place.reachable,
        "opted_out": place.opted_out,
    }


def _columns(member: MemberState) -> dict[str, Any]:
    row = {name: getattr(member, name) for name in _MEMBER_COLUMNS}
    row["key"] = member.id
    return row


__all__ = ["Key", "Unit"]
