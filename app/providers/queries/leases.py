"""Whose a connection is: a row that its holder renews, taken by comparing and setting, in transactions of its own.

Nothing is kept in the database session, so it works behind a pooler, and the time is the database's, so that the
clocks of several machines need not agree.
"""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.ids import new_id
from app.providers.models import SyncLease


async def _now(session: AsyncSession) -> datetime:
    now: datetime = (await session.execute(select(func.clock_timestamp()))).scalar_one()
    return now


async def take(session: AsyncSession, workspace_id: UUID, connection_id: UUID, owner: UUID, seconds: float) -> bool:
    """False when another holds it."""
    now = await _now(session)
    until = now + timedelta(seconds=seconds)
    statement = insert(SyncLease).values(
        workspace_id=workspace_id, connection_id=connection_id, owner=owner, expires_at=until
    )
    taken = await session.execute(
        statement.on_conflict_do_update(
            index_elements=["workspace_id", "connection_id"],
            set_={"owner": owner, "expires_at": until},
            where=SyncLease.expires_at <= now,
        ).returning(SyncLease.owner)
    )
    return taken.scalar() is not None


async def hold(session: AsyncSession, workspace_id: UUID, connection_id: UUID, owner: UUID, seconds: float) -> bool:
    """Renew it, and keep it from others to the end of the transaction; False when it is no longer the owner's."""
    until = await _now(session) + timedelta(seconds=seconds)
    held = await session.execute(
        update(SyncLease)
        .where(
            SyncLease.workspace_id == workspace_id,
            SyncLease.connection_id == connection_id,
            SyncLease.owner == owner,
        )
        .values(expires_at=until)
        .returning(SyncLease.owner)
        .execution_options(synchronize_session=False)
    )
    return held.scalar() is not None


async def release(session: AsyncSession, workspace_id: UUID, connection_id: UUID, owner: UUID) -> None:
    await session.execute(
        delete(SyncLease).where(
            SyncLease.workspace_id == workspace_id,
            SyncLease.connection_id == connection_id,
            SyncLease.owner == owner,
        )
    )


async def revoke(session: AsyncSession, workspace_id: UUID, connection_id: UUID) -> None:
    """Take it from whoever holds it: nothing is written in its name any more once this is committed.

    The row is taken over and not deleted, also where there was none: who comes meanwhile waits for the end of the
    transaction, and so does not begin before the connection is seen as it is then. The connection must be there.
    """
    over = {"owner": new_id(), "expires_at": await _now(session)}
    statement = insert(SyncLease).values(workspace_id=workspace_id, connection_id=connection_id, **over)
    await session.execute(statement.on_conflict_do_update(index_elements=["workspace_id", "connection_id"], set_=over))
