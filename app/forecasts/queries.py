"""The forecasts that were kept, and whose are due."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.periods import Period
from app.forecasts.models import KeptForecast
from app.usage.models import BilledRow, DailyUsage


async def keep(session: AsyncSession, row: dict[str, Any]) -> None:
    """Unless that day has said its word already."""
    await session.execute(insert(KeptForecast).values(row).on_conflict_do_nothing())


async def delete_all(session: AsyncSession, workspace_id: UUID) -> None:
    await session.execute(delete(KeptForecast).where(KeptForecast.workspace_id == workspace_id))


async def kept(
    session: AsyncSession, workspace_id: UUID, subject_id: UUID, ledger: str, start: datetime
) -> Sequence[KeptForecast]:
    """Those of one period, in the order of their days."""
    found = await session.scalars(
        select(KeptForecast)
        .where(
            KeptForecast.workspace_id == workspace_id,
            KeptForecast.subject_id == subject_id,
            KeptForecast.ledger == ledger,
            KeptForecast.start == start,
        )
        .order_by(KeptForecast.made_on)
    )
    return found.all()


async def without_forecast(
    session: AsyncSession, rows: type[DailyUsage] | type[BilledRow], ledger: str, since: Period, made_on: date
) -> Sequence[UUID]:
    """Workspaces that spent in the period `since` in this ledger, and for which nothing was said on that day."""
    said = (
        select(KeptForecast.workspace_id)
        .where(
            KeptForecast.workspace_id == rows.workspace_id,
            KeptForecast.ledger == ledger,
            KeptForecast.made_on == made_on,
        )
        .exists()
    )
    found = await session.scalars(
        select(rows.workspace_id).where(rows.start >= since.start, rows.start < since.end, ~said).distinct()
    )
    return found.all()
