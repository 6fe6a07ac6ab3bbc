"""API keys: what they may do, how they are written, how one is recognised.

A key reads `bk_<id>_<secret>`. Only a keyed hash of id and secret is kept, so that neither the database's reader nor
its writer can make a key of it.
"""

from __future__ import annotations

import hmac
import re
import secrets
from dataclasses import dataclass

from loyalty.tokens import Keyring, hashed
from storage import keys
from storage.database import Transaction
from storage.keys import KeyRow

SCOPES = (
    "members:read",
    "purchases:write",
    "refunds:write",
    "rewards:read",
    "rewards:write",
    "coupons:read",
    "coupons:write",
    "stamps:write",
    "payments:write",
    "statements:read",
)
_SECRET_BYTES = 32
_PATTERN = re.compile(r"bk_([1-9][0-9]{0,18})_([A-Za-z0-9_-]{43})")


@dataclass(frozen=True, slots=True)
class Grant:
    """What a key may do, and whose it is: a till's, a shop's."""

    name: str
    scopes: frozenset[str]
    market: str | None = None
    """The one market it may act in; None: all."""


@dataclass(frozen=True, slots=True)
class Caller(Grant):
    """Whoever shows a key."""

    id: int = 0

    @property
    def audience(self) -> str:
        """What proofs are made out to."""
        return f"key:{self.id}"

    @property
    def actor(self) -> str:
        """What is written into the books."""
        return f"key:{self.name}"


def make_key(transaction: Transaction, keyring: Keyring, grant: Grant, now: int) -> tuple[int, str]:
    """Keep a new key; its id and the key itself, which is not kept anywhere."""
    secret, fresh = secrets.token_urlsafe(_SECRET_BYTES), transaction.ids.new()
    scopes = " ".join(sorted(grant.scopes))
    keys.add(transaction, KeyRow(fresh, grant.name, _hash(keyring, fresh, secret), scopes, grant.market, now))
    return fresh, f"bk_{fresh}_{secret}"


def recognise(transaction: Transaction, keyring: Keyring, text: str) -> KeyRow | None:
    """The row of a key that is right and not revoked."""
    parts = _PATTERN.fullmatch(text)
    key_id = int(parts[1]) if parts is not None else 0
    if parts is None or key_id >= 2**63:
        return None
    row = keys.get(transaction, key_id)
    is_right = hmac.compare_digest(_hash(keyring, key_id, parts[2]), row.hash if row is not None else "0" * 64)
    return row if is_right and row is not None and row.revoked_at is None else None


def caller_of(row: KeyRow) -> Caller:
    """Who shows this key."""
    return Caller(row.name, frozenset(row.scopes.split()), row.market, row.id)


def _hash(keyring: Keyring, key_id: int, secret: str) -> str:
    return hashed(keyring, "api-key", f"{key_id}:{secret}")
