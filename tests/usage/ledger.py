"""Looking into the ledger's tables from a test."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import inspect, literal_column, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.database import Base
from app.usage.models import DailyLatency, DailyTagUsage, DailyUsage, Event, EventKey, HourlyUsage
from app.usage.queries.kinds import SAID
from tests.factories.ingest import plain

ROLLUPS: tuple[type[Base], ...] = (HourlyUsage, DailyUsage, DailyLatency, DailyTagUsage)
TABLES: tuple[type[Base], ...] = (EventKey, Event, *ROLLUPS)


async def rows(session: AsyncSession, table: type[Base], workspace_id: UUID) -> list[Mapping[str, Any]]:
    """All rows of a workspace, every column, decimals as text, in the order of the primary key.

    Of calls what they say, also where they leave it to their kind.
    """
    columns = table.__table__.columns
    said = [literal_column(SAID[c.name]).label(c.name) if table is Event and c.name in SAID else c for c in columns]
    found = await session.execute(
        select(*(column for column in said if column.name != "kind"))
        .where(columns["workspace_id"] == workspace_id)
        .order_by(*inspect(table).primary_key)
    )
    return [plain(dict(row)) for row in found.mappings()]


async def everything(session: AsyncSession, workspace_id: UUID) -> dict[str, list[Mapping[str, Any]]]:
    return {table.__tablename__: await rows(session, table, workspace_id) for table in TABLES}
