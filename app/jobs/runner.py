"""Running the jobs of a process, beside those of others: PgQueuer finds a time and a process for each.

Its scheduler looks for what is due, in one process at a time, and queues it, each key once; its workers take from the
queue what no other has. A process that dies is missed after a few seconds by its heartbeat, and its jobs are taken by
others. All of that is about who does what and when: that nothing is done twice is the jobs' own affair.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from functools import partial
from typing import Final

from pgqueuer import PgQueuer
from pgqueuer.adapters.persistence.qb import QueryBuilderEnvironment, QueryQueueBuilder, QuerySchedulerBuilder
from pgqueuer.adapters.persistence.queries import Queries
from pgqueuer.domain.errors import RetryRequested
from pgqueuer.domain.models import Job as QueuedJob
from pgqueuer.domain.models import Schedule, TableChangedEvent
from pgqueuer.domain.settings import DBSettings, Durability
from pgqueuer.domain.types import Channel
from sqlalchemy.ext.asyncio import AsyncEngine

from app.core.log import get_logger, told_by
from app.core.periods import utc_now
from app.jobs.driver import EngineDriver
from app.jobs.work import RUN_SECONDS, Hands, Job, Turn
from app.usage.errors import LedgerUnavailable

log = get_logger(__name__)

# How long what another process queued may lie unseen; what was queued here is seen at once.
POLL: Final = timedelta(seconds=2)
# A process that says nothing for so long is taken for dead.
HEARTBEAT: Final = timedelta(seconds=6)
# What failed, or was not done in its time, is gone on with then.
AGAIN: Final = timedelta(seconds=60)
# The queue itself failed.
RESTART_SECONDS: Final = 5.0
BATCH: Final = 4
# Every name is said here: the library would take them from the environment, from as common a name as FUNCTION.
NAMES: Final = DBSettings(
    prefix="",
    db_schema=None,
    channel=Channel("ch_pgqueuer"),
    function="fn_pgqueuer_changed",
    statistics_table="pgqueuer_statistics",
    queue_status_type="pgqueuer_status",
    queue_table="pgqueuer",
    queue_table_log="pgqueuer_log",
    trigger="tg_pgqueuer_changed",
    schedules_table="pgqueuer_schedules",
    durability=Durability.durable,
    widen_id=True,
)


class Runner:
    """The jobs of one process."""

    def __init__(self, engine: AsyncEngine, hands: Hands, jobs: Sequence[Job]) -> None:
        self._hands, self._jobs = hands, {job.name: job for job in jobs}
        self._driver = EngineDriver(engine, self.is_stopping)
        self._queries = Queries(
            self._driver,
            QueryBuilderEnvironment(settings=NAMES),
            QueryQueueBuilder(settings=NAMES),
            QuerySchedulerBuilder(settings=NAMES),
        )
        self._stopping = asyncio.Event()
        self._woken: set[str] = set()
        self._wake = asyncio.Event()

    def is_stopping(self) -> bool:
        return self._stopping.is_set()

    def stop(self) -> None:
        """Let the runs end after their step, and begin none."""
        self._stopping.set()

    def wake(self, job: str) -> None:
        """Look for what is due of it, now."""
        self._woken.add(job)
        self._wake.set()

    async def run(self) -> None:
        """Work until told to stop."""
        for job in self._jobs:
            self.wake(job)
        looking = asyncio.create_task(self._look_when_woken())
        try:
            while not self.is_stopping():
                await self._run_queue()
        finally:
            looking.cancel()
            await asyncio.gather(looking, return_exceptions=True)

    async def _run_queue(self) -> None:
        queue = self._queue()
        stopping = asyncio.create_task(self._pass_on(queue))
        try:
            await queue.run(
                dequeue_timeout=POLL,
                batch_size=BATCH,
                heartbeat_timeout=HEARTBEAT,
                log_aggregation_interval=timedelta(0),
            )
        except Exception as error:  # noqa: BLE001 - whatever it was, there is work to do
            log.error("the queue of jobs failed", **told_by(error))  # noqa: TRY400 - its words may hold a secret
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), RESTART_SECONDS)
        finally:
            stopping.cancel()

    async def _pass_on(self, queue: PgQueuer) -> None:
        await self._stopping.wait()
        queue.shutdown.set()

    def _queue(self) -> PgQueuer:
        queue = PgQueuer(self._driver, channel=NAMES.channel, queries=self._queries)
        for job in self._jobs.values():
            queue.entrypoint(job.name, concurrency_limit=job.at_once, accepts_context=False)(partial(self._do, job))
            queue.schedule(job.name, job.when, clean_old=True, accepts_context=False)(partial(self._look_by_clock, job))
        return queue

    # --- looking for what is due ---

    async def _look_when_woken(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._woken:
                await self._look(self._jobs[self._woken.pop()])

    async def _look_by_clock(self, job: Job, _schedule: Schedule) -> None:
        await self._look(job)

    async def _look(self, job: Job) -> None:
        """Queue what is due and not queued yet."""
        try:
            keys = await job.find(self._hands)
        except LedgerUnavailable:
            log.warning("looking for work waits for the database", job=job.name)
            return
        except Exception as error:  # noqa: BLE001 - one job's fault is nobody else's
            log.error("looking for work failed", job=job.name, **told_by(error))  # noqa: TRY400 - may hold a secret
            return
        if keys and not self.is_stopping():
            await self._put(job, keys)

    async def _put(self, job: Job, keys: Sequence[str]) -> None:
        await self._queries.enqueue(
            [job.name] * len(keys),
            [key.encode() for key in keys],
            [0] * len(keys),
            dedupe_key=[f"{job.name}:{key}" for key in keys],
            on_conflict="skip",
        )
        told = TableChangedEvent(
            channel=NAMES.channel,
            sent_at=utc_now(),
            type="table_changed_event",
            operation="insert",
            table=NAMES.queue_table,
        )
        await self._driver.notify(NAMES.channel, told.model_dump_json())

    # --- doing it ---

    async def _do(self, job: Job, queued: QueuedJob) -> None:
        """One run. Raises RetryRequested for what is not done."""
        turn = Turn(self._hands, (queued.payload or b"").decode(), RUN_SECONDS, self.is_stopping)
        try:
            is_done = await job.do(turn)
        except LedgerUnavailable:
            log.warning("a job waits for the database", job=job.name)
            is_done = False
        except Exception as error:  # noqa: BLE001 - one job's fault is nobody else's
            log.error("a job failed", job=job.name, **told_by(error))  # noqa: TRY400 - its words may hold a secret
            is_done = False
        if not is_done:
            raise RetryRequested(AGAIN, "it is not done") from None
