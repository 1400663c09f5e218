"""A month from every ledger that knows it, one of them in front."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.analytics import books, queries
from app.analytics.rules import MonthTotals, MonthView
from app.analytics.rules.billed import BilledFigure, Charge, Rates, billed_figure, converted, flagged
from app.analytics.rules.ledgers import Ledger, Sources
from app.analytics.rules.told import LedgerFigure, Month, Shown
from app.core.database import AsyncSession
from app.core.periods import Granularity, Period, widen
from app.usage import crediting
from app.usage.rules.credits import Balance, by_account, spent_in
from app.workspaces.rules import WorkspaceId


async def month(
    session: AsyncSession,
    workspace_id: WorkspaceId,
    view: MonthView,
    sources: Sources,
    ledger: Ledger,
    tracked: MonthTotals,
) -> Month:
    """The month with `ledger` in front, and beside it the totals of the others that there are."""
    front: dict[Ledger, Shown] = {}
    if sources.exists(Ledger.BILLED) or ledger is Ledger.BILLED:
        front[Ledger.BILLED] = await _billed(session, workspace_id, view, sources)
    if sources.exists(Ledger.REPORTED) or ledger is Ledger.REPORTED:
        front[Ledger.REPORTED] = await _reported(session, workspace_id, view, sources)
    if sources.has_credits:
        front[Ledger.CREDITS] = await _credits(session, workspace_id, view)
    totals: list[tuple[Ledger, LedgerFigure]] = [(name, shown.total) for name, shown in front.items()]
    if tracked.total.calls or not totals:
        totals.insert(0, (Ledger.TRACKED, tracked.total))
    shown = front.get(ledger) or await _tracked(session, workspace_id, view, tracked)
    return Month(view, shown, totals)


async def _tracked(session: AsyncSession, workspace_id: WorkspaceId, view: MonthView, tracked: MonthTotals) -> Shown:
    previous = await queries.previous(session, workspace_id, view.previous)
    has_data = tracked.total.calls > 0
    return Shown(Ledger.TRACKED, has_data, tracked.total, tracked.today, previous, view.previous)


async def _billed(session: AsyncSession, workspace_id: WorkspaceId, view: MonthView, sources: Sources) -> Shown:
    before = _before(view, sources)
    days = await _days(session, workspace_id, view)
    is_foreign = any(charge.day for charge in days.charges)
    rates = await queries.rates(session, workspace_id) if is_foreign else Rates()

    def figure(period: Period) -> BilledFigure:
        is_covered = sources.covers_some(Ledger.BILLED, period)
        return billed_figure(days.within(period), rates, is_covered=is_covered)

    of_month = days.within(view.period)
    return Shown(
        Ledger.BILLED,
        bool(of_month),
        figure(view.period),
        figure(view.today),
        figure(before),
        before,
        flagged(of_month, rates),
        converted(of_month, rates),
    )


def _before(view: MonthView, sources: Sources) -> Period:
    """As many days of the previous month as were billed of this one: bills are late, and know no hours."""
    until = sources.billed_until
    if until is None or until >= view.period.end or view.previous.end == view.period.start:
        return widen(view.previous, Granularity.DAY)
    elapsed = max(until, view.period.start) - view.period.start
    return widen(Period(view.previous.start, min(view.previous.start + elapsed, view.period.start)), Granularity.DAY)


@dataclass(frozen=True, slots=True)
class _Days:
    """Billed days."""

    charges: Sequence[Charge]

    def within(self, period: Period) -> list[Charge]:
        return [charge for charge in self.charges if charge.start and period.start <= charge.start < period.end]


async def _days(session: AsyncSession, workspace_id: WorkspaceId, view: MonthView) -> _Days:
    """Of the month, the month before, and today."""
    wanted = Period(view.previous.start, view.period.end)
    found = await queries.charges(session, workspace_id, wanted, Granularity.DAY)
    if not wanted.start <= view.today.start < wanted.end:
        found += await queries.charges(session, workspace_id, view.today, Granularity.DAY)
    return _Days([charge for charge, _ in found])


async def _reported(session: AsyncSession, workspace_id: WorkspaceId, view: MonthView, sources: Sources) -> Shown:
    before = widen(view.previous, Granularity.DAY)
    total, today, previous = [
        await books.reported(session, workspace_id, books.Asked(period), sources, books.ALL)
        for period in (view.period, view.today, before)
    ]
    return Shown(Ledger.REPORTED, total.has_data, total.total, today.total, previous.total, before)


async def _credits(session: AsyncSession, workspace_id: WorkspaceId, view: MonthView) -> Shown:
    since = min(view.previous.start, view.today.start)
    accounts = by_account(await crediting.balances(session, workspace_id, since))
    total = _spent(accounts, view.period)
    has_data = total.cost is not None or bool(total.foreign)
    today, previous = _spent(accounts, view.today), _spent(accounts, view.previous)
    return Shown(Ledger.CREDITS, has_data, total, today, previous, view.previous)


def _spent(accounts: Sequence[Sequence[Balance]], period: Period) -> BilledFigure:
    return books.credited((account[-1].currency, spent_in(account, period).amount) for account in accounts)
