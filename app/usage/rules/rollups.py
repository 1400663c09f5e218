"""Adding calls up: the same sums at ingest and when rollups are rebuilt."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Final, NamedTuple
from uuid import UUID

from app.core.money import EXACT
from app.usage.rules import latency
from app.usage.rules.columns import TokenSums
from app.usage.rules.events import Countable

# An absent dimension: a primary key holds no null.
NO_TEXT: Final = ""
NO_KEY: Final = UUID(int=0)


class UsageKey(NamedTuple):
    """One row of `usage_hourly` or `usage_daily`: the columns of its primary key, in their order."""

    workspace_id: UUID
    start: datetime
    provider: str
    model: str
    project: str
    environment: str
    api_key_id: UUID
    status: str
    price_state: str
    unpriced_reason: str
    capacity: str


class UsageSums(NamedTuple):
    """What such a row adds up; the columns after its key, in their order.

    `cost` is None exactly in unpriced rows. `list_cost` covers the calls that have one; None when none has.
    """

    calls: int
    fresh_tokens: int
    cache_read_tokens: int
    cache_write_tokens: int
    visible_tokens: int
    reasoning_tokens: int
    cost: Decimal | None
    list_cost: Decimal | None
    last_event_at: datetime
    last_recorded_at: datetime

    def plus(self, other: "UsageSums") -> "UsageSums":
        return UsageSums(
            self.calls + other.calls,
            self.fresh_tokens + other.fresh_tokens,
            self.cache_read_tokens + other.cache_read_tokens,
            self.cache_write_tokens + other.cache_write_tokens,
            self.visible_tokens + other.visible_tokens,
            self.reasoning_tokens + other.reasoning_tokens,
            _add(self.cost, other.cost),
            _add(self.list_cost, other.list_cost),
            max(self.last_event_at, other.last_event_at),
            max(self.last_recorded_at, other.last_recorded_at),
        )


class LatencyKey(NamedTuple):
    """One row of `latency_daily`: the columns of its primary key, in their order."""

    workspace_id: UUID
    start: datetime
    provider: str
    model: str
    bucket: int


@dataclass(slots=True)
class Rollups:
    """The sums of some calls, by hour and by day; grows call by call."""

    hourly: dict[UsageKey, UsageSums] = field(default_factory=dict)
    latency: dict[LatencyKey, int] = field(default_factory=dict)

    def add(self, call: Countable) -> None:
        self._put(call, UsageSums(1, *call.tokens, call.cost, call.list_cost, call.occurred_at, call.recorded_at))
        if call.latency_ms is not None:
            bucket = latency.bucket(call.latency_ms)
            day = _hour(call).replace(hour=0)
            self.merge_latency(LatencyKey(call.workspace_id, day, call.provider, call.model, bucket), 1)

    def merge(self, key: UsageKey, sums: UsageSums) -> None:
        """Add what was added up before, by hour."""
        before = self.hourly.get(key)
        self.hourly[key] = sums if before is None else before.plus(sums)

    def merge_latency(self, key: LatencyKey, calls: int) -> None:
        """Add calls of one bucket."""
        self.latency[key] = self.latency.get(key, 0) + calls

    def remove(self, call: Countable) -> None:
        """Take a call out again, which may leave sums below zero: these are then a change of sums, not sums.

        Its latency stays where it is, and so do the row's last instants.
        """
        tokens = TokenSums._make(-count for count in call.tokens)
        costs = _negative(call.cost), _negative(call.list_cost)
        self._put(call, UsageSums(-1, *tokens, *costs, call.occurred_at, call.recorded_at))

    def _put(self, call: Countable, sums: UsageSums) -> None:
        self.merge(_usage_key(call, _hour(call)), sums)

    def daily(self) -> dict[UsageKey, UsageSums]:
        """The hours added up by day."""
        days: dict[UsageKey, UsageSums] = {}
        for key, sums in self.hourly.items():
            of_day = key._replace(start=key.start.replace(hour=0))
            before = days.get(of_day)
            days[of_day] = sums if before is None else before.plus(sums)
        return days


def roll_up(calls: Iterable[Countable]) -> Rollups:
    """The sums of the calls."""
    rollups = Rollups()
    for call in calls:
        rollups.add(call)
    return rollups


def _hour(call: Countable) -> datetime:
    return call.occurred_at.replace(minute=0, second=0, microsecond=0)


def _usage_key(call: Countable, hour: datetime) -> UsageKey:
    return UsageKey(
        call.workspace_id,
        hour,
        call.provider,
        call.model,
        call.project or NO_TEXT,
        call.environment or NO_TEXT,
        call.api_key_id or NO_KEY,
        call.status,
        call.price_state,
        call.unpriced_reason or NO_TEXT,
        call.capacity or NO_TEXT,
    )


def _add(a: Decimal | None, b: Decimal | None) -> Decimal | None:
    if a is None or b is None:
        return b if a is None else a
    return EXACT.add(a, b)


def _negative(amount: Decimal | None) -> Decimal | None:
    return None if amount is None else EXACT.minus(amount)
