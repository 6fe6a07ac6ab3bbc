"""The loyalty programme: tiers, coupons, redemptions, refunds, credit, merges and API keys.

Rows of 0001 are kept: a member's posting names its lot, counted purchases become standing, a purchase becomes a paid
order, a pending referral gets a last day. There is no way back: a guest's order or a refund has no place in 0001.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_OWN_ACCOUNTS = 15
"""Owner ids up to this one are the programme's own, larger ones are members."""
_REFERRAL_WAITS = 180 * 86_400 * 1_000_000
"""Microseconds until a pending referral expires."""


def _where(predicate: str) -> dict[str, Any]:
    return {"sqlite_where": sa.text(predicate), "postgresql_where": sa.text(predicate)}


def _create_api_key() -> None:
    op.create_table(
        "api_key",
        sa.Column("id", _BIG, autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("scopes", sa.Text(), nullable=False),
        sa.Column("market", sa.Text(), nullable=True),
        sa.Column("created_at", _BIG, nullable=False),
        sa.Column("used_at", _BIG, nullable=True),
        sa.Column("revoked_at", _BIG, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_key")),
        sa.UniqueConstraint("hash", name=op.f("uq_api_key_hash")),
    )


def _create_api_request() -> None:
    op.create_table(
        "api_request",
        sa.Column("key_id", _BIG, autoincrement=False, nullable=False),
        sa.Column("idempotency_key", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("at", _BIG, nullable=False),
        sa.PrimaryKeyConstraint("key_id", "idempotency_key", name=op.f("pk_api_request")),
    )
    op.create_index("ix_api_request_at", "api_request", ["at"], unique=False, **_where("status > 0"))


def _create_counter() -> None:
    op.create_table(
        "counter",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("taken", _BIG, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_counter")),
    )


def _create_proof() -> None:
    op.create_table(
        "proof",
        sa.Column("id", _BIG, autoincrement=False, nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("member_id", _BIG, nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("expires_at", _BIG, nullable=False),
        sa.Column("used_at", _BIG, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proof")),
        sa.UniqueConstraint("hash", name=op.f("uq_proof_hash")),
    )
    op.create_index(op.f("ix_proof_expires_at"), "proof", ["expires_at"], unique=False)
    op.create_index(op.f("ix_proof_member_id"), "proof", ["member_id"], unique=False)


def _create_refund() -> None:
    op.create_table(
        "refund",
        sa.Column("id", _BIG, autoincrement=False, nullable=False),
        sa.Column("refund_id", sa.Text(), nullable=False),
        sa.Column("order_id", sa.Text(), nullable=False),
        sa.Column("amount", _BIG, nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reversed", _BIG, nullable=False),
        sa.Column("returned", _BIG, nullable=False),
        sa.Column("at", _BIG, nullable=False),
        sa.Column("created_at", _BIG, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refund")),
        sa.UniqueConstraint("refund_id", name=op.f("uq_refund_refund_id")),
    )
    op.create_index(op.f("ix_refund_order_id"), "refund", ["order_id"], unique=False)


def _create_separate_pair() -> None:
    op.create_table(
        "separate_pair",
        sa.Column("low_id", _BIG, autoincrement=False, nullable=False),
        sa.Column("high_id", _BIG, autoincrement=False, nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("at", _BIG, nullable=False),
        sa.PrimaryKeyConstraint("low_id", "high_id", name=op.f("pk_separate_pair")),
    )


def _create_suppression() -> None:
    op.create_table(
        "suppression",
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("at", _BIG, nullable=False),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_suppression")),
    )


def _create_coupon() -> None:
    op.create_table(
        "coupon",
        sa.Column("id", _BIG, autoincrement=False, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("code_hash", sa.Text(), nullable=False),
        sa.Column("member_id", _BIG, nullable=False),
        sa.Column("market", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("order_id", sa.Text(), nullable=True),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("issued_at", _BIG, nullable=False),
        sa.Column("expires_at", _BIG, nullable=False),
        sa.Column("reserved_until", _BIG, nullable=True),
        sa.Column("settled_at", _BIG, nullable=True),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_coupon_member_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_coupon")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_coupon_code_hash")),
        sa.UniqueConstraint("key", name=op.f("uq_coupon_key")),
    )
    op.create_index(
        "ix_coupon_lapse", "coupon", ["expires_at", "id"], unique=False, **_where("state in ('issued', 'reserved')")
    )
    op.create_index("ix_coupon_hold", "coupon", ["reserved_until", "id"], unique=False, **_where("state = 'reserved'"))
    op.create_index("ix_coupon_member", "coupon", ["member_id", "id"], unique=False)
    op.create_index(op.f("ix_coupon_order_id"), "coupon", ["order_id"], unique=False)


def _create_merge() -> None:
    op.create_table(
        "merge",
        sa.Column("id", _BIG, autoincrement=False, nullable=False),
        sa.Column("kept_id", _BIG, nullable=False),
        sa.Column("merged_id", _BIG, nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("at", _BIG, nullable=False),
        sa.Column("undone_at", _BIG, nullable=True),
        sa.ForeignKeyConstraint(["kept_id"], ["member.id"], name=op.f("fk_merge_kept_id")),
        sa.ForeignKeyConstraint(["merged_id"], ["member.id"], name=op.f("fk_merge_merged_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_merge")),
    )
    op.create_index(op.f("ix_merge_kept_id"), "merge", ["kept_id"], unique=False)
    op.create_index(op.f("ix_merge_merged_id"), "merge", ["merged_id"], unique=False)


def _create_redemption() -> None:
    op.create_table(
        "redemption",
        sa.Column("id", _BIG, autoincrement=False, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("code_hash", sa.Text(), nullable=True),
        sa.Column("member_id", _BIG, nullable=False),
        sa.Column("market", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("amount", _BIG, nullable=False),
        sa.Column("money", _BIG, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("transaction_id", _BIG, nullable=True),
        sa.Column("returned", _BIG, nullable=False),
        sa.Column("order_id", sa.Text(), nullable=True),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("reserved_at", _BIG, nullable=False),
        sa.Column("expires_at", _BIG, nullable=False),
        sa.Column("settled_at", _BIG, nullable=True),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_redemption_member_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_redemption")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_redemption_code_hash")),
        sa.UniqueConstraint("key", name=op.f("uq_redemption_key")),
    )
    op.create_index(
        "ix_redemption_lapse", "redemption", ["expires_at", "id"], unique=False, **_where("state = 'reserved'")
    )
    op.create_index("ix_redemption_member", "redemption", ["member_id", "id"], unique=False)
    op.create_index(op.f("ix_redemption_order_id"), "redemption", ["order_id"], unique=False)


def _create_standing() -> None:
    op.create_table(
        "standing",
        sa.Column("member_id", _BIG, autoincrement=False, nullable=False),
        sa.Column("purchases", sa.Integer(), nullable=False),
        sa.Column("tier", sa.Text(), nullable=True),
        sa.Column("tier_since", _BIG, nullable=True),
        sa.Column("review_at", _BIG, nullable=True),
        sa.Column("noticed_at", _BIG, nullable=True),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_standing_member_id")),
        sa.PrimaryKeyConstraint("member_id", name=op.f("pk_standing")),
    )
    op.create_index("ix_standing_review", "standing", ["review_at"], unique=False, **_where("review_at is not null"))
    op.execute(
        sa.text("insert into standing (member_id, purchases) select id, purchases from member where purchases > 0")
    )


def _add(table: str, *columns: sa.Column[Any]) -> None:
    """New columns; a required one brings the value of the rows that are there as a default, until `_settle`."""
    for column in columns:
        op.add_column(table, column)


def _settle(table: str, **kinds: Any) -> None:
    """Drop the defaults that `_add` needed, of the columns named here with their types: the schema has none."""
    with op.batch_alter_table(table) as batch:
        for name, kind in kinds.items():
            batch.alter_column(name, existing_type=kind, existing_nullable=False, server_default=None)


def _change_account() -> None:
    _add("account", sa.Column("debt", _BIG, server_default="0", nullable=False))
    _settle("account", debt=_BIG)


def _change_ledger_transaction() -> None:
    _add("ledger_transaction", sa.Column("reverses_id", _BIG, nullable=True))
    op.create_index(
        "ix_ledger_transaction_reverses",
        "ledger_transaction",
        ["reverses_id"],
        unique=False,
        **_where("reverses_id is not null"),
    )


def _change_lot() -> None:
    _add("lot", sa.Column("source_id", _BIG, nullable=True))
    op.create_index("ix_lot_lapse", "lot", ["expires_at", "id"], unique=False, **_where("remaining > 0"))
    op.create_index("ix_lot_source", "lot", ["source_id"], unique=False, **_where("source_id is not null"))


def _change_member() -> None:
    """After `_create_standing`, which reads the column that goes."""
    with op.batch_alter_table("member") as batch:
        batch.add_column(sa.Column("email", sa.Text(), nullable=True))
        batch.add_column(sa.Column("card_number", sa.Text(), nullable=True))
        batch.add_column(sa.Column("merged_into", _BIG, nullable=True))
        batch.add_column(sa.Column("erased_at", _BIG, nullable=True))
        batch.create_unique_constraint(op.f("uq_member_card_number"), ["card_number"])
        batch.drop_column("purchases")
    op.create_index("ix_member_merged", "member", ["merged_into"], unique=False, **_where("merged_into is not null"))


def _change_messages() -> None:
    """What was said with somebody is found by their address: for an export, and to be erased."""
    op.create_index("ix_inbox_address", "inbox", ["address_id", "id"], unique=False, **_where("address_id is not null"))
    op.create_index("ix_inbox_stray", "inbox", ["id"], unique=False, **_where("address_id is null"))
    done = _where("status not in ('pending', 'sending')")
    op.create_index("ix_outbox_done", "outbox", ["address_id", "id"], unique=False, **done)


def _change_posting() -> None:
    """0001 gave points and never took any: each member's posting has the one lot of its transaction."""
    with op.batch_alter_table("posting") as batch:
        batch.add_column(sa.Column("lot_id", _BIG, nullable=True))
        batch.create_foreign_key(op.f("fk_posting_lot_id"), "lot", ["lot_id"], ["id"])
        batch.drop_index(op.f("ix_posting_account_id"))
    find = sa.text(
        "update posting set lot_id = (select min(lot.id) from lot where lot.transaction_id = posting.transaction_id"
        " and lot.account_id = posting.account_id)"
        " where account_id in (select id from account where owner_id > :own)"
    )
    op.execute(find.bindparams(own=_OWN_ACCOUNTS))
    op.create_index("ix_posting_account", "posting", ["account_id", "id"], unique=False)
    op.create_index("ix_posting_lot", "posting", ["lot_id"], unique=False, **_where("lot_id is not null"))


_PURCHASE_COUNTS = ("shipping", "tax", "redeemed", "credited", "refunded", "reversed", "uncredited")


def _change_purchase() -> None:
    op.drop_index(op.f("ix_purchase_member_id"), "purchase")
    _add(
        "purchase",
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("market", sa.Text(), server_default="", nullable=False),
        sa.Column("state", sa.Text(), server_default="paid", nullable=False),
        sa.Column("lines", sa.Text(), server_default="[]", nullable=False),
        sa.Column("test", sa.Integer(), server_default="0", nullable=False),
        sa.Column("payment", sa.Text(), nullable=True),
        sa.Column("round", sa.Integer(), server_default="0", nullable=False),
        sa.Column("created_at", _BIG, server_default="0", nullable=False),
        *(sa.Column(name, _BIG, server_default="0", nullable=False) for name in _PURCHASE_COUNTS),
    )
    op.execute(
        sa.text(
            "update purchase set created_at = at,"
            " market = (select member.market from member where member.id = purchase.member_id)"
        )
    )
    with op.batch_alter_table("purchase") as batch:
        batch.alter_column("amount", new_column_name="total", existing_type=_BIG, existing_nullable=False)
        batch.alter_column("points", new_column_name="earned", existing_type=_BIG, existing_nullable=False)
        batch.alter_column("member_id", existing_type=_BIG, nullable=True)
    texts, numbers = ("market", "state", "lines"), ("created_at", *_PURCHASE_COUNTS)
    _settle(
        "purchase",
        **dict.fromkeys(texts, sa.Text()),
        **dict.fromkeys(("test", "round"), sa.Integer()),
        **dict.fromkeys(numbers, _BIG),
    )
    op.create_index("ix_purchase_guest", "purchase", ["phone"], unique=False, **_where("member_id is null"))
    op.create_index("ix_purchase_member", "purchase", ["member_id", "at"], unique=False)


def _change_referral() -> None:
    op.drop_index(op.f("ix_referral_referrer_id"), "referral")
    _add(
        "referral",
        sa.Column("flags", sa.Text(), server_default="", nullable=False),
        sa.Column("order_id", sa.Text(), nullable=True),
        sa.Column("due_at", _BIG, nullable=True),
        sa.Column("decided_by", sa.Text(), nullable=True),
    )
    wait = sa.text("update referral set due_at = created_at + :waits where state = 'pending'")
    op.execute(wait.bindparams(sa.bindparam("waits", _REFERRAL_WAITS, sa.BigInteger())))
    _settle("referral", flags=sa.Text())
    open_ = _where("state in ('pending', 'qualified')")
    op.create_index("ix_referral_due", "referral", ["due_at", "id"], unique=False, **open_)
    op.create_index(op.f("ix_referral_order_id"), "referral", ["order_id"], unique=False)
    op.create_index("ix_referral_referrer", "referral", ["referrer_id", "created_at"], unique=False)
    op.create_index("ix_referral_review", "referral", ["id"], unique=False, **_where("state = 'review'"))


_STEPS = (
    _create_api_key,
    _create_api_request,
    _create_counter,
    _create_proof,
    _create_refund,
    _create_separate_pair,
    _create_suppression,
    _create_coupon,
    _create_merge,
    _create_redemption,
    _create_standing,
    _change_account,
    _change_ledger_transaction,
    _change_lot,
    _change_member,
    _change_messages,
    _change_posting,
    _change_purchase,
    _change_referral,
)


def upgrade() -> None:
    if op.get_context().dialect.name == "sqlite":
        # The driver begins at the first changed row, too late for the tables made before it: all or nothing.
        op.execute(sa.text("begin immediate"))
    for step in _STEPS:
        step()
