"""take less room for each event"""

from collections.abc import Sequence

from alembic import op

revision: str = "0010"
down_revision: str | Sequence[str] | None = "0009"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    # an id that is a UUID is the key itself: new rows leave it out, old ones stay as they are
    op.execute("ALTER TABLE events ALTER COLUMN event_id DROP NOT NULL")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("UPDATE events SET event_id = event_key::text WHERE event_id IS NULL")
    op.execute("ALTER TABLE events ALTER COLUMN event_id SET NOT NULL")
