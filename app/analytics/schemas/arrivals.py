"""What became of the events that arrived, on the wire."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Self
from uuid import UUID

from app.analytics.rules.arrivals import (
    Arrivals,
    CodeCount,
    Example,
    Outcomes,
    SendingKey,
    SendingProcess,
    SendingProcesses,
)
from app.analytics.schemas.answers import LatencyOut
from app.core.money import Money
from app.core.periods import Granularity, Period, buckets
from app.core.schemas import Response
from app.usage.rules.rollups import NO_KEY


class OutcomesOut(Response):
    """Events by what became of them: received = stored + duplicates + rejected.

    `refused_requests` are bodies that were refused as a whole; nobody counted the events in them.
    """

    received: int
    stored: int
    duplicates: int
    rejected: int
    refused_requests: int

    @classmethod
    def of(cls, outcomes: Outcomes) -> Self:
        return cls(**_fields(outcomes))


def _fields(outcomes: Outcomes) -> dict[str, int]:
    return {
        "received": outcomes.received,
        "stored": outcomes.stored,
        "duplicates": outcomes.duplicates,
        "rejected": outcomes.rejected,
        "refused_requests": outcomes.refused,
    }


class ArrivalPointOut(OutcomesOut):
    """The events that arrived in one bucket of time."""

    start: datetime


class ExampleOut(Response):
    """One event that was rejected; `api_key_id` is null where no key was used."""

    event_id: str | None
    detail: str
    at: datetime
    api_key_id: UUID | None


class RejectionOut(Response):
    """The events that were rejected for one reason, and a few of them, the newest of each detail."""

    code: str
    events: int
    last_at: datetime
    examples: Sequence[ExampleOut]


class RefusedOut(Response):
    """The bodies that were refused for one reason."""

    code: str
    requests: int
    last_at: datetime


class SendingKeyOut(OutcomesOut):
    """What came with one API key in the period; null is what came without one, as files and demos do.

    `last_event_at` is when the last event came that was stored, or had been before, whatever the period.
    """

    id: UUID | None
    name: str | None
    may_send: bool
    last_event_at: datetime | None


class SenderOut(Response):
    """A process that reported: what it gave up since it started, by reason."""

    id: str
    name: str
    api_key_id: UUID | None
    dropped: Mapping[str, int]
    first_seen_at: datetime
    last_seen_at: datetime


class SendersOut(Response):
    """The processes that reported in the period, and how many events they gave up since each of them started.

    `items` are the ones that gave up most, at most 50.
    """

    count: int
    dropped: int
    items: Sequence[SenderOut]


class IngestStatsOut(Response):
    """What became of every event that arrived in a period, by when it arrived.

    `duplicate_share` is the part of the received ones that had come before; `lag_ms` the time from the call to its
    arrival, of stored events that told when the call was.
    """

    start: datetime
    end: datetime
    granularity: Granularity
    totals: OutcomesOut
    duplicate_share: Money | None
    last_event_at: datetime | None
    rejected_by_code: Sequence[RejectionOut]
    refused_by_code: Sequence[RefusedOut]
    points: Sequence[ArrivalPointOut]
    lag_ms: LatencyOut
    api_keys: Sequence[SendingKeyOut]
    senders: SendersOut

    @classmethod
    def of(
        cls,
        period: Period,
        granularity: Granularity,
        found: Arrivals,
        examples: Sequence[Example],
        lag: Mapping[int, int],
        keys: Sequence[SendingKey],
        senders: SendingProcesses,
    ) -> Self:
        return cls(
            start=period.start,
            end=period.end,
            granularity=granularity,
            totals=OutcomesOut.of(found.totals),
            duplicate_share=found.totals.duplicate_share,
            last_event_at=max((key.last_event_at for key in keys if key.last_event_at), default=None),
            rejected_by_code=[_rejection(count, examples) for count in found.rejected],
            refused_by_code=[
                RefusedOut(code=count.code, requests=count.events, last_at=count.last_at) for count in found.refused
            ],
            points=[
                ArrivalPointOut(start=start, **_fields(found.by_bucket.get(start, Outcomes())))
                for start in buckets(period, granularity)
            ],
            lag_ms=LatencyOut.of(lag),
            api_keys=[_key(key, found) for key in keys if key.may_send or key.id in found.by_key],
            senders=SendersOut(
                count=senders.count, dropped=senders.dropped, items=[_sender(sender) for sender in senders.worst]
            ),
        )


def _rejection(count: CodeCount, examples: Sequence[Example]) -> RejectionOut:
    shown = [
        ExampleOut(
            event_id=example.event_id, detail=example.detail, at=example.at, api_key_id=_known(example.api_key_id)
        )
        for example in examples
        if example.code == count.code
    ]
    return RejectionOut(code=count.code, events=count.events, last_at=count.last_at, examples=shown)


def _key(key: SendingKey, found: Arrivals) -> SendingKeyOut:
    outcomes = found.by_key.get(key.id, Outcomes())
    told = {"name": key.name, "may_send": key.may_send, "last_event_at": key.last_event_at}
    return SendingKeyOut(id=_known(key.id), **told, **_fields(outcomes))


def _sender(sender: SendingProcess) -> SenderOut:
    return SenderOut(
        id=sender.id,
        name=sender.name,
        api_key_id=_known(sender.api_key_id),
        dropped=sender.dropped,
        first_seen_at=sender.first_seen_at,
        last_seen_at=sender.last_seen_at,
    )


def _known(key_id: UUID) -> UUID | None:
    return None if key_id == NO_KEY else key_id
