"""Where a workspace's month leads, and how earlier forecasts did."""

from typing import Annotated

from fastapi import APIRouter, Query

from app.core.database import SessionDep
from app.core.periods import month_of, month_period, utc_now
from app.core.schemas import Month
from app.forecasts import service
from app.forecasts.schemas import ForecastOut, PastForecastsOut
from app.usage.spending import EVERYTHING, Ledger
from app.workspaces.dependencies import CurrentMember

router = APIRouter(prefix="/api/v1/workspaces/{workspace_id}", tags=["forecasts"])


@router.get("/forecast")
async def read_forecast(member: CurrentMember, session: SessionDep, ledger: Ledger = Ledger.TRACKED) -> ForecastOut:
    """What this month will have cost at its end, with an interval that holds four times out of five."""
    now = utc_now()
    period = month_period(month_of(now))
    return ForecastOut.of(await service.outlook(session, member.workspace_id, ledger, EVERYTHING, period, now))


@router.get("/forecasts")
async def list_past_forecasts(
    member: CurrentMember,
    session: SessionDep,
    month: Annotated[Month | None, Query()] = None,
    ledger: Ledger = Ledger.TRACKED,
) -> PastForecastsOut:
    """What was said of a month on each of its days, beside what came."""
    now = utc_now()
    month = month or month_of(now)
    days, came = await service.past(session, member.workspace_id, ledger, month_period(month), now)
    return PastForecastsOut.of(ledger, month, days, came)
