"""Sums of the tracked ledger, from rollups only: daily ones, and hourly ones where days are not whole."""

from collections.abc import Sequence
from decimal import Decimal
from functools import cache
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    DateTime,
    FromClause,
    Integer,
    Row,
    Select,
    String,
    Uuid,
    and_,
    bindparam,
    case,
    cast,
    func,
    null,
    select,
    union_all,
)
from sqlalchemy.ext.asyncio import AsyncSession

from app.analytics.rules import OTHER, Figure, Grouping, MonthTotals, Point
from app.core.periods import Granularity, Period, floor
from app.pricing.rules.call import PriceState
from app.usage.models import DailyLatency, DailyUsage, HourlyUsage
from app.usage.rules.rollups import NO_KEY
from app.workspaces.models import ApiKey
from app.workspaces.rules import WorkspaceId

INSTANT: Final = DateTime(timezone=True)
TREND_GROUPS: Final = 12
BREAKDOWN_GROUPS: Final = 500

Rollup = type[DailyUsage] | type[HourlyUsage]
_COUNTS: Final = (
    "calls",
    "fresh_tokens",
    "cache_read_tokens",
    "cache_write_tokens",
    "visible_tokens",
    "reasoning_tokens",
)
_MONEY: Final = ("cost", "list_cost")
# what every statement below selects last, in this order: the fields of a Figure
_SUMS: Final = (*_COUNTS, "errors", "priced_calls", "free_calls", *_MONEY)


async def totals(session: AsyncSession, workspace_id: WorkspaceId, period: Period, today: Period) -> MonthTotals:
    """The sums of the period's whole days, and of one day, which may lie outside of it."""
    rows = (await session.execute(_totals(), {**_bounds(workspace_id, period), "today": today.start})).all()
    of_period = [row for row in rows if row.is_in_period]
    return MonthTotals(
        total=sum((_figure(row) for row in of_period), Figure()),
        today=sum((_figure(row) for row in rows if row.is_today), Figure()),
        unpriced=_by_reason(of_period),
        prepaid=_by_capacity(of_period),
        last_recorded_at=max((row.last_recorded_at for row in of_period), default=None),
    )


# Statements are built once: putting one together takes longer than sending it.
@cache
def _totals() -> Select[Any]:
    is_today = DailyUsage.start == bindparam("today", type_=INSTANT)
    is_in_period = _within(DailyUsage)
    return (
        select(
            is_today.label("is_today"),
            is_in_period.label("is_in_period"),
            DailyUsage.unpriced_reason,
            DailyUsage.capacity,
            func.max(DailyUsage.last_recorded_at).label("last_recorded_at"),
            *_sums(DailyUsage.__table__),
        )
        .where(_of_workspace(DailyUsage), is_in_period | is_today)
        .group_by("is_today", "is_in_period", DailyUsage.unpriced_reason, DailyUsage.capacity)
    )


def _by_reason(rows: Sequence[Row[Any]]) -> dict[str, int]:
    """Calls without a cost by reason, the commonest first."""
    counts: dict[str, int] = {}
    for row in rows:
        if unpriced := _figure(row).unpriced_calls:
            counts[row.unpriced_reason] = counts.get(row.unpriced_reason, 0) + unpriced
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def _by_capacity(rows: Sequence[Row[Any]]) -> dict[str, Figure]:
    """What went through capacity that is paid for otherwise, by name."""
    figures: dict[str, Figure] = {}
    for row in rows:
        if row.capacity:
            figures[row.capacity] = figures.get(row.capacity, Figure()) + _figure(row)
    return dict(sorted(figures.items()))


async def previous(session: AsyncSession, workspace_id: WorkspaceId, period: Period) -> Figure:
    """The sum of whole hours from a midnight on: whole days from daily rows, the rest from hourly ones."""
    bounds = {**_bounds(workspace_id, period), "midnight": floor(period.end, Granularity.DAY)}
    return _figure((await session.execute(_previous(), bounds)).one())


@cache
def _previous() -> Select[Any]:
    midnight = bindparam("midnight", type_=INSTANT)
    whole_days = _rows(DailyUsage).where(DailyUsage.start < midnight)
    last_hours = _rows(HourlyUsage).where(HourlyUsage.start >= midnight)
    return select(*_sums(union_all(whole_days, last_hours).subquery()))


def _rows(rollup: Rollup) -> Select[Any]:
    columns = rollup.__table__.c
    return select(*(columns[name] for name in (*_COUNTS, *_MONEY, "status", "price_state"))).where(_within(rollup))


async def latency(session: AsyncSession, workspace_id: WorkspaceId, period: Period) -> dict[int, int]:
    """The merged latency histogram of whole days: calls by bucket."""
    rows = await session.execute(_latency(), _bounds(workspace_id, period))
    return {row.bucket: row.calls for row in rows}


@cache
def _latency() -> Select[Any]:
    calls = _whole(func.sum(DailyLatency.calls)).label("calls")
    return select(DailyLatency.bucket, calls).where(_within(DailyLatency)).group_by(DailyLatency.bucket)


async def trend(
    session: AsyncSession,
    workspace_id: WorkspaceId,
    period: Period,
    granularity: Granularity,
    grouping: Grouping | None,
    groups: int = TREND_GROUPS,
) -> list[Point]:
    """The buckets that hold calls, in no order; with a grouping the dearest `groups` of them and `(other)`."""
    rows = await session.execute(_trend(granularity, grouping), _bounds(workspace_id, period, groups))
    return [Point(row[0], row[1], row[2], _figure(row)) for row in rows]


