"""Which notices are still to be handed to the channels."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.alerts.models import Alert
from app.alerts.rules import State
from app.workspaces.models import Workspace


async def wake_snoozed(session: AsyncSession, now: datetime) -> int:
    """What is not resolved when its time is over is told again; how many."""
    woken = await session.execute(
        update(Alert)
        .where(Alert.snoozed_until <= now, Alert.state != State.RESOLVED)
        .values(snoozed_until=None, fired_due=True)
        .returning(Alert.id)
        .execution_options(synchronize_session=False)
    )
    return len(woken.all())


async def workspaces_due(session: AsyncSession, limit: int) -> Sequence[UUID]:
    """Those with something to hand over; none that is about to be deleted."""
    found = await session.execute(
        select(Alert.workspace_id)
        .join(Workspace, Workspace.id == Alert.workspace_id)
        .where(or_(Alert.fired_due, Alert.resolved_due), Workspace.deletes_at.is_(None))
        .distinct()
        .limit(limit)
    )
    return found.scalars().all()


async def take_due(session: AsyncSession, workspace_id: UUID, limit: int) -> Sequence[Alert]:
    """The oldest, held to the end of the transaction; what another process holds is left to it."""
    found = await session.execute(
        select(Alert)
        .where(Alert.workspace_id == workspace_id, or_(Alert.fired_due, Alert.resolved_due))
        .order_by(Alert.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )
    return found.scalars().all()
