"""Which stretches of time a run reads, and what a complete walk of one makes of the cursor.

First what is new, with the trailing days that providers restate, oldest first, so that no gap is left where a run is
cut; then the past, newest first, so that people see the month they care for. All windows are whole UTC days.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final

from app.core.periods import Granularity, Period, floor, step
from app.providers.rules.reports import FeedPlan

DAY: Final = timedelta(days=1)
# No provider sold calls of a language model by the token before.
BEGINNING: Final = datetime(2020, 6, 1, tzinfo=UTC)
# Where a provider names no end to its history, a year without a row is taken for it.
EMPTY_DAYS_ARE_THE_END: Final = 365


@dataclass(frozen=True, slots=True)
class Cursor:
    """How much of a feed was read, by complete walks: `[backfilled_from, synced_until)`."""

    backfilled_from: datetime | None = None
    synced_until: datetime | None = None
    read_at: datetime | None = None
    empty_days: int = 0
    slice_days: int | None = None
    is_complete: bool = False


@dataclass(frozen=True, slots=True)
class Window:
    """One walk to be made; `is_back` when it goes into the past."""

    period: Period
    is_back: bool

    @property
    def days(self) -> int:
        return (self.period.end - self.period.start) // DAY


def slice_of(plan: FeedPlan, cursor: Cursor) -> timedelta:
    return DAY * max(1, min(plan.slice_days, cursor.slice_days or plan.slice_days))


def farthest(plan: FeedPlan, now: datetime) -> datetime:
    """The first day the provider still tells of."""
    if plan.history_days is None:
        return BEGINNING
    return max(BEGINNING, floor(now, Granularity.DAY) - DAY * plan.history_days)


def newest(plan: FeedPlan, now: datetime) -> datetime:
    """The end of the newest day that the report holds; today's, but for providers that tell completed days only."""
    return step(floor(now, Granularity.DAY), Granularity.DAY) - DAY * plan.lag_days


def forward(plan: FeedPlan, cursor: Cursor, now: datetime) -> list[Window]:
    """From the days to be read again up to the end of the newest one."""
    end = newest(plan, now)
    size, first = slice_of(plan, cursor), farthest(plan, now)
    if cursor.synced_until is None or cursor.backfilled_from is None:
        return [Window(Period(max(first, end - size), end), is_back=False)]
    again = floor(cursor.synced_until, Granularity.DAY) - DAY * plan.reread_days
    start = min(max(first, cursor.backfilled_from, again), end - DAY)
    windows = []
    while start < end:
        windows.append(Window(Period(start, min(start + size, end)), is_back=False))
        start += size
    return windows


def backward(plan: FeedPlan, cursor: Cursor, now: datetime) -> Window | None:
    """The next slice of the past; None when there is no more."""
    end, first = cursor.backfilled_from, farthest(plan, now)
    if end is None or end <= first or _has_ended(plan, cursor):
        return None
    return Window(Period(max(first, end - slice_of(plan, cursor)), end), is_back=True)


def _has_ended(plan: FeedPlan, cursor: Cursor) -> bool:
    return plan.history_days is None and cursor.empty_days >= EMPTY_DAYS_ARE_THE_END


def moved(plan: FeedPlan, cursor: Cursor, window: Window, now: datetime, *, is_empty: bool) -> Cursor:
    """The cursor after a complete walk that began at `now`."""
    if window.is_back or cursor.backfilled_from is None:
        empty = cursor.empty_days + window.days if is_empty else 0
        cursor = replace(cursor, backfilled_from=window.period.start, empty_days=empty)
    if not window.is_back:
        until = min(window.period.end, now)
        cursor = replace(cursor, synced_until=max(until, cursor.synced_until or until))
        if window.period.end >= newest(plan, now):  # the last of them
            cursor = replace(cursor, read_at=now)
    grown = None if cursor.slice_days is None else min(plan.slice_days, cursor.slice_days * 2)
    cursor = replace(cursor, slice_days=None if grown == plan.slice_days else grown)
    return replace(cursor, is_complete=backward(plan, cursor, now) is None)


def halved(plan: FeedPlan, cursor: Cursor) -> Cursor:
    """After a walk that was given all the time there is and did not end: a smaller one may."""
    return replace(cursor, slice_days=max(1, slice_of(plan, cursor) // DAY // 2))


def slices_left(plan: FeedPlan, cursor: Cursor, now: datetime) -> int:
    """How many walks into the past are still to be made; at least so many where the end is not known."""
    end, first = cursor.backfilled_from or newest(plan, now) - slice_of(plan, cursor), farthest(plan, now)
    if plan.history_days is None:
        first = max(first, end - DAY * max(0, EMPTY_DAYS_ARE_THE_END - cursor.empty_days))
    return max(0, -((first - end) // slice_of(plan, cursor)))


def is_rested(plan: FeedPlan, cursor: Cursor, now: datetime) -> bool:
    """Whether the scheduler may read the feed again; a run that comes a little early counts as in time."""
    return cursor.read_at is None or now - cursor.read_at >= timedelta(hours=plan.every_hours) - timedelta(minutes=35)
