"""Calls read back to be priced again, and what changes in them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from operator import attrgetter
from typing import Any, Final, NamedTuple
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

    def since(self, start: datetime | None) -> "Selection":
        """Those from `start` on; None takes nothing away."""
        if start is None or (self.start is not None and self.start >= start):
            return self
        return replace(self, start=start)


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
        return self[:5] == other[:5] and self.capacity == other.capacity


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
    priced_as: str | None
    price_version: str
    capacity: str | None
    reported_cost: Decimal | None
    base_url: str | None
    deployment: str | None
    project: str | None
    environment: str | None
    role: str | None
    user_ref: str | None
    tags: str | None
    """JSON text."""
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
        if not self.meters and not self.parts:
            return TokenSums._make(count or 0 for count in _plain(self)[_READING][: len(TokenSums._fields)])
        counts = from_columns(LeafColumns._make(_plain(self)[_READING][: len(LeafColumns._fields)]))
        return token_sums(counts, *(part.counts for part in parts_of(self.parts)))

    @property
    def stored(self) -> StoredCall:
        """The call as `facts` knows it."""
        return StoredCall._make(_stored(self))

    @property
    def figures(self) -> Figures:
        return Figures._make(_plain(self)[_FIGURES])

    @property
    def reading(self) -> Reading:
        return Reading._make(_plain(self)[_READING])


def _plain(call: LedgerCall) -> tuple[Any, ...]:
    return call


def _slice(columns: tuple[str, ...]) -> slice:
    start = LedgerCall._fields.index(columns[0])
    return slice(start, start + len(columns))


# both stand in a call as they stand alone, side by side
_READING: Final = _slice(Reading._fields)
_FIGURES: Final = _slice(Figures._fields)
_stored: Final = attrgetter(*StoredCall._fields)


class Change(NamedTuple):
    """A call, and what becomes of it; `reading` None where its usage stays as it was read."""

    call: LedgerCall
    figures: Figures
    reading: Reading | None

    @property
    def after(self) -> LedgerCall:
        call = _plain(self.call)
        reading = call[_READING] if self.reading is None else self.reading
        return LedgerCall._make((*call[: _READING.start], *reading, *self.figures, *call[_FIGURES.stop :]))
