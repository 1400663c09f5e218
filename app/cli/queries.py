"""What the commands ask a database directly: about the server itself, not about anybody's data."""

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection


async def server_version(connection: AsyncConnection) -> int:
    """`server_version_num`: 180006 is 18.6."""
    return int((await connection.execute(text("SHOW server_version_num"))).scalar_one())


async def server_time(connection: AsyncConnection) -> datetime:
    """The instant on the server's clock, not that of the transaction's start."""
    now: datetime = (await connection.execute(text("SELECT clock_timestamp()"))).scalar_one()
    return now
