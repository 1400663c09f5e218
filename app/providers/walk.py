"""Walking the windows of a run: pages into the ledger, each in a transaction; then flags and cursor in another."""

import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final, TypeVar
from uuid import UUID

from app.budgets import service as budgets
from app.core.database import AsyncSession
from app.core.http import HttpFailure
from app.core.periods import Granularity, Period, buckets, utc_now, widen
from app.providers import queries
from app.providers.clients.base import BadAnswer, RateLimited, SourceFailure, UsageSource
from app.providers.lease import Lease, LeaseLost
from app.providers.rules.connections import Failure
from app.providers.rules.reports import BilledLine, Feed, FeedPlan, Name, Page, UsageLine
from app.providers.rules.windows import (
    Cursor,
    Window,
    backward,
    farthest,
    forward,
    halved,
    is_rested,
    moved,
    slices_left,
)
from app.usage import billing
from app.usage.rules.reports import Changes
from app.usage.rules.spending import Ledger

Row = TypeVar("Row", BilledLine, UsageLine, Name)
# More than any window of any provider holds: who sends more never ends.
MAX_PAGES: Final = 20_000
# A walk that was cut after so much of a run's time is made in smaller pieces from then on.
LARGE_SHARE: Final = 0.25
ORDER: Final = (Feed.COSTS, Feed.CREDITS, Feed.NAMES, Feed.USAGE)
WINDOWED: Final = frozenset({Feed.COSTS, Feed.USAGE})


class OutOfTime(Exception):
    """The run's time is up, or the service stops."""


class Clock:
    """How long a run may take; `is_stopped` is asked, too, whether the service wants to stop."""

    def __init__(self, seconds: float, is_stopped: Callable[[], bool]) -> None:
        self.seconds, self._is_stopped = seconds, is_stopped
        self._ends_at = time.monotonic() + seconds

    @property
    def seconds_left(self) -> float:
        return self._ends_at - time.monotonic()

    @property
    def is_over(self) -> bool:
        return self._is_stopped() or self.seconds_left <= 0

    def check(self) -> None:
        """Raises OutOfTime."""
        if self.is_over:
            raise OutOfTime


@dataclass(frozen=True, slots=True)
class Place:
    """Where a run writes."""

    workspace_id: UUID
    connection_id: UUID
    provider: str
    run_id: UUID


