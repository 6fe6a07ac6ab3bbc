"""Signed tokens and keyed hashes: a member's QR, what a till holds after a scan, codes at rest. HMAC-SHA256.

One secret gives a key for every purpose, so that what was made for one is worth nothing for another. A token's mac is
compared before anything in it is read, in constant time and as text, so that each token has one spelling.
"""

import hmac
import secrets
import struct
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field

QR_SECONDS = 300
"""The longest life of a member's QR (loyalty reference 1.8)."""
LEAST_SECRET = 16
"""Bytes."""
_NONCE = 8
_MAC = 16
_LONGEST = 128
"""Characters; no token of ours is longer."""
_SECOND = 1_000_000
_MEMBER = struct.Struct(f">QQ{_NONCE}s")
_PROOF = struct.Struct(">QQ")


@dataclass(frozen=True, slots=True)
class Keyring:
    """The installation's secret, of at least 16 bytes (else ValueError); it is not shown when printed."""

    secret: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if len(self.secret) < LEAST_SECRET:
            raise ValueError(f"the secret has fewer than {LEAST_SECRET} bytes")

    def key(self, purpose: str) -> bytes:
        """The key for one purpose."""
        return hmac.digest(self.secret, b"bentornato:" + purpose.encode(), "sha256")


@dataclass(frozen=True, slots=True)
class MemberToken:
    """What a member's QR says; `expires_at` is microseconds UTC, `nonce` tells two tokens of one second apart."""

    member_id: int
    expires_at: int
    nonce: str


def hashed(keyring: Keyring, purpose: str, value: str) -> str:
    """What is kept of a secret value to find it again: 64 hexadecimal digits."""
    return hmac.digest(keyring.key(f"hash:{purpose}"), value.encode(), "sha256").hex()


def member_token(keyring: Keyring, member_id: int, *, now: int, life: int = QR_SECONDS) -> str:
    """The text of a member's QR, good for `life` seconds: `b1.<body>.<mac>`, URL-safe. Over 300 raises ValueError."""
    if not 0 < life <= QR_SECONDS:
        raise ValueError(f"a QR lives for 1 to {QR_SECONDS} seconds")
    body = _MEMBER.pack(member_id, now // _SECOND + life, secrets.token_bytes(_NONCE))
    return _sealed(keyring.key("member"), "b1", body)


def read_member_token(keyring: Keyring, text: str, now: int) -> MemberToken | None:
    """What a scanned QR says; None if it is not ours, was changed, is over or lives for longer than we ever give."""
    body = _opened(keyring.key("member"), "b1", text)
    if body is None:
        return None
    member_id, seconds, nonce = _MEMBER.unpack(body)
    expires_at = seconds * _SECOND
    if not now < expires_at <= now + QR_SECONDS * _SECOND:
        return None
    return MemberToken(member_id, expires_at, nonce.hex())


def coupon_entropy(keyring: Keyring, coupon_id: int) -> bytes:
    """The 32 bytes a coupon's code is made of: always the same for its id, so that the code is stored nowhere."""
    return hmac.digest(keyring.key("coupon"), str(coupon_id).encode(), "sha256")


def proof(keyring: Keyring, member_id: int, audience: str, expires_at: int) -> str:
    """What a till holds after a scan: that `audience` (a till, a member of staff) saw this member's QR or code.

    `expires_at` is microseconds UTC.
    """
    return _sealed(_audience_key(keyring, audience), "p1", _PROOF.pack(member_id, expires_at))


def read_proof(keyring: Keyring, text: str, audience: str, now: int) -> int | None:
    """The member of a proof; None if it is not ours, was made for another audience, was changed or is over."""
    body = _opened(_audience_key(keyring, audience), "p1", text)
    if body is None:
        return None
    member_id, expires_at = _PROOF.unpack(body)
    return int(member_id) if now < expires_at else None


def _audience_key(keyring: Keyring, audience: str) -> bytes:
    return keyring.key(f"proof:{audience}")


def _sealed(key: bytes, kind: str, body: bytes) -> str:
    signed = f"{kind}.{_text(body)}"
    return f"{signed}.{_mac(key, signed)}"


def _opened(key: bytes, kind: str, text: str) -> bytes | None:
    """The body of a token of this kind with a right mac."""
    signed, _, mac = text.rpartition(".")
    if len(text) > _LONGEST or not text.isascii() or not signed.startswith(f"{kind}."):
        return None
    if not hmac.compare_digest(_mac(key, signed), mac):
        return None
    body = signed.partition(".")[2]
    return urlsafe_b64decode(body + "=" * (-len(body) % 4))


def _mac(key: bytes, signed: str) -> str:
    return _text(hmac.digest(key, signed.encode(), "sha256")[:_MAC])


def _text(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()
