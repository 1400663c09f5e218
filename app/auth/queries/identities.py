"""SQL of accounts elsewhere that sign in here."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.auth.models import Identity, User


async def user_of(session: AsyncSession, issuer: str, subject: str) -> tuple[Identity, User] | None:
    found = await session.execute(
        select(Identity, User)
        .join(User, User.id == Identity.user_id)
        .where(Identity.issuer == issuer, Identity.subject == subject)
    )
    row = found.one_or_none()
    return None if row is None else (row[0], row[1])


async def of_user(session: AsyncSession, user_id: UUID) -> Sequence[Identity]:
    """Oldest first."""
    found = await session.execute(select(Identity).where(Identity.user_id == user_id).order_by(Identity.id))
    return found.scalars().all()


async def put(session: AsyncSession, identity: Identity) -> bool:
    """Add it; False when it is somebody's already."""
    values = {column.key: getattr(identity, column.key) for column in Identity.__table__.columns}
    statement = insert(Identity).values(values).on_conflict_do_nothing(index_elements=["issuer", "subject"])
    return (await session.execute(statement.returning(Identity.id))).scalar() is not None


async def seen(identity: Identity, email: str | None, now: datetime) -> None:
    identity.last_used_at = now
    if email:
        identity.email = email


async def remove(session: AsyncSession, user_id: UUID, identity_id: UUID) -> Identity | None:
    """What was removed; None when this user has no such identity."""
    gone = await session.execute(
        delete(Identity).where(Identity.user_id == user_id, Identity.id == identity_id).returning(Identity)
    )
    return gone.scalar()
