"""Adding calls up where they lie: the sums of a period's calls, grouped by the database.

Sums of numerics are exact, and as wide as their widest part, as ours are. Only what reads alike in SQL is grouped here:
calls whose tokens all stand in columns. The others, with `meters` or `parts`, are read one by one (`kept_events`).
"""

import math
from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.periods import Period
from app.usage.queries.kinds import SAID
from app.usage.rules import latency
from app.usage.rules.columns import TokenSums
from app.usage.rules.rollups import LatencyKey, UsageKey, UsageSums
from app.usage.rules.tags import TagBundle, TagKey, TagSums

ROWS_AT_A_TIME: Final = 2_000
# A latency this close to the border of two buckets is not told by SQL, whose logarithm may differ in the last bits.
BORDER: Final = 1e-9

# the columns of a `TagBundle`
BUNDLE: Final = 8

_CALLS: Final = (
    "FROM events WHERE workspace_id = :of AND occurred_at >= :start AND occurred_at < :end "
    "AND meters IS NULL AND parts IS NULL"
)
_TOKENS: Final = ", ".join(f"coalesce(sum({name}), 0)::bigint" for name in TokenSums._fields)
_DAY: Final = "date_trunc('day', occurred_at, 'UTC')"
_HOURS: Final = text(f"""
SELECT workspace_id, date_trunc('hour', occurred_at, 'UTC'), provider, model,
    coalesce(project, ''), coalesce(environment, ''), coalesce(api_key_id, '00000000-0000-0000-0000-000000000000'),
    status, price_state, coalesce(unpriced_reason, ''), coalesce(capacity, ''),
    count(*), {_TOKENS}, sum(cost), sum({SAID["list_cost"]}), max(occurred_at), max(recorded_at)
{_CALLS} GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
""")
_LATENCIES: Final = text(f"""
SELECT workspace_id, day, provider, model, bucket, CASE WHEN bucket IS NULL THEN latency_ms END, count(*) FROM (
    SELECT workspace_id, day, provider, model, latency_ms, CASE
        WHEN latency_ms < {latency.SMALLEST_MS} THEN {latency.ZERO_BUCKET}
        WHEN abs(place - round(place)) > {BORDER} THEN ceil(place)::int
    END AS bucket FROM (
        SELECT workspace_id, {_DAY} AS day, provider, model, latency_ms,
            ln(least(greatest(latency_ms, {latency.SMALLEST_MS}), {latency.LARGEST_MS})) / {math.log(latency.GAMMA)!r}
            AS place
        {_CALLS} AND latency_ms IS NOT NULL
    ) AS measured
) AS bucketed GROUP BY 1, 2, 3, 4, 5, 6
""")  # noqa: S608 - constants
_TAGGED: Final = text(f"""
SELECT workspace_id, {_DAY}, user_ref, tags::text, status, price_state, coalesce(unpriced_reason, ''),
    coalesce(capacity, ''), count(*), {_TOKENS}, count({SAID["list_cost"]}), sum(cost), sum({SAID["list_cost"]})
{_CALLS} AND (user_ref <> '' OR tags IS NOT NULL) GROUP BY 1, 2, 3, 4, 5, 6, 7, 8
""")


class Measured(NamedTuple):
    """How many calls had this latency: by its bucket, or by itself where it lies on the border of two."""

    workspace_id: UUID
    start: datetime
    provider: str
    model: str
    bucket: int | None
    latency_ms: float | None
    calls: int

    @property
    def key(self) -> LatencyKey:
        bucket = latency.bucket(self.latency_ms or 0) if self.bucket is None else self.bucket
        return LatencyKey(self.workspace_id, self.start, self.provider, self.model, bucket)


async def snapshot(session: AsyncSession) -> None:
    """See the database as it is now to the end of the transaction, whose first statement this must be."""
    await session.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))


def _of(workspace_id: UUID, period: Period) -> dict[str, Any]:
    return {"of": workspace_id, "start": period.start, "end": period.end}


async def plain_hours(
    session: AsyncSession, workspace_id: UUID, period: Period
) -> AsyncIterator[tuple[UsageKey, UsageSums]]:
    found = await session.stream(_HOURS, _of(workspace_id, period), execution_options={"yield_per": ROWS_AT_A_TIME})
    split = len(UsageKey._fields)
    async for row in found:
        yield UsageKey._make(row[:split]), UsageSums._make(row[split:])


async def plain_latencies(session: AsyncSession, workspace_id: UUID, period: Period) -> AsyncIterator[Measured]:
    found = await session.stream(_LATENCIES, _of(workspace_id, period), execution_options={"yield_per": ROWS_AT_A_TIME})
    async for row in found:
        yield Measured._make(row)


async def plain_tags(
    session: AsyncSession, workspace_id: UUID, period: Period
) -> AsyncIterator[tuple[TagBundle, TagSums]]:
    found = await session.stream(_TAGGED, _of(workspace_id, period), execution_options={"yield_per": ROWS_AT_A_TIME})
    async for row in found:
        yield tuple(row[:BUNDLE]), TagSums._make(row[BUNDLE:])


# --- what is there ---


async def stored_sums(
    session: AsyncSession, table: str, workspace_id: UUID, period: Period
) -> dict[Any, tuple[Any, ...]]:
    """The rows of `usage_hourly`, `usage_daily`, `latency_daily` or `usage_tags_daily`, by their keys."""
    key, sums = _COLUMNS[table]
    names = ", ".join(f'"{name}"' for name in (*key, *sums))
    found = await session.execute(
        text(f"SELECT {names} FROM {table} WHERE workspace_id = :of AND start >= :start AND start < :end"),  # noqa: S608 - names are ours
        _of(workspace_id, period),
    )
    return {tuple(row[: len(key)]): tuple(row[len(key) :]) for row in found}


_COLUMNS: Final[dict[str, tuple[Sequence[str], Sequence[str]]]] = {
    "usage_hourly": (UsageKey._fields, UsageSums._fields),
    "usage_daily": (UsageKey._fields, UsageSums._fields),
    "latency_daily": (LatencyKey._fields, ("calls",)),
    "usage_tags_daily": (TagKey._fields, TagSums._fields),
}
_NEXT: Final = text("""
SELECT least(
    (SELECT occurred_at FROM events WHERE workspace_id = :of AND occurred_at >= :start AND occurred_at < :end
        ORDER BY occurred_at LIMIT 1),
    (SELECT start FROM usage_daily WHERE workspace_id = :of AND start >= :start AND start < :end
        ORDER BY start LIMIT 1)
)
""")


async def next_instant(session: AsyncSession, workspace_id: UUID, period: Period) -> datetime | None:
    """When the next call of the period was made, or the next day with sums begins; None when nothing follows."""
    found: datetime | None = (await session.execute(_NEXT, _of(workspace_id, period))).scalar()
    return found


async def counted_owners(session: AsyncSession) -> Sequence[UUID]:
    """The workspaces that have sums."""
    found = await session.execute(text("SELECT DISTINCT workspace_id FROM usage_daily ORDER BY 1"))
    return found.scalars().all()


async def counted_calls(session: AsyncSession, workspace_id: UUID, period: Period) -> int:
    """How many calls the sums tell of."""
    statement = "SELECT sum(calls) FROM usage_daily WHERE workspace_id = :of AND start >= :start AND start < :end"
    found: Decimal | None = (await session.execute(text(statement), _of(workspace_id, period))).scalar()
    return int(found or 0)
