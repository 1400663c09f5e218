"""What every statement over rollups is made of: their sums, their period, and the largest of their groups."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    DateTime,
    FromClause,
    Integer,
    Result,
    Row,
    Select,
    SelectBase,
    String,
    Text,
    Uuid,
    and_,
    bindparam,
    case,
    cast,
    func,
    literal,
    literal_column,
    select,
    union_all,
)
from sqlalchemy.ext.asyncio import AsyncSession

from app.analytics.rules import OTHER, Figure, Grouping
from app.core.periods import Period
from app.pricing.rules.call import PriceState
from app.usage.models import (
    DailyLatency,
    DailyTagTotal,
    DailyTagUsage,
    DailyUsage,
    HourlyUsage,
    MonthlyTagUsage,
    TagMonth,
)
from app.workspaces.models import ApiKey
from app.workspaces.rules import WorkspaceId

INSTANT: Final = DateTime(timezone=True)
Rollup = type[DailyUsage] | type[HourlyUsage]
AnyRollup = Rollup | type[DailyLatency] | type[DailyTagUsage]
Owned = AnyRollup | type[ApiKey] | type[DailyTagTotal] | type[MonthlyTagUsage] | type[TagMonth]
# as it stands in the statement: one more parameter for every sum is one more to send
NOTHING: Final[ColumnElement[int]] = literal_column("0")
COUNTS: Final = (
    "calls",
    "fresh_tokens",
    "cache_read_tokens",
    "cache_write_tokens",
    "visible_tokens",
    "reasoning_tokens",
)
MONEY: Final = ("cost", "list_cost")
# which calls a part of them counts, told from the rows of a rollup
PARTS: Final[Mapping[str, Callable[[FromClause], ColumnElement[bool]]]] = {
    "errors": lambda rows: rows.c.status == "error",
    "priced_calls": lambda rows: rows.c.price_state == PriceState.PRICED.value,
    "free_calls": lambda rows: rows.c.price_state == PriceState.FREE.value,
}
# what every statement below selects last, in this order: the fields of a Figure
SUMS: Final = (*COUNTS, *PARTS, *MONEY)


async def ask(session: AsyncSession, statement: Select[Any], values: Mapping[str, Any]) -> Result[*tuple[Any, ...]]:
    """As the session itself does, but for rows only: looking for entities in them takes longer than reading them."""
    rows: Result[*tuple[Any, ...]] = await (await session.connection()).execute(statement, values)
    return rows


def largest(grouped: SelectBase, grouping: Grouping) -> Select[Any]:
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
            *sums_again(parts),
        )
        .join(ranked, ranked.c.key == parts.c.key)
        .group_by(*by, "shown")
        .cte("folded")
    )
    return labelled(folded, grouping)


def largest_of(groups: SelectBase, grouping: Grouping) -> Select[Any]:
    """The same of rows that are one a group already: all but the `(other)` ones stay as they are."""
    parts = groups.subquery("parts")
    dearest = (parts.c.cost.desc().nulls_last(), parts.c.calls.desc(), parts.c.key)
    ranked = select(parts, func.row_number().over(order_by=dearest).label("rank")).cte("ranked")
    is_shown = and_(ranked.c.rank <= bindparam("groups", type_=Integer), ranked.c.key != OTHER)
    others = select(literal(OTHER, Text), *sums_again(ranked)).where(~is_shown).having(func.count() > 0)
    shown = select(ranked.c.key.label("shown"), *(ranked.c[name] for name in SUMS)).where(is_shown)
    return labelled(union_all(shown, others).subquery("folded"), grouping)


def labelled(folded: FromClause, grouping: Grouping) -> Select[Any]:
    key = folded.c.shown
    label = case((key == "", grouping.none_label), else_=key)
    by = [folded.c.bucket] if "bucket" in folded.c else []
    # the driver takes ten times as long to read a NUMERIC as to read its digits
    sums = [cast(folded.c[name], Text).label(name) if name in MONEY else folded.c[name] for name in SUMS]
    if grouping is not Grouping.API_KEY:
        return select(*by, key.label("key"), label.label("label"), *sums)
    is_named = and_(of_workspace(ApiKey), cast(ApiKey.id, String) == key)
    named = select(*by, key.label("key"), func.coalesce(ApiKey.name, label).label("label"), *sums)
    return named.outerjoin_from(folded, ApiKey, is_named)


def bounds_of(workspace_id: WorkspaceId, period: Period, groups: int | None = None) -> dict[str, Any]:
    """The parameters of the statements."""
    bounds = {"workspace_id": workspace_id, "start": period.start, "end": period.end}
    return bounds if groups is None else {**bounds, "groups": groups}


def within(table: AnyRollup) -> ColumnElement[bool]:
    start, end = bindparam("start", type_=INSTANT), bindparam("end", type_=INSTANT)
    return and_(of_workspace(table), table.start >= start, table.start < end)


def of_workspace(table: Owned) -> ColumnElement[bool]:
    return table.workspace_id == bindparam("workspace_id", type_=Uuid())


def sums_of(rows: FromClause) -> list[ColumnElement[Any]]:
    """`SUMS` of rows of a rollup."""
    return [
        *(whole(func.sum(rows.c[name])).label(name) for name in COUNTS),
        *(whole(func.sum(rows.c.calls).filter(part(rows))).label(name) for name, part in PARTS.items()),
        *(func.sum(rows.c[name]).label(name) for name in MONEY),
    ]


def sums_again(rows: FromClause) -> list[ColumnElement[Any]]:
    """`SUMS` of rows that are such sums."""
    counts = (name for name in SUMS if name not in MONEY)
    return [
        *(whole(func.sum(rows.c[name])).label(name) for name in counts),
        *(func.sum(rows.c[name]).label(name) for name in MONEY),
    ]


def whole(total: ColumnElement[Any]) -> ColumnElement[Any]:
    """PostgreSQL sums nothing to null, and counts to NUMERIC, which the driver reads ten times slower."""
    return func.coalesce(cast(total, BigInteger), NOTHING)


def read_figure(row: Row[Any]) -> Figure:
    """A row that ends with `SUMS`; amounts may be digits."""
    *counts, cost, list_cost = row[-len(SUMS) :]
    sums = (*counts, Decimal(cost or 0), None if list_cost is None else Decimal(list_cost))
    return Figure(*sums)
