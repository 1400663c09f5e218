"""Sums by customer and by tag, from their own rollup. Calls without the tag are what is left of all calls, exactly."""

from collections.abc import Sequence
from functools import cache
from typing import Any, Final

from sqlalchemy import (
    ARRAY,
    CTE,
    ColumnElement,
    FromClause,
    Integer,
    Row,
    Select,
    SelectBase,
    Subquery,
    Text,
    any_,
    bindparam,
    case,
    cast,
    distinct,
    func,
    literal,
    null,
    select,
    union_all,
)
from sqlalchemy.ext.asyncio import AsyncSession

from app.analytics.queries import tagged
from app.analytics.queries.rollups import TREND_GROUPS
from app.analytics.queries.sums import (
    COUNTS,
    MONEY,
    SUMS,
    ask,
    bounds_of,
    labelled,
    largest,
    largest_of,
    read_figure,
    sums_again,
    sums_of,
    whole,
    within,
)
from app.analytics.queries.tagged import DETAILS
from app.analytics.rules import OTHER, Figure, Grouping, Point
from app.analytics.rules.tags import TagTotal, TagValue, rest
from app.core.periods import Granularity, Period
from app.usage.models import DailyTagUsage, DailyUsage
from app.workspaces.rules import WorkspaceId

_NONE: Final = literal("", Text)
# what decides who is the dearest
_RANKING: Final = ("cost", "calls")


async def tag_breakdown(
    session: AsyncSession, workspace_id: WorkspaceId, period: Period, tag: str, groups: int
) -> list[tuple[str, str, Figure]]:
    """Key, label and figure of the dearest `groups` values over whole days, in no order; the rest as `(other)`."""
    bounds = {**bounds_of(workspace_id, period, groups), "tag": tag}
    rows = await ask(session, _by_value(), bounds)
    return [(row[0], row[1], _figure(row, row[0])) for row in rows if row.calls]


async def tag_trend(
    session: AsyncSession, workspace_id: WorkspaceId, period: Period, granularity: Granularity, tag: str
) -> list[Point]:
    """The buckets that hold calls, in no order, for the dearest values and `(other)`."""
    bounds = {**bounds_of(workspace_id, period, TREND_GROUPS), "tag": tag}
    rows = await ask(session, _trend_by_value(granularity), bounds)
    return [Point(row[0], row[1], row[2], _figure(row, row[1])) for row in rows if row.calls]


def _figure(row: Row[Any], value: str) -> Figure:
    return read_figure(row) if value else rest(read_figure(row))


@cache
def _by_value() -> Select[Any]:
    rows = tagged.by_value().subquery("rows")
    by_value = select(rows.c.value.label("key"), *sums_again(rows)).group_by("key").cte("by_value")
    everything = _summed(DailyUsage.__table__, None, _NONE).where(within(DailyUsage)).cte("everything")
    with_tag = select(_NONE.label("key"), *sums_again(by_value)).cte("with_tag")
    untagged = _left_over(everything, with_tag, SUMS)
    return largest_of(union_all(select(by_value), select(untagged)), Grouping.TAG)


@cache
def _trend_by_value(granularity: Granularity) -> Select[Any]:
    """Who is shown is found first, by two sums of the period; of the others only the days' totals are read."""
    dearest = _dearest()
    names = cast(select(func.array_agg(dearest.c.name)).scalar_subquery(), ARRAY(Text))
    shown = _details(tagged.of_values(DailyTagUsage.value == any_(names)), granularity, "shown", by_value=True)
    totals = _details(tagged.totals(), granularity, "totals")
    everything = _summed(DailyUsage.__table__, granularity, _NONE).where(within(DailyUsage)).cte("everything")
    untagged = _left_over(everything, totals, SUMS)
    key = case((select(dearest.c.name).where(dearest.c.name == "").exists(), ""), else_=OTHER)
    parts = union_all(
        select(*(shown.c[name] for name in ("bucket", "key", *SUMS))),
        _others(totals, shown),
        select(untagged.c.bucket, key.label("key"), *(untagged.c[name] for name in SUMS)).where(untagged.c.calls != 0),
    ).subquery("parts")
    folded = select(parts.c.bucket, parts.c.key.label("shown"), *sums_again(parts)).group_by(parts.c.bucket, "shown")
    return labelled(folded.cte("folded"), Grouping.TAG)


def _details(rows: SelectBase, granularity: Granularity, name: str, *, by_value: bool = False) -> CTE:
    """`SUMS` by bucket, and how many of the calls have a list cost."""
    found = rows.subquery(f"{name}_rows")
    key = found.c.value if by_value else _NONE
    listed = whole(func.sum(found.c.listed_calls)).label("listed_calls")
    return _summed(found, granularity, key).add_columns(listed).cte(name)


