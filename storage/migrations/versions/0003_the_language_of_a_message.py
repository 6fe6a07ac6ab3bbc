"""The language that the last message of a conversation seemed to be in, beside the member's own."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("conversation", sa.Column("leaning", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("conversation", "leaning")
