"""Finding out which thresholds were crossed, each once: in the transaction that moved the sums.

Whoever moved a sum locks the budgets it counts for, then reads what was spent: of two writers, each of whom stays below
a threshold that both together cross, the second sees the sums of the first. The firing is a row whose key is the
threshold, so it is noted once, whoever comes first, and undone with everything else when the transaction is.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Final
from uuid import UUID

from app.budgets import queries, telling
from app.budgets.rules import Budget, Fired, Kind, Standing, crossed, period_at
from app.core.database import AsyncSession
from app.core.log import get_logger
from app.core.periods import Period, day_of, utc_now
from app.forecasts.rules.forecasting import Forecast
from app.usage import spending
from app.usage.errors import Collision, LedgerUnavailable
from app.usage.rules.events import NewEvent
from app.usage.rules.spending import Ledger
from app.usage.service import named_failures

log = get_logger(__name__)
NOTHING: Final = Decimal(0)

# The days on which something was added to the sums of a budget.
Days = Callable[[Budget], Iterable[datetime]]


async def watch_calls(session: AsyncSession, calls: Sequence[NewEvent]) -> None:
    """After calls were added up."""
    owners = {call.workspace_id for call in calls}

    def days(budget: Budget) -> set[datetime]:
        owner, only = budget.workspace_id, budget.terms.only
        return {day_of(call.occurred_at) for call in calls if call.workspace_id == owner and only.matches(call)}

    if owners:
        await _watch(session, owners, Ledger.TRACKED, days)


async def watch_days(session: AsyncSession, workspace_id: UUID, ledger: Ledger, days: Iterable[datetime]) -> None:
    """After sums of these days changed, whichever they are."""
    touched = set(days)
    if touched:
        await _watch(session, {workspace_id}, ledger, lambda _: touched)


async def _watch(session: AsyncSession, owners: set[UUID], ledger: Ledger, days: Days) -> None:
    """What goes wrong here is told to the log and made up for by the next round (see `service.do_due`): calls are
    taken, and bills are kept, whatever becomes of budgets. But a database that is away is that for all."""
    budgets = await queries.measured(session, owners, ledger)
    touched = [(budget.workspace_id, budget.id) for budget in budgets if _periods(budget, days(budget))]
    if not touched:
        return
    try:
        with named_failures():
            async with session.begin_nested():
                await _look(session, touched, days)
    except (LedgerUnavailable, Collision):
        raise
    except Exception:
        log.exception("budgets could not be looked at")


async def _look(session: AsyncSession, touched: Sequence[tuple[UUID, UUID]], days: Days) -> None:
    """As they are now that they are held: they may have been changed a moment ago."""
    for budget in await queries.hold(session, touched):
        for period in _periods(budget, days(budget)):
            await look_at(session, budget, period)


def _periods(budget: Budget, days: Iterable[datetime]) -> list[Period]:
    """Which of its periods hold the days, but for those that were over when its thresholds were set."""
    found = {period_at(budget.terms, day) for day in days}
    return sorted((each for each in found if each and each.end > budget.armed_at), key=lambda each: each.start)


async def look_at(session: AsyncSession, budget: Budget, period: Period) -> None:
    """Fire what the sums of a period have crossed. The budget must be held."""
    terms = budget.terms
    spent = await spending.spent(session, budget.workspace_id, terms.ledger, terms.only, period)
    standing = Standing(budget, period, spent, NOTHING)
    now = utc_now()
    found = [
        Fired(threshold, now, spent.cost, terms.amount)
        for threshold in crossed(terms.thresholds, Kind.ACTUAL, spent.cost, terms.amount)
    ]
    await _fire(session, standing, found)


async def look_ahead(session: AsyncSession, budget: Budget, period: Period, forecast: Forecast) -> None:
    """Fire what the forecast of a period crosses. The budget must be held."""
    terms = budget.terms
    spent = await spending.spent(session, budget.workspace_id, terms.ledger, terms.only, period)
    now, projected = utc_now(), forecast.expected
    found = [
        Fired(threshold, now, projected, terms.amount)
        for threshold in crossed(terms.thresholds, Kind.FORECAST, projected, terms.amount)
    ]
    await _fire(session, Standing(budget, period, spent, NOTHING, forecast=forecast), found)


async def _fire(session: AsyncSession, standing: Standing, found: Sequence[Fired]) -> None:
    if not found:
        return
    is_new = set(await queries.fire(session, standing.budget, standing.period, found))
    for fired in found:
        if fired.threshold in is_new:
            await telling.tell(session, standing, fired)
