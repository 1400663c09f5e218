"""A row of any table, made of nothing but its columns."""

from datetime import UTC, date, datetime, time
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Column, LargeBinary, Table, insert
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.ids import new_id

THEN = datetime(2026, 11, 3, 12, tzinfo=UTC)


async def make_any(session: AsyncSession, table: Table, workspace_id: UUID) -> None:
    """One row of the workspace; foreign keys must be off, for what it refers to is not made."""
    row = {column.name: _value(column) for column in table.columns if _is_needed(column)}
    await session.execute(insert(table).values({**row, "workspace_id": workspace_id}))


def _is_needed(column: Column[Any]) -> bool:
    return not column.nullable and column.server_default is None and column.computed is None and column.identity is None


def _value(column: Column[Any]) -> Any:
    if isinstance(column.type, LargeBinary):
        return new_id().bytes
    if isinstance(column.type, ARRAY):
        return []
    if isinstance(column.type, JSONB):
        return {}
    kind = column.type.python_type
    if kind is UUID:
        return new_id()
    fixed: dict[type, Any] = {datetime: THEN, date: THEN.date(), time: THEN.time(), bool: False}
    return str(new_id()) if kind is str else fixed.get(kind, 1)
