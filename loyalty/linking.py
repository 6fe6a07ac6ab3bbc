"""Two addresses of one person: a one-time code on the other channel shows that both memberships are theirs.

Whoever asks learns nothing about a phone: known or not, the answer is the same and so is the number of tries.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import orjson

from loyalty import codes, merging, recycled, tokens
from loyalty.merging import Merged
from loyalty.news import News
from loyalty.values import Code
from loyalty.work import Work
from storage import counters, members, merges, profiles, proofs
from storage.members import MemberRow
from storage.proofs import ProofRow

CODE_LIFE = 600 * 1_000_000
"""Microseconds."""
TRIES = 3
CODES_AN_HOUR = 3
"""Of whoever asks, and to one phone."""
CODES_A_DAY = 6
"""To one phone."""
_HOUR = 3600 * 1_000_000
_DAY = 24 * _HOUR
_PHONE_CHANNELS = frozenset({"whatsapp", "sms"})
_FLOW = "link_code"
Draw = Callable[[], int]
Wrong = Literal["wrong", "over"]
"""over: no try is left, the code is used or too old, or none was asked for."""


@dataclass(frozen=True, slots=True)
class Linked:
    """The code was right: both are this member now, or `refused` says why they stay two."""

    kept_id: int
    refused: merging.Refusal | None = None


def _draw() -> int:
    return secrets.randbits(128)


def ask(work: Work, member: MemberRow, phone: str, draw: Draw = _draw, *, shown: str | None = None) -> bool:
    """Send a code to whoever has this phone, if anybody does; False when too many were asked for: the last one stands.

    `shown`: the profile name of whoever asks; after a long silence of the phone another name gets no code.
    """
    if not _may_ask(work, member.id, phone):
        return False
    proofs.void(work.transaction, "link", member.id)
    target = _reached_by(work, member, phone)
    if target is not None and recycled.has_new_owner(work, target, phone, shown):
        target = None
    digits = codes.six_digits(draw())
    proof_id = work.transaction.ids.new()
    hash = _hash(work, member.id, proof_id, digits if target is not None else secrets.token_hex())
    data = orjson.dumps({"target": target}).decode()
    row = ProofRow(proof_id, "link", hash, member.id, data, 0, work.now + CODE_LIFE, None)
    proofs.add(work.transaction, row, work.now)
    if target is not None:
        news = News(f"link:{proof_id}", _FLOW, target, work.now + CODE_LIFE, {"code": Code(digits)})
        work.news.append(news)
    return True


def answer(work: Work, member: MemberRow, text: str) -> Linked | Wrong:
    """Try a code; the right one makes one member of the two. At most three tries a code; six digits make a try."""
    transaction = work.transaction
    digits = codes.read_six(text)
    if digits is None:
        return "wrong"
    row = proofs.newest(transaction, "link", member.id)
    if row is None or not proofs.count_try(transaction, row.id, most=TRIES, now=work.now):
        return "over"
    target = orjson.loads(row.data)["target"]
    if target is None or _hash(work, member.id, row.id, digits) != row.hash:
        return "over" if row.tries + 1 >= TRIES else "wrong"
    if not proofs.use(transaction, row.hash, work.now):
        return "over"
    return join(work, member.id, target)


def join(work: Work, one: int, other: int) -> Linked:
    """Make one member of two who have shown to be one person; who joined first is kept, and has the phone's orders."""
    first, second = members.current(work.transaction, one), members.current(work.transaction, other)
    if first is None or second is None:
        return Linked(one, "unknown")
    if first.id == second.id:
        return Linked(first.id)
    kept, merged = merging.elder(first, second)
    made = merging.merge(work, kept.id, merged.id)
    if not isinstance(made, Merged):
        return Linked(one, made)
    return Linked(kept.id)


def _reached_by(work: Work, member: MemberRow, phone: str) -> int | None:
    """Whom the code goes to: the phone's member, if they write from a phone and may be joined with who asks."""
    owner = members.by_phone(work.transaction, phone)
    if owner is None or owner.id == member.id or owner.erased_at is not None:
        return None
    channels = {row.channel for row in profiles.addresses(work.transaction, owner.id) if row.reachable}
    if not channels & _PHONE_CHANNELS or merging.SIMULATOR in merges.channels(work.transaction, member.id):
        return None
    return owner.id


def _may_ask(work: Work, member_id: int, phone: str) -> bool:
    """Take one of the codes that may be sent in any hour and any day; nothing is taken where one limit is reached."""
    hidden = tokens.hashed(work.keyring, "phone", phone)[:32]
    limits = (
        (f"link:member:{member_id}", CODES_AN_HOUR, _HOUR),
        (f"link:phone:{hidden}", CODES_AN_HOUR, _HOUR),
        (f"link:day:{hidden}", CODES_A_DAY, _DAY),
    )
    free = [_free(work, name, most, period) for name, most, period in limits]
    return None not in free and all(_take(work, slot) for slot in free if slot is not None)


def _free(work: Work, name: str, most: int, period: int) -> tuple[str, int] | None:
    """A slot that was not used within the period, and when it was used; a counter holds the instant."""
    used = ((slot, counters.taken(work.transaction, slot)) for slot in (f"{name}:{number}" for number in range(most)))
    return next(((slot, at) for slot, at in used if work.now - at >= period), None)


def _take(work: Work, slot: tuple[str, int]) -> bool:
    name, at = slot
    return counters.take(work.transaction, name, most=work.now, amount=work.now - at)


def _hash(work: Work, member_id: int, proof_id: int, digits: str) -> str:
    return tokens.hashed(work.keyring, "link", f"{member_id}:{proof_id}:{digits}")
