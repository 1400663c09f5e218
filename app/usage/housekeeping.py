"""Looking after the database: months made ahead, sums made that an upgrade left, days closed that are over, calls
dropped that are no longer kept.

In a service that lives on a worker does it every hour; where none does, whoever asks, for as long as he has.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

from app.core.log import get_logger
from app.core.periods import utc_now
from app.usage.closing import close_days
from app.usage.errors import LedgerUnavailable
from app.usage.months import make_ahead
from app.usage.rebuilding import catch_up
from app.usage.retaining import retain
from app.usage.rules.retaining import Dropped
from app.usage.service import Sessions, named_failures

log = get_logger(__name__)

EVERY_SECONDS: Final = 3600.0
# What is left after a round, for want of time or of a quiet moment, is gone on with soon.
AGAIN_SECONDS: Final = 60.0
BUDGET_SECONDS: Final = 15 * 60.0
GRACE_SECONDS: Final = 5.0


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


class Housekeeper:
    """Does a round every hour, until told to stop."""

    def __init__(self, default_days: int | None) -> None:
        self._default_days = default_days
        self._wake = asyncio.Event()
        self._is_stopping = False

    def stop(self) -> None:
        """Finish the step at hand, leave the rest to whoever comes next, and end."""
        self._is_stopping = True
        self._wake.set()

    async def run(self, sessions: Sessions) -> None:
        """Work until told to stop."""
        while not self._is_stopping:
            is_done = False
            try:
                is_done = await self._round(sessions)
            except LedgerUnavailable:
                log.warning("housekeeping waits for the database")
            except Exception:
                log.exception("housekeeping failed")
            await self._rest(EVERY_SECONDS if is_done else AGAIN_SECONDS)

    async def _round(self, sessions: Sessions) -> bool:
        done = await keep_house(sessions, self._default_days, BUDGET_SECONDS, lambda: self._is_stopping)
        dropped = done.dropped
        if dropped.calls or dropped.months or dropped.identities:
            log.info("calls dropped", calls=dropped.calls, months=dropped.months, identities=dropped.identities)
        return done.is_done

    async def _rest(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._wake.wait(), seconds)
        except TimeoutError:
            return


@asynccontextmanager
async def keeping_house(state: Any, default_days: int | None, *, is_on: bool) -> AsyncIterator[None]:
    """Let a housekeeper work meanwhile; at the end it may finish its step, but not much longer."""
    if not is_on:
        yield
        return
    keeper = Housekeeper(default_days)
    task = asyncio.create_task(keeper.run(state.sessionmaker))
    try:
        yield
    finally:
        keeper.stop()
        await asyncio.wait([task], timeout=GRACE_SECONDS)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
