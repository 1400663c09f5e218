"""mark whose sums by customer and tag are still to be made"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0011"
down_revision: str | Sequence[str] | None = "0010"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "tag_sums_due",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("calls_total", sa.BigInteger(), nullable=False),
        sa.Column("calls_done", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", name=op.f("pk_tag_sums_due")),
    )
    op.add_column("rollup_rebuilds", sa.Column("lease_expires_at", sa.DateTime(timezone=True), nullable=True))
    # 0008 brought these sums empty, whatever calls there were; the housekeeper adds those up
    op.execute(
        "INSERT INTO tag_sums_due (workspace_id, until, calls_total, calls_done) "
        "SELECT workspace_id, max(start) + interval '24 hours', sum(calls), 0 FROM usage_daily GROUP BY workspace_id"
    )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_column("rollup_rebuilds", "lease_expires_at")
    op.drop_table("tag_sums_due")
