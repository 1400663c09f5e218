"""What people are told when a threshold is crossed."""

from datetime import date, datetime, timedelta
from typing import Any, Final, NamedTuple
from uuid import UUID

from app.alerts import service as alerts
from app.alerts.rules import Fact, NewAlert, Severity
from app.alerts.rules import Kind as About
from app.budgets.rules import Every, Fired, Kind, Standing, crossed
from app.core.database import AsyncSession
from app.core.money import dollars, to_wire
from app.core.periods import Period

LINK: Final = "/budgets"
ALL: Final = 100
_DAY: Final = timedelta(days=1)


class Key(NamedTuple):
    """One threshold of one period of one version of a budget: it is told once."""

    budget_id: UUID
    version: int
    period_start: datetime
    of: str
    percent: int

    def __str__(self) -> str:
        return f"budget/{self.budget_id}/{self.version}/{self.period_start:%Y-%m-%d}/{self.of}/{self.percent}"


async def tell(session: AsyncSession, standing: Standing, fired: Fired) -> None:
    """Raise the alert, in the transaction that noted it."""
    await alerts.raise_alert(session, standing.budget.workspace_id, alert_of(standing, fired))


async def take_back(session: AsyncSession, workspace_id: UUID, row: Any, at: datetime) -> None:
    """The alert is over: its period is, or other terms hold."""
    await alerts.resolve(session, workspace_id, str(Key(*row)), at)


async def go_on(session: AsyncSession, workspace_id: UUID, row: Any, taken_back_at: datetime) -> None:
    """The alert was taken back for nothing. Nobody is told of it once more."""
    await alerts.unresolve(session, workspace_id, str(Key(*row)), taken_back_at)


def alert_of(standing: Standing, fired: Fired) -> NewAlert:
    budget, threshold = standing.budget, fired.threshold
    is_actual = threshold.of is Kind.ACTUAL
    what = "spent" if is_actual else "will be spent, by the forecast"
    return NewAlert(
        kind=About.BUDGET_THRESHOLD if is_actual else About.FORECAST_CROSSING,
        key=str(Key(budget.id, budget.version, standing.period.start, threshold.of, threshold.percent)),
        severity=Severity.CRITICAL if is_actual and threshold.percent >= ALL else Severity.WARNING,
        title=f"{budget.terms.name}: {threshold.percent} % of {dollars(fired.amount)} {what}",
        facts=_facts(standing, fired),
        link=LINK,
        occurred_at=fired.at,
    )


def _facts(standing: Standing, fired: Fired) -> list[Fact]:
    terms, spent = standing.budget.terms, standing.spent
    facts = [
        Fact("Spent" if terms.ledger == "tracked" else "Billed", dollars(spent.cost)),
        Fact("Budget", dollars(fired.amount)),
        Fact("Period", _period(terms.every, standing.period)),
    ]
    if standing.projected is not None:
        facts.insert(1, Fact("Forecast", dollars(standing.projected)))
    if (day := _reached_on(standing, fired)) is not None:
        facts.insert(2, Fact("Reached on", f"{day:%d %B %Y}"))
    if spent.unpriced_calls:
        facts.append(Fact("Calls without a price", f"{spent.unpriced_calls:,}"))
    facts += [Fact(f"In {currency}", to_wire(amount)) for currency, amount in sorted(spent.other_currencies.items())]
    return facts


def _reached_on(standing: Standing, fired: Fired) -> date | None:
    """The day at whose end the forecast stands at the threshold."""
    if fired.threshold.of is not Kind.FORECAST or standing.forecast is None:
        return None
    points, wanted = standing.forecast.points, [fired.threshold]
    return next((each.day for each in points if crossed(wanted, Kind.FORECAST, each.expected, fired.amount)), None)


def _period(every: Every, period: Period) -> str:
    if every is Every.MONTH:
        return f"{period.start:%B %Y}"
    if every is Every.DAY:
        return f"{period.start:%d %B %Y}"
    return f"{period.start:%d %B %Y} to {period.end - _DAY:%d %B %Y}"
