"""The account that ingest keeps of what arrived; by the hour of arrival, which is not when the calls were made."""

from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.analytics.rules.arrivals import (
    Arrivals,
    CodeCount,
    Example,
    Outcomes,
    SendingKey,
    SendingProcess,
    SendingProcesses,
)
from app.core.periods import Granularity, Period
from app.ingest.rules.accounting import Outcome
from app.usage.rules.rollups import NO_KEY
from app.workspaces.rules import Scope, WorkspaceId

EXAMPLES: Final = 5
WORST_SENDERS: Final = 50


async def arrivals(
    session: AsyncSession, workspace_id: WorkspaceId, period: Period, granularity: Granularity
) -> Arrivals:
    """The sums of the period's whole hours. One statement, so that all of them agree."""
    rows = await session.execute(_ARRIVALS, {**_bounds(workspace_id, period), "size": granularity.value})
    found = Arrivals()
    for row in rows:
        if row.bucket is not None:
            found.by_bucket.setdefault(row.bucket, Outcomes()).add(row.outcome, row.events)
        elif row.api_key_id is not None:
            found.by_key.setdefault(row.api_key_id, Outcomes()).add(row.outcome, row.events)
        else:
            _add_code(found, row)
    return found


def _add_code(found: Arrivals, row: Any) -> None:
    found.totals.add(row.outcome, row.events)
    lists = {Outcome.REJECTED.value: found.rejected, Outcome.REFUSED.value: found.refused}
    if row.outcome in lists:
        lists[row.outcome].append(CodeCount(row.code, row.events, row.last_at))


async def examples(session: AsyncSession, workspace_id: WorkspaceId, period: Period) -> list[Example]:
    """A few rejected events of each code, the newest first, no two with the same detail."""
    rows = await session.execute(_EXAMPLES, {**_bounds(workspace_id, period), "most": EXAMPLES})
    return [Example(*row) for row in rows]


async def arrival_lag(session: AsyncSession, workspace_id: WorkspaceId, period: Period) -> dict[int, int]:
    """Events by bucket of the time from the call to its arrival."""
    rows = await session.execute(_LAG, _bounds(workspace_id, period))
    return {row.bucket: row.events for row in rows}


async def sending_keys(session: AsyncSession, workspace_id: WorkspaceId) -> list[SendingKey]:
    """All API keys, by name, and what came without one."""
    values = {"workspace_id": workspace_id, "no_key": NO_KEY, "scope": Scope.INGEST.value}
    return [SendingKey(*row) for row in await session.execute(_KEYS, values)]


async def sending_processes(session: AsyncSession, workspace_id: WorkspaceId, period: Period) -> SendingProcesses:
    """Those that reported between the period's bounds, or before and after it."""
    rows = (await session.execute(_SENDERS, {**_bounds(workspace_id, period), "most": WORST_SENDERS})).all()
    if not rows:
        return SendingProcesses()
    worst = [SendingProcess(row.id, row.name, row.api_key_id, row.dropped, row.first, row.last) for row in rows]
    return SendingProcesses(rows[0].senders, rows[0].total, worst)


def _bounds(workspace_id: WorkspaceId, period: Period) -> dict[str, Any]:
    return {"workspace_id": workspace_id, "start": period.start, "end": period.end}


_ARRIVALS: Final = text("""
WITH arrived AS (
    SELECT date_trunc(CAST(:size AS text), start, 'UTC') AS bucket, api_key_id, outcome, code, events, last_at
    FROM ingest_hourly
    WHERE workspace_id = :workspace_id AND start >= :start AND start < :end
)
SELECT bucket, api_key_id, outcome, code, CAST(sum(events) AS bigint) AS events, max(last_at) AS last_at
FROM arrived
GROUP BY GROUPING SETS ((bucket, outcome), (api_key_id, outcome), (outcome, code))
ORDER BY events DESC, code
""")

_EXAMPLES: Final = text("""
WITH newest AS (
    SELECT DISTINCT ON (code, example->>'detail')
        code, example->>'event_id' AS event_id, example->>'detail' AS detail, last_at, api_key_id
    FROM ingest_hourly
    WHERE workspace_id = :workspace_id AND start >= :start AND start < :end AND example IS NOT NULL
    ORDER BY code, example->>'detail', last_at DESC
), placed AS (
    SELECT newest.*, row_number() OVER (PARTITION BY code ORDER BY last_at DESC) AS place FROM newest
)
SELECT code, event_id, detail, last_at, api_key_id FROM placed WHERE place <= :most ORDER BY code, place
""")

_LAG: Final = text("""
SELECT bucket, CAST(sum(events) AS bigint) AS events
FROM arrival_lag_hourly
WHERE workspace_id = :workspace_id AND start >= :start AND start < :end
GROUP BY bucket
""")

_KEYS: Final = text("""
WITH keys AS (
    SELECT workspace_id, id, name, revoked_at IS NULL AND CAST(:scope AS text) = ANY(scopes) AS may_send
    FROM api_keys WHERE workspace_id = :workspace_id
    UNION ALL SELECT CAST(:workspace_id AS uuid), CAST(:no_key AS uuid), NULL, FALSE
)
SELECT keys.id, keys.name, keys.may_send, newest.last_at
FROM keys LEFT JOIN LATERAL (
    SELECT last_at FROM ingest_hourly AS arrived
    WHERE arrived.workspace_id = :workspace_id AND arrived.api_key_id = keys.id
        AND arrived.outcome IN ('stored', 'duplicate')
    ORDER BY arrived.start DESC, arrived.last_at DESC LIMIT 1
) AS newest ON TRUE
ORDER BY keys.name, keys.id
""")

_SENDERS: Final = text("""
SELECT sender_id AS id, max(name) FILTER (WHERE reason = '') AS name,
    (array_agg(api_key_id) FILTER (WHERE reason = ''))[1] AS api_key_id,
    COALESCE(jsonb_object_agg(reason, dropped) FILTER (WHERE dropped > 0), '{}') AS dropped,
    min(first_seen_at) AS first, max(last_seen_at) AS last,
    count(*) OVER () AS senders, CAST(sum(sum(dropped)) OVER () AS bigint) AS total
FROM senders
WHERE workspace_id = :workspace_id
GROUP BY sender_id
HAVING max(last_seen_at) >= :start AND min(first_seen_at) < :end
ORDER BY sum(dropped) DESC, last DESC, id LIMIT :most
""")
