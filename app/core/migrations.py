"""Bring a database to the newest schema, and tell whether it is there. Safe to call from several processes."""

import asyncio
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.ext.asyncio import AsyncConnection

from app.core.database import make_engine

ROOT = Path(__file__).resolve().parents[2]
# any number: every TokenBoard that migrates one database takes the same lock
MIGRATION_LOCK = 7_236_014_421


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(ROOT / "migrations"))
    return config


def newest_revision() -> str:
    head = ScriptDirectory.from_config(_config()).get_current_head()
    if head is None:
        raise RuntimeError("there are no migrations")
    return head


async def current_revision(connection: AsyncConnection) -> str | None:
    """The revision the database is at; None when it was never migrated."""
    try:
        async with connection.begin_nested():
            found = await connection.execute(text("SELECT version_num FROM alembic_version"))
    except ProgrammingError:
        return None
    revision: str | None = found.scalar()
    return revision


def upgrade(address: str) -> None:
    """Migrate the database at `address` to the newest revision; one process does it, others wait."""
    asyncio.run(upgrade_async(address))


async def upgrade_async(address: str, revision: str = "head") -> None:
    """The same, from inside a running loop; or to an older revision."""
    engine = make_engine(address, pooled=True)  # one connection, one transaction, pooler or not
    try:
        async with engine.begin() as connection:
            # held to the end of the transaction, so that it also works behind a pooler
            await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": MIGRATION_LOCK})
            await connection.run_sync(_run, revision)
    finally:
        await engine.dispose()


def _run(connection: Connection, revision: str) -> None:
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, revision)
