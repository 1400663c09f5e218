"""Looking after the database: months made ahead, sums made that an upgrade left, days closed that are over, calls
dropped that are no longer kept.

Every hour, as far as the time goes; what is left is gone on with.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass

from app.core.log import get_logger
from app.core.periods import utc_now
from app.usage.closing import close_days
from app.usage.months import make_ahead
from app.usage.rebuilding import catch_up
from app.usage.retaining import retain
from app.usage.rules.retaining import Dropped
from app.usage.service import Sessions, named_failures

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Round:
    """What one round did; `sums_made` says that every sum is there, `days_closed` that nothing was left open."""

    months_made: int
    sums_made: bool
    days_closed: bool
    dropped: Dropped

    @property
    def is_done(self) -> bool:
        return self.sums_made and self.days_closed and self.dropped.is_done


async def keep_house(
    sessions: Sessions, default_days: int | None, seconds: float, is_stopped: Callable[[], bool] = lambda: False
) -> Round:
    """One round, for so long at most. Raises LedgerUnavailable."""
    ends_at, now = time.monotonic() + seconds, utc_now()

    def is_over() -> bool:
        return is_stopped() or time.monotonic() >= ends_at

    with named_failures():
        made = await make_ahead(sessions, now)
        sums_made = await catch_up(sessions, is_over)
        days_closed = await close_days(sessions, now, is_over)
    return Round(len(made), sums_made, days_closed, await retain(sessions, default_days, now, is_over))
