"""The jobs: who works on which, and how far it is."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, exists, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from app.repricings.models import Repricing
from app.repricings.rules import AT_WORK, WAITING, Status
from app.usage.models import TagSumsDue


def _is(workspace_id: UUID, repricing_id: UUID) -> ColumnElement[bool]:
    return (Repricing.workspace_id == workspace_id) & (Repricing.id == repricing_id)


async def insert(session: AsyncSession, row: Repricing) -> None:
    session.add(row)
    await session.flush()


async def job(session: AsyncSession, workspace_id: UUID, repricing_id: UUID) -> Repricing | None:
    found = await session.execute(
        select(Repricing).where(_is(workspace_id, repricing_id)).execution_options(populate_existing=True)
    )
    return found.scalar()


async def workspace_of(session: AsyncSession, repricing_id: UUID) -> UUID | None:
    """Whose job it is, for whoever runs the service; nobody's membership is looked at."""
    return (await session.execute(select(Repricing.workspace_id).where(Repricing.id == repricing_id))).scalar()


async def jobs(session: AsyncSession, workspace_id: UUID, *, before: UUID | None, limit: int) -> Sequence[Repricing]:
    """Newest first, those that come after the job `before`."""
    wanted = select(Repricing).where(Repricing.workspace_id == workspace_id)
    if before is not None:
        wanted = wanted.where(Repricing.id < before)  # ids sort by the time they were made
    found = await session.execute(wanted.order_by(Repricing.id.desc()).limit(limit))
    return found.scalars().all()


async def later(session: AsyncSession, workspace_id: UUID, applied_at: datetime) -> Sequence[UUID]:
    """The re-pricings that stand and were applied after this instant, the last one first."""
    found = await session.execute(
        select(Repricing.id)
        .where(
            Repricing.workspace_id == workspace_id,
            Repricing.status == Status.APPLIED,
            Repricing.applied_at > applied_at,
        )
        .order_by(Repricing.applied_at.desc())
    )
    return found.scalars().all()


async def begin(
    session: AsyncSession, workspace_id: UUID, repricing_id: UUID, expected: Sequence[Status], **values: Any
) -> bool:
    """Take the job to another step, from its start; False when it is not where it was expected.

    Raises LookupError when the step would be the workspace's second at work.
    """
    fresh = {"cursor_at": None, "cursor_key": None, "calls_done": 0, "lease_owner": None, "lease_expires_at": None}
    statement = (
        update(Repricing)
        .where(_is(workspace_id, repricing_id), Repricing.status.in_(expected))
        .values({**fresh, **values})
        .returning(Repricing.id)
        .execution_options(synchronize_session=False)
    )
    try:
        async with session.begin_nested():
            return (await session.execute(statement)).scalar() is not None
    except IntegrityError:
        raise LookupError(f"another of {', '.join(AT_WORK)}") from None


# --- whose work it is ---


def _is_free(now: datetime) -> ColumnElement[bool]:
    is_left = or_(Repricing.lease_expires_at.is_(None), Repricing.lease_expires_at <= now)
    # one that was cut off by an upgrade waits until the sums that it changes are all there
    lacks_sums = exists().where(TagSumsDue.workspace_id == Repricing.workspace_id)
    return Repricing.status.in_(WAITING) & is_left & ~(Repricing.status.in_(AT_WORK) & lacks_sums)


async def waiting(session: AsyncSession, now: datetime) -> Sequence[tuple[UUID, UUID]]:
    """(workspace, job) of what waits for a worker, the oldest first."""
    found = await session.execute(
        select(Repricing.workspace_id, Repricing.id).where(_is_free(now)).order_by(Repricing.id).limit(20)
    )
    return [(workspace_id, repricing_id) for workspace_id, repricing_id in found]


async def claim(
    session: AsyncSession, workspace_id: UUID, repricing_id: UUID, owner: UUID, now: datetime, until: datetime
) -> bool:
    """Take the job for this worker until then; False when another was quicker or is at it."""
    free = (
        select(Repricing.id)
        .where(_is(workspace_id, repricing_id), _is_free(now))
        .with_for_update(skip_locked=True)
        .scalar_subquery()
    )
    taken = await session.execute(
        update(Repricing)
        .where(Repricing.workspace_id == workspace_id, Repricing.id.in_(free))
        .values(lease_owner=owner, lease_expires_at=until)
        .returning(Repricing.id)
        .execution_options(synchronize_session=False)
    )
    return taken.scalar() is not None


async def hold(
    session: AsyncSession, workspace_id: UUID, repricing_id: UUID, owner: UUID, until: datetime
) -> Repricing | None:
    """The job, held to the end of the transaction and the worker's for longer; None when it is no longer his."""
    found = await session.execute(
        select(Repricing)
        .where(_is(workspace_id, repricing_id), Repricing.lease_owner == owner, Repricing.status.in_(WAITING))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    held = found.scalar()
    if held is not None:
        held.lease_expires_at = until
    return held


async def release(session: AsyncSession, workspace_id: UUID, repricing_id: UUID, owner: UUID) -> None:
    await session.execute(
        update(Repricing)
        .where(_is(workspace_id, repricing_id), Repricing.lease_owner == owner)
        .values(lease_owner=None, lease_expires_at=None)
        .execution_options(synchronize_session=False)
    )
