"""Many rows at once, by the driver itself: SQLAlchemy has no COPY, and takes its time with thousands of values."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

_HELD: Final = "driver"


async def driver_of(session: AsyncSession) -> Any:
    """The driver's own connection, in the session's transaction."""
    held = session.info.get(_HELD)
    if held and held[0] is session.sync_session.get_transaction():
        return held[1]
    connection = await session.connection()
    driver: Any = (await connection.get_raw_connection()).driver_connection
    if not driver.is_in_transaction():  # SQLAlchemy begins with the first statement that it sees itself
        await session.execute(text("SELECT 1"))
    session.info[_HELD] = session.sync_session.get_transaction(), driver
    return driver


def placed(number: int, kind: str) -> str:
    """The place in a statement of what `as_arrays` makes of a column of this type."""
    return f"CAST(${number} AS uuid[])" if kind == "uuid" else f"CAST(CAST(${number} AS text) AS {kind}[])"


def as_arrays(rows: Iterable[Sequence[Any]]) -> list[str | list[UUID]]:
    """Each column of the rows as the text of an array, which takes a fraction of the driver's own for most types.

    Of UUIDs as they are: reading them from text would cost the database more.
    """
    return [as_array(values) for values in zip(*rows, strict=True)]


def as_array(values: Sequence[Any]) -> str | list[UUID]:
    """Values of one kind; None is null."""
    first = next((value for value in values if value is not None), None)
    if isinstance(first, UUID):
        return list(values)
    if isinstance(first, str | datetime):  # the same ones come over and over
        texts = {value: _text(value) for value in set(values)}
        return f"{{{','.join([texts[value] for value in values])}}}"
    return f"{{{','.join(['NULL' if value is None else str(value) for value in values])}}}"


def _text(value: str | datetime | None) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, datetime):
        return value.isoformat()
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
