"""What a member's own export shows that no other query reads whole: their rows, table by table, oldest first."""

from typing import Any

from sqlalchemy import select

from storage.database import Transaction
from storage.statement import Statement, many
from storage.tables import (
    Attachment,
    ConsentEvent,
    Coupon,
    Inbox,
    Member,
    Outbox,
    Purchase,
    Redemption,
    Referral,
    Refund,
    Standing,
)

Rows = list[dict[str, Any]]


def _statement(table: Any, column: str, names: tuple[str, ...]) -> Statement[dict[str, Any]]:
    core = table.__table__
    chosen = (
        select(*(core.c[name] for name in names)).where(core.c[column].in_(many("keys"))).order_by(core.c[names[0]])
    )
    return Statement(chosen, lambda row: dict(zip(names, row, strict=True)))


_READ = {
    "profile": _statement(
        Member,
        "id",
        (
            *("id", "market", "locale", "name", "phone", "email", "zone", "birth_month", "birth_day", "birth_year"),
            *("joined_at", "terms_version", "referral_code", "marketing", "card_number", "created_at"),
        ),
    ),
    "standing": _statement(Standing, "member_id", ("member_id", "purchases", "tier", "tier_since", "review_at")),
    "consents": _statement(
        ConsentEvent, "member_id", ("id", "channel", "purpose", "action", "basis", "text_version", "source", "at")
    ),
    "purchases": _statement(
        Purchase,
        "member_id",
        (
            *("at", "order_id", "market", "state", "currency", "total", "shipping", "tax", "lines"),
            *("earned", "credited", "refunded", "reversed", "uncredited"),
        ),
    ),
    "refunds": _statement(
        Refund, "order_id", ("at", "refund_id", "order_id", "amount", "currency", "state", "reversed", "returned")
    ),
    "coupons": _statement(
        Coupon, "member_id", ("issued_at", "kind", "state", "market", "order_id", "expires_at", "settled_at")
    ),
    "redemptions": _statement(
        Redemption,
        "member_id",
        (
            *("reserved_at", "kind", "name", "unit", "amount", "money", "state", "returned", "order_id"),
            *("expires_at", "settled_at"),
        ),
    ),
    "invited": _statement(Referral, "referrer_id", ("created_at", "state", "rewarded_at")),
    "invited_by_a_friend": _statement(Referral, "friend_id", ("created_at", "state", "rewarded_at")),
    "received": _statement(Inbox, "address_id", ("received_at", "channel", "kind", "words")),
    "attachments": _statement(Attachment, "member_id", ("at", "name", "type")),
    "sent": _statement(Outbox, "address_id", ("created_at", "kind", "status", "body")),
}


def rows(transaction: Transaction, what: str, keys: list[Any]) -> Rows:
    """The rows of one kind (see the names in this module) that belong to these members, addresses or orders."""
    return transaction.all(_READ[what], keys=keys) if keys else []
