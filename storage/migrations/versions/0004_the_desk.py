"""The staff's desk: cases, notes, staff and their sign-ins, the audit log; who wrote a message, and its words."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_TABLES = (
    "attachment",
    "audit_entry",
    "desk_topic",
    "sign_in_guard",
    "staff",
    "staff_link",
    "staff_session",
    "case_entry",
    "support_case",
)


def _where(predicate: str) -> dict[str, Any]:
    return {"sqlite_where": sa.text(predicate), "postgresql_where": sa.text(predicate)}


def _create_attachment() -> None:
    op.create_table(
        "attachment",
        sa.Column("id", _BIG, autoincrement=False, nullable=False),
        sa.Column("member_id", _BIG, nullable=False),
        sa.Column("staff_id", _BIG, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("at", _BIG, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attachment")),
    )
    op.create_index(op.f("ix_attachment_member_id"), "attachment", ["member_id"], unique=False)


def _create_audit_entry() -> None:
    op.create_table(
        "audit_entry",
        sa.Column("id", _BIG, autoincrement=False, nullable=False),
        sa.Column("staff_id", _BIG, nullable=True),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("member_id", _BIG, nullable=True),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("at", _BIG, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entry")),
    )
    op.create_index(
        "ix_audit_entry_member", "audit_entry", ["member_id", "id"], unique=False, **_where("member_id is not null")
    )
    op.create_index(
        "ix_audit_entry_staff", "audit_entry", ["staff_id", "id"], unique=False, **_where("staff_id is not null")
    )


def _create_desk_topic() -> None:
    op.create_table(
        "desk_topic",
        sa.Column("member_id", _BIG, autoincrement=False, nullable=False),
        sa.Column("chat_id", _BIG, nullable=False),
        sa.Column("thread_id", _BIG, nullable=False),
        sa.Column("card_id", _BIG, nullable=True),
        sa.Column("shown_id", _BIG, nullable=False),
        sa.PrimaryKeyConstraint("member_id", name=op.f("pk_desk_topic")),
        sa.UniqueConstraint("thread_id", "chat_id", name=op.f("uq_desk_topic_thread_id")),
    )


def _create_sign_in_guard() -> None:
    op.create_table(
        "sign_in_guard",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("since", _BIG, nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_sign_in_guard")),
    )


def _create_staff() -> None:
    op.create_table(
        "staff",
        sa.Column("id", _BIG, autoincrement=False, nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("markets", sa.Text(), nullable=False),
        sa.Column("locale", sa.Text(), nullable=False),
        sa.Column("password", sa.Text(), nullable=True),
        sa.Column("telegram_id", _BIG, nullable=True),
        sa.Column("created_at", _BIG, nullable=False),
        sa.Column("disabled_at", _BIG, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff")),
        sa.UniqueConstraint("email", name=op.f("uq_staff_email")),
        sa.UniqueConstraint("telegram_id", name=op.f("uq_staff_telegram_id")),
    )


def _create_staff_link() -> None:
    op.create_table(
        "staff_link",
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("staff_id", _BIG, nullable=True),
        sa.Column("expires_at", _BIG, nullable=False),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_staff_link")),
    )


def _create_staff_session() -> None:
    op.create_table(
        "staff_session",
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("staff_id", _BIG, nullable=False),
        sa.Column("csrf", sa.Text(), nullable=False),
        sa.Column("created_at", _BIG, nullable=False),
        sa.Column("seen_at", _BIG, nullable=False),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_staff_session")),
    )
    op.create_index(op.f("ix_staff_session_staff_id"), "staff_session", ["staff_id"], unique=False)


def _create_case_entry() -> None:
    op.create_table(
        "case_entry",
        sa.Column("id", _BIG, autoincrement=False, nullable=False),
        sa.Column("case_id", _BIG, nullable=True),
        sa.Column("member_id", _BIG, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("actor", _BIG, nullable=True),
        sa.Column("data", sa.Text(), nullable=False),
        sa.Column("at", _BIG, nullable=False),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_case_entry_member_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_entry")),
    )
    op.create_index("ix_case_entry_member", "case_entry", ["member_id", "id"], unique=False)


def _create_support_case() -> None:
    op.create_table(
        "support_case",
        sa.Column("id", _BIG, autoincrement=False, nullable=False),
        sa.Column("member_id", _BIG, nullable=False),
        sa.Column("market", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("owner_id", _BIG, nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("labels", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("address_id", _BIG, nullable=False),
        sa.Column("since", _BIG, nullable=False),
        sa.Column("lease_until", _BIG, nullable=True),
        sa.Column("warned_at", _BIG, nullable=True),
        sa.Column("waiting_since", _BIG, nullable=True),
        sa.Column("heard_at", _BIG, nullable=True),
        sa.Column("answered_at", _BIG, nullable=True),
        sa.Column("away_at", _BIG, nullable=True),
        sa.Column("snoozed_until", _BIG, nullable=True),
        sa.Column("parked_at", _BIG, nullable=True),
        sa.Column("opened_at", _BIG, nullable=False),
        sa.Column("resolved_at", _BIG, nullable=True),
        sa.Column("resolved_by", _BIG, nullable=True),
        sa.Column("score", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_support_case_member_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_support_case")),
    )
    op.create_index(
        "ix_support_case_member", "support_case", ["member_id"], unique=True, **_where("status <> 'resolved'")
    )
    op.create_index("ix_support_case_of", "support_case", ["member_id", "id"], unique=False)
    op.create_index(
        "ix_support_case_owner",
        "support_case",
        ["owner_id"],
        unique=False,
        **_where("status <> 'resolved' and owner_id is not null"),
    )
    op.create_index(
        "ix_support_case_queue", "support_case", ["waiting_since", "id"], unique=False, **_where("status <> 'resolved'")
    )


def upgrade() -> None:
    _create_attachment()
    _create_audit_entry()
    _create_desk_topic()
    _create_sign_in_guard()
    _create_staff()
    _create_staff_link()
    _create_staff_session()
    _create_case_entry()
    _create_support_case()
    op.add_column("inbox", sa.Column("words", sa.Text(), nullable=True))
    op.add_column("outbox", sa.Column("author_id", _BIG, nullable=True))


def downgrade() -> None:
    op.drop_column("outbox", "author_id")
    op.drop_column("inbox", "words")
    for table in _TABLES:
        op.drop_table(table)
