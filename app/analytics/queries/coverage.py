"""What OpenTelemetry's metrics count, beside what is stored of the same services."""

from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.analytics.rules.coverage import CoverageRow
from app.core.periods import Period
from app.workspaces.rules import WorkspaceId

MOST_ROWS: Final = 1_000


async def metric_coverage(session: AsyncSession, workspace_id: WorkspaceId, period: Period) -> list[CoverageRow]:
    """By day, service and model, the newest first, at most 1,000 rows. Of metrics that repeat one another the greatest
    counts."""
    bounds = {"of": workspace_id, "start": period.start, "end": period.end, "most": MOST_ROWS}
    return [CoverageRow._make(row) for row in await session.execute(_COVERAGE, bounds)]


_COVERAGE: Final = text("""
    WITH told AS (
      SELECT start, service, model, metric,
        sum(tokens) FILTER (WHERE direction = 'input') AS input,
        sum(tokens) FILTER (WHERE direction = 'output') AS output
      FROM metric_tokens_daily WHERE workspace_id = :of AND start >= :start AND start < :end GROUP BY 1, 2, 3, 4
    ), metrics AS (
      SELECT start, service, model, COALESCE(max(input), 0)::bigint AS input, COALESCE(max(output), 0)::bigint AS output
      FROM told GROUP BY 1, 2, 3
    ), calls AS (
      SELECT start, project, model, sum(fresh_tokens + cache_read_tokens + cache_write_tokens)::bigint AS input,
        sum(visible_tokens + reasoning_tokens)::bigint AS output
      FROM usage_daily WHERE workspace_id = :of AND start >= :start AND start < :end GROUP BY 1, 2, 3
    )
    SELECT metrics.start, metrics.service, metrics.model, metrics.input, metrics.output,
      COALESCE(calls.input, 0), COALESCE(calls.output, 0), metrics.service IN (SELECT project FROM calls)
    FROM metrics LEFT JOIN calls
      ON calls.start = metrics.start AND calls.project = metrics.service AND calls.model = metrics.model
    ORDER BY metrics.start DESC, metrics.service, metrics.model LIMIT :most
""")
