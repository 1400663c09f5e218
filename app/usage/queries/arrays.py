"""Many rows in one statement: an array for each column, whatever the number of rows."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

_TYPES: Final[Mapping[str, str]] = {
    "workspace_id": "uuid",
    "repricing_id": "uuid",
    "event_key": "uuid",
    "connection_id": "uuid",
    "line_key": "uuid",
    "api_key_id": "uuid",
    "occurred_at": "timestamptz",
    "recorded_at": "timestamptz",
    "start": "timestamptz",
    "end": "timestamptz",
    "first_seen_at": "timestamptz",
    "last_changed_at": "timestamptz",
    "last_seen_at": "timestamptz",
    "last_event_at": "timestamptz",
    "last_recorded_at": "timestamptz",
    "bucket": "smallint",
    "calls": "bigint",
    "fresh_tokens": "bigint",
    "cache_read_tokens": "bigint",
    "cache_write_tokens": "bigint",
    "visible_tokens": "bigint",
    "reasoning_tokens": "bigint",
    "listed_calls": "bigint",
    "counted": "bigint",
    "is_full": "boolean",
    "cost": "numeric",
    "list_cost": "numeric",
    "contracted_cost": "numeric",
    "amount": "numeric",
    "first_amount": "numeric",
    "quantity": "numeric",
    "requests": "bigint",
    "is_level": "boolean",
    "is_estimated": "boolean",
    "is_archived": "boolean",
    "meters": "jsonb",
    "dimensions": "jsonb",
    "parts": "jsonb",
    "facts": "jsonb",
    "usage": "jsonb",
    "warnings": "jsonb",  # an array of arrays would have to be even
}


def unnest(columns: Sequence[str]) -> str:
    """The rows as a table to select from; a column that is not in `_TYPES` is text."""
    arrays = ", ".join(_array(name) for name in columns)
    return f"unnest({arrays})"


def _array(name: str) -> str:
    kind = _TYPES.get(name, "text")
    # JSON goes as text: the driver has no array of it
    return f"CAST(CAST(:{name} AS text[]) AS jsonb[])" if kind == "jsonb" else f"CAST(:{name} AS {kind}[])"


def insert_arrays(table: str, columns: Sequence[str]) -> str:
    """An INSERT of such rows."""
    names = ", ".join(f'"{name}"' for name in columns)
    return f"INSERT INTO {table} ({names}) SELECT * FROM {unnest(columns)} AS added ({names})"  # noqa: S608 - names are ours, values are bound


def numbered(statement: str, columns: Sequence[str]) -> str:
    """Such a statement as the driver itself takes it: `$1` for the first column's array, and so on."""
    for number, name in enumerate(columns, 1):
        statement = statement.replace(f"(:{name} AS", f"(${number} AS")
    return statement


def bound(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> dict[str, list[Any]]:
    """The parameters of such a statement."""
    return {name: list(values) for name, values in zip(columns, zip(*rows, strict=True), strict=True)}


async def driver_of(session: AsyncSession) -> Any:
    """The driver's own connection, in the session's transaction.

    SQLAlchemy has no COPY, and takes its time with thousands of values.
    """
    connection = await session.connection()
    driver: Any = (await connection.get_raw_connection()).driver_connection
    if not driver.is_in_transaction():  # SQLAlchemy begins with the first statement that it sees itself
        await session.execute(text("SELECT 1"))
    return driver
