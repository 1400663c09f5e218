"""sums by tag and month"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0016"
down_revision: str | Sequence[str] | None = "0015"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

COUNTS = (
    "calls",
    "fresh_tokens",
    "cache_read_tokens",
    "cache_write_tokens",
    "visible_tokens",
    "reasoning_tokens",
)
DETAILS = ("status", "price_state", "unpriced_reason", "capacity")


def upgrade() -> None:
    """Nothing is settled yet: that is done month by month in the background, and the days answer until it is."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "tag_months",
        *_month(),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "start", name=op.f("pk_tag_months")),
    )
    op.create_table(
        "usage_tags_monthly",
        *_month(),
        *_texts("tag", "value"),
        *_counts(*COUNTS, "errors", "priced_calls", "free_calls"),
        *_money(),
        sa.PrimaryKeyConstraint("workspace_id", "start", "tag", "value", name=op.f("pk_usage_tags_monthly")),
    )
    op.create_table(
        "usage_tag_totals",
        *_month(),
        *_texts("tag", *DETAILS),
        *_counts(*COUNTS, "listed_calls"),
        *_money(),
        sa.PrimaryKeyConstraint("workspace_id", "start", "tag", *DETAILS, name=op.f("pk_usage_tag_totals")),
    )


def _month() -> tuple[sa.Column[object], ...]:
    return (
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("start", sa.DateTime(timezone=True), nullable=False),
    )


def _texts(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text(), nullable=False) for name in names]


def _counts(*names: str) -> list[sa.Column[int]]:
    return [sa.Column(name, sa.BigInteger(), nullable=False) for name in names]


def _money() -> tuple[sa.Column[object], ...]:
    return (sa.Column("cost", sa.Numeric(), nullable=True), sa.Column("list_cost", sa.Numeric(), nullable=True))


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    for name in ("usage_tag_totals", "usage_tags_monthly", "tag_months"):
        op.drop_table(name)
