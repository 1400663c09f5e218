"""What a budget will have spent at the end of a period, by the forecast of the calls that it counts."""

from app.budgets.rules import Budget
from app.core.database import AsyncSession
from app.core.periods import Period, utc_now
from app.forecasts import service as forecasts
from app.forecasts.rules.forecasting import Forecast


async def forecast_of(session: AsyncSession, budget: Budget, period: Period) -> Forecast | None:
    """None where nobody can say: too few days are known, or the period is over or to come."""
    now, terms = utc_now(), budget.terms
    if not period.start <= now < period.end:
        return None
    found = await forecasts.outlook(session, budget.workspace_id, terms.ledger, terms.only, period, now)
    return found.forecast if isinstance(found.forecast, Forecast) else None
