"""Forecasts of a workspace or of some of its calls: made, kept once a day, and held against what came."""

import asyncio
import time
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final
from uuid import UUID

from app.core.database import AsyncSession
from app.core.log import get_logger
from app.core.periods import Granularity, Period, floor, month_of, month_period
from app.forecasts import queries
from app.forecasts.rules.backtesting import made_on
from app.forecasts.rules.forecasting import WINDOW_DAYS, Forecast, forecast
from app.forecasts.rules.outlook import Outlook, Past
from app.forecasts.rules.series import ONE, ZERO, Series
from app.usage import spending
from app.usage.errors import LedgerUnavailable
from app.usage.models import BilledRow, DailyUsage
from app.usage.service import Sessions, named_failures
from app.usage.spending import EVERYTHING, Filter, Ledger

log = get_logger(__name__)

WORKSPACE: Final = UUID(int=0)
DAY: Final = timedelta(days=1)


async def outlook(
    session: AsyncSession, workspace_id: UUID, ledger: Ledger, only: Filter, period: Period, now: datetime
) -> Outlook:
    """The period as it looks now. Raises ValueError where the ledger does not know what the filter names."""
    today = floor(now, Granularity.DAY)
    since = min(period.start, today - WINDOW_DAYS * DAY)
    found = await spending.by_day(session, workspace_id, ledger, only, Period(since, today + DAY))
    costs = {start.date(): spent.cost for start, spent in found}
    inside = [(start, spent) for start, spent in found if period.start <= start < period.end]
    unpriced = [spent.unpriced_calls for _, spent in inside if spent.unpriced_calls is not None]
    known_until = _known_until(ledger, costs, today.date())
    is_cut = known_until < today.date()
    so_far = sum((spent.cost for start, spent in inside if not is_cut or start.date() < known_until), ZERO)
    series = Series.of(costs, min(known_until, period.end.date()))
    left = ONE if is_cut else _left_of_day(now)
    said = await asyncio.to_thread(forecast, series, so_far, period.start.date(), period.end.date(), left)
    spent = sum((spent.cost for _, spent in inside), ZERO)
    return Outlook(period, ledger, said, spent, sum(unpriced) if ledger is Ledger.TRACKED else None)


def _known_until(ledger: Ledger, costs: dict[date, Decimal], today: date) -> date:
    """Calls are known up to now. The last day of a bill is still growing, and those after it are not on it yet."""
    return min(today, max(costs, default=today)) if ledger is Ledger.BILLED else today


def _left_of_day(now: datetime) -> Decimal:
    left = floor(now, Granularity.DAY) + DAY - now
    return Decimal(left // timedelta(seconds=1)) / Decimal(DAY // timedelta(seconds=1))


async def keep(session: AsyncSession, workspace_id: UUID, subject_id: UUID, said: Outlook, made_on: date) -> None:
    """Keep what is said today, to be held against what comes; what is not said yet is not kept."""
    if not isinstance(said.forecast, Forecast):
        return
    made = said.forecast
    await queries.keep(
        session,
        {
            "workspace_id": workspace_id,
            "subject_id": subject_id,
            "ledger": said.ledger,
            "start": said.period.start,
            "end": said.period.end,
            "made_on": made_on,
            "spent": made.spent,
            "expected": made.expected,
            "low": made.low,
            "high": made.high,
        },
    )


async def forget(session: AsyncSession, workspace_id: UUID) -> None:
    """Delete every word that was kept of a workspace."""
    await queries.delete_all(session, workspace_id)


async def past(
    session: AsyncSession, workspace_id: UUID, ledger: Ledger, period: Period, now: datetime
) -> tuple[Sequence[Past], Decimal | None]:
    """What was said of a workspace's period on each of its days so far, and what came of it, once it is over."""
    kept = await queries.kept(session, workspace_id, WORKSPACE, ledger, period.start)
    said = {row.made_on: Past(row.made_on, row.expected, row.low, row.high, is_kept=True) for row in kept}
    today = floor(now, Granularity.DAY)
    since = period.start - WINDOW_DAYS * DAY
    found = await spending.by_day(session, workspace_id, ledger, EVERYTHING, Period(since, min(today, period.end)))
    series = Series.of({start.date(): spent.cost for start, spent in found}, min(today, period.end).date())
    made = await asyncio.to_thread(_made_since, series, period, set(said))
    came = sum((spent.cost for start, spent in found if start >= period.start), ZERO)
    days = sorted([*said.values(), *made], key=lambda each: each.made_on)
    return days, came if period.end <= today else None


def _made_since(series: Series, period: Period, known: set[date]) -> list[Past]:
    """For the days on which nothing was kept: before the service was there, or while it was not running."""
    found = []
    for days in range(len(series)):
        day = series.first + days * DAY
        if day < period.start.date() or day in known:
            continue
        made = made_on(series, days, period.start.date(), period.end.date())
        if isinstance(made, Forecast):
            found.append(Past(day, made.expected, made.low, made.high, is_kept=False))
    return found


async def do_due(sessions: Sessions, now: datetime, seconds: float) -> int:
    """Say today's word of this month for every workspace that spends, as far as the time goes; how many were said.

    Raises LedgerUnavailable.
    """
    ends_at, said = time.monotonic() + seconds, 0
    with named_failures():
        for ledger, rows in ((Ledger.TRACKED, DailyUsage), (Ledger.BILLED, BilledRow)):
            for workspace_id in await _due(sessions, ledger, rows, now):
                if time.monotonic() >= ends_at:
                    return said
                said += await _say_safely(sessions, workspace_id, ledger, now)
    return said


async def _due(
    sessions: Sessions, ledger: Ledger, rows: type[DailyUsage] | type[BilledRow], now: datetime
) -> Sequence[UUID]:
    async with sessions() as session:
        return await queries.without_forecast(session, rows, ledger, Period(now - WINDOW_DAYS * DAY, now), now.date())


async def _say_safely(sessions: Sessions, workspace_id: UUID, ledger: Ledger, now: datetime) -> bool:
    """One workspace failing leaves the others running; a database that is away is nobody's own."""
    try:
        with named_failures():
            await _say(sessions, workspace_id, ledger, now)
    except LedgerUnavailable:
        raise
    except Exception:
        log.exception("a month could not be forecast", workspace_id=str(workspace_id))
        return False
    return True


async def _say(sessions: Sessions, workspace_id: UUID, ledger: Ledger, now: datetime) -> None:
    async with sessions() as session, session.begin():
        said = await outlook(session, workspace_id, ledger, EVERYTHING, month_period(month_of(now)), now)
        await keep(session, workspace_id, WORKSPACE, said, now.date())


async def series_of(session: AsyncSession, workspace_id: UUID, ledger: Ledger, period: Period) -> Series:
    """The days of a workspace, from the first that cost anything, for judging the method by them."""
    found = await spending.by_day(session, workspace_id, ledger, EVERYTHING, period)
    return Series.of({start.date(): spent.cost for start, spent in found}, period.end.date())
