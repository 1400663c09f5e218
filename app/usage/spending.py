"""What was spent in a period: from rollups of calls, or from the lines of bills. Reads only."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Final
from uuid import UUID

from app.core.database import AsyncSession
from app.core.periods import Granularity, Period, widen
from app.usage import queries
from app.usage.queries import BilledSum
from app.usage.rules.spending import EVERYTHING, NO_BILL, USD, Filter, Ledger, Spent, TagIs, with_line

__all__ = ["EVERYTHING", "Filter", "Ledger", "Spent", "TagIs", "by_day", "by_hour", "spent"]

_ONE: Final = Decimal(1)
Rates = dict[str, list[tuple[date, Decimal]]]


async def spent(session: AsyncSession, workspace_id: UUID, ledger: Ledger, only: Filter, period: Period) -> Spent:
    """The sum over the period, of whole days or whole hours (UTC).

    Hours of a tag or of a bill are not known: there every day counts that starts in the period. Raises ValueError
    where the ledger does not know what the filter names.
    """
    only.check(ledger)
    if ledger is Ledger.BILLED:
        return await _billed(session, workspace_id, only, period)
    found = await queries.tracked_sums(
        session, workspace_id, only, period, by_hours=not _is_days(period), is_split=False
    )
    total = found[0][1]
    return replace(total, is_complete=not await queries.is_folded(session, workspace_id, only, period))


async def by_day(
    session: AsyncSession, workspace_id: UUID, ledger: Ledger, only: Filter, period: Period
) -> list[tuple[datetime, Spent]]:
    """The days of the period that have any row, in their order, each by its start. Raises ValueError as `spent`."""
    only.check(ledger)
    if ledger is Ledger.BILLED:
        return await _billed_days(session, workspace_id, only, period)
    return _dated(
        await queries.tracked_sums(session, workspace_id, only, period, by_hours=False, is_split=True),
    )


async def by_hour(
    session: AsyncSession, workspace_id: UUID, only: Filter, period: Period
) -> list[tuple[datetime, Spent]]:
    """The hours of the period that hold calls, in their order. Raises ValueError for a tag: days are its finest."""
    if only.tag:
        raise ValueError("days are the finest that tags are added up by")
    return _dated(await queries.tracked_sums(session, workspace_id, only, period, by_hours=True, is_split=True))


def _is_days(period: Period) -> bool:
    return widen(period, Granularity.DAY) == period


def _dated(found: Iterable[tuple[datetime | None, Spent]]) -> list[tuple[datetime, Spent]]:
    return [(start, total) for start, total in found if start is not None]


async def _billed(session: AsyncSession, workspace_id: UUID, only: Filter, period: Period) -> Spent:
    sums = await queries.billed_sums(session, workspace_id, only, period, is_split=False)
    return _added(sums, await _rates(session, workspace_id, sums))


async def _billed_days(
    session: AsyncSession, workspace_id: UUID, only: Filter, period: Period
) -> list[tuple[datetime, Spent]]:
    sums = await queries.billed_sums(session, workspace_id, only, period, is_split=True)
    rates = await _rates(session, workspace_id, sums)
    days: dict[datetime, list[BilledSum]] = {}
    for each in sums:
        if each.start is not None:
            days.setdefault(each.start, []).append(each)
    return [(day, _added(lines, rates)) for day, lines in days.items()]


def _added(sums: Sequence[BilledSum], rates: Rates) -> Spent:
    total = NO_BILL
    for each in sums:
        total = with_line(total, each.currency, each.amount, _rate(rates, each))
    return total


def _rate(rates: Rates, billed: BilledSum) -> Decimal | None:
    """Each rate holds from its day on until the next; None before the first."""
    if billed.currency == USD or billed.day is None:
        return _ONE
    known = rates.get(billed.currency, [])
    place = bisect_right([day for day, _ in known], billed.day)
    return known[place - 1][1] if place else None


async def _rates(session: AsyncSession, workspace_id: UUID, sums: Iterable[BilledSum]) -> Rates:
    """All that the workspace entered, by currency, in the order of their days; asked only where one is needed."""
    if all(each.currency == USD for each in sums):
        return {}
    found: Rates = {}
    for rate in await queries.rates(session, workspace_id):
        found.setdefault(rate.currency, []).append((rate.day, rate.usd_per_unit))
    return {currency: sorted(rates) for currency, rates in found.items()}
