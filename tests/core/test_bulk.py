"""Arrays as text: what comes out in the database is what went in."""

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.bulk import as_arrays, driver_of, placed

VALUES: list[tuple[str, Sequence[Any]]] = [
    ("text", ["", "a", None, "NULL", "null", '"', "\\", '\\"', "{}", ",", " a ", "'", "\n\t", "ü😀", "a"]),
    ("bigint", [0, -1, None, 2**63 - 1]),
    ("smallint", [None, 3]),
    ("numeric", [Decimal("0.000"), Decimal("1E-30"), None, Decimal("-12.340"), Decimal("1E+3"), Decimal(0)]),
    ("timestamptz", [datetime(2026, 11, 21, 12, 0, 0, 123456, tzinfo=UTC), None, datetime(1, 1, 1, tzinfo=UTC)]),
    ("uuid", [UUID(int=1), None, UUID(int=2**128 - 1)]),
    ("boolean", [True, False, None]),
    ("text", [None, None]),
]


@pytest.mark.parametrize(("kind", "values"), VALUES)
async def test_every_value_comes_out_as_it_went_in(session: AsyncSession, kind: str, values: Sequence[Any]) -> None:
    driver = await driver_of(session)
    question = f"SELECT * FROM unnest({placed(1, kind)})"  # noqa: S608 - a type's name from above
    found = await driver.fetch(question, *as_arrays([value] for value in values))
    assert [value for (value,) in found] == list(values)
