"""Making sums anew: what was asked for, how far it is, and what differs."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

Rows = Mapping[Any, tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Order:
    """Whose sums, of which period (None is open), and whether only to look."""

    workspace_id: UUID
    start: datetime | None
    end: datetime | None
    is_check: bool


@dataclass(slots=True)
class Progress:
    """How far a rebuild is. `differences` counts the rows that differed, by day."""

    started_at: datetime
    done_until: datetime | None = None
    calls: int = 0
    differences: dict[str, int] = field(default_factory=dict)


def count_differences(stored: Rows, counted: Rows, *, to_the_digit: bool = True) -> int:
    """How many rows are not as they should be: other, missing, or too many.

    0.10 and 0.100 are the same amount and other digits.
    """
    spell = _spelled if to_the_digit else tuple
    return sum(
        key not in stored or key not in counted or spell(stored[key]) != spell(counted[key])
        for key in stored.keys() | counted.keys()
    )


def _spelled(row: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(str(value) if isinstance(value, Decimal) else value for value in row)
