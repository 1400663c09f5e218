"""Runs: what set them off, how far they are, what they found."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, func, or_, select, text, update
from sqlalchemy.dialects.postgresql import distinct_on, insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.providers.models import Connection, SyncLease, SyncRun
from app.providers.rules.connections import OPEN, RunStatus, Status


def _is(workspace_id: UUID, run_id: UUID) -> ColumnElement[bool]:
    return (SyncRun.workspace_id == workspace_id) & (SyncRun.id == run_id)


# As the index says it, and without parameters: a statement that was prepared and ran five times gets a plan for any
# parameters, and PostgreSQL then no longer sees that they are the index's own words.
_IS_OPEN: Final = text("status IN ('queued', 'running')")


async def open_run(session: AsyncSession, row: SyncRun) -> SyncRun:
    """This run, or the one of the connection that is not over yet."""
    values = {column.key: getattr(row, column.key) for column in SyncRun.__table__.columns}
    statement = insert(SyncRun).values(values)
    await session.execute(
        statement.on_conflict_do_nothing(index_elements=["workspace_id", "connection_id"], index_where=_IS_OPEN)
    )
    found = await session.execute(
        select(SyncRun)
        .where(
            SyncRun.workspace_id == row.workspace_id,
            SyncRun.connection_id == row.connection_id,
            SyncRun.status.in_(OPEN),
        )
        .execution_options(populate_existing=True)
    )
    return found.scalar_one()


async def run(session: AsyncSession, workspace_id: UUID, run_id: UUID) -> SyncRun | None:
    found = await session.execute(
        select(SyncRun).where(_is(workspace_id, run_id)).execution_options(populate_existing=True)
    )
    return found.scalar()


async def runs(
    session: AsyncSession, workspace_id: UUID, connection_id: UUID, *, before: UUID | None, limit: int
) -> Sequence[SyncRun]:
    """Newest first, those that come after the run `before`."""
    wanted = select(SyncRun).where(SyncRun.workspace_id == workspace_id, SyncRun.connection_id == connection_id)
    if before is not None:
        wanted = wanted.where(SyncRun.id < before)  # ids sort by the time they were made
    found = await session.execute(
        wanted.order_by(SyncRun.id.desc()).limit(limit).execution_options(populate_existing=True)
    )
    return found.scalars().all()


async def last_runs(session: AsyncSession, workspace_id: UUID, connection_ids: Sequence[UUID]) -> dict[UUID, SyncRun]:
    """The newest run of each connection."""
    newest = (
        select(SyncRun)
        .where(SyncRun.workspace_id == workspace_id, SyncRun.connection_id.in_(connection_ids))
        .ext(distinct_on(SyncRun.connection_id))
        .order_by(SyncRun.connection_id, SyncRun.id.desc())
        .execution_options(populate_existing=True)
    )
    return {row.connection_id: row for row in (await session.execute(newest)).scalars()}


async def update_run(session: AsyncSession, workspace_id: UUID, run_id: UUID, **values: Any) -> None:
    await session.execute(
        update(SyncRun).where(_is(workspace_id, run_id)).values(**values).execution_options(synchronize_session=False)
    )


async def add_progress(session: AsyncSession, workspace_id: UUID, run_id: UUID, **added: int) -> None:
    """Add to the counters of a run."""
    values = {name: getattr(SyncRun, name) + count for name, count in added.items() if count}
    if values:
        await update_run(session, workspace_id, run_id, **values)


async def close_open(
    session: AsyncSession, workspace_id: UUID, connection_id: UUID, now: datetime, detail: str
) -> None:
    """End what is not over: the connection was paused or deleted."""
    await session.execute(
        update(SyncRun)
        .where(
            SyncRun.workspace_id == workspace_id,
            SyncRun.connection_id == connection_id,
            SyncRun.status.in_(OPEN),
        )
        .values(status=RunStatus.STOPPED, finished_at=now, error_detail=detail)
        .execution_options(synchronize_session=False)
    )


async def open_runs(session: AsyncSession) -> Sequence[tuple[UUID, UUID]]:
    """(workspace, connection) of runs that wait, or that a process left when it died; the oldest first."""
    held = (SyncLease.workspace_id == SyncRun.workspace_id) & (SyncLease.connection_id == SyncRun.connection_id)
    owner = (Connection.workspace_id == SyncRun.workspace_id) & (Connection.id == SyncRun.connection_id)
    found = await session.execute(
        select(SyncRun.workspace_id, SyncRun.connection_id)
        .join(Connection, owner)
        .outerjoin(SyncLease, held)
        .where(
            SyncRun.status.in_(OPEN),
            Connection.deleted_at.is_(None),
            Connection.status != Status.PAUSED,
            or_(SyncLease.expires_at.is_(None), SyncLease.expires_at <= func.clock_timestamp()),
        )
        .order_by(SyncRun.id)
        .limit(100)
    )
    return [(workspace_id, connection_id) for workspace_id, connection_id in found]
