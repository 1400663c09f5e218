"""Adding up calls that are there: one way, for whoever makes sums anew and for whoever checks them."""

from uuid import UUID

from app.core.database import AsyncSession
from app.core.periods import Period
from app.usage import queries, tagging
from app.usage.rules.rebuilding import Rows, count_differences
from app.usage.rules.rollups import Rollups
from app.usage.tagging import Rebuilt

Counted = tuple[Rollups, Rebuilt]


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


async def differences(session: AsyncSession, workspace_id: UUID, days: Period, found: Counted) -> int:
    """How many of the rows that are stored are not as they were counted."""
    rollups, tags = found
    wanted: dict[str, Rows] = {
        "usage_hourly": rollups.hourly,
        "usage_daily": rollups.daily(),
        "latency_daily": {key: (calls,) for key, calls in rollups.latency.items()},
    }
    differing = 0
    for table, rows in wanted.items():
        differing += count_differences(await queries.stored_sums(session, table, workspace_id, days), rows)
    stored = await queries.stored_sums(session, "usage_tags_daily", workspace_id, days)
    # these are stored without idle zeros, whatever the parts had
    return differing + count_differences(stored, tags.rows(), to_the_digit=False)
