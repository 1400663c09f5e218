"""What the commands ask a database directly: about the server itself, or across all workspaces."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from app.usage.models import DailyUsage


async def server_version(connection: AsyncConnection) -> int:
    """`server_version_num`: 180006 is 18.6."""
    return int((await connection.execute(text("SHOW server_version_num"))).scalar_one())


async def connections_allowed(connection: AsyncConnection) -> int:
    """How many connections ordinary accounts may have at once."""
    # `reserved_connections` came with PostgreSQL 16
    found = await connection.execute(
        text("""
            SELECT sum(CASE name WHEN 'max_connections' THEN setting::int ELSE -setting::int END)
            FROM pg_settings
            WHERE name IN ('max_connections', 'superuser_reserved_connections', 'reserved_connections')
        """)
    )
    return int(found.scalar_one())


async def server_time(connection: AsyncConnection) -> datetime:
    """The instant on the server's clock, not that of the transaction's start."""
    now: datetime = (await connection.execute(text("SELECT clock_timestamp()"))).scalar_one()
    return now


async def workspaces_with_calls(session: AsyncSession) -> list[UUID]:
    """Workspaces that hold calls, for what is asked of a database as a whole."""
    return list((await session.execute(select(DailyUsage.workspace_id).distinct())).scalars())
