"""Series and rows of the ledgers that providers fill: groups ranked, the smallest folded, no gaps in time."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final, Generic, TypeVar

from app.analytics.rules.grouping import NONE_LABEL, OTHER
from app.core.periods import Granularity, Period, buckets

Item = TypeVar("Item")
Sum = TypeVar("Sum")
# Start of the bucket, what it is grouped by, what there was.
Entry = tuple[datetime | None, str | None, Item]
# Sorts the largest group first.
Weight = Callable[[Sum], tuple[Decimal | int, ...]]


@dataclass(frozen=True, slots=True)
class Cell(Generic[Sum]):
    """The figure of one bucket and one group, of a ledger that a provider fills."""

    start: datetime | None
    key: str | None
    figure: Sum


@dataclass(frozen=True, slots=True)
class Book(Generic[Item, Sum]):
    """How entries of one ledger become figures: `figure` of some, `empty` of none at an instant, `weight` to rank."""

    figure: Callable[[Sequence[Item]], Sum]
    empty: Callable[[datetime], Sum]
    weight: Weight[Sum]

    def largest(self, entries: Iterable[Entry[Item]], limit: int) -> list[Entry[Item]]:
        """The same entries; those of all but the largest groups under `(other)`. A null dimension is the key ""."""
        named = [(start, key or "", item) for start, key, item in entries]
        shown = set(self._ranked(named)[:limit]) - {OTHER}
        return [(start, key if key in shown else OTHER, item) for start, key, item in named]

    def rows(self, entries: Iterable[Entry[Item]]) -> list[Cell[Sum]]:
        """One figure a group, the largest first, `(other)` last."""
        entries = list(entries)
        sums = self._sums(entries)
        return [Cell(None, key, sums[key]) for key in self._ranked(entries)]

    def series(self, entries: Iterable[Entry[Item]], period: Period, granularity: Granularity) -> list[Cell[Sum]]:
        """One figure for every bucket, and every group where there are groups, by time, then by rank."""
        entries = list(entries)
        found: dict[tuple[datetime | None, str | None], list[Item]] = {}
        for start, key, item in entries:
            found.setdefault((start, key), []).append(item)
        keys = self._ranked(entries) if any(key is not None for _, key, _ in entries) else [None]
        return [
            Cell(start, key, self.figure(items) if (items := found.get((start, key))) else self.empty(start))
            for start in buckets(period, granularity)
            for key in keys
        ]

    def _ranked(self, entries: Iterable[Entry[Item]]) -> list[str | None]:
        sums = self._sums(entries)
        return sorted(sums, key=lambda key: (key == OTHER, self.weight(sums[key]), key or ""))

    def _sums(self, entries: Iterable[Entry[Item]]) -> dict[str | None, Sum]:
        items: dict[str | None, list[Item]] = {}
        for _, key, item in entries:
            items.setdefault(key, []).append(item)
        return {key: self.figure(some) for key, some in items.items()}


_NONE: Final = {"": NONE_LABEL, None: None}


def label(key: str | None, names: dict[str, str]) -> str | None:
    """What people call it; the key itself where nobody told."""
    return _NONE[key] if key in _NONE else names.get(key or "", key)
