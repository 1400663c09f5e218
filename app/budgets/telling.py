"""What people are told when a threshold is crossed."""

from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from app.budgets.rules import Fired, Standing
from app.core.database import AsyncSession


class Key(NamedTuple):
    """One threshold of one period of one version of a budget."""

    budget_id: UUID
    version: int
    period_start: datetime
    of: str
    percent: int

    def __str__(self) -> str:
        return f"budget/{self.budget_id}/{self.version}/{self.period_start:%Y-%m-%d}/{self.of}/{self.percent}"


async def tell(_session: AsyncSession, standing: Standing, fired: Fired) -> None:
    """Raise the alert, in the transaction that noted it."""
    threshold = fired.threshold
    Key(standing.budget.id, standing.budget.version, standing.period.start, threshold.of, threshold.percent)


async def take_back(_session: AsyncSession, _workspace_id: UUID, row: Any) -> None:
    """The alert is over: its period is, or other terms hold."""
    Key(*row)
