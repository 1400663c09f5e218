"""Many rows in one statement: an array for each column, whatever the number of rows."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from app.core.bulk import placed

_TYPES: Final[Mapping[str, str]] = {
    "workspace_id": "uuid",
    "repricing_id": "uuid",
    "event_key": "uuid",
    "owner_key": "uuid",
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
    "number": "integer",
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
    kind = kind_of(name)
    # JSON goes as text: the driver has no array of it
    return f"CAST(CAST(:{name} AS text[]) AS jsonb[])" if kind == "jsonb" else f"CAST(:{name} AS {kind}[])"


def kind_of(name: str) -> str:
    return _TYPES.get(name, "text")


def insert_arrays(table: str, columns: Sequence[str]) -> str:
    """An INSERT of such rows."""
    names = ", ".join(f'"{name}"' for name in columns)
    return f"INSERT INTO {table} ({names}) SELECT * FROM {unnest(columns)} AS added ({names})"  # noqa: S608 - names are ours, values are bound


def numbered(statement: str, columns: Sequence[str]) -> str:
    """Such a statement as the driver itself takes it, with what `as_arrays` makes: `$1` for the first column."""
    for number, name in enumerate(columns, 1):
        statement = statement.replace(_array(name), placed(number, kind_of(name)))
    return statement


def bound(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> dict[str, list[Any]]:
    """The parameters of such a statement."""
    return {name: list(values) for name, values in zip(columns, zip(*rows, strict=True), strict=True)}
