"""Doing the syncs that wait or are due: one by one as jobs, or all for as long as there is time."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from app.core.log import get_logger, told_by
from app.core.periods import utc_now
from app.core.waking import Wakes
from app.providers import queries
from app.providers.lease import transaction
from app.providers.rules.connections import RunStatus, Trigger
from app.providers.sync import Syncer
from app.usage.errors import Collision, LedgerUnavailable
from app.usage.service import Sessions

log = get_logger(__name__)

# The name of the job that does them.
SYNCS: Final = "syncs"
AT_ONCE: Final = 4
# What is not worth beginning a run for.
LEAST_SECONDS: Final = 2.0
# Where no jobs are done, a request that asks for a sync does as much of it after its answer.
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


async def wake_or_do(wakes: Wakes, syncer: Syncer, key: Key) -> None:
    """Let the jobs of this process do what was just asked for; or do it here, where there are none, for so long."""
    if wakes.is_on:
        wakes.wake(SYNCS)
    else:
        await quietly(syncer, key, Trigger.MANUAL, REQUEST_SECONDS)
