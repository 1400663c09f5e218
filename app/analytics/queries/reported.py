"""What providers counted: tokens and requests by day and dimension."""

from datetime import datetime
from functools import cache
from typing import Any, Final

from sqlalchemy import BigInteger, ColumnElement, DateTime, Select, Uuid, bindparam, cast, func, null, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.analytics.rules import Grouping
from app.analytics.rules.billed import ReportedFigure
from app.core.periods import Granularity, Period
from app.usage.models import ReportedRow
from app.workspaces.rules import WorkspaceId

INSTANT: Final = DateTime(timezone=True)
# Counts again what another report of the same provider counts.
KEPT_APART: Final = ("claude_code",)
_LEAVES: Final = ("fresh_tokens", "cache_read_tokens", "cache_write_tokens", "visible_tokens", "reasoning_tokens")
# the leaves that have no column of their own, by the column they belong with in a sum
_OTHER_LEAVES: Final = {
    "fresh_tokens": "^input\\.(fresh|tool)\\.",
    "cache_read_tokens": "^input\\.cache_read\\.",
    "cache_write_tokens": "^input\\.cache_write",
    "visible_tokens": "^output\\.(visible|citation)\\.",
    "reasoning_tokens": "^output\\.reasoning\\.",
}


async def counted(
    session: AsyncSession,
    workspace_id: WorkspaceId,
    period: Period,
    granularity: Granularity | None = None,
    grouping: Grouping | None = None,
) -> list[tuple[datetime | None, str | None, ReportedFigure]]:
    """Bucket, key and sums of the rows whose buckets start in the period, in no order. Levels are no flows."""
    bounds = {"workspace_id": workspace_id, "start": period.start, "end": period.end}
    rows = await session.execute(_counted(granularity, grouping), bounds)
    return [(row[0], row[1], ReportedFigure(*row[2:])) for row in rows]


@cache
def _counted(granularity: Granularity | None, grouping: Grouping | None) -> Select[Any]:
    start, end = bindparam("start", type_=INSTANT), bindparam("end", type_=INSTANT)
    no_bucket: ColumnElement[Any] = cast(null(), INSTANT)
    bucket = no_bucket if granularity is None else func.date_trunc(granularity.value, ReportedRow.start, "UTC")
    key: Any = null() if grouping is None else getattr(ReportedRow, grouping.value)
    return (
        select(
            bucket.label("bucket"),
            key.label("key"),
            _whole(func.sum(ReportedRow.requests)),
            *(_whole(func.sum(_with_others(name))) for name in _LEAVES),
        )
        .where(
            ReportedRow.workspace_id == bindparam("workspace_id", type_=Uuid()),
            ReportedRow.start >= start,
            ReportedRow.start < end,
            ReportedRow.superseded_at.is_(None),
            ReportedRow.is_level.is_(False),
            ReportedRow.endpoint.not_in(KEPT_APART),
        )
        .group_by("bucket", "key")
    )


def _with_others(name: str) -> ColumnElement[Any]:
    """The column and the leaves beside it; null where the row has neither."""
    meter = func.jsonb_each_text(ReportedRow.meters).table_valued("key", "value")
    others = (
        select(func.sum(cast(meter.c.value, BigInteger)))
        .where(meter.c.key.op("~")(_OTHER_LEAVES[name]))
        .correlate(ReportedRow)
        .scalar_subquery()
    )
    column = getattr(ReportedRow, name)
    return func.coalesce(column + others, column, others)


def _whole(total: ColumnElement[Any]) -> ColumnElement[Any]:
    return cast(total, BigInteger)
