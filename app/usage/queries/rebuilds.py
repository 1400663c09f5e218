"""How far rebuilds are."""

from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.usage.models import RollupRebuild
from app.usage.rules.rebuilding import Order, Progress


async def rebuild(session: AsyncSession, workspace_id: UUID) -> tuple[Order, Progress] | None:
    """The rebuild of the workspace that was begun and not brought to its end."""
    row = (await session.execute(select(RollupRebuild).where(RollupRebuild.workspace_id == workspace_id))).scalar()
    if row is None:
        return None
    order = Order(row.workspace_id, row.period_start, row.period_end, row.is_check)
    return order, Progress(row.started_at, row.done_until, row.calls, row.differences)


async def put_rebuild(session: AsyncSession, order: Order, progress: Progress) -> None:
    values = {
        "period_start": order.start,
        "period_end": order.end,
        "is_check": order.is_check,
        "started_at": progress.started_at,
        "done_until": progress.done_until,
        "calls": progress.calls,
        "differences": progress.differences,
    }
    row = insert(RollupRebuild).values(workspace_id=order.workspace_id, **values)
    await session.execute(row.on_conflict_do_update(index_elements=[RollupRebuild.workspace_id], set_=values))


async def delete_rebuild(session: AsyncSession, workspace_id: UUID) -> None:
    await session.execute(delete(RollupRebuild).where(RollupRebuild.workspace_id == workspace_id))
