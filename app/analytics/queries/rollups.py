"""Sums of the tracked ledger, from rollups only: daily ones, and hourly ones where days are not whole."""

from collections.abc import Sequence
from functools import cache
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    String,
    bindparam,
    case,
    cast,
    func,
    null,
    select,
    union_all,
)
from sqlalchemy.ext.asyncio import AsyncSession

from app.analytics.queries.sums import (
    COUNTS,
    INSTANT,
    MONEY,
    Rollup,
    ask,
    bounds_of,
    largest,
    of_workspace,
    read_figure,
    sums_of,
    whole,
    within,
)
from app.analytics.rules import Figure, Grouping, MonthTotals, Point
from app.core.periods import Granularity, Period, floor
from app.usage.models import DailyLatency, DailyUsage, HourlyUsage
from app.usage.rules.rollups import NO_KEY
from app.workspaces.rules import WorkspaceId

TREND_GROUPS: Final = 12


async def totals(session: AsyncSession, workspace_id: WorkspaceId, period: Period, today: Period) -> MonthTotals:
    """The sums of the period's whole days, and of one day, which may lie outside of it."""
    rows = (await ask(session, _totals(), {**bounds_of(workspace_id, period), "today": today.start})).all()
    of_period = [row for row in rows if row.is_in_period]
    return MonthTotals(
        total=sum((read_figure(row) for row in of_period), Figure()),
        today=sum((read_figure(row) for row in rows if row.is_today), Figure()),
        unpriced=_by_reason(of_period),
        prepaid=_by_capacity(of_period),
        last_recorded_at=max((row.last_recorded_at for row in of_period), default=None),
    )


# Statements are built once: putting one together takes longer than sending it.
@cache
def _totals() -> Select[Any]:
    is_today = DailyUsage.start == bindparam("today", type_=INSTANT)
    is_in_period = within(DailyUsage)
    return (
        select(
            is_today.label("is_today"),
            is_in_period.label("is_in_period"),
            DailyUsage.unpriced_reason,
            DailyUsage.capacity,
            func.max(DailyUsage.last_recorded_at).label("last_recorded_at"),
            *sums_of(DailyUsage.__table__),
        )
        .where(of_workspace(DailyUsage), is_in_period | is_today)
        .group_by("is_today", "is_in_period", DailyUsage.unpriced_reason, DailyUsage.capacity)
    )


def _by_reason(rows: Sequence[Row[Any]]) -> dict[str, int]:
    """Calls without a cost by reason, the commonest first."""
    counts: dict[str, int] = {}
    for row in rows:
        if unpriced := read_figure(row).unpriced_calls:
            counts[row.unpriced_reason] = counts.get(row.unpriced_reason, 0) + unpriced
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def _by_capacity(rows: Sequence[Row[Any]]) -> dict[str, Figure]:
    """What went through capacity that is paid for otherwise, by name."""
    figures: dict[str, Figure] = {}
    for row in rows:
        if row.capacity:
            figures[row.capacity] = figures.get(row.capacity, Figure()) + read_figure(row)
    return dict(sorted(figures.items()))


async def previous(session: AsyncSession, workspace_id: WorkspaceId, period: Period) -> Figure:
    """The sum of whole hours from a midnight on: whole days from daily rows, the rest from hourly ones."""
    bounds = {**bounds_of(workspace_id, period), "midnight": floor(period.end, Granularity.DAY)}
    return read_figure((await ask(session, _previous(), bounds)).one())


@cache
def _previous() -> Select[Any]:
    midnight = bindparam("midnight", type_=INSTANT)
    whole_days = _rows(DailyUsage).where(DailyUsage.start < midnight)
    last_hours = _rows(HourlyUsage).where(HourlyUsage.start >= midnight)
    return select(*sums_of(union_all(whole_days, last_hours).subquery()))


def _rows(rollup: Rollup) -> Select[Any]:
    columns = rollup.__table__.c
    return select(*(columns[name] for name in (*COUNTS, *MONEY, "status", "price_state"))).where(within(rollup))


async def latency(session: AsyncSession, workspace_id: WorkspaceId, period: Period) -> dict[int, int]:
    """The merged latency histogram of whole days: calls by bucket."""
    rows = await ask(session, _latency(), bounds_of(workspace_id, period))
    return {row.bucket: row.calls for row in rows}


@cache
def _latency() -> Select[Any]:
    calls = whole(func.sum(DailyLatency.calls)).label("calls")
    return select(DailyLatency.bucket, calls).where(within(DailyLatency)).group_by(DailyLatency.bucket)


async def trend(
    session: AsyncSession,
    workspace_id: WorkspaceId,
    period: Period,
    granularity: Granularity,
    grouping: Grouping | None,
    groups: int = TREND_GROUPS,
) -> list[Point]:
    """The buckets that hold calls, in no order; with a grouping the dearest `groups` of them and `(other)`."""
    rows = await ask(session, _trend(granularity, grouping), bounds_of(workspace_id, period, groups))
    return [Point(row[0], row[1], row[2], read_figure(row)) for row in rows]


@cache
def _trend(granularity: Granularity, grouping: Grouping | None) -> Select[Any]:
    rollup: Rollup = HourlyUsage if granularity is Granularity.HOUR else DailyUsage
    bucket = func.date_trunc("month", rollup.start, "UTC") if granularity is Granularity.MONTH else rollup.start
    start, sums = bucket.label("bucket"), sums_of(rollup.__table__)
    if grouping is None:
        return select(start, null(), null(), *sums).where(within(rollup)).group_by("bucket")
    grouped = select(start, _key(rollup, grouping), *sums).where(within(rollup)).group_by("bucket", "key")
    return largest(grouped, grouping)


async def breakdown(
    session: AsyncSession, workspace_id: WorkspaceId, period: Period, grouping: Grouping, groups: int
) -> list[tuple[str, str, Figure]]:
    """Key, label and figure of the dearest `groups` over whole days, in no order; the rest as `(other)`."""
    rows = await ask(session, _breakdown(grouping), bounds_of(workspace_id, period, groups))
    return [(row[0], row[1], read_figure(row)) for row in rows]


@cache
def _breakdown(grouping: Grouping) -> Select[Any]:
    sums = sums_of(DailyUsage.__table__)
    return largest(select(_key(DailyUsage, grouping), *sums).where(within(DailyUsage)).group_by("key"), grouping)


def _key(rollup: Rollup, grouping: Grouping) -> ColumnElement[str]:
    """The text that names a group; empty where calls carry no such dimension."""
    if grouping is not Grouping.API_KEY:
        return rollup.__table__.c[grouping.value].label("key")
    return case((rollup.api_key_id == NO_KEY, ""), else_=cast(rollup.api_key_id, String)).label("key")