@cache
def _trend(granularity: Granularity, grouping: Grouping | None) -> Select[Any]:
    rollup: Rollup = HourlyUsage if granularity is Granularity.HOUR else DailyUsage
    bucket = func.date_trunc("month", rollup.start, "UTC") if granularity is Granularity.MONTH else rollup.start
    start, sums = bucket.label("bucket"), _sums(rollup.__table__)
    if grouping is None:
        return select(start, null(), null(), *sums).where(_within(rollup)).group_by("bucket")
    grouped = select(start, _key(rollup, grouping), *sums).where(_within(rollup)).group_by("bucket", "key")
    return _largest(grouped, grouping)


async def breakdown(
    session: AsyncSession, workspace_id: WorkspaceId, period: Period, grouping: Grouping
) -> list[tuple[str, str, Figure]]:
    """Key, label and figure of the dearest 500 groups over whole days, in no order; the rest as `(other)`."""
    rows = await session.execute(_breakdown(grouping), _bounds(workspace_id, period, BREAKDOWN_GROUPS))
    return [(row[0], row[1], _figure(row)) for row in rows]


@cache
def _breakdown(grouping: Grouping) -> Select[Any]:
    sums = _sums(DailyUsage.__table__)
    return _largest(select(_key(DailyUsage, grouping), *sums).where(_within(DailyUsage)).group_by("key"), grouping)


def _largest(grouped: Select[Any], grouping: Grouping) -> Select[Any]:
    """The groups with their labels; all but the dearest (as many as the parameter `groups`) are summed as `(other)`."""
    parts = grouped.cte("parts")
    dearest = (func.sum(parts.c.cost).desc().nulls_last(), func.sum(parts.c.calls).desc(), parts.c.key)
    ranked = (
        select(parts.c.key, func.row_number().over(order_by=dearest).label("rank")).group_by(parts.c.key).cte("ranked")
    )
    # a real group of that name joins the others: two groups under one key could not be told apart
    is_shown = and_(ranked.c.rank <= bindparam("groups", type_=Integer), ranked.c.key != OTHER)
    by = [parts.c.bucket] if "bucket" in parts.c else []
    folded = (
        select(
            *by,
            case((is_shown, parts.c.key), else_=OTHER).label("shown"),
            *_sums_again(parts),
        )
        .join(ranked, ranked.c.key == parts.c.key)
        .group_by(*by, "shown")
        .cte("folded")
    )
    return _labelled(folded, grouping)


def _labelled(folded: FromClause, grouping: Grouping) -> Select[Any]:
    key = folded.c.shown
    label = case((key == "", grouping.none_label), else_=key)
    by = [folded.c.bucket] if "bucket" in folded.c else []
    sums = [folded.c[name] for name in _SUMS]
    if grouping is not Grouping.API_KEY:
        return select(*by, key.label("key"), label.label("label"), *sums)
    is_named = and_(_of_workspace(ApiKey), cast(ApiKey.id, String) == key)
    named = select(*by, key.label("key"), func.coalesce(ApiKey.name, label).label("label"), *sums)
    return named.outerjoin_from(folded, ApiKey, is_named)


def _key(rollup: Rollup, grouping: Grouping) -> ColumnElement[str]:
    """The text that names a group; empty where calls carry no such dimension."""
    if grouping is not Grouping.API_KEY:
        return rollup.__table__.c[grouping.value].label("key")
    return case((rollup.api_key_id == NO_KEY, ""), else_=cast(rollup.api_key_id, String)).label("key")


def _bounds(workspace_id: WorkspaceId, period: Period, groups: int | None = None) -> dict[str, Any]:
    """The parameters of the statements."""
    bounds = {"workspace_id": workspace_id, "start": period.start, "end": period.end}
    return bounds if groups is None else {**bounds, "groups": groups}


def _within(table: Rollup | type[DailyLatency]) -> ColumnElement[bool]:
    start, end = bindparam("start", type_=INSTANT), bindparam("end", type_=INSTANT)
    return and_(_of_workspace(table), table.start >= start, table.start < end)


def _of_workspace(table: Rollup | type[DailyLatency] | type[ApiKey]) -> ColumnElement[bool]:
    return table.workspace_id == bindparam("workspace_id", type_=Uuid())


def _sums(rows: FromClause) -> list[ColumnElement[Any]]:
    """`_SUMS` of rows of a rollup."""
    parts = {
        "errors": rows.c.status == "error",
        "priced_calls": rows.c.price_state == PriceState.PRICED.value,
        "free_calls": rows.c.price_state == PriceState.FREE.value,
    }
    return [
        *(_whole(func.sum(rows.c[name])).label(name) for name in _COUNTS),
        *(_whole(func.sum(rows.c.calls).filter(part)).label(name) for name, part in parts.items()),
        *(func.sum(rows.c[name]).label(name) for name in _MONEY),
    ]


def _sums_again(rows: FromClause) -> list[ColumnElement[Any]]:
    """`_SUMS` of rows that are such sums."""
    counts = (name for name in _SUMS if name not in _MONEY)
    return [
        *(_whole(func.sum(rows.c[name])).label(name) for name in counts),
        *(func.sum(rows.c[name]).label(name) for name in _MONEY),
    ]


def _whole(total: ColumnElement[Any]) -> ColumnElement[Any]:
    """PostgreSQL sums nothing to null, and counts to NUMERIC, which the driver reads ten times slower."""
    return func.coalesce(cast(total, BigInteger), 0)


def _figure(row: Row[Any]) -> Figure:
    """A row that ends with `_SUMS`."""
    *counts, cost, list_cost = row[-len(_SUMS) :]
    sums = (*counts, Decimal(0) if cost is None else cost, list_cost)
    return Figure(*sums)
