"""SQL of links that were mailed."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.auth.models import Link


async def put(session: AsyncSession, link: Link) -> None:
    """Add a link. The person's others for this purpose end, and whatever has run out goes with them."""
    await session.execute(delete(Link).where(Link.user_id == link.user_id, Link.purpose == link.purpose))
    await session.execute(delete(Link).where(Link.expires_at <= link.created_at))
    session.add(link)
    await session.flush()


async def whose(session: AsyncSession, secret_hash: bytes, purpose: str, now: datetime) -> UUID | None:
    """Whose link it is, which stays. None for one that is unknown, used, over, or for something else."""
    found = await session.execute(
        select(Link.user_id).where(Link.secret_hash == secret_hash, Link.purpose == purpose, Link.expires_at > now)
    )
    return found.scalar()


async def use(session: AsyncSession, secret_hash: bytes, purpose: str, now: datetime) -> UUID | None:
    """Whose link it is; it is gone now. None for one that is unknown, used, over, or for something else."""
    gone = await session.execute(
        delete(Link)
        .where(Link.secret_hash == secret_hash, Link.purpose == purpose, Link.expires_at > now)
        .returning(Link.user_id)
    )
    return gone.scalar()


async def forget(session: AsyncSession, user_id: UUID) -> None:
    await session.execute(delete(Link).where(Link.user_id == user_id))
