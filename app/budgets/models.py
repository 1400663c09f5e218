from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index, Numeric, SmallInteger, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base


class BudgetRow(Base):
    """A budget. Whoever reads its sums to decide something locks the row first, so that none misses another's.

    One that was deleted stays, with its history, and may come back; its name is free meanwhile.
    """

    __tablename__ = "budgets"
    __table_args__ = (
        ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], ondelete="CASCADE"),
        ForeignKeyConstraint(["created_by"], ["users.id"], ondelete="SET NULL"),
        Index("uq_budgets_name", "workspace_id", "name", unique=True, postgresql_where=text("deleted_at IS NULL")),
    )

    workspace_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    ledger: Mapped[str]
    only: Mapped[dict[str, Any]] = mapped_column("filter", JSONB)
    every: Mapped[str]
    start: Mapped[datetime | None]
    end: Mapped[datetime | None]
    amount: Mapped[Decimal] = mapped_column(Numeric)
    currency: Mapped[str]
    thresholds: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    limit: Mapped[str]
    on_unavailable: Mapped[str]
    version: Mapped[int]
    armed_at: Mapped[datetime]
    created_by: Mapped[UUID | None]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    deleted_at: Mapped[datetime | None]


class BudgetChange(Base):
    """One change of a budget, with its terms before (null when it was made) and after (null when it was deleted).

    Both are the same when its deletion was taken back.
    """

    __tablename__ = "budget_changes"
    __table_args__ = (
        ForeignKeyConstraint(["workspace_id", "budget_id"], ["budgets.workspace_id", "budgets.id"], ondelete="CASCADE"),
        ForeignKeyConstraint(["changed_by"], ["users.id"], ondelete="SET NULL"),
    )

    workspace_id: Mapped[UUID] = mapped_column(primary_key=True)
    budget_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[int]
    changed_at: Mapped[datetime]
    changed_by: Mapped[UUID | None]
    before: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    after: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))


class BudgetFiring(Base):
    """A threshold that was crossed in a period: its key is why it is told once, whoever found it and how often.

    `figure` is what crossed it, spent or projected, and `amount` the budget's at that time.
    """

    __tablename__ = "budget_firings"
    __table_args__ = (
        ForeignKeyConstraint(["workspace_id", "budget_id"], ["budgets.workspace_id", "budgets.id"], ondelete="CASCADE"),
    )

    workspace_id: Mapped[UUID] = mapped_column(primary_key=True)
    budget_id: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    period_start: Mapped[datetime] = mapped_column(primary_key=True)
    of: Mapped[str] = mapped_column(primary_key=True)
    percent: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    period_end: Mapped[datetime]
    fired_at: Mapped[datetime]
    figure: Mapped[Decimal] = mapped_column(Numeric)
    amount: Mapped[Decimal] = mapped_column(Numeric)
    resolved_at: Mapped[datetime | None]


class BudgetHold(Base):
    """What a reservation holds of one budget until its lease ends. It goes when the call is settled.

    Without a foreign key: a thousand of these come and go in a second, and one without a budget just runs out.
    """

    __tablename__ = "budget_holds"
    __table_args__ = (Index("ix_budget_holds_workspace_id_budget_id", "workspace_id", "budget_id", "expires_at"),)

    workspace_id: Mapped[UUID] = mapped_column(primary_key=True)
    reservation_id: Mapped[UUID] = mapped_column(primary_key=True)
    budget_id: Mapped[UUID] = mapped_column(primary_key=True)
    amount: Mapped[Decimal] = mapped_column(Numeric)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
