"""keep the vendor's usage object packed"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from app.usage.rules.packing import unpack

revision: str = "0014"
down_revision: str | Sequence[str] | None = "0013"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_OPEN = (
    "DECLARE packed NO SCROLL CURSOR FOR SELECT workspace_id, occurred_at, event_key, packed_usage "
    "FROM events WHERE packed_usage IS NOT NULL"
)
_NEXT = sa.text("FETCH FORWARD 2000 FROM packed")
_UNPACK = sa.text(
    "UPDATE events SET raw_usage = CAST(:usage AS jsonb) "
    "WHERE workspace_id = :workspace_id AND occurred_at = :occurred_at AND event_key = :event_key"
)


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    # rows that are there stay as they are, and are read as they are
    op.add_column("events", sa.Column("packed_usage", sa.LargeBinary(), nullable=True))


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    connection = op.get_bind()
    op.execute(_OPEN)
    while rows := connection.execute(_NEXT).mappings().all():
        connection.execute(_UNPACK, [{**row, "usage": _plain(row["packed_usage"])} for row in rows])
    op.execute("CLOSE packed")
    op.execute("UPDATE events SET priced_as = provider || '/' || model WHERE priced_as = '='")
    op.drop_column("events", "packed_usage")


def _plain(packed: bytes) -> str | None:
    """None for what `jsonb` refuses: a call with such an object was not taken before."""
    text = unpack(packed)
    return None if "\\u0000" in text else text
