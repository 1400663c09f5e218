"""Who does the syncs: in a service that lives on, a worker; where none does, whoever asks, for as long as he has."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from app.core.log import get_logger, told_by
from app.core.periods import utc_now
from app.providers import queries
from app.providers.lease import transaction
from app.providers.rules.connections import RunStatus, Trigger
from app.providers.sync import Syncer
from app.usage.errors import Collision, LedgerUnavailable
from app.usage.service import Sessions

log = get_logger(__name__)

AT_ONCE: Final = 4
# How long what another process asked for may lie unseen; what was asked for here is seen at once.
POLL_SECONDS: Final = 10.0
# A run in a process that lives on may take so long; the next goes on where it stopped.
BUDGET_SECONDS: Final = 15 * 60.0
# What is not worth beginning a run for.
LEAST_SECONDS: Final = 2.0
GRACE_SECONDS: Final = 5.0
# Where no worker lives, a request that asks for a sync does as much of it after its answer.
REQUEST_SECONDS: Final = 20.0

Key = tuple[UUID, UUID]


async def waiting(sessions: Sessions) -> Sequence[Key]:
    """(workspace, connection) of what somebody waits for or a dead process left, then of what is due."""
    async with transaction(sessions) as session:
        asked = await queries.open_runs(session)
        return list(dict.fromkeys([*asked, *await queries.due(session, utc_now())]))


@dataclass(frozen=True, slots=True)
class Sweep:
    """What was done in the time there was: how each connection ended, and which are left."""

    ended: dict[UUID, RunStatus]
    left: Sequence[UUID]


async def sweep(syncer: Syncer, budget_seconds: float, *, at_once: int = AT_ONCE) -> Sweep:
    """Do what waits, a few at a time, as far as the budget goes."""
    ends_at = time.monotonic() + budget_seconds
    todo = list(await waiting(syncer.sessions))
    ended: dict[UUID, RunStatus] = {}
    left: list[UUID] = []

    async def take_turns() -> None:
        while todo:
            workspace_id, connection_id = todo.pop(0)
            seconds = ends_at - time.monotonic()
            if seconds < LEAST_SECONDS:
                left.append(connection_id)
                continue
            status = await quietly(syncer, (workspace_id, connection_id), Trigger.CRON, seconds)
            if status is not None:
                ended[connection_id] = status
            if status is RunStatus.PARTIAL:
                left.append(connection_id)

    await asyncio.gather(*(take_turns() for _ in range(at_once)))
    return Sweep(ended, left)


async def quietly(syncer: Syncer, key: Key, trigger: Trigger, seconds: float) -> RunStatus | None:
    """One sync, whose fault is nobody else's."""
    try:
        return await syncer.sync(*key, trigger, seconds)
    except (LedgerUnavailable, Collision):
        log.warning("a sync waits for the database", connection_id=str(key[1]))
    except Exception as error:  # noqa: BLE001 - one connection's fault is nobody else's
        log.error("sync failed", connection_id=str(key[1]), **told_by(error))  # noqa: TRY400 - its words may hold a key
    return None


class SyncWorker:
    """Does what waits and what is due, a few at a time, until told to stop."""

    def __init__(self) -> None:
        self._wake = asyncio.Event()
        self._tasks: dict[Key, asyncio.Task[RunStatus | None]] = {}
        self.is_on = False
        self.is_stopping = False

    def wake(self) -> None:
        """There may be something to do."""
        self._wake.set()

    def stop(self) -> None:
        """End the runs at hand after their page; they are gone on with later, maybe elsewhere."""
        self.is_stopping = True
        self._wake.set()

    async def run(self, syncer: Syncer) -> None:
        """Work until told to stop."""
        while not self.is_stopping:
            self._wake.clear()
            try:
                self._begin(syncer, await waiting(syncer.sessions))
            except LedgerUnavailable:
                log.warning("the scheduler of syncs waits for the database")
            except Exception:
                log.exception("the scheduler of syncs failed")
            await self._rest()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    def _begin(self, syncer: Syncer, found: Sequence[Key]) -> None:
        self._tasks = {key: task for key, task in self._tasks.items() if not task.done()}
        free = AT_ONCE - len(self._tasks)
        for key in [key for key in found if key not in self._tasks][:free]:
            task = asyncio.create_task(quietly(syncer, key, Trigger.SCHEDULE, BUDGET_SECONDS))
            task.add_done_callback(self._look_again)
            self._tasks[key] = task

    def _look_again(self, task: "asyncio.Task[RunStatus | None]") -> None:
        """At once after something was done; nothing done means that another is at it, or that the database is away."""
        if not task.cancelled() and task.result() is not None:
            self.wake()

    async def _rest(self) -> None:
        try:
            await asyncio.wait_for(self._wake.wait(), POLL_SECONDS)
        except TimeoutError:
            return

    async def cancel(self) -> None:
        for task in self._tasks.values():
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)


async def wake_or_do(worker: SyncWorker, syncer: Syncer, key: Key) -> None:
    """Let the worker do what was just asked for; or do it here, where there is none, for as long as a request may."""
    if worker.is_on:
        worker.wake()
    else:
        await quietly(syncer, key, Trigger.MANUAL, REQUEST_SECONDS)


@asynccontextmanager
async def syncing(state: Any, syncer: Syncer | None) -> AsyncIterator[None]:
    """Let the application's worker sync meanwhile; None: nobody does it here."""
    worker: SyncWorker = state.sync_worker
    if syncer is None:
        yield
        return
    syncer.is_stopped = lambda: worker.is_stopping
    worker.is_on = True
    task = asyncio.create_task(worker.run(syncer))
    try:
        yield
    finally:
        worker.stop()
        await asyncio.wait([task], timeout=GRACE_SECONDS)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await worker.cancel()
