"""Phone numbers get new owners: after a long silence a new profile name on one means that we ask who is there."""

from loyalty import newcomers
from loyalty.work import Work
from storage import members, profiles

SILENCE = 180 * 86_400 * 1_000_000
"""Microseconds."""
_PHONE_CHANNELS = frozenset({"whatsapp", "sms"})


def may_be_somebody_else(names: tuple[str | None, str | None], heard_at: int | None, now: int) -> bool:
    """`names`: the profile name we know and the one shown now; `heard_at`: the last message before this one."""
    old, new = ((name or "").strip().casefold() for name in names)
    return heard_at is not None and now - heard_at > SILENCE and bool(old) and bool(new) and old != new


def initial(name: str | None) -> str:
    """All that a stranger may see of a name: its first letter."""
    shown = (name or "").strip()
    return f"{shown[0].upper()}…" if shown else "…"


def has_new_owner(work: Work, member_id: int, shown: str | None) -> bool:
    """Whether who shows a member's phone under the name `shown` may be the phone's next owner."""
    rows = profiles.addresses(work.transaction, member_id)
    phones = [row for row in rows if row.channel in _PHONE_CHANNELS]
    heard = max((row.last_inbound_at or 0 for row in phones), default=0)
    return any(may_be_somebody_else((row.profile_name, shown), heard, work.now) for row in phones)


def part(work: Work, member_id: int, value: str) -> int:
    """The phone `value` is somebody else's now: its addresses go to a new member, whose id is returned.

    The old member keeps everything but the phone; their points are reached by their other addresses or by staff.
    """
    transaction = work.transaction
    (old,) = members.lock(transaction, member_id)
    profiles.take_phone(transaction, member_id, value)
    fresh = newcomers.add_like(work, old, value)
    rows = profiles.addresses(transaction, member_id)
    gone = [row.id for row in rows if row.value == value and row.channel in _PHONE_CHANNELS]
    profiles.hand_over(transaction, gone, fresh)
    return fresh
