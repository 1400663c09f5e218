"""Sums by customer and by tag, from their own rollup. Calls without the tag are what is left of all calls, exactly."""

from collections.abc import Sequence
from functools import cache
from typing import Any, Final

from sqlalchemy import (
    CTE,
    ColumnElement,
    FromClause,
    Integer,
    Row,
    Select,
    SelectBase,
    Subquery,
    Text,
    bindparam,
    case,
    distinct,
    func,
    literal,
    null,
    select,
    union_all,
)
from sqlalchemy.ext.asyncio import AsyncSession

from app.analytics.queries.rollups import BREAKDOWN_GROUPS, TREND_GROUPS
from app.analytics.queries.sums import (
    COUNTS,
    MONEY,
    SUMS,
    bounds_of,
    labelled,
    largest,
    read_figure,
    sums_again,
    sums_of,
    whole,
    within,
)
from app.analytics.rules import OTHER, Figure, Grouping, Point
from app.analytics.rules.tags import TagTotal, TagValue, rest
from app.core.periods import Granularity, Period
from app.usage.models import DailyTagUsage, DailyUsage
from app.workspaces.rules import WorkspaceId

_NONE: Final = literal("", Text)
# what decides who is the dearest
_RANKING: Final = ("cost", "calls")
_DETAILS: Final = ("status", "price_state", "unpriced_reason", "capacity")


async def tag_breakdown(
    session: AsyncSession, workspace_id: WorkspaceId, period: Period, tag: str
) -> list[tuple[str, str, Figure]]:
    """Key, label and figure of the dearest 500 values over whole days, in no order; the rest as `(other)`."""
    bounds = {**bounds_of(workspace_id, period, BREAKDOWN_GROUPS), "tag": tag}
    rows = await session.execute(_by_value(), bounds)
    return [(row[0], row[1], _figure(row, row[0])) for row in rows if row.calls]


async def tag_trend(
    session: AsyncSession, workspace_id: WorkspaceId, period: Period, granularity: Granularity, tag: str
) -> list[Point]:
    """The buckets that hold calls, in no order, for the dearest values and `(other)`."""
    bounds = {**bounds_of(workspace_id, period, TREND_GROUPS), "tag": tag}
    rows = await session.execute(_trend_by_value(granularity), bounds)
    return [Point(row[0], row[1], row[2], _figure(row, row[1])) for row in rows if row.calls]


def _figure(row: Row[Any], value: str) -> Figure:
    return read_figure(row) if value else rest(read_figure(row))


@cache
def _by_value() -> Select[Any]:
    tagged = _summed(DailyTagUsage.__table__, None, DailyTagUsage.__table__.c.value).where(_of_tag()).cte("tagged")
    everything = _summed(DailyUsage.__table__, None, _NONE).where(within(DailyUsage)).cte("everything")
    untagged = _left_over(everything, tagged, SUMS)
    return largest(union_all(select(tagged), select(untagged)), Grouping.TAG)


@cache
def _trend_by_value(granularity: Granularity) -> Select[Any]:
    """Who is shown is found first, by two sums: all sums of every value in every bucket take three times as long."""
    dearest, value = _dearest(), DailyTagUsage.__table__.c.value
    is_shown = DailyTagUsage.__table__.outerjoin(dearest, dearest.c.name == value)
    shown = func.coalesce(dearest.c.name, OTHER)
    tagged = _summed(DailyTagUsage.__table__, granularity, shown).select_from(is_shown).where(_of_tag()).cte("tagged")
    everything = _summed(DailyUsage.__table__, granularity, _NONE).where(within(DailyUsage)).cte("everything")
    untagged = _left_over(everything, tagged, SUMS)
    key = case((select(dearest.c.name).where(dearest.c.name == "").exists(), ""), else_=OTHER)
    parts = union_all(
        select(tagged), select(untagged.c.bucket, key.label("key"), *(untagged.c[name] for name in SUMS))
    ).subquery("parts")
    folded = select(parts.c.bucket, parts.c.key.label("shown"), *sums_again(parts)).group_by(parts.c.bucket, "shown")
    return labelled(folded.cte("folded"), Grouping.TAG)


def _dearest() -> CTE:
    """The names of as many values as the parameter `groups`, in the order of `largest`."""
    tagged, everything = DailyTagUsage.__table__.c, DailyUsage.__table__.c
    summed = select(tagged.value.label("key"), *(func.sum(tagged[name]).label(name) for name in _RANKING))
    by_value = summed.where(_of_tag()).group_by("key").cte("by_value")
    all_calls = select(_NONE.label("key"), *(func.sum(everything[name]).label(name) for name in _RANKING))
    none = _left_over(all_calls.where(within(DailyUsage)).cte("all_calls"), by_value, _RANKING)
    values = union_all(select(by_value), select(none)).subquery("values")
    order = (values.c.cost.desc().nulls_last(), values.c.calls.desc(), values.c.key)
    first = select(values.c.key.label("name")).order_by(*order).limit(bindparam("groups", type_=Integer))
    ranked = first.subquery("ranked")
    # a real value of that name joins the others
    return select(ranked.c.name).where(ranked.c.name != OTHER).cte("dearest")


