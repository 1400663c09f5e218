"""Connections, and how much of their feeds was read."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from app.providers.models import Connection, SyncCursor, SyncLease
from app.providers.rules.connections import Status
from app.providers.rules.windows import Cursor
from app.workspaces.models import Workspace


def _is(workspace_id: UUID, connection_id: UUID) -> ColumnElement[bool]:
    return (Connection.workspace_id == workspace_id) & (Connection.id == connection_id)


async def insert(session: AsyncSession, row: Connection) -> bool:
    """Add a connection; False when its key is connected already."""
    try:
        async with session.begin_nested():
            session.add(row)
            await session.flush()
    except IntegrityError:
        return False
    return True


async def connection(
    session: AsyncSession, workspace_id: UUID, connection_id: UUID, *, deleted: bool = False
) -> Connection | None:
    """Deleted ones only where they are asked for."""
    wanted = select(Connection).where(_is(workspace_id, connection_id))
    if not deleted:
        wanted = wanted.where(Connection.deleted_at.is_(None))
    return (await session.execute(wanted.execution_options(populate_existing=True))).scalar()


async def lock(session: AsyncSession, workspace_id: UUID, connection_id: UUID) -> Connection | None:
    """The connection, held to the end of the transaction; others may still refer to it."""
    found = await session.execute(
        select(Connection)
        .where(_is(workspace_id, connection_id), Connection.deleted_at.is_(None))
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    return found.scalar()


async def connections(session: AsyncSession, workspace_id: UUID) -> Sequence[Connection]:
    """Oldest first, without the deleted ones."""
    found = await session.execute(
        select(Connection)
        .where(Connection.workspace_id == workspace_id, Connection.deleted_at.is_(None))
        .order_by(Connection.id)
        .execution_options(populate_existing=True)
    )
    return found.scalars().all()


async def all_connections(session: AsyncSession) -> Sequence[Connection]:
    """Those of every workspace, for whoever runs the service."""
    found = await session.execute(
        select(Connection).where(Connection.deleted_at.is_(None)).order_by(Connection.workspace_id, Connection.id)
    )
    return found.scalars().all()


async def is_connected(session: AsyncSession, row: Connection, key_fingerprint: bytes) -> bool:
    """Whether another connection of the workspace reads the same report by this key."""
    found = await session.execute(
        select(Connection.id).where(
            Connection.workspace_id == row.workspace_id,
            Connection.provider == row.provider,
            Connection.mode == row.mode,
            Connection.key_fingerprint == key_fingerprint,
            Connection.id != row.id,
            Connection.deleted_at.is_(None),
        )
    )
    return found.first() is not None


async def deleted_twin(
    session: AsyncSession, workspace_id: UUID, provider: str, mode: str, key_fingerprint: bytes
) -> Connection | None:
    """The connection by the same key that was deleted last."""
    found = await session.execute(
        select(Connection)
        .where(
            Connection.workspace_id == workspace_id,
            Connection.provider == provider,
            Connection.mode == mode,
            Connection.key_fingerprint == key_fingerprint,
            Connection.deleted_at.is_not(None),
        )
        .order_by(Connection.deleted_at.desc())
        .limit(1)
        .with_for_update(key_share=True)
    )
    return found.scalar()


async def update_connection(session: AsyncSession, workspace_id: UUID, connection_id: UUID, **values: Any) -> bool:
    """False when it is gone, or its new key is connected already."""
    statement = (
        update(Connection)
        .where(_is(workspace_id, connection_id))
        .values(**values)
        .returning(Connection.id)
        .execution_options(synchronize_session=False)
    )
    try:
        async with session.begin_nested():
            return (await session.execute(statement)).scalar() is not None
    except IntegrityError:
        return False


async def due(session: AsyncSession, now: datetime, *, limit: int = 500) -> Sequence[tuple[UUID, UUID]]:
    """(workspace, connection) of what should be read by now and is not being read, the longest due first; nothing of a
    workspace that is about to be deleted."""
    held = (SyncLease.workspace_id == Connection.workspace_id) & (SyncLease.connection_id == Connection.id)
    found = await session.execute(
        select(Connection.workspace_id, Connection.id)
        .join(Workspace, Workspace.id == Connection.workspace_id)
        .outerjoin(SyncLease, held)
        .where(
            Workspace.deletes_at.is_(None),
            or_(SyncLease.expires_at.is_(None), SyncLease.expires_at <= func.clock_timestamp()),
            Connection.deleted_at.is_(None),
            Connection.status != Status.PAUSED,
            Connection.next_try_at <= now,
        )
        .order_by(Connection.next_try_at)
        .limit(limit)
    )
    return [(workspace_id, connection_id) for workspace_id, connection_id in found]


# --- cursors ---


async def cursors(
    session: AsyncSession, workspace_id: UUID, connection_ids: Sequence[UUID]
) -> dict[UUID, dict[str, Cursor]]:
    """By connection and feed."""
    found = await session.execute(
        select(SyncCursor)
        .where(SyncCursor.workspace_id == workspace_id, SyncCursor.connection_id.in_(connection_ids))
        .execution_options(populate_existing=True)
    )
    by_connection: dict[UUID, dict[str, Cursor]] = {connection_id: {} for connection_id in connection_ids}
    for row in found.scalars():
        by_connection[row.connection_id][row.feed] = Cursor(
            backfilled_from=row.backfilled_from,
            synced_until=row.synced_until,
            read_at=row.read_at,
            empty_days=row.empty_days,
            slice_days=row.slice_days,
            is_complete=row.is_complete,
        )
    return by_connection


async def save_cursor(
    session: AsyncSession, workspace_id: UUID, connection_id: UUID, feed: str, cursor: Cursor
) -> None:
    values = {
        "backfilled_from": cursor.backfilled_from,
        "synced_until": cursor.synced_until,
        "read_at": cursor.read_at,
        "empty_days": cursor.empty_days,
        "slice_days": cursor.slice_days,
        "is_complete": cursor.is_complete,
    }
    statement = upsert(SyncCursor).values(workspace_id=workspace_id, connection_id=connection_id, feed=feed, **values)
    await session.execute(
        statement.on_conflict_do_update(index_elements=["workspace_id", "connection_id", "feed"], set_=values)
    )
