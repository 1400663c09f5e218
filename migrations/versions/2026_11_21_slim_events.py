"""fewer bytes for each event"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0015"
down_revision: str | Sequence[str] | None = "0014"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_IN_KIND = ("usage_status", "price_version")
_TEXTS = ("session", "trace")


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    # No row is written anew. Indexes are built, a second or two for a million calls: reading goes on, writing waits.
    op.create_index("ix_events_occurred_at", "events", ["workspace_id", "occurred_at"])
    for text in _TEXTS:
        op.create_index(
            f"ix_events_{text}_mark",
            "events",
            [sa.text(f"hashtextextended({text}_id, uuid_hash_extended(workspace_id, 0))")],
            postgresql_where=sa.text(f"{text}_id IS NOT NULL"),
        )
        op.drop_index(f"ix_events_{text}_id", table_name="events")
    op.drop_constraint("pk_events", "events", type_="primary")
    # when a call came is told by the call itself
    op.drop_column("event_keys", "recorded_at")
    op.create_table(
        "call_kinds",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("usage_status", sa.Text(), nullable=False),
        sa.Column("convention", sa.Text(), nullable=True),
        sa.Column("price_version", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "number", name=op.f("pk_call_kinds")),
    )
    op.add_column("events", sa.Column("kind", sa.Integer(), nullable=True))
    for name in _IN_KIND:
        op.alter_column("events", name, nullable=True)


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(
        "UPDATE events SET usage_status = call_kinds.usage_status, convention = call_kinds.convention, "
        "price_version = call_kinds.price_version, "
        "list_cost = CASE WHEN kind & 1 <> 0 THEN cost ELSE list_cost END, "
        "contracted_cost = CASE WHEN kind & 2 <> 0 THEN cost ELSE contracted_cost END FROM call_kinds "
        "WHERE call_kinds.workspace_id = events.workspace_id AND call_kinds.number = events.kind & -4"
    )
    for name in _IN_KIND:
        op.alter_column("events", name, nullable=False)
    op.drop_column("events", "kind")
    op.drop_table("call_kinds")
    op.add_column("event_keys", sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=True))
    op.execute(
        "UPDATE event_keys SET recorded_at = events.recorded_at FROM events "
        "WHERE events.workspace_id = event_keys.workspace_id AND events.occurred_at = event_keys.occurred_at "
        "AND events.event_key = coalesce(event_keys.owner_key, event_keys.event_key)"
    )
    op.execute("UPDATE event_keys SET recorded_at = occurred_at WHERE recorded_at IS NULL")
    op.alter_column("event_keys", "recorded_at", nullable=False)
    op.create_primary_key("pk_events", "events", ["workspace_id", "occurred_at", "event_key"])
    for text in _TEXTS:
        op.create_index(
            f"ix_events_{text}_id",
            "events",
            ["workspace_id", f"{text}_id"],
            postgresql_where=sa.text(f"{text}_id IS NOT NULL"),
        )
        op.drop_index(f"ix_events_{text}_mark", table_name="events")
    op.drop_index("ix_events_occurred_at", table_name="events")
