"""Adding calls up: the same sums at ingest and when rollups are rebuilt."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Final, NamedTuple
from uuid import UUID

from app.core.money import EXACT
from app.core.periods import day_of, hour_of
from app.usage.rules import latency
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


class LatencyKey(NamedTuple):
    """One row of `latency_daily`: the columns of its primary key, in their order."""

    workspace_id: UUID
    start: datetime
    provider: str
    model: str
    bucket: int


# `UsageSums` that grow in place: a new tuple for every call cost as much as the adding up itself.
_Growing = list[Any]
_COST, _LIST_COST, _LAST_EVENT, _LAST_RECORDED = range(6, 10)


@dataclass(slots=True)
class Rollups:
    """The sums of some calls, by hour and by day; grows call by call."""

    _hours: dict[tuple[Any, ...], _Growing] = field(default_factory=dict)
    _latency: dict[tuple[Any, ...], int] = field(default_factory=dict)

    @property
    def hourly(self) -> dict[UsageKey, UsageSums]:
        return {UsageKey._make(key): UsageSums._make(sums) for key, sums in self._hours.items()}

    @property
    def latency(self) -> dict[LatencyKey, int]:
        return {LatencyKey._make(key): calls for key, calls in self._latency.items()}

    def add(self, call: Countable) -> None:
        at = call.occurred_at
        self._put(_usage_key(call), [1, *call.tokens, call.cost, call.list_cost, at, call.recorded_at])
        if call.latency_ms is not None:
            bucket = latency.bucket(call.latency_ms)
            key = (call.workspace_id, day_of(at), call.provider, call.model, bucket)
            self._latency[key] = self._latency.get(key, 0) + 1

    def merge(self, key: UsageKey, sums: UsageSums) -> None:
        """Add what was added up before, by hour."""
        self._put(key, [*sums])

    def merge_latency(self, key: LatencyKey, calls: int) -> None:
        """Add calls of one bucket."""
        self._latency[key] = self._latency.get(key, 0) + calls

    def remove(self, call: Countable) -> None:
        """Take a call out again, which may leave sums below zero: these are then a change of sums, not sums.

        Its latency stays where it is, and so do the row's last instants.
        """
        tokens = (-count for count in call.tokens)
        costs = _negative(call.cost), _negative(call.list_cost)
        self._put(_usage_key(call), [-1, *tokens, *costs, call.occurred_at, call.recorded_at])

    def _put(self, key: tuple[Any, ...], sums: _Growing) -> None:
        before = self._hours.get(key)
        if before is None:
            self._hours[key] = sums
        else:
            _grow(before, sums)

    def daily(self) -> dict[UsageKey, UsageSums]:
        """The hours added up by day."""
        days: dict[UsageKey, _Growing] = {}
        for key, sums in self.hourly.items():
            of_day = key._replace(start=day_of(key.start))
            before = days.get(of_day)
            if before is None:
                days[of_day] = [*sums]
            else:
                _grow(before, [*sums])
        return {key: UsageSums._make(sums) for key, sums in days.items()}


def _grow(sums: _Growing, more: _Growing) -> None:
    """Without a loop, which took as long again."""
    sums[0] += more[0]
    sums[1] += more[1]
    sums[2] += more[2]
    sums[3] += more[3]
    sums[4] += more[4]
    sums[5] += more[5]
    sums[_COST] = _add(sums[_COST], more[_COST])
    sums[_LIST_COST] = _add(sums[_LIST_COST], more[_LIST_COST])
    if more[_LAST_EVENT] > sums[_LAST_EVENT]:
        sums[_LAST_EVENT] = more[_LAST_EVENT]
    if more[_LAST_RECORDED] > sums[_LAST_RECORDED]:
        sums[_LAST_RECORDED] = more[_LAST_RECORDED]


def roll_up(calls: Iterable[Countable]) -> Rollups:
    """The sums of the calls."""
    rollups = Rollups()
    for call in calls:
        rollups.add(call)
    return rollups


def _usage_key(call: Countable) -> tuple[Any, ...]:
    """What `UsageKey` holds: a plain tuple is made several times as fast."""
    return (
        call.workspace_id,
        hour_of(call.occurred_at),
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
