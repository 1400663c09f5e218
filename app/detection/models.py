from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base


class Look(Base):
    """When a workspace is looked at next: whoever moves `next_at` on, looks. `failures` in a row put it off.

    Until `learning_until`, a day after its first calls were seen, nothing that is new there is told.
    """

    __tablename__ = "detection_looks"
    __table_args__ = (ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], ondelete="CASCADE"),)

    workspace_id: Mapped[UUID] = mapped_column(primary_key=True)
    next_at: Mapped[datetime]
    looked_at: Mapped[datetime | None]
    learning_until: Mapped[datetime | None]
    failures: Mapped[int]
