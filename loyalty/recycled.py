"""Phone numbers get new owners: after a long silence whoever shows no name that we know is asked who is there."""

from typing import NamedTuple

from loyalty import newcomers
from loyalty.work import Work
from storage import erasing, members, merges, profiles
from storage.database import Transaction

SILENCE = 180 * 86_400 * 1_000_000
"""Microseconds."""
_PHONE_CHANNELS = frozenset({"whatsapp", "sms"})


class Known(NamedTuple):
    """What is known of a phone: the profile names it showed, and when it was last heard on any channel."""

    names: tuple[str, ...]
    heard_at: int | None


def known_of(transaction: Transaction, member_id: int, phone: str) -> Known:
    """What is known of a member's phone, over all the channels it was heard on before."""
    rows = [row for row in profiles.addresses(transaction, member_id) if _is_at(row, phone)]
    heard = [(row.last_inbound_at, row.profile_name) for row in rows if row.last_inbound_at is not None]
    return Known(tuple(name for _, name in heard if name), max((at for at, _ in heard), default=None))


def may_be_somebody_else(known: Known, shown: str | None, now: int) -> bool:
    """After a long silence only a name that the phone has shown before speaks for its member."""
    if known.heard_at is None or now - known.heard_at <= SILENCE:
        return False
    new = (shown or "").strip().casefold()
    return not new or new not in {name.strip().casefold() for name in known.names}


def initial(name: str | None) -> str:
    """All that a stranger may see of a name: its first letter."""
    shown = (name or "").strip()
    return f"{shown[0].upper()}…" if shown else "…"


def has_new_owner(work: Work, member_id: int, phone: str, shown: str | None) -> bool:
    """Whether who shows a member's phone under the name `shown` may be the phone's next owner."""
    return may_be_somebody_else(known_of(work.transaction, member_id, phone), shown, work.now)


def may_join(work: Work, member_id: int, phone: str, shown: str | None) -> bool:
    """Whether a shared contact of this phone is enough to join its member.

    Not after a long silence under no known name; nor if the member writes from somewhere else too: then the phone
    alone does not show who they are.
    """
    rows = profiles.addresses(work.transaction, member_id)
    elsewhere = [row for row in rows if not _is_at(row, phone) and not row.value.startswith(erasing.ERASED)]
    return not elsewhere and not has_new_owner(work, member_id, phone, shown)


def part(work: Work, member_id: int, value: str) -> int:
    """The phone `value` is somebody else's now: a new member, whose id is returned, has it under fresh addresses.

    What was said and heard there before is taken out. The old member keeps everything but the phone; their points are
    reached by their other addresses or by staff.
    """
    transaction = work.transaction
    everybody = members.lock(transaction, member_id, *merges.predecessors(transaction, member_id))
    old = next(row for row in everybody if row.id == member_id)
    for row in everybody:
        profiles.take_phone(transaction, row.id, value)
    fresh = newcomers.add_like(work, old, value)
    for place in profiles.addresses(transaction, member_id):
        if _is_at(place, value):
            erasing.blank_address(transaction, place, work.now)
            erasing.begin_anew(transaction, fresh, place, work.now)
    return fresh


def _is_at(row: profiles.AddressRow, phone: str) -> bool:
    return row.value == phone and row.channel in _PHONE_CHANNELS
