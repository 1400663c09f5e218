"""Single calls: how they are looked for, and their token totals."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from app.pricing.rules import units


@dataclass(frozen=True, slots=True)
class CallFilter:
    """Which calls to list: half-open in time, equal in every dimension that `equal` names.

    A dimension with an empty value asks for the calls that carry none.
    """

    start: datetime | None
    end: datetime | None
    equal: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Call:
    """One call as the ledger keeps it.

    `occurred_at` and `event_key` are its place in the list, `counts` its disjoint leaves and other meters, `fields`
    everything else that is shown, by name.
    """

    event_key: UUID
    occurred_at: datetime
    counts: Mapping[str, int | Decimal]
    fields: Mapping[str, Any]

    @property
    def leaves(self) -> dict[str, int]:
        """The token counts."""
        return leaves_of(self.counts)

    @property
    def meters(self) -> dict[str, Decimal]:
        """What was counted in other units: searches, pages, seconds."""
        return meters_of(self.counts)


def leaves_of(counts: Mapping[str, int | Decimal]) -> dict[str, int]:
    """The counts of tokens."""
    return {unit: int(count) for unit, count in counts.items() if units.is_leaf(unit)}


def meters_of(counts: Mapping[str, int | Decimal]) -> dict[str, Decimal]:
    """The counts of anything else."""
    return {unit: Decimal(count) for unit, count in counts.items() if not units.is_leaf(unit)}


@dataclass(frozen=True, slots=True)
class Tokens:
    """The inclusive counts of a call: cache reads and writes are in input, reasoning in output. None is unknown."""

    input_tokens: int | None
    cache_read_tokens: int | None
    cache_write_tokens: int | None
    output_tokens: int | None
    reasoning_tokens: int | None


def tokens_of(*holders: Mapping[str, int]) -> Tokens:
    """The totals of disjoint leaves, of a call and its parts; one of which no leaf is known is unknown, not zero."""
    leaves = [item for holder in holders for item in holder.items()]
    return Tokens(
        input_tokens=_sum(leaves, units.is_input),
        cache_read_tokens=_sum(leaves, units.is_cache_read),
        cache_write_tokens=_sum(leaves, units.is_cache_write),
        output_tokens=_sum(leaves, lambda leaf: units.direction(leaf) == "output"),
        reasoning_tokens=_sum(leaves, lambda leaf: units.kind(leaf) == "reasoning"),
    )


def _sum(leaves: Iterable[tuple[str, int]], belongs: Callable[[str], bool]) -> int | None:
    known = [count for leaf, count in leaves if belongs(leaf)]
    return sum(known) if known else None
