"""Who stands at the till: what a member shows (QR, six digits, card), and whom the till's scan, code or number means.

A QR and six digits are used once, live for at most five minutes and prove that the member is there: the till gets a
proof for itself with which it may redeem. A printed card or a phone only claims who somebody is: one may earn for
them, never redeem (loyalty reference 1.8).
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypedDict, Unpack

from loyalty import codes, tokens
from loyalty.carding import give_card
from loyalty.work import LoyaltyError, Work
from storage import members, proofs
from storage.members import MemberRow
from storage.proofs import ProofRow

PROOF_LIFE = 600 * 1_000_000
"""Microseconds for which a till may use what it learned from a scan."""
LIFE = tokens.QR_SECONDS * 1_000_000
_KEPT = 86_400 * 1_000_000
"""Microseconds after its end for which a code is known as used or expired."""
_TRIES = 20
_BITS = 128

Grade = Literal["proven", "claimed"]
Unidentified = Literal["unknown", "expired", "used", "malformed"]
Draw = Callable[[], int]


@dataclass(frozen=True, slots=True)
class Card:
    """What a member shows at the till; instants are microseconds UTC. The number is printed and has no end."""

    qr: str
    qr_expires_at: int
    digits: str
    digits_expires_at: int
    number: str


@dataclass(frozen=True, slots=True)
class Identified:
    """A member, and how surely; `proof` is for the audience that asked, to redeem with."""

    member: MemberRow
    grade: Grade
    proof: str | None = None


class Shown(TypedDict, total=False):
    """What was shown or told; exactly one of them."""

    qr: str | None
    code: str | None
    card: str | None
    phone: str | None


class NothingShown(LoyaltyError):
    """Exactly one of qr, code, card and phone says who somebody is."""


class NoCodeLeft(LoyaltyError):
    """Every six digits drawn are somebody else's just now."""


def _draw() -> int:
    return secrets.randbits(_BITS)


def show(work: Work, member: MemberRow, draw: Draw = _draw) -> Card:
    """A fresh QR and six digits, and the member's card number. The digits shown before are worth nothing any more."""
    number = give_card(work, member.id)
    qr = tokens.member_token(work.keyring, member.id, now=work.now)
    qr_expires_at = (work.now // 1_000_000 + tokens.QR_SECONDS) * 1_000_000
    return Card(qr, qr_expires_at, _digits(work, member.id, draw), work.now + LIFE, number)


def _digits(work: Work, member_id: int, draw: Draw) -> str:
    proofs.void(work.transaction, "till", member_id)
    for _ in range(_TRIES):
        digits = codes.six_digits(draw())
        if _keep(work, "till", digits, member_id, work.now + LIFE):
            return digits
    raise NoCodeLeft("no six digits are free")


def _keep(work: Work, purpose: str, value: str, member_id: int, expires_at: int, used_at: int | None = None) -> bool:
    hash = tokens.hashed(work.keyring, purpose, value)
    row = ProofRow(work.transaction.ids.new(), purpose, hash, member_id, "{}", 0, expires_at, used_at)
    return proofs.add(work.transaction, row, work.now)


def identify(work: Work, *, audience: str, **shown: Unpack[Shown]) -> Identified | Unidentified:
    """Whom this means. `audience` (an API key, a member of staff) is the only one the proof is good for."""
    given = [(kind, str(value)) for kind, value in shown.items() if value is not None]
    if len(given) != 1:
        raise NothingShown("give exactly one of qr, code, card and phone")
    ((kind, value),) = given
    found = _READ[kind](work, value)
    if isinstance(found, str):
        return found
    member = members.current(work.transaction, found) if found is not None else None
    if member is None or not member.is_active:
        return "unknown"
    if kind in ("card", "phone"):
        return Identified(member, "claimed")
    proof = tokens.proof(work.keyring, member.id, audience, work.now + PROOF_LIFE)
    return Identified(member, "proven", proof)


def proven(work: Work, proof: str, audience: str) -> MemberRow | None:
    """The member of a proof that this audience got from `identify`; None if it is not good (any more)."""
    member_id = tokens.read_proof(work.keyring, proof, audience, work.now)
    member = members.current(work.transaction, member_id) if member_id is not None else None
    return member if member is not None and member.is_active else None


def forget(work: Work, most: int) -> int:
    """Drop codes and tokens that were over a day ago, up to so many; how many."""
    return proofs.forget(work.transaction, work.now - _KEPT, most)


def _by_qr(work: Work, text: str) -> int | Unidentified:
    token = tokens.read_member_token(work.keyring, text, work.now)
    if token is None:
        before = tokens.read_member_token(work.keyring, text, work.now - LIFE)
        return "malformed" if before is None else "expired"
    fresh = _keep(work, "qr", token.nonce, token.member_id, token.expires_at, work.now)
    return token.member_id if fresh else "used"


def _by_digits(work: Work, text: str) -> int | Unidentified:
    digits = codes.read_six(text)
    if digits is None:
        return "malformed"
    hash = tokens.hashed(work.keyring, "till", digits)
    if (row := proofs.find(work.transaction, hash)) is None:
        return "unknown"
    if proofs.use(work.transaction, hash, work.now):
        return row.member_id
    return "used" if row.used_at is not None and row.expires_at > work.now else "expired"


def _by_card(work: Work, text: str) -> int | Unidentified:
    number = codes.read_card(text)
    if number is None:
        return "malformed"
    member = members.by_card(work.transaction, number)
    return member.id if member is not None else "unknown"


def _by_phone(work: Work, text: str) -> int | Unidentified:
    if not (text.startswith("+") and text[1:].isascii() and text[1:].isdigit() and 6 <= len(text) <= 16):
        return "malformed"
    member = members.by_phone(work.transaction, text)
    return member.id if member is not None else "unknown"


_READ: dict[str, Callable[[Work, str], int | Unidentified]] = {
    "qr": _by_qr,
    "code": _by_digits,
    "card": _by_card,
    "phone": _by_phone,
}
