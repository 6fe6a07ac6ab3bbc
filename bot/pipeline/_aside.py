"""A use case changes members and addresses themselves (merge, parting, erasure): written before, read again after."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from bot.handlers import AddressState
from bot.pipeline._unit import Unit
from storage import members, people


@contextmanager
def aside(unit: Unit) -> Iterator[None]:
    """What this batch has changed so far is in the rows inside; afterwards the batch knows the rows as they are."""
    unit.write_people()
    yield
    unit.members.clear()
    for place in list(unit.places.values()):
        _read_again(unit, place)


def _read_again(unit: Unit, place: AddressState) -> None:
    """The place as its row says now. An address taken out has a new row, without a word of what was said before."""
    for row in people.at(unit.transaction, place.channel, place.value):
        if row.address_id != place.id:
            _take_words_along(unit, place, row.address_id)
            _start_anew(unit, place, row.address_id)
            place.last_inbound_at, place.misses, place.version = row.last_inbound_at, 0, 0
            place.leaning = None
        found = unit.state_of(row)
        place.member, place.profile_name = found, row.profile_name
        place.reachable, place.opted_out, place.address_changed = row.reachable, row.opted_out, False


def _take_words_along(unit: Unit, place: AddressState, address_id: int) -> None:
    """Who is parted from the old member has written what came just now; after an erasure it goes with the rest."""
    old = members.get(unit.transaction, place.member.id)
    if old is not None and old.erased_at is not None:
        return
    for row in unit.inbox:
        if row["address_id"] == place.id:
            row["address_id"] = address_id


def _start_anew(unit: Unit, place: AddressState, address_id: int) -> None:
    unit.forget_session(place)
    unit.timers = [row for row in unit.timers if (row["channel"], row["address"]) != (place.channel, place.value)]
    for row in unit.outbox:
        if row["address_id"] == place.id:
            row["address_id"] = address_id
    place.id = address_id
