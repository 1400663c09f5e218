"""Calls read back to be priced again, and what changes in them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from app.usage.rules.columns import LeafColumns, TokenSums, from_columns, token_sums
from app.usage.rules.facts import StoredCall, parts_of


class Place(NamedTuple):
    """Where a call stands among the calls of its workspace."""

    occurred_at: datetime
    event_key: UUID


@dataclass(frozen=True, slots=True)
class Selection:
    """Which calls of a workspace: half-open in time, `start` None from the first call on; None is any."""

    start: datetime | None
    end: datetime
    provider: str | None = None
    model: str | None = None
    only_unpriced: bool = False


class Figures(NamedTuple):
    """What pricing said of a call; the columns of `events` by their names."""

    price_state: str
    unpriced_reason: str | None
    cost: Decimal | None
    list_cost: Decimal | None
    contracted_cost: Decimal | None
    priced_as: str | None
    price_version: str
    capacity: str | None

    def is_like(self, other: "Figures") -> bool:
        """Whether nothing that counts differs: another version may well say the same."""
        return self._replace(priced_as=None, price_version="") == other._replace(priced_as=None, price_version="")


class Reading(NamedTuple):
    """What a dialect read in a usage object; the columns of `events` by their names."""

    fresh_tokens: int | None
    cache_read_tokens: int | None
    cache_write_tokens: int | None
    visible_tokens: int | None
    reasoning_tokens: int | None
    meters: Mapping[str, int | str] | None
    parts: list[dict[str, Any]] | None
    facts: dict[str, str] | None
    usage_status: str
    convention: str | None
    warnings: list[str] | None
    service_tier: str | None
    processing: str | None
    speed: str | None
    geo: str | None


class LedgerCall(NamedTuple):
    """A call as the ledger keeps it: what pricing and rollups look at. The columns of `events` by their names."""

    workspace_id: UUID
    occurred_at: datetime
    event_key: UUID
    recorded_at: datetime
    api_key_id: UUID | None
    provider: str
    model: str
    requested_model: str | None
    api: str | None
    status: str
    fresh_tokens: int | None
    cache_read_tokens: int | None
    cache_write_tokens: int | None
    visible_tokens: int | None
    reasoning_tokens: int | None
    meters: Mapping[str, int | str] | None
    parts: list[dict[str, Any]] | None
    facts: dict[str, str] | None
    usage_status: str
    convention: str | None
    warnings: list[str] | None
    service_tier: str | None
    processing: str | None
    speed: str | None
    geo: str | None
    price_state: str
    unpriced_reason: str | None
    cost: Decimal | None
    list_cost: Decimal | None
    contracted_cost: Decimal | None
    reported_cost: Decimal | None
    priced_as: str | None
    price_version: str
    capacity: str | None
    base_url: str | None
    deployment: str | None
    project: str | None
    environment: str | None
    role: str | None
    raw_usage: dict[str, Any] | None = None
    """Only where the usage is to be read again."""

    @property
    def latency_ms(self) -> float | None:
        """None: latencies are counted once, when a call is taken, and no price moves them."""
        return None

    @property
    def place(self) -> Place:
        return Place(self.occurred_at, self.event_key)

    @property
    def tokens(self) -> TokenSums:
        counts = from_columns(LeafColumns._make(self[_FIRST_LEAF : _FIRST_LEAF + len(LeafColumns._fields)]))
        return token_sums(counts, *(part.counts for part in parts_of(self.parts)))

    @property
    def stored(self) -> StoredCall:
        """The call as `facts` knows it."""
        return StoredCall._make(getattr(self, name) for name in StoredCall._fields)

    @property
    def figures(self) -> Figures:
        return Figures._make(getattr(self, name) for name in Figures._fields)

    @property
    def reading(self) -> Reading:
        return Reading._make(self[_FIRST_LEAF : _FIRST_LEAF + len(Reading._fields)])


_FIRST_LEAF = LedgerCall._fields.index("fresh_tokens")


class Change(NamedTuple):
    """A call, and what becomes of it; `reading` None where its usage stays as it was read."""

    call: LedgerCall
    figures: Figures
    reading: Reading | None

    @property
    def after(self) -> LedgerCall:
        reading = {} if self.reading is None else self.reading._asdict()
        return self.call._replace(**reading, **self.figures._asdict())