def _others(totals: CTE, shown: CTE) -> Select[Any]:
    """What is left of the totals without those that are shown."""
    sums = (*SUMS, "listed_calls")
    taken_away = select(shown.c.bucket, *((-shown.c[name]).label(name) for name in sums))
    left = union_all(select(totals.c.bucket, *(totals.c[name] for name in sums)), taken_away).subquery("others")
    list_cost = case((func.sum(left.c.listed_calls) != 0, func.sum(left.c.list_cost))).label("list_cost")
    added = [list_cost if column.name == "list_cost" else column for column in sums_again(left)]
    some = func.sum(left.c.calls) != 0
    return select(left.c.bucket, literal(OTHER, Text).label("key"), *added).group_by(left.c.bucket).having(some)


def _dearest() -> CTE:
    """The names of as many values as the parameter `groups`, in the order of `largest`."""
    rows, everything = tagged.by_value(_RANKING).subquery("ranked_rows"), DailyUsage.__table__.c
    summed = select(rows.c.value.label("key"), *(func.sum(rows.c[name]).label(name) for name in _RANKING))
    by_value = summed.group_by("key").cte("by_value")
    all_calls = select(_NONE.label("key"), *(func.sum(everything[name]).label(name) for name in _RANKING))
    none = _left_over(all_calls.where(within(DailyUsage)).cte("all_calls"), by_value, _RANKING)
    values = union_all(select(by_value), select(none)).subquery("values")
    order = (values.c.cost.desc().nulls_last(), values.c.calls.desc(), values.c.key)
    first = select(values.c.key.label("name")).order_by(*order).limit(bindparam("groups", type_=Integer))
    ranked = first.subquery("ranked")
    # a real value of that name joins the others
    return select(ranked.c.name).where(ranked.c.name != OTHER).cte("dearest")


def _left_over(everything: CTE, with_tag: CTE, sums: Sequence[str]) -> Subquery:
    """The same sums of the calls without the tag."""
    by = [name for name in ("bucket",) if name in with_tag.c]
    taken_away = select(
        *(with_tag.c[name] for name in by), _NONE.label("key"), *((-with_tag.c[name]).label(name) for name in sums)
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


async def trend_of_value(
    session: AsyncSession,
    workspace_id: WorkspaceId,
    period: Period,
    granularity: Granularity,
    grouping: Grouping | None,
    only: TagValue,
) -> list[Point]:
    """The buckets that hold calls with one value of a tag, in no order."""
    rows = await ask(
        session,
        _of_value(granularity, grouping, is_none=not only.value),
        _one(workspace_id, period, only, TREND_GROUPS),
    )
    return [Point(row[0], row[1], row[2], _figure(row, only.value)) for row in rows if row.calls]


async def breakdown_of_value(
    session: AsyncSession, workspace_id: WorkspaceId, period: Period, grouping: Grouping, only: TagValue, groups: int
) -> list[tuple[str, str, Figure]]:
    """Key, label and figure of the dearest `groups` of calls with one value of a tag; the rest as `(other)`."""
    bounds = _one(workspace_id, period, only, groups)
    rows = await ask(session, _of_value(None, grouping, is_none=not only.value), bounds)
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
    return tagged.of_values(DailyTagUsage.value == bindparam("value", type_=Text))


def _untagged() -> SelectBase:
    """All rows, and those of the tag taken away."""
    all_rows, with_tag = DailyUsage.__table__.c, tagged.totals().subquery("with_tag").c
    kept = ("start", *DETAILS)
    return union_all(
        select(*(all_rows[name] for name in (*kept, *COUNTS, *MONEY))).where(within(DailyUsage)),
        select(*(with_tag[name] for name in kept), *((-with_tag[name]).label(name) for name in (*COUNTS, *MONEY))),
    )


async def known_tags(
    session: AsyncSession, workspace_id: WorkspaceId, period: Period, after: str, limit: int
) -> Sequence[TagTotal]:
    """The tags that calls of whole days carry, by name, with what their calls add up to."""
    bounds = {**bounds_of(workspace_id, period), "after": after, "limit": limit}
    rows = await ask(session, _known_tags(), bounds)
    return [TagTotal(row.tag, row.different, row.has_other, read_figure(row)) for row in rows]


@cache
def _known_tags() -> Select[Any]:
    rows = tagged.of_all_tags(bindparam("after", type_=Text)).subquery("rows")
    is_other = rows.c.value == OTHER
    return (
        select(
            rows.c.tag,
            whole(func.count(distinct(rows.c.value)).filter(~is_other)).label("different"),
            func.bool_or(is_other).label("has_other"),
            *sums_again(rows),
        )
        .group_by(rows.c.tag)
        .order_by(rows.c.tag)
        .limit(bindparam("limit", type_=Integer))
    )
