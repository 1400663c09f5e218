"""The end of workspaces: when the time to take a deletion back is over, all of it is deleted, some rows at a time.

Which tables hold rows of a workspace is read from the models, so that none is forgotten. A step is one transaction that
holds the workspace's row: one process at a time purges a workspace, and a purge that is cut off is gone on with.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from app.core.database import AsyncSession
from app.core.log import get_logger
from app.core.periods import utc_now
from app.jobs import purge_queries as queries

log = get_logger(__name__)

BATCH: Final = 5_000

Sessions = Callable[[], AsyncSession]


@dataclass(slots=True)
class Purged:
    """What was done; not done: ask again."""

    workspaces: int = 0
    rows: int = 0
    is_done: bool = True


async def do_due(
    sessions: Sessions,
    seconds: float,
    is_stopped: Callable[[], bool] = lambda: False,
    *,
    now: datetime | None = None,
    batch: int = BATCH,
) -> Purged:
    """Purge the workspaces whose time is over, for so long at most."""
    ends_at, done = time.monotonic() + seconds, Purged()
    async with sessions() as session, session.begin():
        due = await queries.due(session, now or utc_now())
    for workspace_id in due:
        is_gone = False
        while not is_gone:
            if is_stopped() or time.monotonic() >= ends_at:
                done.is_done = False
                return done
            rows = await _step(sessions, workspace_id, now or utc_now(), batch)
            if rows is None:  # another process is at it, or was faster
                break
            is_gone = rows == 0
            done.rows += rows
        if is_gone:
            done.workspaces += 1
            log.info("workspace deleted", workspace_id=str(workspace_id))
    return done


async def _step(sessions: Sessions, workspace_id: UUID, now: datetime, batch: int) -> int | None:
    """Delete up to so many rows, or the workspace itself once there are no others; how many. None: it is not ours."""
    async with sessions() as session, session.begin():
        if not await queries.hold(session, workspace_id, now):
            return None
        for table in queries.TABLES:
            rows = await queries.delete_some(session, table, workspace_id, batch)
            if rows:
                return rows
        await queries.delete_workspace(session, workspace_id)
    return 0
