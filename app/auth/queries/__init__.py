"""SQL of users and sessions. Both are global; `user_id` stands second where rows belong to a person."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.auth.models import Session, User


async def insert_user(session: AsyncSession, user: User) -> bool:
    """Add a user; False when the email is taken."""
    values = {column.key: getattr(user, column.key) for column in User.__table__.columns}
    statement = insert(User).values(values).on_conflict_do_nothing(index_elements=[User.email]).returning(User.id)
    return (await session.execute(statement)).scalar() is not None


async def user_by_email(session: AsyncSession, email: str) -> User | None:
    return (await session.execute(select(User).where(User.email == email))).scalar_one_or_none()


async def user_by_id(session: AsyncSession, user_id: UUID) -> User | None:
    return await session.get(User, user_id)


async def set_password_hash(session: AsyncSession, user_id: UUID, password_hash: str) -> None:
    await session.execute(update(User).where(User.id == user_id).values(password_hash=password_hash))


async def mark_verified(session: AsyncSession, user_id: UUID, now: datetime) -> None:
    """Note that the person reads the account's mail; the first time counts."""
    await session.execute(
        update(User).where(User.id == user_id, User.email_verified_at.is_(None)).values(email_verified_at=now)
    )


async def delete_user(session: AsyncSession, user_id: UUID) -> None:
    """With all that is the person's own: sessions, links, second factor, identities, memberships."""
    await session.execute(delete(User).where(User.id == user_id))


async def set_name(session: AsyncSession, user_id: UUID, name: str) -> User:
    return (
        await session.execute(update(User).where(User.id == user_id).values(name=name).returning(User))
    ).scalar_one()


async def insert_session(session: AsyncSession, row: Session) -> None:
    session.add(row)
    await session.flush()


async def session_with_user(session: AsyncSession, session_id: UUID, now: datetime) -> tuple[Session, User] | None:
    """The session, if it has not run out, and whose it is."""
    found = await session.execute(
        select(Session, User)
        .join(User, User.id == Session.user_id)
        .where(Session.id == session_id, Session.expires_at > now)
    )
    row = found.one_or_none()
    return None if row is None else (row[0], row[1])


async def touch_session(session: AsyncSession, session_id: UUID, now: datetime) -> None:
    """Note that the session was seen; leaves it to the other when another request is just doing so."""
    free = select(Session.id).where(Session.id == session_id).with_for_update(skip_locked=True, key_share=True)
    await session.execute(
        update(Session)
        .where(Session.id.in_(free.scalar_subquery()))
        .values(last_seen_at=now)
        .execution_options(synchronize_session=False)
    )


async def live_sessions(session: AsyncSession, user_id: UUID, now: datetime) -> Sequence[Session]:
    """Most lately seen first."""
    found = await session.execute(
        select(Session)
        .where(Session.user_id == user_id, Session.expires_at > now)
        .order_by(Session.last_seen_at.desc(), Session.id.desc())
    )
    return found.scalars().all()


async def delete_session(session: AsyncSession, user_id: UUID, session_id: UUID) -> bool:
    """End one session; False when this user has no such session."""
    statement = delete(Session).where(Session.user_id == user_id, Session.id == session_id).returning(Session.id)
    return (await session.execute(statement)).scalar() is not None


async def delete_other_sessions(session: AsyncSession, user_id: UUID, kept: UUID, now: datetime) -> int:
    """End all sessions but `kept`; the count is of those that were still good."""
    gone = await session.execute(
        delete(Session).where(Session.user_id == user_id, Session.id != kept).returning(Session.expires_at)
    )
    return sum(expires_at > now for expires_at in gone.scalars())


async def delete_sessions(session: AsyncSession, user_id: UUID) -> None:
    await session.execute(delete(Session).where(Session.user_id == user_id))


async def delete_expired_sessions(session: AsyncSession, user_id: UUID, now: datetime) -> None:
    await session.execute(delete(Session).where(Session.user_id == user_id, Session.expires_at <= now))
