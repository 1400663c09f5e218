"""What a budget will have spent at the end of a period: the place where forecasts come in."""

from decimal import Decimal

from app.budgets.rules import Budget
from app.core.database import AsyncSession
from app.core.periods import Period


async def projected(_session: AsyncSession, _budget: Budget, _period: Period) -> Decimal | None:
    """None where nobody can say yet."""
    return None
