"""Where a call's counts are kept: five columns for the commonest leaves, the rest by name in `meters`.

Each leaf has one home, so no token is ever counted twice.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final, NamedTuple

from app.pricing.rules import units

Counts = Mapping[str, int | Decimal]


class LeafColumns(NamedTuple):
    """The counts of one call as the ledger keeps them; None is unknown.

    In `meters` whole numbers are numbers and decimals are text, so that no reader of JSON rounds them.
    """

    fresh_tokens: int | None
    cache_read_tokens: int | None
    cache_write_tokens: int | None
    visible_tokens: int | None
    reasoning_tokens: int | None
    meters: Mapping[str, int | str] | None


class TokenSums(NamedTuple):
    """The tokens of a call, or of many, as rollups keep them: disjoint, and every leaf is in one of them."""

    fresh_tokens: int
    cache_read_tokens: int
    cache_write_tokens: int
    visible_tokens: int
    reasoning_tokens: int


WRITE_HOME: Final = "input.cache_write_5m.text"
HOMES: Final = (
    "input.fresh.text",
    "input.cache_read.text",
    WRITE_HOME,
    "output.visible.text",
    "output.reasoning.text",
)


def to_columns(counts: Counts) -> LeafColumns:
    """Give each count its home."""
    meters = {unit: to_json(count) for unit, count in counts.items() if unit not in HOMES}
    fresh, read, write, visible, reasoning = (_whole(counts.get(leaf)) for leaf in HOMES)
    return LeafColumns(fresh, read, write, visible, reasoning, meters or None)


def from_columns(columns: LeafColumns) -> dict[str, int | Decimal]:
    """The counts again, as they went in."""
    counts: dict[str, int | Decimal] = {
        leaf: count for leaf, count in zip(HOMES, columns[:5], strict=True) if count is not None
    }
    for unit, count in (columns.meters or {}).items():
        counts[unit] = from_json(count)
    return counts


def token_sums(*holders: Counts) -> TokenSums:
    """The tokens of a call, and of its parts, by what a dashboard asks for. Other meters are left out."""
    sums = [0, 0, 0, 0, 0]
    for counts in holders:
        for unit, count in counts.items():
            index = _SUM_OF.get(unit)
            if index is not None:
                sums[index] += int(count)
    return TokenSums(*sums)


def _sum_of(leaf: str) -> int:
    if units.is_cache_read(leaf):
        return 1
    if units.is_cache_write(leaf):
        return 2
    if units.is_input(leaf):
        return 0  # fresh, and what server tools put into the prompt
    return 4 if units.kind(leaf) == "reasoning" else 3  # citations are read by people, like the answer


_SUM_OF: Final = {leaf: _sum_of(leaf) for leaf in units.LEAVES}


def _whole(count: int | Decimal | None) -> int | None:
    return None if count is None else int(count)


def to_json(count: int | Decimal) -> int | str:
    """A count as JSON keeps it: a decimal is text, so that no reader rounds it."""
    return count if isinstance(count, int) else str(count)


def from_json(count: int | str) -> int | Decimal:
    """The count again."""
    return Decimal(count) if isinstance(count, str) else count
