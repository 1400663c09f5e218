"""add re-pricings"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0004"
down_revision: str | Sequence[str] | None = "0003"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    # a migration that cannot get its lock gives up and says so, instead of blocking everybody behind it
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "repricings",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("ending", sa.Text(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("period_start", sa.DateTime(timezone=True), nullable=True),
        sa.Column("period_end", sa.DateTime(timezone=True), nullable=False),
        sa.Column("provider", sa.Text(), nullable=True),
        sa.Column("model", sa.Text(), nullable=True),
        sa.Column("only_unpriced", sa.Boolean(), nullable=False),
        sa.Column("reread_usage", sa.Boolean(), nullable=False),
        sa.Column("price_version", sa.Text(), nullable=False),
        sa.Column("calls_total", sa.BigInteger(), nullable=True),
        sa.Column("calls_done", sa.BigInteger(), nullable=False),
        sa.Column("cursor_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cursor_key", sa.Uuid(), nullable=True),
        sa.Column("lease_owner", sa.Uuid(), nullable=True),
        sa.Column("lease_expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["created_by"], ["users.id"], name=op.f("fk_repricings_created_by"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspaces.id"], name=op.f("fk_repricings_workspace_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_repricings")),
    )
    op.create_index(
        "uq_repricings_at_work",
        "repricings",
        ["workspace_id"],
        unique=True,
        postgresql_where=sa.text("status IN ('applying', 'undoing')"),
    )
    op.create_index(
        "ix_repricings_waiting",
        "repricings",
        ["workspace_id", "id"],
        unique=False,
        postgresql_where=sa.text("status IN ('previewing', 'applying', 'undoing')"),
    )
    op.create_table(
        "repricing_figures",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("repricing_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.DateTime(timezone=True), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("calls", sa.BigInteger(), nullable=False),
        sa.Column("changed", sa.BigInteger(), nullable=False),
        sa.Column("cost_before", sa.Numeric(), nullable=True),
        sa.Column("cost_after", sa.Numeric(), nullable=True),
        sa.Column("unpriced_before", sa.BigInteger(), nullable=False),
        sa.Column("unpriced_after", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id", "repricing_id"],
            ["repricings.workspace_id", "repricings.id"],
            name=op.f("fk_repricing_figures_workspace_id_repricing_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "workspace_id", "repricing_id", "day", "provider", "model", name=op.f("pk_repricing_figures")
        ),
    )
    op.create_table(
        "event_prices",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("repricing_id", sa.Uuid(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("event_key", sa.Uuid(), nullable=False),
        sa.Column("price_state", sa.Text(), nullable=False),
        sa.Column("unpriced_reason", sa.Text(), nullable=True),
        sa.Column("cost", sa.Numeric(), nullable=True),
        sa.Column("list_cost", sa.Numeric(), nullable=True),
        sa.Column("contracted_cost", sa.Numeric(), nullable=True),
        sa.Column("priced_as", sa.Text(), nullable=True),
        sa.Column("price_version", sa.Text(), nullable=False),
        sa.Column("capacity", sa.Text(), nullable=True),
        sa.Column("usage", postgresql.JSONB(), nullable=True),
        sa.PrimaryKeyConstraint(
            "workspace_id", "repricing_id", "occurred_at", "event_key", name=op.f("pk_event_prices")
        ),
    )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_table("event_prices")
    op.drop_table("repricing_figures")
    op.drop_index("ix_repricings_waiting", table_name="repricings")
    op.drop_index("uq_repricings_at_work", table_name="repricings")
    op.drop_table("repricings")