@dataclass
class Walk:
    """One run at the reports of a source. `cursors` are changed as windows are done."""

    place: Place
    source: UsageSource
    lease: Lease
    clock: Clock
    cursors: dict[str, Cursor]
    plans: Sequence[FeedPlan]
    is_unattended: bool
    max_pages: int = MAX_PAGES
    failures: dict[Feed, Failure] = field(default_factory=dict)
    is_cut: bool = False
    # what an earlier process did of this run
    done_before: int = 0
    done: int = 0
    # walks into what is new that are still to be made, by feed
    _new: Counter[Feed] = field(default_factory=Counter)

    async def go(self) -> None:
        """What is new of every feed, then the past. A feed that fails leaves the others running."""
        now = utc_now()
        plans = [plan for feed in ORDER for plan in self.plans if plan.feed is feed]
        if self.is_unattended:
            plans = [plan for plan in plans if is_rested(plan, self._cursor(plan), now)]
        for plan in plans:
            self._new[plan.feed] = len(forward(plan, self._cursor(plan), now)) if plan.feed in WINDOWED else 1
        with suppress(_Enough):
            for plan in plans:
                await self._try(plan, self._read_new)
            for plan in self._windowed():
                await self._try(plan, self._read_past)

    def _windowed(self) -> list[FeedPlan]:
        return [plan for plan in self.plans if plan.feed in WINDOWED]

    def _cursor(self, plan: FeedPlan) -> Cursor:
        return self.cursors.get(plan.feed, Cursor())

    @property
    def is_fresh(self) -> bool:
        """Whether all that is new was read; where every feed was left to rest, nothing was."""
        return self.done > 0 and not self.failures and not self._new.total()

    def left(self) -> list[dict[str, Any]]:
        """What the next run has to do; `start` is null where the provider names no end to its history."""
        now = utc_now()
        found = [{"feed": feed.value, "start": None, "end": now.isoformat()} for feed, n in self._new.items() if n]
        for plan in self._windowed():
            window = backward(plan, self._cursor(plan), now)
            if window is not None:
                start = None if plan.history_days is None else farthest(plan, now).isoformat()
                found.append({"feed": plan.feed.value, "start": start, "end": window.period.end.isoformat()})
        return found

    async def _try(self, plan: FeedPlan, read: Callable[[FeedPlan], Awaitable[None]]) -> None:
        if plan.feed in self.failures:
            return
        try:
            await read(plan)
        except (SourceFailure, HttpFailure) as failure:
            if self.clock.is_over:  # cut off by the clock, and no fault of the provider
                self.is_cut = True
                raise _Enough from None
            self.failures[plan.feed] = describe(failure)
            if isinstance(failure, RateLimited):
                raise _Enough from None
        except OutOfTime:
            self.is_cut = True
            raise _Enough from None

    # --- what is new ---

    async def _read_new(self, plan: FeedPlan) -> None:
        if plan.feed not in WINDOWED:
            await self._read_once(plan)
            return
        for window in forward(plan, self._cursor(plan), utc_now()):
            await self._read_window(plan, window)
            self._new[plan.feed] = max(0, self._new[plan.feed] - 1)

    async def _read_once(self, plan: FeedPlan) -> None:
        self.clock.check()
        now = utc_now()
        await self._tell(plan.feed, None)
        await (self._read_credits() if plan.feed is Feed.CREDITS else self._read_names(now))
        self._new[plan.feed] = 0
        await self._end_walk(plan, replace(self._cursor(plan), read_at=now, is_complete=True))

    async def _read_credits(self) -> None:
        place, snapshots = self.place, await self.source.credits()
        async with self.lease.writing() as session:
            for snapshot in snapshots:
                is_kept = await billing.add_credit(
                    session, place.workspace_id, place.connection_id, place.provider, snapshot
                )
                await self._count(session, Changes(new=int(is_kept), unchanged=int(not is_kept)))
            await self._add(session, pages=1)

    async def _read_names(self, seen_at: datetime) -> None:
        place = self.place
        async for page in self._pages(self.source.names()):
            async with self.lease.writing() as session:
                await billing.save_names(session, place.workspace_id, place.connection_id, page.rows, seen_at)
                await self._add(session, pages=1)

    # --- windows ---

    async def _read_past(self, plan: FeedPlan) -> None:
        while (window := backward(plan, self._cursor(plan), utc_now())) is not None:
            await self._read_window(plan, window)

    async def _read_window(self, plan: FeedPlan, window: Window) -> None:
        self.clock.check()
        seen_at = utc_now()
        before = self.clock.seconds_left
        await self._tell(plan.feed, window.period)
        try:
            rows = await self._read_rows(plan.feed, window.period, seen_at)
        except (OutOfTime, HttpFailure, SourceFailure):
            if self.clock.is_over and before - self.clock.seconds_left > self.clock.seconds * LARGE_SHARE:
                await self._save(plan, halved(plan, self._cursor(plan)))
            raise
        cursor = moved(plan, self._cursor(plan), window, seen_at, is_empty=not rows)
        await self._end_walk(plan, cursor, window.period, seen_at)

    async def _read_rows(self, feed: Feed, period: Period, seen_at: datetime) -> int:
        """How many there were."""
        place, rows = self.place, 0
        origin = (place.workspace_id, place.connection_id, place.provider)
        if feed is Feed.COSTS:
            async for costs in self._pages(self.source.costs(period)):
                async with self.lease.writing() as session:
                    await self._count(session, await billing.upsert_billed(session, *origin, costs.rows, seen_at))
                    await self._add(session, pages=1)
                rows += len(costs.rows)
            return rows
        async for usage in self._pages(self.source.usage(period)):
            async with self.lease.writing() as session:
                await self._count(session, await billing.upsert_reported(session, *origin, usage.rows, seen_at))
                await self._add(session, pages=1)
            rows += len(usage.rows)
        return rows

    async def _pages(self, walk: AsyncIterator[Page[Row]]) -> AsyncIterator[Page[Row]]:
        """The pages up to the last. Raises BadAnswer when there is none, or no end of them."""
        count = 0
        try:
            async for page in walk:
                count += 1
                yield page
                if page.is_last:
                    return
                if count >= self.max_pages:
                    raise BadAnswer(f"The report did not end after {count} pages. It is tried again later.")
                self.clock.check()
        finally:
            close = getattr(walk, "aclose", None)
            if close is not None:
                await close()
        raise BadAnswer("The report broke off before its last page. It is tried again later.")

    # --- what a walk leaves behind ---

    async def _end_walk(
        self, plan: FeedPlan, cursor: Cursor, period: Period | None = None, seen_at: datetime | None = None
    ) -> None:
        """Flags, and last of all the cursor."""
        async with self.lease.writing() as session:
            if period is not None and seen_at is not None:
                flagged = await self._flag(session, plan.feed, period, seen_at)
                await self._add(session, rows_flagged=flagged)
                if plan.feed is Feed.COSTS:
                    days = buckets(widen(period, Granularity.DAY), Granularity.DAY)
                    await budgets.watch_days(session, self.place.workspace_id, Ledger.BILLED, days)
            await self._add(session, windows_done=1)
            await self._put(session, plan, cursor)
        self.cursors[plan.feed] = cursor
        self.done += 1

    async def _flag(self, session: AsyncSession, feed: Feed, period: Period, seen_at: datetime) -> int:
        origin = (self.place.workspace_id, self.place.connection_id)
        endpoints = await queries.endpoints_not_seen(session, *origin, feed, period, seen_at)
        flagged = [await billing.flag_vanished(session, *origin, endpoint, period, seen_at) for endpoint in endpoints]
        return sum(flagged)

    async def _save(self, plan: FeedPlan, cursor: Cursor) -> None:
        async with self.lease.writing() as session:
            await self._put(session, plan, cursor)
        self.cursors[plan.feed] = cursor

    async def _put(self, session: AsyncSession, plan: FeedPlan, cursor: Cursor) -> None:
        await queries.save_cursor(session, self.place.workspace_id, self.place.connection_id, plan.feed.value, cursor)

    async def _tell(self, feed: Feed, period: Period | None) -> None:
        """What the run is at, and of how many walks."""
        now = utc_now()
        past = sum(slices_left(plan, self._cursor(plan), now) for plan in self._windowed())
        async with self.lease.writing() as session:
            await queries.update_run(
                session,
                self.place.workspace_id,
                self.place.run_id,
                feed=feed.value,
                window_start=period and period.start,
                window_end=period and period.end,
                windows_total=self.done_before + self.done + self._new.total() + past,
            )

    async def _count(self, session: AsyncSession, changes: Changes) -> None:
        await self._add(session, rows_new=changes.new, rows_changed=changes.changed, rows_unchanged=changes.unchanged)

    async def _add(self, session: AsyncSession, **added: int) -> None:
        await queries.add_progress(session, self.place.workspace_id, self.place.run_id, **added)


class _Enough(Exception):
    """The run stops here."""


def describe(failure: SourceFailure | HttpFailure) -> Failure:
    """Why, in words for people."""
    if isinstance(failure, SourceFailure):
        return Failure(failure.code, failure.detail, failure.is_retryable, failure.retry_after_seconds)
    return Failure("provider_unreachable", f"{failure} It is tried again later.")


__all__ = ["Clock", "LeaseLost", "Place", "Walk", "describe"]
