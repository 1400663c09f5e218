"""add what became of every event that was sent"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0007"
down_revision: str | Sequence[str] | None = "0006"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    # a migration that cannot get its lock gives up and says so, instead of blocking everybody behind it
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "ingest_hourly",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("start", sa.DateTime(timezone=True), nullable=False),
        sa.Column("api_key_id", sa.Uuid(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("events", sa.BigInteger(), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("example", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.PrimaryKeyConstraint(
            "workspace_id", "start", "api_key_id", "outcome", "code", name=op.f("pk_ingest_hourly")
        ),
    )
    op.create_index("ix_ingest_hourly_api_key_id", "ingest_hourly", ["workspace_id", "api_key_id", "start"])
    op.create_table(
        "arrival_lag_hourly",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("start", sa.DateTime(timezone=True), nullable=False),
        sa.Column("bucket", sa.SmallInteger(), nullable=False),
        sa.Column("events", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "start", "bucket", name=op.f("pk_arrival_lag_hourly")),
    )
    op.create_table(
        "senders",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("sender_id", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("api_key_id", sa.Uuid(), nullable=False),
        sa.Column("dropped", sa.BigInteger(), nullable=False),
        sa.Column("first_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "sender_id", "reason", name=op.f("pk_senders")),
    )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_table("senders")
    op.drop_table("arrival_lag_hourly")
    op.drop_index("ix_ingest_hourly_api_key_id", table_name="ingest_hourly")
    op.drop_table("ingest_hourly")
