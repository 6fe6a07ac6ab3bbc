"""What we know of a member, as JSON for themselves (GDPR articles 15 and 20), and the link that gives it once.

Money is in minor units of its currency, instants are ISO 8601 in UTC. Codes that could be used are not shown, and of
friends nothing but how many there were.
"""

from collections import Counter
from datetime import UTC, datetime
from typing import Any

import orjson

from loyalty import tokens
from loyalty.work import LoyaltyError, Work
from storage import exports, ledger, members, merges, profiles, proofs
from storage.database import Transaction
from storage.exports import Rows
from storage.proofs import ProofRow

LINK_LIFE = 24 * 3600 * 1_000_000
"""Microseconds."""
_PURPOSE = "export"
_MOST_LINES = 100_000
_INSTANT = ("_at", "_since")


class NobodyToExport(LoyaltyError):
    """There is no such member, or they were erased."""


def export(transaction: Transaction, member_id: int, now: int) -> dict[str, Any]:
    """Everything of a member and of whoever was merged into them; amounts as they stand in the books."""
    member = members.current(transaction, member_id)
    if member is None or member.erased_at is not None:
        raise NobodyToExport(f"there is nobody to export under {member_id}")
    everybody = [member.id, *merges.predecessors(transaction, member.id)]
    places = profiles.addresses(transaction, member.id)
    purchases = exports.rows(transaction, "purchases", everybody)
    orders = [row["order_id"] for row in purchases]
    profile, *former = sorted(exports.rows(transaction, "profile", everybody), key=lambda row: row["id"] != member.id)
    return {
        "made_at": _iso(now),
        "profile": _shown(profile),
        "former_memberships": [_shown(row) for row in former],
        "addresses": [_shown(row._asdict()) for row in places],
        "consents": _all(transaction, "consents", everybody),
        "standing": _all(transaction, "standing", [member.id]),
        "purchases": [_shown({**row, "lines": orjson.loads(row["lines"])}) for row in purchases],
        "refunds": _all(transaction, "refunds", orders),
        "wallets": [_wallet(transaction, member.id, one) for one in ledger.wallets(transaction, member.id, now)],
        "coupons": _all(transaction, "coupons", everybody),
        "redemptions": _all(transaction, "redemptions", everybody),
        "referrals": {
            "invited": dict(Counter(row["state"] for row in exports.rows(transaction, "invited", everybody))),
            "invited_by_a_friend": _all(transaction, "invited_by_a_friend", everybody),
        },
        "messages": _messages(transaction, [row.id for row in places]),
        "attachments": _all(transaction, "attachments", everybody),
    }


def make_link(work: Work, member_id: int, public_url: str) -> str:
    """The address under which the member's export can be had once, within 24 hours. A later link voids this one."""
    proofs.void(work.transaction, _PURPOSE, member_id)
    expires_at = work.now + LINK_LIFE
    token = tokens.proof(work.keyring, member_id, _PURPOSE, expires_at)
    hash = tokens.hashed(work.keyring, _PURPOSE, token)
    row = ProofRow(work.transaction.ids.new(), _PURPOSE, hash, member_id, "{}", 0, expires_at, None)
    proofs.add(work.transaction, row, work.now)
    return f"{public_url}/export/{token}"


def is_open(work: Work, token: str) -> bool:
    """Whether this link still gives an export; nothing is used (a chat's preview of a link must not use it)."""
    row = proofs.find(work.transaction, tokens.hashed(work.keyring, _PURPOSE, token))
    return row is not None and row.used_at is None and row.expires_at > work.now


def of_link(work: Work, token: str) -> dict[str, Any] | None:
    """The export that a link gives; None if it is not ours, is used, is over, or its member is gone.

    Nothing is changed: who shows it to anybody must `use_link` before.
    """
    member_id = tokens.read_proof(work.keyring, token, _PURPOSE, work.now)
    member = members.current(work.transaction, member_id) if member_id is not None else None
    if member is None or member.erased_at is not None or not is_open(work, token):
        return None
    return export(work.transaction, member.id, work.now)


def use_link(work: Work, token: str) -> bool:
    """Use up an open link; False if somebody else was first."""
    return proofs.use(work.transaction, tokens.hashed(work.keyring, _PURPOSE, token), work.now)


def _all(transaction: Transaction, what: str, keys: list[Any]) -> Rows:
    return [_shown(row) for row in exports.rows(transaction, what, keys)]


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    return {name: _iso(value) if _is_instant(name) else value for name, value in row.items()}


def _is_instant(name: str) -> bool:
    return name == "at" or name.endswith(_INSTANT)


def _iso(instant: int | None) -> str | None:
    return None if instant is None else datetime.fromtimestamp(instant / 1_000_000, UTC).isoformat()


def _wallet(transaction: Transaction, member_id: int, wallet: ledger.Wallet) -> dict[str, Any]:
    lines = ledger.statement(transaction, member_id, wallet.unit, most=_MOST_LINES)
    return {
        "unit": wallet.unit,
        "active": wallet.position.active,
        "pending": wallet.position.pending,
        "earned_in_all": wallet.lifetime,
        "owed": wallet.debt,
        "lines": [_shown(line._asdict()) for line in reversed(lines)],
        "lots": [_shown(lot._asdict()) for lot in ledger.lots_of(transaction, member_id, wallet.unit)],
    }


def _messages(transaction: Transaction, address_ids: list[int]) -> dict[str, Rows]:
    """What was said on either side, in full; of what had no words, when it came and what kind it was."""
    sent = exports.rows(transaction, "sent", address_ids)
    said = [
        _shown({**row, "body": orjson.loads(row["body"]).get("text", "")}) for row in sent if row["kind"] != "callback"
    ]
    return {"sent": said, "received": _all(transaction, "received", address_ids)}
