from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKeyConstraint, Index, Numeric, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base


class Repricing(Base):
    """One re-pricing: what was asked for, how far it is, and who works on it.

    The cursor is the last call that was looked at, in the order of (occurred_at, event_key); null at the start of
    each phase. `ending` is the status that undoing leads to.
    """

    __tablename__ = "repricings"
    __table_args__ = (
        ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], ondelete="CASCADE"),
        ForeignKeyConstraint(["created_by"], ["users.id"], ondelete="SET NULL"),
        # one at a time changes the calls of a workspace
        Index(
            "uq_repricings_at_work",
            "workspace_id",
            unique=True,
            postgresql_where=text("status IN ('applying', 'undoing')"),
        ),
        Index(
            "ix_repricings_waiting",
            "workspace_id",
            "id",
            postgresql_where=text("status IN ('previewing', 'applying', 'undoing')"),
        ),
    )

    workspace_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    status: Mapped[str]
    ending: Mapped[str | None]
    error: Mapped[str | None]

    period_start: Mapped[datetime | None]
    period_end: Mapped[datetime]
    provider: Mapped[str | None]
    model: Mapped[str | None]
    only_unpriced: Mapped[bool]
    reread_usage: Mapped[bool]
    price_version: Mapped[str]

    calls_total: Mapped[int | None] = mapped_column(BigInteger)
    calls_done: Mapped[int] = mapped_column(BigInteger)
    cursor_at: Mapped[datetime | None]
    cursor_key: Mapped[UUID | None]
    lease_owner: Mapped[UUID | None]
    lease_expires_at: Mapped[datetime | None]

    created_by: Mapped[UUID | None]
    created_at: Mapped[datetime]
    applied_at: Mapped[datetime | None]
    undone_at: Mapped[datetime | None]


class RepricingFigure(Base):
    """What a preview found, by day and model.

    The costs cover the calls that have one, and are null where none has: the count of unpriced calls beside them says
    what is missing.
    """

    __tablename__ = "repricing_figures"
    __table_args__ = (
        ForeignKeyConstraint(
            ["workspace_id", "repricing_id"], ["repricings.workspace_id", "repricings.id"], ondelete="CASCADE"
        ),
    )

    workspace_id: Mapped[UUID] = mapped_column(primary_key=True)
    repricing_id: Mapped[UUID] = mapped_column(primary_key=True)
    day: Mapped[datetime] = mapped_column(primary_key=True)
    provider: Mapped[str] = mapped_column(primary_key=True)
    model: Mapped[str] = mapped_column(primary_key=True)
    calls: Mapped[int] = mapped_column(BigInteger)
    changed: Mapped[int] = mapped_column(BigInteger)
    cost_before: Mapped[Decimal | None] = mapped_column(Numeric)
    cost_after: Mapped[Decimal | None] = mapped_column(Numeric)
    unpriced_before: Mapped[int] = mapped_column(BigInteger)
    unpriced_after: Mapped[int] = mapped_column(BigInteger)
