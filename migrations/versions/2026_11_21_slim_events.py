"""fewer bytes for each event"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0015"
down_revision: str | Sequence[str] | None = "0014"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

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


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
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
