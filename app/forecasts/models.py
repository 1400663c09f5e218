from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Numeric
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base


class KeptForecast(Base):
    """What was said of a period on a day: the first word of that day stays, to be held against what came.

    `subject_id` is the budget it is of; the nil UUID is the whole workspace. `end` does not belong to the period.
    """

    __tablename__ = "forecasts"
    __table_args__ = (ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], ondelete="CASCADE"),)

    workspace_id: Mapped[UUID] = mapped_column(primary_key=True)
    subject_id: Mapped[UUID] = mapped_column(primary_key=True)
    ledger: Mapped[str] = mapped_column(primary_key=True)
    start: Mapped[datetime] = mapped_column(primary_key=True)
    made_on: Mapped[date] = mapped_column(primary_key=True)
    end: Mapped[datetime]
    spent: Mapped[Decimal] = mapped_column(Numeric)
    expected: Mapped[Decimal] = mapped_column(Numeric)
    low: Mapped[Decimal] = mapped_column(Numeric)
    high: Mapped[Decimal] = mapped_column(Numeric)
