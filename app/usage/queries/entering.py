"""SQL of what people enter: exchange rates and balances."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.usage.models import CreditRow, ExchangeRate


async def rates(session: AsyncSession, workspace_id: UUID) -> Sequence[ExchangeRate]:
    found = await session.execute(
        select(ExchangeRate)
        .where(ExchangeRate.workspace_id == workspace_id)
        .order_by(ExchangeRate.currency, ExchangeRate.day.desc())
    )
    return found.scalars().all()


async def rate(session: AsyncSession, workspace_id: UUID, currency: str, day: date) -> ExchangeRate | None:
    found = await session.execute(
        select(ExchangeRate)
        .where(ExchangeRate.workspace_id == workspace_id, ExchangeRate.currency == currency, ExchangeRate.day == day)
        .execution_options(populate_existing=True)
    )
    return found.scalar_one_or_none()


async def put_rate(
    session: AsyncSession,
    workspace_id: UUID,
    currency: str,
    day: date,
    usd_per_unit: Decimal,
    created_by: UUID | None,
    created_at: datetime,
) -> None:
    told = {"usd_per_unit": usd_per_unit, "created_by": created_by, "created_at": created_at}
    await session.execute(
        insert(ExchangeRate)
        .values(workspace_id=workspace_id, currency=currency, day=day, **told)
        .on_conflict_do_update(index_elements=["workspace_id", "currency", "day"], set_=told)
    )


async def delete_rate(session: AsyncSession, workspace_id: UUID, currency: str, day: date) -> bool:
    """Whether there was one."""
    gone = await session.execute(
        delete(ExchangeRate)
        .where(ExchangeRate.workspace_id == workspace_id, ExchangeRate.currency == currency, ExchangeRate.day == day)
        .returning(ExchangeRate.day)
    )
    return gone.first() is not None


async def manual_credit(session: AsyncSession, workspace_id: UUID, balance_id: UUID) -> CreditRow | None:
    found = await session.execute(
        select(CreditRow).where(
            CreditRow.workspace_id == workspace_id, CreditRow.id == balance_id, CreditRow.source == "manual"
        )
    )
    return found.scalar_one_or_none()


async def delete_credit(session: AsyncSession, workspace_id: UUID, balance_id: UUID) -> None:
    await session.execute(delete(CreditRow).where(CreditRow.workspace_id == workspace_id, CreditRow.id == balance_id))
