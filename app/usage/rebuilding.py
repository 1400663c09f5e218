"""Rollups made anew, a day at a time: looked at first, and written only where they differ.

Events and their sums are committed together, so in one snapshot they must agree: looking needs no lock, and writers
wait only while a day that really differs is put right. Each day is noted when it is done; who is cut off goes on.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from app.core.periods import Granularity, Period, floor, utc_now, widen
from app.usage import counting, queries
from app.usage.errors import EventsDropped
from app.usage.rules.rebuilding import Order, Progress
from app.usage.service import Sessions, rebuild_rollups

EVER: Final = Period(datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC))


async def owners(sessions: Sessions) -> Sequence[UUID]:
    """The workspaces that have sums."""
    async with sessions() as session:
        return await queries.counted_owners(session)


async def total(sessions: Sessions, order: Order) -> int:
    """How many calls there are to look at, as far as the sums know."""
    async with sessions() as session:
        since = await queries.complete_since(session, order.workspace_id)
        return await queries.counted_calls(session, order.workspace_id, _period(order, since))


async def rebuild(
    sessions: Sessions, order: Order, on_progress: Callable[[Progress], None] = lambda _: None
) -> Progress:
    """Bring the order to its end, from where the same order was cut off before.

    Raises EventsDropped where it begins before calls that are gone; one without a start begins where all are there.
    """
    async with sessions() as session:
        begun = await queries.rebuild(session, order.workspace_id)
    progress = begun[1] if begun is not None and begun[0] == order else Progress(utc_now())
    while await _step(sessions, order, progress):
        on_progress(progress)
    async with sessions() as session, session.begin():
        await queries.delete_rebuild(session, order.workspace_id)
    return progress


def _period(order: Order, since: datetime | None) -> Period:
    """Whole days."""
    if since is not None and order.start is not None and order.start < since:
        raise EventsDropped(since)
    start = order.start or since or EVER.start
    return widen(Period(start, order.end or EVER.end), Granularity.DAY)


async def _step(sessions: Sessions, order: Order, progress: Progress) -> bool:
    """One day; False when none is left."""
    async with sessions() as session, session.begin():
        await queries.snapshot(session)
        wanted = _period(order, await queries.complete_since(session, order.workspace_id))
        left = Period(max(wanted.start, progress.done_until or wanted.start), wanted.end)
        found = await queries.next_instant(session, order.workspace_id, left)
        if found is None:
            return False
        start = floor(found, Granularity.DAY)
        day = Period(start, start + timedelta(days=1))
        counted = await counting.counted(session, order.workspace_id, day)
        differing = await counting.differences(session, order.workspace_id, day, counted)
        calls = sum(sums.calls for sums in counted[0].hourly.values())
    async with sessions() as session, session.begin():
        if differing and not order.is_check:
            await rebuild_rollups(session, order.workspace_id, day)
        if differing:
            progress.differences[f"{start:%Y-%m-%d}"] = differing
        progress.done_until, progress.calls = day.end, progress.calls + calls
        await queries.put_rebuild(session, order, progress)
    return True
