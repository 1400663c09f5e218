"""Doing the jobs: batch by batch, each one transaction, by whichever process holds the lease.

A batch begins by holding the job's row and reads where the last one stopped, so each is done once, however many
processes try; one that dies leaves a lease that runs out, and another goes on.
"""

import asyncio
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID

import structlog

from app.budgets import service as budgets
from app.core.database import AsyncSession
from app.core.ids import new_id
from app.core.periods import day_of, utc_now
from app.pricing.rules.call import Pricing
from app.pricing.shelf import PriceShelf
from app.repricings import queries
from app.repricings.models import Repricing
from app.repricings.rules import WAITING, Preview, Status, change_of
from app.repricings.service import selection_of
from app.usage import changing
from app.usage.changing import Stretch
from app.usage.errors import Collision, LedgerUnavailable
from app.usage.rules.changing import Change, LedgerCall, Place
from app.usage.rules.spending import Ledger
from app.usage.service import Sessions, named_failures

log = structlog.get_logger()

# The name of the job that does them.
REPRICINGS: Final = "repricings"
BATCH: Final = 2_000
LEASE: Final = timedelta(seconds=60)
FAULT: Final = "Something went wrong; it is not your fault. The log of the service tells what."


async def waiting(sessions: Sessions) -> Sequence[tuple[UUID, UUID]]:
    """(workspace, job) of what waits for a worker, the oldest first."""
    with named_failures():
        async with sessions() as session, session.begin():
            return await queries.waiting(session, utc_now())


class Worker:
    """Does the jobs of a database, one after the other."""

    def __init__(self, *, batch: int = BATCH, is_stopped: Callable[[], bool] = lambda: False) -> None:
        """`is_stopped`: finish the batch at hand, leave the rest to whoever comes next, and end."""
        self._batch, self._is_stopped = batch, is_stopped
        self._owner = new_id()

    async def work_off(self, sessions: Sessions, shelf: PriceShelf) -> None:
        """Do everything that waits, then return."""
        while not self._is_stopped():
            found = await waiting(sessions)
            done = [await self.do(sessions, shelf, *job) for job in found]
            if not any(done):
                return

    async def do(self, sessions: Sessions, shelf: PriceShelf, workspace_id: UUID, repricing_id: UUID) -> bool:
        """Do what the job waits for, to its end; False when another process is at it.

        A job that raises keeps its lease, so that it is tried again when that has run out, and not at once.
        """
        with named_failures():
            async with sessions() as session, session.begin():
                now = utc_now()
                if not await queries.claim(session, workspace_id, repricing_id, self._owner, now, now + LEASE):
                    return False
        pricing = await shelf.of(sessions, workspace_id)
        is_more = True
        while is_more and not self._is_stopped():
            is_more = await self._step(sessions, workspace_id, repricing_id, pricing)
        await self._release(sessions, workspace_id, repricing_id)
        return True

    async def _release(self, sessions: Sessions, workspace_id: UUID, repricing_id: UUID) -> None:
        with named_failures():
            async with sessions() as session, session.begin():
                await queries.release(session, workspace_id, repricing_id, self._owner)

    async def _step(self, sessions: Sessions, workspace_id: UUID, repricing_id: UUID, pricing: Pricing) -> bool:
        """One batch; False when there is no more to do. A collision with a writer is tried again."""
        try:
            with named_failures():
                async with sessions() as session, session.begin():
                    until = utc_now() + LEASE
                    job = await queries.hold(session, workspace_id, repricing_id, self._owner, until)
                    if job is None:
                        return False
                    await self._do_batch(session, job, pricing)
                    return job.status in WAITING
        except Collision:
            return True
        except LedgerUnavailable:
            raise
        except Exception:
            if not await self._give_up(sessions, workspace_id, repricing_id):
                raise
            log.exception("re-pricing failed", repricing_id=str(repricing_id))
            return True

    async def _do_batch(self, session: AsyncSession, job: Repricing, pricing: Pricing) -> None:
        match job.status:
            case Status.PREVIEWING:
                await self._preview(session, job, pricing)
            case Status.APPLYING if job.price_version != pricing.version:
                _put_back(job, "The prices changed while it ran. What it had changed is put back; preview again.")
            case Status.APPLYING:
                await self._apply(session, job, pricing)
            case _:
                await self._undo(session, job)

    async def _preview(self, session: AsyncSession, job: Repricing, pricing: Pricing) -> None:
        if job.calls_total is None or job.price_version != pricing.version:
            await _begin_preview(session, job, pricing)
        calls, changes = await self._price(session, job, pricing)
        preview = Preview()
        for call, change in zip(calls, changes, strict=True):
            preview.add(call, change)
        await queries.add_figures(session, job.workspace_id, job.id, preview.figures)
        if self._move_on(job, calls):
            _finish(job, Status.READY)

    async def _apply(self, session: AsyncSession, job: Repricing, pricing: Pricing) -> None:
        after = _place(job)
        calls, found = await self._price(session, job, pricing)
        is_last = self._move_on(job, calls)
        changes = [change for change in found if change is not None]
        stretch = Stretch(after, None if is_last else _place(job))
        await changing.apply(session, job.workspace_id, job.id, changes, stretch)
        await _watch(session, job, changes)
        if is_last:
            _finish(job, Status.APPLIED)

    async def _undo(self, session: AsyncSession, job: Repricing) -> None:
        after = _place(job)
        since = await changing.hold_complete_since(session, job.workspace_id)
        changes = await changing.find_kept(session, job.workspace_id, job.id, after, self._batch, since)
        is_last = self._move_on(job, [change.call for change in changes])
        stretch = Stretch(after, None if is_last else _place(job))
        await changing.restore(session, job.workspace_id, changes, stretch)
        await _watch(session, job, changes)
        if is_last:
            _finish(job, Status(job.ending or Status.UNDONE))

    async def _price(
        self, session: AsyncSession, job: Repricing, pricing: Pricing
    ) -> tuple[Sequence[LedgerCall], Sequence[Change | None]]:
        """The next calls, and what the prices make of each. In a thread: the requests of this process go on.

        Not those before the mark of the dropped: a bucket whose calls are partly gone cannot be counted anew.
        """
        wanted = selection_of(job).since(await changing.hold_complete_since(session, job.workspace_id))
        calls = await changing.find(
            session, job.workspace_id, wanted, _place(job), self._batch, with_raw=job.reread_usage
        )
        return calls, await asyncio.to_thread(lambda: [change_of(call, pricing) for call in calls])

    def _move_on(self, job: Repricing, calls: Sequence[LedgerCall]) -> bool:
        """Note how far it is; True when these were the last."""
        job.calls_done += len(calls)
        if calls:
            job.cursor_at, job.cursor_key = calls[-1].place
        return len(calls) < self._batch

    async def _give_up(self, sessions: Sessions, workspace_id: UUID, repricing_id: UUID) -> bool:
        """Leave a job that cannot go on; what it applied is put back next. False where it is that which fails."""
        with named_failures():
            async with sessions() as session, session.begin():
                job = await queries.hold(session, workspace_id, repricing_id, self._owner, utc_now() + LEASE)
                if job is None or job.status == Status.UNDOING:
                    return False
                if job.status == Status.APPLYING:
                    _put_back(job, FAULT)
                else:
                    job.error = FAULT
                    _finish(job, Status.FAILED)
                return True


