"""Closing days that are over, so that a question by customer or tag reads one row a value, not one a value and day.

Nothing waits for it: a day that is open answers by its own rows, and whoever changes a closed one reopens its month
with that. So calls that come on the day when they are made cost nothing more.
"""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from app.core.database import AsyncSession
from app.core.periods import Granularity, floor, utc_now
from app.usage import queries
from app.usage.errors import Collision, LedgerUnavailable
from app.usage.rules.closing import Month, closed_before, days_to_close, late_before
from app.usage.rules.rebuilding import count_differences

Sessions = Callable[[], AsyncSession]

# A month that was reopened stays so for this long, whatever else comes late meanwhile.
REST: Final = timedelta(minutes=2)


async def close_days(sessions: Sessions, now: datetime, is_over: Callable[[], bool] = lambda: False) -> bool:
    """Close what is over; False when something is left."""
    async with sessions() as session:
        months = await queries.open_months(session, closed_before(now))
    return await _close_all(sessions, months, now, is_over)


async def is_reopened(sessions: Sessions) -> bool:
    """Whether a month is to be closed again by now."""
    async with sessions() as session:
        return bool(await queries.reopened_months(session, REST))


async def close_reopened(sessions: Sessions, now: datetime, is_over: Callable[[], bool] = lambda: False) -> bool:
    """Close the months again that were reopened a while ago: once, however many calls came late; False when something
    is left."""
    async with sessions() as session:
        months = await queries.reopened_months(session, REST)
    return await _close_all(sessions, months, now, is_over)


async def _close_all(sessions: Sessions, months: Sequence[Month], now: datetime, is_over: Callable[[], bool]) -> bool:
    """One month failing leaves the others."""
    before, is_done = closed_before(now), True
    for month in months:
        if is_over():
            return False
        try:
            with queries.named_failures():
                await _close(sessions, month, before)
        except (Collision, LedgerUnavailable):  # writers are at it, and the next round tries again
            is_done = False
    return is_done


async def _close(sessions: Sessions, month: Month, before: datetime) -> None:
    async with sessions() as session, session.begin():
        await queries.keep_reopening_out(session)
        until = await queries.closed_until(session, month)
        if until is None:
            await queries.forget_closed(session, month)
        days = days_to_close(month, until, before)
        if days is not None:
            await queries.add_closed(session, month, days)


async def differences(session: AsyncSession, month: Month) -> int:
    """How many sums of the closed days of a month are not, to the digit, what the days add up to. In one snapshot."""
    until = await queries.closed_until(session, month)
    if until is None:
        return 0
    return sum(count_differences(*pair) for pair in await queries.closed_sums(session, month, until))


async def reopen(session: AsyncSession, workspaces: Collection[UUID], days: Collection[datetime]) -> None:
    """Do so where the sums of days change, in the same transaction; asks nothing where none of them can be closed."""
    before = late_before(utc_now())
    late = {day for day in days if day < before}
    if late:
        months = {floor(day, Granularity.MONTH) for day in late}
        await queries.reopen(session, workspaces, months, min(late))
