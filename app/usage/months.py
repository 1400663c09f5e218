"""Month partitions made ahead, so that the first call of a month waits for nothing."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from app.core.periods import Granularity, floor, step
from app.usage import queries
from app.usage.service import Sessions

# The present month and the next: a call may name an instant up to a day ahead, and whoever looks after the database
# comes by every hour. Months of the past are made when a call needs them.
AHEAD: Final = 1


async def make_ahead(sessions: Sessions, now: datetime) -> Sequence[datetime]:
    """Make the months that calls will soon need; returns those that were missing. Safe from several processes."""
    wanted = [floor(now, Granularity.MONTH)]
    for _ in range(AHEAD):
        wanted.append(step(wanted[-1], Granularity.MONTH))
    async with sessions() as session:
        there = set(await queries.months(session))
    missing = [month for month in wanted if month not in there]
    for month in missing:
        async with sessions() as session, session.begin():
            await queries.make_month(session, month)
    return missing
