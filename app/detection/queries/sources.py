"""Connections, and when they were read well last."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import exists, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.detection.rules.syncs import Source
from app.providers.models import Connection, SyncLease, SyncRun
from app.providers.rules.connections import RunStatus, Status


async def sources(session: AsyncSession, workspace_id: UUID, now: datetime) -> list[Source]:
    """Those that are to be read, and were there by then: neither deleted nor paused."""
    good_run = (
        select(func.max(SyncRun.finished_at))
        .where(
            SyncRun.workspace_id == Connection.workspace_id,
            SyncRun.connection_id == Connection.id,
            SyncRun.status.in_([RunStatus.DONE, RunStatus.PARTIAL]),
        )
        .scalar_subquery()
    )
    is_at_work = exists().where(
        SyncLease.workspace_id == Connection.workspace_id,
        SyncLease.connection_id == Connection.id,
        SyncLease.expires_at > now,
    )
    # greatest() leaves out what is null
    read_at = func.greatest(Connection.created_at, Connection.last_synced_at, good_run)
    found = await session.execute(
        select(
            Connection.id,
            Connection.provider,
            Connection.label,
            Connection.failures,
            func.coalesce(Connection.error_detail, Connection.error_code, ""),
            read_at,
            is_at_work,
        )
        .where(
            Connection.workspace_id == workspace_id,
            Connection.created_at <= now,
            Connection.deleted_at.is_(None),
            Connection.status != Status.PAUSED,
        )
        .order_by(Connection.id)
    )
    return [Source(*row) for row in found]
