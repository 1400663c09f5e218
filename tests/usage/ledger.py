"""Looking into the ledger's tables from a test."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import inspect, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.database import Base
from app.usage.models import DailyLatency, DailyTagUsage, DailyUsage, Event, EventKey, HourlyUsage
from tests.factories.ingest import plain

ROLLUPS: tuple[type[Base], ...] = (HourlyUsage, DailyUsage, DailyLatency, DailyTagUsage)
TABLES: tuple[type[Base], ...] = (EventKey, Event, *ROLLUPS)


async def rows(session: AsyncSession, table: type[Base], workspace_id: UUID) -> list[Mapping[str, Any]]:
    """All rows of a workspace, every column, decimals as text, in the order of the primary key."""
    columns = table.__table__.columns
    found = await session.execute(
        select(*columns).where(columns["workspace_id"] == workspace_id).order_by(*inspect(table).primary_key)
    )
    return [plain(dict(row)) for row in found.mappings()]


async def everything(session: AsyncSession, workspace_id: UUID) -> dict[str, list[Mapping[str, Any]]]:
    return {table.__tablename__: await rows(session, table, workspace_id) for table in TABLES}
