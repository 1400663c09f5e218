"""The usage of one call: disjoint leaves and meters, absent = not known, 0 = known to be none."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final, Literal

from app.pricing.rules import units

UsageStatus = Literal["final", "partial", "estimated", "missing"]

_INPUT: Final = frozenset(units.INPUT_LEAVES)
_OUTPUT: Final = frozenset(units.OUTPUT_LEAVES)
_CACHE_READ: Final = frozenset(leaf for leaf in units.INPUT_LEAVES if units.is_cache_read(leaf))
_CACHE_WRITE: Final = frozenset(leaf for leaf in units.INPUT_LEAVES if units.is_cache_write(leaf))
_REASONING: Final = frozenset(f"output.reasoning.{modality}" for modality in units.MODALITIES)


@dataclass(frozen=True, slots=True)
class UsageRecord:
    """What one call used.

    `leaves` never overlap: each token is in exactly one. The token totals are derived and None when none of their
    leaves is known. `reported_cost` is the provider's own figure in US dollars. `convention` names the rule that
    split the object, `warnings` what did not add up.
    """

    leaves: Mapping[str, int]
    meters: Mapping[str, Decimal] = field(default_factory=dict)
    model_served: str | None = None
    provider_response_id: str | None = None
    service_tier: str | None = None
    processing: str | None = None
    speed: str | None = None
    geo: str | None = None
    reported_cost: Decimal | None = None
    usage_status: UsageStatus = "final"
    convention: str = ""
    warnings: tuple[str, ...] = ()

    @property
    def input_tokens(self) -> int | None:
        """All input, read from and written to caches included."""
        return _sum_of(self.leaves, _INPUT)

    @property
    def cache_read_tokens(self) -> int | None:
        """The part of the input that was served from a cache."""
        return _sum_of(self.leaves, _CACHE_READ)

    @property
    def cache_write_tokens(self) -> int | None:
        """The part of the input that was written to a cache, charged for or not."""
        return _sum_of(self.leaves, _CACHE_WRITE)

    @property
    def output_tokens(self) -> int | None:
        """All output, reasoning included."""
        return _sum_of(self.leaves, _OUTPUT)

    @property
    def reasoning_tokens(self) -> int | None:
        """The part of the output that was thinking."""
        return _sum_of(self.leaves, _REASONING)

    def counts(self) -> dict[str, int | Decimal]:
        """Leaves and meters together, as pricing takes them."""
        return {**self.leaves, **self.meters}


def _sum_of(leaves: Mapping[str, int], wanted: frozenset[str]) -> int | None:
    known = [count for leaf, count in leaves.items() if leaf in wanted]
    return sum(known) if known else None


def missing(convention: str, warnings: Iterable[str] = ()) -> UsageRecord:
    """The record of a call whose response carried no usage: nothing is known, nothing is zero."""
    return UsageRecord(leaves={}, usage_status="missing", convention=convention, warnings=tuple(warnings))