async def _watch(session: AsyncSession, job: Repricing, changes: Sequence[Change]) -> None:
    """Budgets see the sums as they are now."""
    days = {day_of(change.call.occurred_at) for change in changes}
    await budgets.watch_days(session, job.workspace_id, Ledger.TRACKED, days)


async def _begin_preview(session: AsyncSession, job: Repricing, pricing: Pricing) -> None:
    await queries.delete_figures(session, job.workspace_id, job.id)
    job.price_version = pricing.version
    since = await changing.hold_complete_since(session, job.workspace_id)
    job.calls_total = await changing.count(session, job.workspace_id, selection_of(job).since(since))
    job.calls_done, job.cursor_at, job.cursor_key = 0, None, None


def _put_back(job: Repricing, error: str) -> None:
    """Turn a job that cannot go on around: it ends as failed when everything is as it was."""
    job.status, job.ending, job.error = Status.UNDOING, Status.FAILED, error
    job.calls_total, job.calls_done, job.cursor_at, job.cursor_key = job.calls_done, 0, None, None


def _finish(job: Repricing, status: Status) -> None:
    job.status, job.cursor_at, job.cursor_key = status, None, None
    job.calls_total = job.calls_done
    if status == Status.APPLIED:
        job.applied_at = utc_now()
    if status == Status.UNDONE:
        job.undone_at = utc_now()


def _place(job: Repricing) -> Place | None:
    return None if job.cursor_at is None or job.cursor_key is None else Place(job.cursor_at, job.cursor_key)
