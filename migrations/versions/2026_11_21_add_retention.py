"""add how long events are kept"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0009"
down_revision: str | Sequence[str] | None = "0008"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    # a migration that cannot get its lock gives up and says so, instead of blocking everybody behind it
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "retentions",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("days", sa.Integer(), nullable=True),
        sa.Column("complete_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("keys_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("keys_after", sa.Uuid(), nullable=True),
        sa.PrimaryKeyConstraint("workspace_id", name=op.f("pk_retentions")),
    )
    op.create_table(
        "rollup_rebuilds",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("period_start", sa.DateTime(timezone=True), nullable=True),
        sa.Column("period_end", sa.DateTime(timezone=True), nullable=True),
        sa.Column("is_check", sa.Boolean(), nullable=False),
        sa.Column("done_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("calls", sa.BigInteger(), nullable=False),
        sa.Column("differences", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", name=op.f("pk_rollup_rebuilds")),
    )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_table("rollup_rebuilds")
    op.drop_table("retentions")
