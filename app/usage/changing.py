"""Changing what calls that were taken cost: the calls, their history and their sums, in the caller's transaction."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from app.core.database import AsyncSession
from app.core.periods import Granularity, floor, step
from app.usage import queries, tagging
from app.usage.errors import SumsPending
from app.usage.models import DailyUsage, HourlyUsage
from app.usage.queries.changing import Rollup
from app.usage.rules.changing import Change, Place
from app.usage.rules.rollups import Rollups, UsageKey, UsageSums
from app.usage.rules.tags import TagRollups

__all__ = [
    "apply",
    "changed_again_by",
    "check_sums",
    "complete_since",
    "count",
    "count_kept",
    "find",
    "find_kept",
    "hold_complete_since",
    "restore",
]

count = queries.count_calls
find = queries.calls_after
count_kept = queries.count_kept
find_kept = queries.kept_after
changed_again_by = queries.changed_again_by
complete_since = queries.complete_since
hold_complete_since = queries.hold_complete_since


async def check_sums(session: AsyncSession, workspace_id: UUID) -> None:
    """Raises SumsPending while some sums are not there yet: what is taken away from those would be below zero."""
    due = await queries.due(session, workspace_id)
    if due is not None:
        raise SumsPending(due.calls_done, due.calls_total, due.done_until)


class Stretch:
    """The calls one batch looked at, from `after` (None: the first) to `last` (None: to the end).

    A bucket that the batch leaves unfinished is settled by the batch that finishes it, so that a crowded hour is
    counted once and not once a batch.
    """

    def __init__(self, after: Place | None, last: Place | None) -> None:
        self._after, self._last = after, last

    def settled(self, changed: Iterable[datetime], size: Granularity) -> list[datetime]:
        """The buckets to settle: those with changes, of this batch or of those before, that it finished."""
        touched = {floor(start, size) for start in changed}
        if self._after is not None:
            touched.add(floor(self._after.occurred_at, size))
        if self._last is not None:
            touched.discard(floor(self._last.occurred_at, size))
        return sorted(touched)


async def apply(
    session: AsyncSession, workspace_id: UUID, repricing_id: UUID, changes: Sequence[Change], stretch: Stretch
) -> None:
    """Change the calls and keep what they said before; their sums follow, to the digit. Raises SumsPending."""
    changes = await _write(session, workspace_id, changes)
    if changes:
        await queries.keep_history(session, workspace_id, repricing_id, changes)
    await _move_sums(session, workspace_id, changes, stretch)


async def restore(session: AsyncSession, workspace_id: UUID, changes: Sequence[Change], stretch: Stretch) -> None:
    """Give calls back what `find_kept` found; their sums follow. Raises SumsPending."""
    await _move_sums(session, workspace_id, await _write(session, workspace_id, changes), stretch)


async def _write(session: AsyncSession, workspace_id: UUID, changes: Sequence[Change]) -> Sequence[Change]:
    """The changes of calls that are still there: a month may just have been dropped."""
    if not changes:
        return changes
    await check_sums(session, workspace_id)
    await queries.plan_each_time(session)
    there = await queries.write_figures(session, workspace_id, changes)
    changes = [change for change in changes if change.call.place in there]
    await queries.write_readings(session, workspace_id, changes)
    return changes


async def _move_sums(session: AsyncSession, workspace_id: UUID, changes: Sequence[Change], stretch: Stretch) -> None:
    """Hours, days, then tags, as every writer has it; last in the transaction, so that a writer waits but briefly."""
    moves, tags = Rollups(), TagRollups()
    for change in changes:
        moves.remove(change.call)
        moves.add(change.after)
        tags.remove(change.call)
        tags.add(change.after)
    await _move(session, HourlyUsage, workspace_id, moves.hourly, stretch, Granularity.HOUR)
    await _move(session, DailyUsage, workspace_id, moves.daily(), stretch, Granularity.DAY)
    await tagging.move(session, tags)


async def _move(
    session: AsyncSession,
    table: Rollup,
    workspace_id: UUID,
    moves: dict[UsageKey, UsageSums],
    stretch: Stretch,
    size: Granularity,
) -> None:
    starts = {key.start for key in moves}
    settled = stretch.settled(starts, size)
    held = {**await queries.nothing_added(session, table, workspace_id, settled), **moves}
    if not held:
        return
    await (queries.add_hourly if table is HourlyUsage else queries.add_daily)(session, held)
    await queries.delete_empty(session, table, workspace_id, sorted({key.start for key in held}))
    keys = [key for key in held if key.start in set(settled)]
    if keys:
        await queries.settle(session, table, workspace_id, keys, step(settled[-1], size))
