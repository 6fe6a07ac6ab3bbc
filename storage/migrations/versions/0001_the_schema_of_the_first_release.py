"""The schema of the first release."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _where(predicate: str) -> dict[str, Any]:
    return {"sqlite_where": sa.text(predicate), "postgresql_where": sa.text(predicate)}


def _create_account() -> None:
    op.create_table(
        "account",
        sa.Column("id", _BIG, autoincrement=False, nullable=False),
        sa.Column("owner_id", _BIG, nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("active", _BIG, nullable=False),
        sa.Column("pending", _BIG, nullable=False),
        sa.Column("matures_at", _BIG, nullable=True),
        sa.Column("expiring", _BIG, nullable=False),
        sa.Column("expires_at", _BIG, nullable=True),
        sa.Column("lifetime", _BIG, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account")),
        sa.UniqueConstraint("owner_id", "unit", name=op.f("uq_account_owner_id")),
    )


def _create_event() -> None:
    op.create_table(
        "event",
        sa.Column("id", _BIG, autoincrement=False, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("created_at", _BIG, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event")),
        sa.UniqueConstraint("key", name=op.f("uq_event_key")),
    )
    op.create_index("ix_event_open", "event", ["id"], unique=False, **_where("status = 'waiting'"))


def _create_flow_version() -> None:
    op.create_table(
        "flow_version",
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("flow", sa.Text(), nullable=False),
        sa.Column("definition", sa.Text(), nullable=False),
        sa.Column("active", sa.Integer(), nullable=False),
        sa.Column("published_at", _BIG, nullable=False),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_flow_version")),
    )
    op.create_index(op.f("ix_flow_version_flow"), "flow_version", ["flow"], unique=False)


def _create_inbox() -> None:
    op.create_table(
        "inbox",
        sa.Column("id", _BIG, autoincrement=False, nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("provider_id", sa.Text(), nullable=False),
        sa.Column("address_id", _BIG, nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("received_at", _BIG, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbox")),
        sa.UniqueConstraint("provider_id", "channel", name=op.f("uq_inbox_provider_id")),
    )
    op.create_index("ix_inbox_failed", "inbox", ["id"], unique=False, **_where("status = 'failed'"))


def _create_ledger_transaction() -> None:
    op.create_table(
        "ledger_transaction",
        sa.Column("id", _BIG, autoincrement=False, nullable=False),
        sa.Column("idempotency_key", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("effective_at", _BIG, nullable=False),
        sa.Column("created_at", _BIG, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_transaction")),
        sa.UniqueConstraint("idempotency_key", name=op.f("uq_ledger_transaction_idempotency_key")),
    )


def _create_member() -> None:
    op.create_table(
        "member",
        sa.Column("id", _BIG, autoincrement=False, nullable=False),
        sa.Column("market", sa.Text(), nullable=False),
        sa.Column("locale", sa.Text(), nullable=False),
        sa.Column("locale_source", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("zone", sa.Text(), nullable=False),
        sa.Column("birth_month", sa.Integer(), nullable=True),
        sa.Column("birth_day", sa.Integer(), nullable=True),
        sa.Column("birth_year", sa.Integer(), nullable=True),
        sa.Column("birth_edits", sa.Integer(), nullable=False),
        sa.Column("birth_set_at", _BIG, nullable=True),
        sa.Column("joined_at", _BIG, nullable=True),
        sa.Column("terms_version", sa.Text(), nullable=True),
        sa.Column("referral_code", sa.Text(), nullable=True),
        sa.Column("marketing", sa.Integer(), nullable=False),
        sa.Column("purchases", sa.Integer(), nullable=False),
        sa.Column("control", sa.Text(), nullable=False),
        sa.Column("control_version", sa.Integer(), nullable=False),
        sa.Column("created_at", _BIG, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_member")),
        sa.UniqueConstraint("phone", name=op.f("uq_member_phone")),
        sa.UniqueConstraint("referral_code", name=op.f("uq_member_referral_code")),
    )
    op.create_index("ix_member_birthday", "member", ["birth_month", "birth_day"], unique=False)


def _create_outbox() -> None:
    op.create_table(
        "outbox",
        sa.Column("id", _BIG, autoincrement=False, nullable=False),
        sa.Column("address_id", _BIG, nullable=False),
        sa.Column("member_id", _BIG, nullable=False),
        sa.Column("inbox_id", _BIG, nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("locale", sa.Text(), nullable=False),
        sa.Column("control_version", sa.Integer(), nullable=False),
        sa.Column("token", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("due_at", _BIG, nullable=False),
        sa.Column("expires_at", _BIG, nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("parts_sent", sa.Integer(), nullable=False),
        sa.Column("provider_id", sa.Text(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("created_at", _BIG, nullable=False),
        sa.Column("updated_at", _BIG, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
    )
    op.create_index(
        "ix_outbox_chat",
        "outbox",
        ["address_id", "id"],
        unique=False,
        **_where("kind = 'reply' and status in ('pending', 'sending')"),
    )
    op.create_index("ix_outbox_given_up", "outbox", ["id"], unique=False, **_where("status in ('dead', 'failed')"))
    op.create_index(
        "ix_outbox_marketing", "outbox", ["member_id", "created_at"], unique=False, **_where("kind = 'marketing'")
    )
    op.create_index(
        "ix_outbox_open", "outbox", ["due_at", "id"], unique=False, **_where("status in ('pending', 'sending')")
    )
    op.create_index("ix_outbox_provider", "outbox", ["provider_id"], unique=False, **_where("provider_id is not null"))


def _create_receipt() -> None:
    op.create_table(
        "receipt",
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("provider_id", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("at", _BIG, nullable=False),
        sa.PrimaryKeyConstraint("channel", "provider_id", name=op.f("pk_receipt")),
    )


def _create_timer() -> None:
    op.create_table(
        "timer",
        sa.Column("id", _BIG, autoincrement=False, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("due_at", _BIG, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_timer")),
        sa.UniqueConstraint("key", name=op.f("uq_timer_key")),
    )
    op.create_index(op.f("ix_timer_due_at"), "timer", ["due_at"], unique=False)


def _create_watermark() -> None:
    op.create_table(
        "watermark",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("at", _BIG, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_watermark")),
    )


def _create_address() -> None:
    op.create_table(
        "address",
        sa.Column("id", _BIG, autoincrement=False, nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("member_id", _BIG, nullable=False),
        sa.Column("profile_name", sa.Text(), nullable=True),
        sa.Column("reachable", sa.Integer(), nullable=False),
        sa.Column("opted_out", sa.Integer(), nullable=False),
        sa.Column("created_at", _BIG, nullable=False),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_address_member_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_address")),
        sa.UniqueConstraint("value", "channel", name=op.f("uq_address_value")),
    )
    op.create_index(op.f("ix_address_member_id"), "address", ["member_id"], unique=False)


def _create_consent_event() -> None:
    op.create_table(
        "consent_event",
        sa.Column("id", _BIG, autoincrement=False, nullable=False),
        sa.Column("member_id", _BIG, nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("text_version", sa.Text(), nullable=True),
        sa.Column("locale", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=True),
        sa.Column("at", _BIG, nullable=False),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_consent_event_member_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent_event")),
    )
    op.create_index(op.f("ix_consent_event_member_id"), "consent_event", ["member_id"], unique=False)


def _create_lot() -> None:
    op.create_table(
        "lot",
        sa.Column("id", _BIG, autoincrement=False, nullable=False),
        sa.Column("account_id", _BIG, nullable=False),
        sa.Column("transaction_id", _BIG, nullable=False),
        sa.Column("original", _BIG, nullable=False),
        sa.Column("remaining", _BIG, nullable=False),
        sa.Column("activates_at", _BIG, nullable=False),
        sa.Column("expires_at", _BIG, nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_lot_account_id")),
        sa.ForeignKeyConstraint(["transaction_id"], ["ledger_transaction.id"], name=op.f("fk_lot_transaction_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lot")),
    )
    op.create_index("ix_lot_open", "lot", ["account_id", "id"], unique=False, **_where("remaining > 0"))
    op.create_index(op.f("ix_lot_transaction_id"), "lot", ["transaction_id"], unique=False)


def _create_posting() -> None:
    op.create_table(
        "posting",
        sa.Column("id", _BIG, autoincrement=False, nullable=False),
        sa.Column("transaction_id", _BIG, nullable=False),
        sa.Column("account_id", _BIG, nullable=False),
        sa.Column("amount", _BIG, nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_posting_account_id")),
        sa.ForeignKeyConstraint(["transaction_id"], ["ledger_transaction.id"], name=op.f("fk_posting_transaction_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_posting")),
    )
    op.create_index(op.f("ix_posting_account_id"), "posting", ["account_id"], unique=False)
    op.create_index(op.f("ix_posting_transaction_id"), "posting", ["transaction_id"], unique=False)


def _create_purchase() -> None:
    op.create_table(
        "purchase",
        sa.Column("id", _BIG, autoincrement=False, nullable=False),
        sa.Column("order_id", sa.Text(), nullable=False),
        sa.Column("member_id", _BIG, nullable=False),
        sa.Column("amount", _BIG, nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("points", _BIG, nullable=False),
        sa.Column("at", _BIG, nullable=False),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_purchase_member_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_purchase")),
        sa.UniqueConstraint("order_id", name=op.f("uq_purchase_order_id")),
    )
    op.create_index(op.f("ix_purchase_member_id"), "purchase", ["member_id"], unique=False)


def _create_referral() -> None:
    op.create_table(
        "referral",
        sa.Column("id", _BIG, autoincrement=False, nullable=False),
        sa.Column("referrer_id", _BIG, nullable=False),
        sa.Column("friend_id", _BIG, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("created_at", _BIG, nullable=False),
        sa.Column("rewarded_at", _BIG, nullable=True),
        sa.ForeignKeyConstraint(["friend_id"], ["member.id"], name=op.f("fk_referral_friend_id")),
        sa.ForeignKeyConstraint(["referrer_id"], ["member.id"], name=op.f("fk_referral_referrer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_referral")),
        sa.UniqueConstraint("friend_id", name=op.f("uq_referral_friend_id")),
    )
    op.create_index(op.f("ix_referral_referrer_id"), "referral", ["referrer_id"], unique=False)


def _create_trigger_firing() -> None:
    op.create_table(
        "trigger_firing",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("trigger", sa.Text(), nullable=False),
        sa.Column("member_id", _BIG, nullable=False),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=True),
        sa.Column("due_at", _BIG, nullable=True),
        sa.Column("at", _BIG, nullable=False),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_trigger_firing_member_id")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_trigger_firing")),
    )
    op.create_index(op.f("ix_trigger_firing_member_id"), "trigger_firing", ["member_id"], unique=False)


def _create_conversation() -> None:
    op.create_table(
        "conversation",
        sa.Column("address_id", _BIG, autoincrement=False, nullable=False),
        sa.Column("last_inbound_at", _BIG, nullable=True),
        sa.Column("misses", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["address_id"], ["address.id"], name=op.f("fk_conversation_address_id")),
        sa.PrimaryKeyConstraint("address_id", name=op.f("pk_conversation")),
    )


def _create_session() -> None:
    op.create_table(
        "session",
        sa.Column("address_id", _BIG, autoincrement=False, nullable=False),
        sa.Column("flow", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("updated_at", _BIG, nullable=False),
        sa.ForeignKeyConstraint(["address_id"], ["address.id"], name=op.f("fk_session_address_id")),
        sa.PrimaryKeyConstraint("address_id", name=op.f("pk_session")),
    )
    op.create_index("ix_session_flow", "session", ["flow", "version", "step"], unique=False)


_TABLES = (
    _create_account,
    _create_event,
    _create_flow_version,
    _create_inbox,
    _create_ledger_transaction,
    _create_member,
    _create_outbox,
    _create_receipt,
    _create_timer,
    _create_watermark,
    _create_address,
    _create_consent_event,
    _create_lot,
    _create_posting,
    _create_purchase,
    _create_referral,
    _create_trigger_firing,
    _create_conversation,
    _create_session,
)
"""In this order: a table comes after those it refers to."""


def upgrade() -> None:
    for create in _TABLES:
        create()


def downgrade() -> None:
    for create in reversed(_TABLES):
        op.drop_table(create.__name__.removeprefix("_create_"))
