"""SQL of the outbox."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, delete, func, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.delivery.models import Delivery
from app.delivery.rules import Filter, State

# What a delivery no longer holds when it was sent.
WIPED: Final[dict[str, Any]] = {"notice": None, "sealed": None, "key_id": None}
FREE: Final[dict[str, Any]] = {"lease_owner": None, "lease_expires_at": None}


async def put(session: AsyncSession, values: dict[str, Any]) -> UUID:
    """Its id; of the one that is there where a workspace has one of this `dedup_key`."""
    added = (
        insert(Delivery)
        .values(**values)
        .on_conflict_do_nothing(index_elements=["workspace_id", "dedup_key"])
        .returning(Delivery.id)
    )
    found: UUID | None = (await session.execute(added)).scalar()
    if found is not None:
        return found
    there = select(Delivery.id).where(
        Delivery.workspace_id == values["workspace_id"], Delivery.dedup_key == values["dedup_key"]
    )
    return (await session.execute(there)).scalar_one()


# --- what people see and do ---


async def page(
    session: AsyncSession, workspace_id: UUID, wanted: Filter, *, before: UUID | None, limit: int
) -> Sequence[Delivery]:
    """Newest first, those that come after the delivery `before`."""
    statement = select(Delivery).where(Delivery.workspace_id == workspace_id)
    if wanted.state is not None:
        statement = statement.where(Delivery.state == wanted.state)
    if wanted.channel_id is not None:
        statement = statement.where(Delivery.channel_id == wanted.channel_id)
    if before is not None:
        statement = statement.where(Delivery.id < before)  # ids sort by the time they were made
    return (await session.execute(statement.order_by(Delivery.id.desc()).limit(limit))).scalars().all()


async def one(session: AsyncSession, workspace_id: UUID, delivery_id: UUID) -> Delivery | None:
    """Held to the end of the transaction."""
    found = await session.execute(
        select(Delivery)
        .where(Delivery.workspace_id == workspace_id, Delivery.id == delivery_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return found.scalar()


async def forget(session: AsyncSession, workspace_id: UUID, channel_id: UUID | None) -> int:
    """Delete what is not sent: of a channel, or all of the workspace."""
    statement = delete(Delivery).where(Delivery.workspace_id == workspace_id, Delivery.state != State.SENT)
    if channel_id is not None:
        statement = statement.where(Delivery.channel_id == channel_id)
    gone = await session.execute(statement.returning(Delivery.id).execution_options(synchronize_session=False))
    return len(gone.all())


# --- sending ---


def _is_due() -> ColumnElement[bool]:
    """By the database's clock, which all processes share."""
    is_free = or_(Delivery.lease_expires_at.is_(None), Delivery.lease_expires_at <= func.clock_timestamp())
    return (Delivery.state == State.WAITING) & (Delivery.due_at <= func.clock_timestamp()) & is_free


async def claim(
    session: AsyncSession, owner: UUID, lease: timedelta, limit: int, *, delivery_id: UUID | None = None
) -> Sequence[Delivery]:
    """Take what is due and count the attempt; what another takes just now is left.

    Mails that somebody waits for go first, then what channels are told, the longest waiting first: else a receiver
    that stalls, with many to get, would hold up everybody's new password.
    """
    due = select(Delivery.id).where(_is_due())
    if delivery_id is not None:
        due = due.where(Delivery.id == delivery_id)
    due = due.order_by(Delivery.channel_id.is_not(None), Delivery.due_at).limit(limit).with_for_update(skip_locked=True)
    taken = await session.execute(
        update(Delivery)
        .where(Delivery.id.in_(due.scalar_subquery()))
        .values(
            lease_owner=owner,
            lease_expires_at=func.clock_timestamp() + lease,
            attempts=Delivery.attempts + 1,
        )
        .returning(Delivery)
        .execution_options(synchronize_session=False, populate_existing=True)
    )
    return taken.scalars().all()


async def note(session: AsyncSession, delivery_id: UUID, owner: UUID, values: dict[str, Any]) -> bool:
    """How the attempt ended; False when it is no longer the owner's."""
    noted = await session.execute(
        update(Delivery)
        .where(Delivery.id == delivery_id, Delivery.lease_owner == owner)
        .values(**values, **FREE)
        .returning(Delivery.id)
        .execution_options(synchronize_session=False)
    )
    return noted.scalar() is not None


async def next_due(session: AsyncSession) -> datetime | None:
    """When there is something to send; None when nothing waits."""
    at = func.greatest(Delivery.due_at, func.coalesce(Delivery.lease_expires_at, Delivery.due_at))
    found: datetime | None = (
        await session.execute(select(func.min(at)).where(Delivery.state == State.WAITING))
    ).scalar()
    return found


_TIDY: Final = text("""
DELETE FROM deliveries WHERE id IN (
    SELECT id FROM deliveries WHERE state <> 'waiting' AND ended_at < :before ORDER BY ended_at LIMIT :limit
) RETURNING id
""")


async def tidy(session: AsyncSession, before: datetime, limit: int) -> int:
    """Delete what ended before then."""
    return len((await session.execute(_TIDY, {"before": before, "limit": limit})).all())
