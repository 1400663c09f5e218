"""What the ledger holds of a connection, as far as a walk must know."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.periods import Period
from app.providers.rules.reports import Feed
from app.usage.models import BilledRow, ReportedRow


async def endpoints_not_seen(
    session: AsyncSession, workspace_id: UUID, connection_id: UUID, feed: Feed, period: Period, seen_since: datetime
) -> Sequence[str]:
    """The endpoints of the feed with rows in the period that were not seen since then."""
    table = BilledRow if feed is Feed.COSTS else ReportedRow
    found = await session.execute(
        select(table.endpoint)
        .where(
            table.workspace_id == workspace_id,
            table.connection_id == connection_id,
            table.start >= period.start,
            table.start < period.end,
            table.last_seen_at < seen_since,
        )
        .distinct()
        .order_by(table.endpoint)
    )
    return found.scalars().all()
