"""SQL of purging: every table with a `workspace_id`, children before those they refer to."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import CursorResult, Table, delete, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.citus import COLUMN
from app.core.database import Base
from app.metadata import metadata
from app.workspaces.models import Workspace

# Keys and connections end first, so that nothing of the workspace is written any more while the rest goes.
FIRST: Final = ("api_keys", "connections")


def _tables() -> Sequence[Table]:
    of_workspaces = [table for table in reversed(metadata.sorted_tables) if COLUMN in table.columns]
    return sorted(of_workspaces, key=lambda table: not _ends_first(table))


def _ends_first(table: Table) -> bool:
    """The first ones, and what refers to them."""
    refers = (key.referred_table.name for key in table.foreign_key_constraints)
    return table.name in FIRST or any(name in FIRST for name in refers)


TABLES: Final = _tables()
# As the models have it: not every table has a primary key in the database.
_KEYS: Final = {
    mapper.local_table.name: mapper.primary_key
    for mapper in Base.registry.mappers
    if isinstance(mapper.local_table, Table)
}


async def due(session: AsyncSession, now: datetime) -> Sequence[UUID]:
    """Those whose time is over, the longest first."""
    found = await session.execute(
        select(Workspace.id).where(Workspace.deletes_at <= now).order_by(Workspace.deletes_at, Workspace.id)
    )
    return found.scalars().all()


async def hold(session: AsyncSession, workspace_id: UUID, now: datetime) -> bool:
    """Whether it is ours to purge, to the end of the transaction."""
    found = await session.execute(
        select(Workspace.id)
        .where(Workspace.id == workspace_id, Workspace.deletes_at <= now)
        .with_for_update(skip_locked=True)
    )
    return found.scalar() is not None


async def delete_some(session: AsyncSession, table: Table, workspace_id: UUID, batch: int) -> int:
    """By what tells rows apart, which holds also where a table is partitioned or distributed."""
    key, of_workspace = _KEYS[table.name], table.c[COLUMN] == workspace_id
    some = select(*key).where(of_workspace).limit(batch)
    gone = await session.execute(delete(table).where(of_workspace, tuple_(*key).in_(some)))
    assert isinstance(gone, CursorResult)  # noqa: S101 - of a statement without RETURNING
    return gone.rowcount


async def delete_workspace(session: AsyncSession, workspace_id: UUID) -> None:
    await session.execute(delete(Workspace).where(Workspace.id == workspace_id))
