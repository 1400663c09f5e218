"""What the database holds, for whoever runs it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from app.core.database import AsyncSession
from app.usage import queries
from app.usage.queries import Month, Relation
from app.usage.service import Sessions

# What a call takes room in: its row, its identity, and its part of the sums.
OF_EVENTS: Final = frozenset(
    (
        "events",
        "event_keys",
        "event_prices",
        "call_kinds",
        "usage_hourly",
        "usage_daily",
        "latency_daily",
        "usage_tags_daily",
        "tag_days",
        "usage_tags_monthly",
        "usage_tag_totals",
    )
)


@dataclass(frozen=True, slots=True)
class Statistics:
    """Rows are estimates of the database unless they were counted; bytes are exact. `oldest` is of the month."""

    is_exact: bool
    events: int
    oldest: datetime | None
    newest: datetime | None
    relations: Sequence[Relation]
    months: Sequence[Month]

    @property
    def bytes_total(self) -> int:
        return sum(relation.bytes for relation in self.relations)

    def per_event(self, bytes_: int) -> float | None:
        """None without events."""
        return bytes_ / self.events if self.events else None


async def statistics(sessions: Sessions, *, is_exact: bool) -> Statistics:
    """Measure; exactly reads every table."""
    async with sessions() as session:
        relations = list(await queries.relations(session))
        if is_exact:
            relations = [await _counted(session, row) for row in relations]
        of_events = (row.rows for row in relations if row.table == "events" and row.index_name is None)
        events = next(of_events, None) or 0
        # before the first ANALYZE an estimate is nothing at all
        events = events or await queries.counted_events(session)
        oldest, newest = await queries.ends(session)
        return Statistics(is_exact, events, oldest, newest, relations, await queries.month_sizes(session))


async def _counted(session: AsyncSession, row: Relation) -> Relation:
    return row if row.index_name else row._replace(rows=await queries.count_rows(session, row.table))
