"""How Alembic reaches the database: on a connection handed over, or by DATABASE_URL."""

import asyncio

from alembic import context
from sqlalchemy import Connection

from app.core.config import ConfigurationError, load_settings
from app.core.database import make_engine
from app.metadata import is_ours, metadata


def run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=metadata,
        include_object=is_ours,
        compare_server_default=True,
        transaction_per_migration=False,
    )
    with context.begin_transaction():
        context.run_migrations()


async def connect_and_run() -> None:
    url = load_settings().database_url
    if url is None:
        raise ConfigurationError("set DATABASE_URL to the database that Alembic should look at")
    engine = make_engine(url.get_secret_value())
    async with engine.begin() as connection:
        await connection.run_sync(run)
    await engine.dispose()


handed_over: Connection | None = context.config.attributes.get("connection")
if handed_over is not None:
    run(handed_over)
else:
    asyncio.run(connect_and_run())
