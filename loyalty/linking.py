"""Two addresses of one person: a one-time code on the other channel shows that both memberships are theirs.

Whoever asks learns nothing about a phone: known or not, the answer is the same and so is the number of tries.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import orjson

from loyalty import codes, merging, purchasing, recycled, tokens
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
_HOUR = 3600 * 1_000_000
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
    """Send a code to whoever has this phone, if anybody does; False when too many were asked for within the hour.

    `shown`: the profile name of whoever asks; after a long silence of the phone another name gets no code.
    """
    proofs.void(work.transaction, "link", member.id)
    hour = work.now // _HOUR
    hidden = tokens.hashed(work.keyring, "phone", phone)[:32]
    for name in (f"link:member:{member.id}:{hour}", f"link:phone:{hidden}:{hour}"):
        if not counters.take(work.transaction, name, most=CODES_AN_HOUR):
            return False
    target = _reached_by(work, member, phone)
    if target is not None and recycled.has_new_owner(work, target, shown):
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
    """Try a code; the right one makes one member of the two. At most three tries a code."""
    transaction = work.transaction
    row = proofs.newest(transaction, "link", member.id)
    if row is None or not proofs.count_try(transaction, row.id, most=TRIES, now=work.now):
        return "over"
    digits = codes.read_six(text)
    target = orjson.loads(row.data)["target"]
    if digits is None or target is None or _hash(work, member.id, row.id, digits) != row.hash:
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
    if (now := members.get(work.transaction, kept.id)) is not None:
        purchasing.credit_guest(work, now)
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


def _hash(work: Work, member_id: int, proof_id: int, digits: str) -> str:
    return tokens.hashed(work.keyring, "link", f"{member_id}:{proof_id}:{digits}")
