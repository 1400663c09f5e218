"""How far rebuilds are, and whose sums an upgrade left to be made."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.usage.models import RollupRebuild, TagSumsDue
from app.usage.rules.rebuilding import Due, Order, Progress


async def rebuild(session: AsyncSession, workspace_id: UUID) -> tuple[Order, Progress] | None:
    """The rebuild of the workspace that was begun and not brought to its end."""
    row = (await session.execute(select(RollupRebuild).where(RollupRebuild.workspace_id == workspace_id))).scalar()
    return None if row is None else (_order(row), Progress(row.started_at, row.done_until, row.calls, row.differences))


def _order(row: RollupRebuild) -> Order:
    return Order(row.workspace_id, row.period_start, row.period_end, row.is_check)


def _values(order: Order, progress: Progress, lease_expires_at: datetime | None) -> dict[str, Any]:
    return {
        "period_start": order.start,
        "period_end": order.end,
        "is_check": order.is_check,
        "started_at": progress.started_at,
        "done_until": progress.done_until,
        "calls": progress.calls,
        "differences": progress.differences,
        "lease_expires_at": lease_expires_at,
    }


async def put_rebuild(
    session: AsyncSession, order: Order, progress: Progress, lease_expires_at: datetime | None
) -> None:
    values = _values(order, progress, lease_expires_at)
    row = insert(RollupRebuild).values(workspace_id=order.workspace_id, **values)
    await session.execute(row.on_conflict_do_update(index_elements=[RollupRebuild.workspace_id], set_=values))


async def claim_rebuild(
    session: AsyncSession, order: Order, progress: Progress, now: datetime, lease_expires_at: datetime
) -> bool:
    """Begin the order, or go on with it; False when somebody is at a rebuild of this workspace."""
    values = _values(order, progress, lease_expires_at)
    row = insert(RollupRebuild).values(workspace_id=order.workspace_id, **values)
    is_free = or_(RollupRebuild.lease_expires_at.is_(None), RollupRebuild.lease_expires_at <= now)
    taken = row.on_conflict_do_update(index_elements=[RollupRebuild.workspace_id], set_=values, where=is_free)
    return (await session.execute(taken.returning(RollupRebuild.workspace_id))).first() is not None


async def delete_rebuild(session: AsyncSession, workspace_id: UUID) -> None:
    await session.execute(delete(RollupRebuild).where(RollupRebuild.workspace_id == workspace_id))


async def cut_rebuilds(session: AsyncSession) -> Sequence[Order]:
    """What was begun and is not at its end, without checks: whoever asked for one of these wants its answer."""
    found = await session.execute(
        select(RollupRebuild).where(RollupRebuild.is_check.is_(False)).order_by(RollupRebuild.workspace_id)
    )
    return [_order(row) for row in found.scalars()]


# --- what an upgrade left ---


async def due(session: AsyncSession, workspace_id: UUID) -> Due | None:
    """None when all sums of the workspace are there."""
    row = (await session.execute(select(TagSumsDue).where(TagSumsDue.workspace_id == workspace_id))).scalar()
    return None if row is None else _due(row)


async def all_due(session: AsyncSession) -> Sequence[Due]:
    found = await session.execute(select(TagSumsDue).order_by(TagSumsDue.workspace_id))
    return [_due(row) for row in found.scalars()]


def _due(row: TagSumsDue) -> Due:
    return Due(row.workspace_id, row.until, row.done_until, row.calls_total, row.calls_done)


async def put_due(session: AsyncSession, workspace_id: UUID, progress: Progress) -> None:
    """Note how far it is, where there is something to note; two at it take nothing back."""
    row = TagSumsDue
    is_further = or_(row.done_until.is_(None), row.done_until < progress.done_until)
    await session.execute(
        update(row)
        .where(row.workspace_id == workspace_id, is_further)
        .values(done_until=progress.done_until, calls_done=progress.calls)
    )


async def delete_due(session: AsyncSession, workspace_id: UUID) -> None:
    await session.execute(delete(TagSumsDue).where(TagSumsDue.workspace_id == workspace_id))
