from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, LargeBinary, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base


class Delivery(Base):
    """One message to one place: the outbox.

    Small and global (mail to somebody without a workspace has none), so that whoever sends finds what is due with one
    statement. `notice` is the JSON of what a channel is told; `sealed` is the channel's address, or of a mail all of
    it. Both are wiped when it was sent. `lease_owner` sends it just now.
    """

    __tablename__ = "deliveries"
    __table_args__ = (
        Index("ix_deliveries_due", "due_at", postgresql_where=text("state = 'waiting'")),
        Index("ix_deliveries_workspace_id_id", "workspace_id", "id"),
        Index("uq_deliveries_workspace_id_dedup_key", "workspace_id", "dedup_key", unique=True),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    workspace_id: Mapped[UUID | None]
    kind: Mapped[str]
    channel_id: Mapped[UUID | None]
    label: Mapped[str]
    subject: Mapped[str]
    dedup_key: Mapped[str | None]
    notice: Mapped[bytes | None] = mapped_column(LargeBinary)
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    key_id: Mapped[str | None]

    state: Mapped[str]
    attempts: Mapped[int]
    due_at: Mapped[datetime]
    reason: Mapped[str | None]
    lease_owner: Mapped[UUID | None]
    lease_expires_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
