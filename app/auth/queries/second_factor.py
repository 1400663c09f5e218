"""SQL of second factors and their recovery codes."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.auth.models import RecoveryCode, SecondFactor


async def is_on(session: AsyncSession, user_id: UUID) -> bool:
    found = await session.execute(
        select(SecondFactor.user_id).where(SecondFactor.user_id == user_id, SecondFactor.confirmed_at.is_not(None))
    )
    return found.scalar() is not None


async def held(session: AsyncSession, user_id: UUID) -> SecondFactor | None:
    """The row, held until the request is done: of two that show one code at once the second finds it used."""
    found = await session.execute(
        select(SecondFactor)
        .where(SecondFactor.user_id == user_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return found.scalar_one_or_none()


async def replace(session: AsyncSession, row: SecondFactor) -> None:
    """Put the row in the place of one that was never confirmed."""
    await forget(session, row.user_id)
    session.add(row)
    await session.flush()


async def forget(session: AsyncSession, user_id: UUID) -> None:
    """The secret and the recovery codes."""
    for table in (SecondFactor, RecoveryCode):
        await session.execute(delete(table).where(table.user_id == user_id))


async def put_codes(session: AsyncSession, user_id: UUID, hashes: Iterable[bytes]) -> None:
    """In the place of all that were."""
    await session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user_id))
    await session.execute(insert(RecoveryCode), [{"user_id": user_id, "code_hash": each} for each in hashes])


async def use_code(session: AsyncSession, user_id: UUID, code_hash: bytes) -> bool:
    """Whether it was there; it is gone now."""
    gone = await session.execute(
        delete(RecoveryCode)
        .where(RecoveryCode.user_id == user_id, RecoveryCode.code_hash == code_hash)
        .returning(RecoveryCode.user_id)
    )
    return gone.scalar() is not None


async def confirmed_at(session: AsyncSession, user_id: UUID) -> datetime | None:
    found = await session.execute(select(SecondFactor.confirmed_at).where(SecondFactor.user_id == user_id))
    return found.scalar()


async def codes_left(session: AsyncSession, user_id: UUID) -> int:
    found = await session.execute(select(func.count()).where(RecoveryCode.user_id == user_id))
    return found.scalar_one()
