"""Rollups made anew, a day at a time: looked at first, and written only where they differ.

Events and their sums are committed together, so in one snapshot they must agree: looking needs no lock, and writers
wait only while a day that really differs is put right. Each day is noted when it is done; who is cut off goes on.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from app.core.database import AsyncSession
from app.core.log import get_logger
from app.core.periods import Granularity, Period, floor, utc_now, widen
from app.usage import closing, counting, queries
from app.usage.errors import Collision, EventsDropped, LedgerUnavailable
from app.usage.rules.rebuilding import Order, Progress
from app.usage.service import Sessions, named_failures, rebuild_rollups

log = get_logger(__name__)

# Whoever is at a rebuild says so with every day; silent for so long, he is taken for dead, and another goes on.
LEASE: Final = timedelta(minutes=10)
EVER: Final = Period(datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC))

IsOver = Callable[[], bool]


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
    sessions: Sessions,
    order: Order,
    on_progress: Callable[[Progress], None] = lambda _: None,
    is_over: IsOver = lambda: False,
) -> Progress:
    """Bring the order to its end, or until it `is_over`, from where the same order was cut off before.

    Raises EventsDropped where it begins before calls that are gone; one without a start begins where all are there.
    """
    async with sessions() as session:
        progress = await _begun(session, order)
    while not is_over():
        if not await _step(sessions, order, progress):
            progress.is_done = await _look_at_closed(sessions, order, progress, is_over)
            break
        on_progress(progress)
    async with sessions() as session, session.begin():
        await _leave(session, order, progress)
    return progress


async def _begun(session: AsyncSession, order: Order) -> Progress:
    begun = await queries.rebuild(session, order.workspace_id)
    if begun is not None and begun[0] == order:
        return begun[1]
    due = await queries.due(session, order.workspace_id) if order.makes_all else None
    return Progress(utc_now()) if due is None else Progress(utc_now(), due.done_until, due.calls_done)


async def _look_at_closed(sessions: Sessions, order: Order, progress: Progress, is_over: IsOver) -> bool:
    """Compare what is closed with its days, which agree with the calls by now; False when it was over before the end.

    Days that were put right have reopened their months, and those are closed anew from them.
    """
    async with sessions() as session:
        months = await queries.closed_months(session, order.workspace_id, _period(order, None))
    for month in months:
        if is_over():
            return False
        async with sessions() as session, session.begin():
            await queries.snapshot(session)
            differing = await closing.differences(session, month)
        if differing:
            progress.differences[f"{month.start:%Y-%m}"] = differing
    return True


async def _leave(session: AsyncSession, order: Order, progress: Progress) -> None:
    if not progress.is_done:
        await queries.put_rebuild(session, order, progress, None)
        return
    await queries.delete_rebuild(session, order.workspace_id)
    if not order.is_check:
        # what was closed is added up anew, too, from the days that are right now
        await queries.reopen_period(session, order.workspace_id, _period(order, None))
    if order.makes_all:
        await queries.delete_due(session, order.workspace_id)


async def catch_up(sessions: Sessions, is_over: IsOver) -> bool:
    """Make the sums that an upgrade left, and finish rebuilds that were cut off; False when something is left.

    What somebody is at is left to him. One workspace failing leaves the others running.
    """
    async with sessions() as session:
        due = [row.order for row in await queries.all_due(session)]
        cut = await queries.cut_rebuilds(session)
    is_done = True
    for order in [*due, *(order for order in cut if order not in due)]:
        try:
            is_done = not is_over() and await _go_on(sessions, order, is_over) and is_done
        except EventsDropped as error:
            log.warning("a rebuild that was cut off cannot go on", workspace_id=str(order.workspace_id), why=str(error))
            async with sessions() as session, session.begin():
                await queries.delete_rebuild(session, order.workspace_id)
        except LedgerUnavailable:
            raise
        except Collision:  # with writers, and the next round tries again
            is_done = False
        except Exception:
            log.exception("sums could not be made", workspace_id=str(order.workspace_id))
            is_done = False
    return is_done


async def _go_on(sessions: Sessions, order: Order, is_over: IsOver) -> bool:
    with named_failures():
        async with sessions() as session, session.begin():
            progress, now = await _begun(session, order), utc_now()
            if not await queries.claim_rebuild(session, order, progress, now, now + LEASE):
                return False
        done = await rebuild(sessions, order, is_over=is_over)
    if done.is_done:
        log.info(
            "sums made", workspace_id=str(order.workspace_id), calls=done.calls, rows=sum(done.differences.values())
        )
    return done.is_done


async def lacks_tags(session: AsyncSession, workspace_id: UUID, period: Period) -> bool:
    """Whether sums by customer and tag of the period are still to be made, after an upgrade."""
    due = await queries.due(session, workspace_id)
    return due is not None and due.lacks(period)


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
        stored = await counting.stored(session, order.workspace_id, day)
        differing = counting.differences(stored, counted)
        calls = sum(sums.calls for sums in counted[0].hourly.values())
    async with sessions() as session, session.begin():
        if differing and not order.is_check:
            await rebuild_rollups(session, order.workspace_id, day, (stored, counted))
        if differing:
            progress.differences[f"{start:%Y-%m-%d}"] = differing
        progress.done_until, progress.calls = day.end, progress.calls + calls
        await queries.put_rebuild(session, order, progress, utc_now() + LEASE)
        if order.makes_all:
            await queries.put_due(session, order.workspace_id, progress)
    return True
