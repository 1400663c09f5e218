"""SQL of the outbox."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Uuid, delete, func, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.delivery.models import Delivery
from app.delivery.rules import Filter, State

# What a delivery no longer holds when it was sent.
WIPED: Final[dict[str, Any]] = {"notice": None, "sealed": None, "key_id": None}
FREE: Final[dict[str, Any]] = {"lease_owner": None, "lease_expires_at": None}


class Shares(NamedTuple):
    """How many may be on their way at once to one channel, and of one workspace."""

    of_channel: int
    of_workspace: int


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
    return await _held(session, Delivery.workspace_id == workspace_id, delivery_id)


async def mail(session: AsyncSession, delivery_id: UUID) -> Delivery | None:
    """A mail to somebody, which is of no channel; held to the end of the transaction."""
    return await _held(session, Delivery.channel_id.is_(None), delivery_id)


async def _held(session: AsyncSession, among: ColumnElement[bool], delivery_id: UUID) -> Delivery | None:
    found = await session.execute(
        select(Delivery)
        .where(among, Delivery.id == delivery_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return found.scalar()


async def mails(session: AsyncSession, state: State, limit: int) -> Sequence[Delivery]:
    """Those of no channel, of all workspaces and of none, newest first."""
    wanted = select(Delivery).where(Delivery.channel_id.is_(None), Delivery.state == state)
    return (await session.execute(wanted.order_by(Delivery.id.desc()).limit(limit))).scalars().all()


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


# What is being sent comes first and so takes of the shares: of a channel's, then of what is left of its workspace's.
# A mail that somebody waits for is a channel of its own; those without a workspace are as of one.
_FAIR: Final = text("""
WITH due AS (
    SELECT id, workspace_id, channel_id, due_at, coalesce(lease_expires_at > clock_timestamp(), false) AS is_at_it
    FROM deliveries WHERE state = 'waiting' AND due_at <= clock_timestamp()
), of_channels AS (
    SELECT *, row_number() OVER (
        PARTITION BY workspace_id, coalesce(channel_id, id) ORDER BY is_at_it DESC, due_at, id
    ) AS of_channel FROM due
), of_workspaces AS (
    SELECT *, row_number() OVER (
        PARTITION BY workspace_id ORDER BY is_at_it DESC, channel_id IS NOT NULL, of_channel, due_at, id
    ) AS of_workspace FROM of_channels WHERE of_channel <= :of_channel
)
SELECT id FROM of_workspaces WHERE of_workspace <= :of_workspace AND NOT is_at_it
ORDER BY channel_id IS NOT NULL, of_workspace, due_at, id LIMIT :limit
""").columns(id=Uuid())


async def claim(session: AsyncSession, owner: UUID, lease: timedelta, shares: Shares, limit: int) -> Sequence[Delivery]:
    """Take what is due and count the attempt, of each channel and workspace its share at most; what another takes just
    now is left.

    Mails that somebody waits for go first. Then the workspaces take turns, those with the fewest on their way first:
    else a receiver that stalls, with many to get, would hold up everybody's.
    """
    fair = _FAIR.bindparams(of_channel=shares.of_channel, of_workspace=shares.of_workspace, limit=limit)
    return await _take(session, owner, lease, Delivery.id.in_(select(fair.subquery().c.id)))


async def claim_one(session: AsyncSession, owner: UUID, lease: timedelta, delivery_id: UUID) -> Sequence[Delivery]:
    """Take this one if it is due and nobody is at it, whatever else is on its way."""
    return await _take(session, owner, lease, Delivery.id == delivery_id)


async def _take(
    session: AsyncSession, owner: UUID, lease: timedelta, wanted: ColumnElement[bool]
) -> Sequence[Delivery]:
    due = select(Delivery.id).where(wanted, _is_due()).with_for_update(skip_locked=True)
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