def _left_over(everything: CTE, tagged: CTE, sums: Sequence[str]) -> Subquery:
    """The same sums of the calls without the tag."""
    by = [name for name in ("bucket",) if name in tagged.c]
    taken_away = select(
        *(tagged.c[name] for name in by), _NONE.label("key"), *((-tagged.c[name]).label(name) for name in sums)
    )
    left = union_all(select(everything), taken_away).subquery("left_over")
    again = sums_again(left) if sums is SUMS else [func.sum(left.c[name]).label(name) for name in sums]
    return select(*(left.c[name] for name in by), left.c.key, *again).group_by(*by, "key").subquery("untagged")


def _summed(rows: FromClause, granularity: Granularity | None, key: ColumnElement[str]) -> Select[Any]:
    if granularity is None:
        return select(key.label("key"), *sums_of(rows)).group_by("key")
    return select(_bucket(rows, granularity), key.label("key"), *sums_of(rows)).group_by("bucket", "key")


def _bucket(rows: FromClause, granularity: Granularity) -> ColumnElement[Any]:
    bucket = func.date_trunc("month", rows.c.start, "UTC") if granularity is Granularity.MONTH else rows.c.start
    return bucket.label("bucket")


def _of_tag() -> ColumnElement[bool]:
    return within(DailyTagUsage) & (DailyTagUsage.tag == bindparam("tag", type_=Text))


async def trend_of_value(
    session: AsyncSession,
    workspace_id: WorkspaceId,
    period: Period,
    granularity: Granularity,
    grouping: Grouping | None,
    only: TagValue,
) -> list[Point]:
    """The buckets that hold calls with one value of a tag, in no order."""
    rows = await session.execute(
        _of_value(granularity, grouping, is_none=not only.value), _one(workspace_id, period, only, TREND_GROUPS)
    )
    return [Point(row[0], row[1], row[2], _figure(row, only.value)) for row in rows if row.calls]


async def breakdown_of_value(
    session: AsyncSession, workspace_id: WorkspaceId, period: Period, grouping: Grouping, only: TagValue
) -> list[tuple[str, str, Figure]]:
    """Key, label and figure of the groups of calls with one value of a tag."""
    rows = await session.execute(
        _of_value(None, grouping, is_none=not only.value), _one(workspace_id, period, only, BREAKDOWN_GROUPS)
    )
    return [(row[0], row[1], _figure(row, only.value)) for row in rows if row.calls]


def _one(workspace_id: WorkspaceId, period: Period, only: TagValue, groups: int) -> dict[str, Any]:
    value = {"value": only.value} if only.value else {}
    return {**bounds_of(workspace_id, period, groups), "tag": only.tag, **value}


@cache
def _of_value(granularity: Granularity | None, grouping: Grouping | None, *, is_none: bool) -> Select[Any]:
    rows = (_untagged() if is_none else _with_value()).subquery("rows")
    if grouping is not None:
        return largest(_summed(rows, granularity, rows.c[grouping.value]), grouping)
    assert granularity is not None  # noqa: S101 - a breakdown is always by something
    return select(_bucket(rows, granularity), null(), null(), *sums_of(rows)).group_by("bucket")


def _with_value() -> Select[Any]:
    columns = DailyTagUsage.__table__.c
    value = columns.value == bindparam("value", type_=Text)
    return select(*(columns[name] for name in ("start", *_DETAILS, *COUNTS, *MONEY))).where(_of_tag(), value)


def _untagged() -> SelectBase:
    """All rows, and those of the tag taken away."""
    all_rows, tagged = DailyUsage.__table__.c, DailyTagUsage.__table__.c
    kept = ("start", *_DETAILS)
    return union_all(
        select(*(all_rows[name] for name in (*kept, *COUNTS, *MONEY))).where(within(DailyUsage)),
        select(*(tagged[name] for name in kept), *((-tagged[name]).label(name) for name in (*COUNTS, *MONEY))).where(
            _of_tag()
        ),
    )


async def known_tags(
    session: AsyncSession, workspace_id: WorkspaceId, period: Period, after: str, limit: int
) -> Sequence[TagTotal]:
    """The tags that calls of whole days carry, by name, with what their calls add up to."""
    bounds = {**bounds_of(workspace_id, period), "after": after, "limit": limit}
    rows = await session.execute(_known_tags(), bounds)
    return [TagTotal(row.tag, row.different, row.has_other, read_figure(row)) for row in rows]


@cache
def _known_tags() -> Select[Any]:
    rows, is_other = DailyTagUsage, DailyTagUsage.value == OTHER
    return (
        select(
            rows.tag,
            whole(func.count(distinct(rows.value)).filter(~is_other)).label("different"),
            func.bool_or(is_other).label("has_other"),
            *sums_of(rows.__table__),
        )
        .where(within(rows), rows.tag > bindparam("after", type_=Text))
        .group_by(rows.tag)
        .order_by(rows.tag)
        .limit(bindparam("limit", type_=Integer))
    )
