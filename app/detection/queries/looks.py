"""Whose turn it is to be looked at."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import literal, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.detection.models import Look
from app.workspaces.models import Workspace


async def add_missing(session: AsyncSession, now: datetime) -> None:
    """A row for each workspace that has none yet."""
    new = select(Workspace.id, literal(now), literal(0)).where(Workspace.id.not_in(select(Look.workspace_id)))
    await session.execute(
        insert(Look).from_select(["workspace_id", "next_at", "failures"], new).on_conflict_do_nothing()
    )


async def due(session: AsyncSession, now: datetime, limit: int) -> Sequence[UUID]:
    """Those that wait longest first; none that is about to be deleted."""
    found = await session.execute(
        select(Look.workspace_id)
        .join(Workspace, Workspace.id == Look.workspace_id)
        .where(Look.next_at <= now, Workspace.deletes_at.is_(None))
        .order_by(Look.next_at)
        .limit(limit)
    )
    return found.scalars().all()


async def take(session: AsyncSession, workspace_id: UUID, now: datetime) -> Look | None:
    """The look, held to the end of the transaction; None when another process has it, or had it just now."""
    found = await session.execute(
        select(Look)
        .where(Look.workspace_id == workspace_id, Look.next_at <= now)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )
    return found.scalar()


async def begin(session: AsyncSession, workspace_id: UUID, until: datetime) -> None:
    """A row as if nobody had ever looked, and nobody is to before then."""
    anew = {"next_at": until, "looked_at": None, "learning_until": None, "failures": 0}
    await session.execute(
        insert(Look)
        .values(workspace_id=workspace_id, **anew)
        .on_conflict_do_update(index_elements=["workspace_id"], set_=anew)
    )


async def hold(session: AsyncSession, workspace_id: UUID) -> Look | None:
    """Whoever's turn it is, waiting for who has it; held to the end of the transaction."""
    wanted = select(Look).where(Look.workspace_id == workspace_id).with_for_update()
    return (await session.execute(wanted.execution_options(populate_existing=True))).scalar()


async def put_off(session: AsyncSession, workspace_id: UUID, before: datetime, until: datetime) -> None:
    """After a look that failed; not if another process has looked since."""
    await session.execute(
        update(Look)
        .where(Look.workspace_id == workspace_id, Look.next_at <= before)
        .values(next_at=until, failures=Look.failures + 1)
        .execution_options(synchronize_session=False)
    )
