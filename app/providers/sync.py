"""Reading a connection: one run at a time, whoever asks for it.

A page is one transaction: its rows and the run's counters. A walk that was complete is another: what vanished is
flagged, and the cursor moves. So a run may be cut anywhere, by kill -9 too: the walk at hand is made
again, and writing a row twice changes nothing.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeAlias
from uuid import UUID

from pydantic import SecretStr

from app.core.crypto import Sealer
from app.core.http import Chain, HttpClient
from app.core.ids import new_id
from app.core.log import get_logger, told_by
from app.core.periods import utc_now
from app.providers import queries
from app.providers.clients.base import Credentials, Maker, UsageSource
from app.providers.errors import KeyLost
from app.providers.lease import LEASE_SECONDS, Lease, LeaseLost
from app.providers.metrics import SyncMetrics
from app.providers.models import Connection, SyncRun
from app.providers.rules.connections import (
    OPEN,
    UNATTENDED,
    Failure,
    RunStatus,
    Status,
    Trigger,
    next_regular,
    next_try,
    scrub,
)
from app.providers.rules.reports import FeedPlan
from app.providers.rules.windows import Cursor
from app.providers.vault import take_out
from app.providers.walk import MAX_PAGES, Clock, Place, Walk
from app.usage.errors import LedgerUnavailable
from app.usage.service import Sessions

log = get_logger(__name__)
Sources: TypeAlias = Mapping[tuple[str, str], Maker]

FAULT: Final = Failure(
    "internal_error", "Something went wrong; it is not your fault. The log of the service tells what."
)


def new_run(workspace_id: UUID, connection_id: UUID, trigger: Trigger, requested_by: UUID | None = None) -> SyncRun:
    """A run that waits for somebody to do it."""
    return SyncRun(
        workspace_id=workspace_id,
        id=new_id(),
        connection_id=connection_id,
        trigger=trigger,
        status=RunStatus.QUEUED,
        requested_by=requested_by,
        created_at=utc_now(),
        windows_done=0,
        pages=0,
        rows_new=0,
        rows_changed=0,
        rows_unchanged=0,
        rows_flagged=0,
        left=[],
    )


def make_source(sources: Sources, http: Chain, row: Connection, api_key: SecretStr) -> UsageSource:
    """The client of a connection; what the provider told of the account is among its fields."""
    credentials = Credentials(api_key, row.base_url, {**row.fields, **row.facts})
    return sources[row.provider, row.mode](http, credentials)


@dataclass(frozen=True, slots=True)
class _Begun:
    row: Connection
    run: SyncRun
    cursors: dict[str, Cursor]


@dataclass
class Syncer:
    """Does runs. It holds nothing between them, so any number may be in any number of processes."""

    sessions: Sessions
    http: HttpClient
    sealer: Sealer
    sources: Sources
    lease_seconds: float = LEASE_SECONDS
    max_pages: int = MAX_PAGES
    is_stopped: Callable[[], bool] = lambda: False
    metrics: SyncMetrics | None = None

    async def sync(
        self,
        workspace_id: UUID,
        connection_id: UUID,
        trigger: Trigger,
        budget_seconds: float,
        asked_at: datetime | None = None,
    ) -> RunStatus | None:
        """Read the connection for at most so long; how it ended.

        A run that another brought to its end since `asked_at` is the answer as well, and nothing is read again.
        None, and nothing done, where another holds it, or where nobody asked and it is not due. Raises
        LedgerUnavailable; then the run stays open and is gone on with.
        """
        lease = Lease(self.sessions, workspace_id, connection_id, self.lease_seconds)
        if not await lease.take():
            return None
        async with lease.kept():
            try:
                begun = await self._begin(lease, workspace_id, connection_id, trigger, asked_at)
                if not isinstance(begun, _Begun):
                    return begun
                return self._counted(begun, await self._run(lease, begun, budget_seconds))
            except LeaseLost:
                log.info("sync was stopped", connection_id=str(connection_id))
                return RunStatus.STOPPED

    def _counted(self, begun: _Begun, status: RunStatus) -> RunStatus:
        if self.metrics is not None:
            self.metrics.ended(begun.row.provider, status)
        return status

    async def _begin(
        self, lease: Lease, workspace_id: UUID, connection_id: UUID, trigger: Trigger, asked_at: datetime | None
    ) -> _Begun | RunStatus | None:
        now = utc_now()
        async with lease.writing() as session:
            row = await queries.connection(session, workspace_id, connection_id)
            if row is None or row.status == Status.PAUSED:
                return None
            last = (await queries.last_runs(session, workspace_id, [connection_id])).get(connection_id)
            # asked here, with the hold: before it, another may end its run between the look and the taking
            if last is not None and asked_at is not None and _is_over_since(last, asked_at):
                return RunStatus(last.status)
            is_waiting = last is not None and last.status in OPEN
            is_due = row.next_try_at is not None and row.next_try_at <= now
            if trigger in UNATTENDED and not is_waiting and not is_due:
                return None
            run = await queries.open_run(session, new_run(workspace_id, connection_id, trigger))
            await queries.update_run(
                session, workspace_id, run.id, status=RunStatus.RUNNING, started_at=run.started_at or now
            )
            cursors = (await queries.cursors(session, workspace_id, [connection_id]))[connection_id]
        return _Begun(row, run, cursors)

    async def _run(self, lease: Lease, begun: _Begun, budget_seconds: float) -> RunStatus:
        row = begun.row
        try:
            key = take_out(self.sealer, row)
        except KeyLost as error:
            return await self._end(lease, begun, Failure(error.code, error.detail, is_retryable=False))
        clock = Clock(budget_seconds, self.is_stopped)
        try:
            source = make_source(self.sources, self.http.within(budget_seconds), row, key)
            walk = self._walk(lease, begun, source, clock)
            await walk.go()
        except (LeaseLost, LedgerUnavailable):
            raise
        except Exception as error:  # noqa: BLE001 - it is told on the connection
            # where, but not what it says: a fault's words may hold what was sent, and with it the key
            log.error("sync failed", connection_id=str(row.id), provider=row.provider, **told_by(error))  # noqa: TRY400
            return await self._end(lease, begun, FAULT)
        failure = next(iter(walk.failures.values()), None)
        if failure is not None:
            told = scrub(failure.detail, key.get_secret_value())
            failure = Failure(failure.code, told, failure.is_retryable, failure.retry_after_seconds)
        return await self._end(lease, begun, failure, walk)

    def _walk(self, lease: Lease, begun: _Begun, source: UsageSource, clock: Clock) -> Walk:
        row = begun.row
        return Walk(
            place=Place(row.workspace_id, row.id, row.provider, begun.run.id),
            source=source,
            lease=lease,
            clock=clock,
            cursors=begun.cursors,
            plans=_readable(source.plans, row.can),
            is_unattended=begun.run.trigger in UNATTENDED,
            done_before=begun.run.windows_done,
            max_pages=self.max_pages,
        )

    async def _end(self, lease: Lease, begun: _Begun, failure: Failure | None, walk: Walk | None = None) -> RunStatus:
        row, now = begun.row, utc_now()
        is_cut = walk is not None and walk.is_cut
        status = RunStatus.FAILED if failure else RunStatus.PARTIAL if is_cut else RunStatus.DONE
        left = walk.left() if walk else []
        said = {"error_code": failure and failure.code, "error_detail": failure and failure.detail}
        ended = {"status": status, "finished_at": now, "left": left, "window_start": None, "window_end": None}
        failures = row.failures + 1 if failure else 0
        after = now if is_cut else next_regular(row.id, now)
        state = {
            "failures": failures,
            "status": Status.FAILING if failure else Status.ACTIVE,
            "next_try_at": next_try(failure, failures, now) if failure else after,
        }
        if walk and walk.is_fresh:
            state["last_synced_at"] = now
        async with lease.writing() as session:
            await queries.update_run(session, row.workspace_id, begun.run.id, **ended, **said)
            await queries.update_connection(session, row.workspace_id, row.id, **state, **said)
        log.info(
            "sync ended", connection_id=str(row.id), provider=row.provider, run_id=str(begun.run.id), status=status
        )
        return status


def _is_over_since(run: SyncRun, asked_at: datetime) -> bool:
    """Not of one that was cut or stopped: that is gone on with."""
    is_whole = run.status in (RunStatus.DONE, RunStatus.FAILED)
    return is_whole and run.finished_at is not None and run.finished_at >= asked_at


def _readable(plans: Sequence[FeedPlan], can: Sequence[str]) -> list[FeedPlan]:
    """The feeds that the key reads; all of them where nothing was found out."""
    return [plan for plan in plans if not can or plan.feed.value in can]


__all__ = ["Sources", "Syncer", "make_source", "new_run"]
