"""The usage of one call: disjoint leaves and meters, absent = not known, 0 = known to be none."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Final, Literal

import msgspec

from app.pricing.rules import units

UsageStatus = Literal["final", "partial", "estimated", "missing"]
Capacity = Literal["on_demand", "provisioned", "subscription"]
ReportedScope = Literal["total", "fee_only", "tokens_only"]

_INPUT: Final = frozenset(units.INPUT_LEAVES)
_OUTPUT: Final = frozenset(units.OUTPUT_LEAVES)
_CACHE_READ: Final = frozenset(leaf for leaf in units.INPUT_LEAVES if units.is_cache_read(leaf))
_CACHE_WRITE: Final = frozenset(leaf for leaf in units.INPUT_LEAVES if units.is_cache_write(leaf))
_REASONING: Final = frozenset(f"output.reasoning.{modality}" for modality in units.MODALITIES)


class UsagePart(msgspec.Struct, frozen=True):
    """What a sub-request inside one call used, when it is priced apart from the call itself.

    `model` None is the call's own model; `provider` None its own provider. `speed` and `service_tier` None are those
    of the call.
    """

    role: str
    """`compaction`, `advisor`, `fallback`, `transcription` or `tool`."""
    model: str | None
    leaves: Mapping[str, int]
    meters: Mapping[str, Decimal] = {}
    provider: str | None = None
    service_tier: str | None = None
    speed: str | None = None

    def counts(self) -> dict[str, int | Decimal]:
        """Leaves and meters together, as pricing takes them."""
        return {**self.leaves, **self.meters}


class UsageRecord(msgspec.Struct, frozen=True):
    """What one call used.

    `leaves` never overlap: each token is in exactly one, and none is also in a part. The token totals are derived,
    parts included, and None when none of their leaves is known. `facts` are dimensions of meters
    (`search_context_size`, and of images `size`, `quality`). `convention` names the rule that split the object,
    `warnings` what did not add up.

    `reported_cost` is what the provider says it charged, in `reported_currency` (None is US dollars); where
    `reported_scope` is `fee_only` or `tokens_only` it is not the whole charge. `upstream_cost` is what another
    provider charges for the same call (BYOK). `reported_source` says where it stood (`usage.cost`).
    """

    leaves: Mapping[str, int]
    meters: Mapping[str, Decimal] = {}
    parts: tuple[UsagePart, ...] = ()
    facts: Mapping[str, str] = {}
    model_served: str | None = None
    provider_response_id: str | None = None
    service_tier: str | None = None
    processing: str | None = None
    speed: str | None = None
    geo: str | None = None
    capacity: Capacity | None = None
    reported_cost: Decimal | None = None
    reported_currency: str | None = None
    reported_scope: ReportedScope = "total"
    reported_source: str | None = None
    upstream_cost: Decimal | None = None
    usage_status: UsageStatus = "final"
    convention: str = ""
    warnings: tuple[str, ...] = ()

    @property
    def input_tokens(self) -> int | None:
        """All input, read from and written to caches included."""
        return self._sum_of(_INPUT)

    @property
    def cache_read_tokens(self) -> int | None:
        """The part of the input that was served from a cache."""
        return self._sum_of(_CACHE_READ)

    @property
    def cache_write_tokens(self) -> int | None:
        """The part of the input that was written to a cache, charged for or not."""
        return self._sum_of(_CACHE_WRITE)

    @property
    def output_tokens(self) -> int | None:
        """All output, reasoning included."""
        return self._sum_of(_OUTPUT)

    @property
    def reasoning_tokens(self) -> int | None:
        """The part of the output that was thinking."""
        return self._sum_of(_REASONING)

    def counts(self) -> dict[str, int | Decimal]:
        """Leaves and meters of the call itself together, as pricing takes them; parts are apart."""
        return {**self.leaves, **self.meters}

    def _sum_of(self, wanted: frozenset[str]) -> int | None:
        holders = (self.leaves, *(part.leaves for part in self.parts))
        known = [count for leaves in holders for leaf, count in leaves.items() if leaf in wanted]
        return sum(known) if known else None


def missing(convention: str, warnings: Iterable[str] = ()) -> UsageRecord:
    """The record of a call whose response carried no usage: nothing is known, nothing is zero."""
    return UsageRecord(leaves={}, usage_status="missing", convention=convention, warnings=tuple(warnings))
