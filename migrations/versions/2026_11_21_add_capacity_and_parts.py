"""add capacity, parts and contracted cost"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0002"
down_revision: str | Sequence[str] | None = "0001"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

ROLLUPS = ("usage_hourly", "usage_daily")
KEY = (
    "workspace_id",
    "start",
    "provider",
    "model",
    "project",
    "environment",
    "api_key_id",
    "status",
    "price_state",
    "unpriced_reason",
)


def upgrade() -> None:
    # a migration that cannot get its lock gives up and says so, instead of blocking everybody behind it
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.add_column("events", sa.Column("parts", postgresql.JSONB(), nullable=True))
    op.add_column("events", sa.Column("facts", postgresql.JSONB(), nullable=True))
    op.add_column("events", sa.Column("contracted_cost", sa.Numeric(), nullable=True))
    op.add_column("events", sa.Column("capacity", sa.Text(), nullable=True))
    for table in ROLLUPS:
        op.add_column(table, sa.Column("capacity", sa.Text(), nullable=False, server_default=""))
        op.alter_column(table, "capacity", server_default=None)
        op.drop_constraint(f"pk_{table}", table, type_="primary")
        op.create_primary_key(f"pk_{table}", table, [*KEY, "capacity"])


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    for table in ROLLUPS:
        op.drop_constraint(f"pk_{table}", table, type_="primary")
        op.drop_column(table, "capacity")
        op.create_primary_key(f"pk_{table}", table, list(KEY))
    for column in ("capacity", "contracted_cost", "facts", "parts"):
        op.drop_column("events", column)
