"""Making sums anew: what was asked for, how far it is, and what differs."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from app.core.periods import Period

Rows = Mapping[Any, tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Order:
    """Whose sums, of which period (None is open), and whether only to look."""

    workspace_id: UUID
    start: datetime | None
    end: datetime | None
    is_check: bool

    @property
    def makes_all(self) -> bool:
        """Whether every sum there can be agrees with the calls when it is done."""
        return self.start is None and self.end is None and not self.is_check


@dataclass(slots=True)
class Progress:
    """How far a rebuild is; `is_done` says that no day is left.

    `differences` counts the rows that differed, by day, and those of closed days by month.
    """

    started_at: datetime
    done_until: datetime | None = None
    calls: int = 0
    differences: dict[str, int] = field(default_factory=dict)
    is_done: bool = False


@dataclass(frozen=True, slots=True)
class Due:
    """Whose sums by customer and tag an upgrade left to be made: of the days before `until`, from `done_until` on."""

    workspace_id: UUID
    until: datetime
    done_until: datetime | None
    calls_total: int
    calls_done: int

    @property
    def order(self) -> Order:
        # with the days after it, too: a process of the old version may have gone on a little
        return Order(self.workspace_id, None, None, is_check=False)

    def lacks(self, period: Period) -> bool:
        """Whether sums of the period are still to be made."""
        start = period.start if self.done_until is None else max(period.start, self.done_until)
        return start < min(period.end, self.until)


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
