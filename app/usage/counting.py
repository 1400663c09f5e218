"""Adding up calls that are there: one way, for whoever makes sums anew and for whoever checks them."""

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from app.core.database import AsyncSession
from app.core.periods import Period
from app.usage import queries, tagging
from app.usage.rules.rebuilding import Rows, count_differences
from app.usage.rules.rollups import Rollups
from app.usage.tagging import Rebuilt

Counted = tuple[Rollups, Rebuilt]
Stored = Mapping[str, Rows]
TABLES: Final = ("usage_hourly", "usage_daily", "latency_daily", "usage_tags_daily")


async def counted(session: AsyncSession, workspace_id: UUID, days: Period) -> Counted:
    """The sums of the days, as ingest would have written them, digit for digit."""
    rollups, tags = Rollups(), await tagging.held(session, workspace_id, days)
    async for key, sums in queries.plain_hours(session, workspace_id, days):
        rollups.merge(key, sums)
    async for measured in queries.plain_latencies(session, workspace_id, days):
        rollups.merge_latency(measured.key, measured.calls)
    async for bundle, tag_sums in queries.plain_tags(session, workspace_id, days):
        tags.merge(bundle, tag_sums)
    async for event in queries.kept_events(session, workspace_id, days):
        rollups.add(event)
        tags.add(event)
    return rollups, tags


async def stored(session: AsyncSession, workspace_id: UUID, days: Period) -> Stored:
    """The sums that are there, by table."""
    return {table: await queries.stored_sums(session, table, workspace_id, days) for table in TABLES}


def are_same(some: Stored, others: Stored) -> bool:
    """To the digit."""
    return not any(count_differences(some[table], others[table]) for table in TABLES)


def differences(there: Stored, found: Counted) -> int:
    """How many of the rows that are stored are not as they were counted."""
    rollups, tags = found
    wanted: dict[str, Rows] = {
        "usage_hourly": rollups.hourly,
        "usage_daily": rollups.daily(),
        "latency_daily": {key: (calls,) for key, calls in rollups.latency.items()},
    }
    differing = sum(count_differences(there[table], rows) for table, rows in wanted.items())
    # these are stored without idle zeros, whatever the parts had
    return differing + count_differences(there["usage_tags_daily"], tags.rows(), to_the_digit=False)
