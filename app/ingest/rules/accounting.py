"""What became of every event: received = stored + duplicate + rejected, by hour of arrival, key and code.

An `Account` is filled while a group is written and goes into the database in the same transaction, so the counts are
exactly as durable as the events they count. Work is done per request where possible, per event only for the lag.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final, NamedTuple, Protocol
from uuid import UUID

import msgspec

from app.usage.rules import latency
from app.usage.rules.rollups import NO_KEY, NO_TEXT

MILLISECONDS: Final = 1_000
_ENCODER: Final = msgspec.json.Encoder()


class Outcome(StrEnum):
    """What became of an event; `refused` is of a whole body, whose events nobody counted."""

    STORED = "stored"
    DUPLICATE = "duplicate"
    REJECTED = "rejected"
    REFUSED = "refused"


class Origin(NamedTuple):
    """Where a request came from, and when."""

    workspace_id: UUID
    key_id: UUID | None
    at: datetime


class Refusal(Protocol):
    """One event that was rejected."""

    @property
    def event_id(self) -> str | None: ...
    @property
    def code(self) -> str: ...
    @property
    def detail(self) -> str: ...


class Timed(Protocol):
    """What the lag looks at in an event."""

    @property
    def occurred_at(self) -> datetime: ...


class SenderReport(NamedTuple):
    """What a sender says of itself: how many events it gave up, by reason, since it started."""

    id: str
    name: str
    dropped: dict[str, int]


class CountKey(NamedTuple):
    """One row of `ingest_hourly`: the columns of its primary key, in their order."""

    workspace_id: UUID
    start: datetime
    api_key_id: UUID
    outcome: str
    code: str


class Count(NamedTuple):
    """What such a row counts; the columns after its key, in their order. `example` is JSON, of the newest rejection."""

    events: int
    last_at: datetime
    example: str | None


class LagKey(NamedTuple):
    """One row of `arrival_lag_hourly`: the columns of its primary key, in their order."""

    workspace_id: UUID
    start: datetime
    bucket: int


class DropKey(NamedTuple):
    """One row of `senders`: the columns of its primary key, in their order. `reason` is empty for none at all."""

    workspace_id: UUID
    sender_id: str
    reason: str


class Drops(NamedTuple):
    """What such a row tells; the columns after its key, in their order. `dropped` is cumulative."""

    name: str
    api_key_id: UUID
    dropped: int
    first_seen_at: datetime
    last_seen_at: datetime


@dataclass(slots=True)
class Account:
    """The counts of some requests; grows request by request."""

    counts: dict[CountKey, Count] = field(default_factory=dict)
    lags: dict[LagKey, int] = field(default_factory=dict)
    drops: dict[DropKey, Drops] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.counts or self.drops)

    def add(self, origin: Origin, stored: Sequence[Timed], duplicates: int, rejected: Iterable[Refusal]) -> None:
        """The events of one request; `stored` are those that really were new."""
        hour = _hour(origin.at)
        self._count(origin, hour, Outcome.STORED, NO_TEXT, len(stored))
        self._count(origin, hour, Outcome.DUPLICATE, NO_TEXT, duplicates)
        for refusal in rejected:
            self._count(origin, hour, Outcome.REJECTED, refusal.code, 1, _example(refusal))
        lags: dict[int | None, int] = {}  # making a Counter costs a single event more than it saves
        for event in stored:
            bucket = _lag(origin.at, event.occurred_at)
            lags[bucket] = lags.get(bucket, 0) + 1
        for bucket, events in lags.items():
            if bucket is not None:
                key = LagKey(origin.workspace_id, hour, bucket)
                self.lags[key] = self.lags.get(key, 0) + events

    def add_refused(self, origin: Origin, code: str) -> None:
        """A body that was refused as a whole."""
        self._count(origin, _hour(origin.at), Outcome.REFUSED, code, 1)

    def add_report(self, origin: Origin, report: SenderReport) -> None:
        """What a sender gave up: the greatest number of each reason counts, so that a report may come twice."""
        seen = Drops(report.name, origin.key_id or NO_KEY, 0, origin.at, origin.at)
        for reason, dropped in {NO_TEXT: 0, **report.dropped}.items():
            key = DropKey(origin.workspace_id, report.id, reason)
            before = self.drops.get(key)
            greatest = max(dropped, before.dropped) if before else dropped
            self.drops[key] = seen._replace(dropped=greatest)

    def _count(
        self, origin: Origin, hour: datetime, outcome: Outcome, code: str, events: int, example: str | None = None
    ) -> None:
        if not events:
            return
        key = CountKey(origin.workspace_id, hour, origin.key_id or NO_KEY, outcome.value, code)
        before = self.counts.get(key)
        if before is None:
            self.counts[key] = Count(events, origin.at, example)
        else:
            self.counts[key] = Count(before.events + events, max(before.last_at, origin.at), example or before.example)


def _hour(at: datetime) -> datetime:
    return at.replace(minute=0, second=0, microsecond=0)


def _lag(arrived_at: datetime, occurred_at: datetime) -> int | None:
    """The bucket of the time from the call to its arrival; None when the sender did not say when the call was.

    Such a call counts as made when it arrived, to the microsecond. A clock that is ahead is read as no lag.
    """
    if occurred_at == arrived_at:
        return None
    return latency.bucket((arrived_at - occurred_at).total_seconds() * MILLISECONDS)


def _example(refusal: Refusal) -> str:
    """JSON text that PostgreSQL can hold: a sender's id may have a NUL in it, which is what it is rejected for."""
    return _ENCODER.encode({"event_id": _plain(refusal.event_id), "detail": _plain(refusal.detail)}).decode()


def _plain(text: str | None) -> str | None:
    return text and text.replace("\0", "\N{REPLACEMENT CHARACTER}")
