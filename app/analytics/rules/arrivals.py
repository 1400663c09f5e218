"""What became of the events that arrived: the account that ingest keeps, as questions see it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final
from uuid import UUID

from app.analytics.rules.period import trend_period
from app.core.money import ratio
from app.core.periods import Granularity, Period
from app.ingest.rules.accounting import Outcome

USUAL_PERIOD: Final = timedelta(days=7)


@dataclass(slots=True)
class Outcomes:
    """Events by what became of them; `refused` counts whole bodies, whose events nobody counted."""

    stored: int = 0
    duplicates: int = 0
    rejected: int = 0
    refused: int = 0

    @property
    def received(self) -> int:
        return self.stored + self.duplicates + self.rejected

    @property
    def duplicate_share(self) -> Decimal | None:
        """The part of the received events that had come before."""
        return ratio(Decimal(self.duplicates), Decimal(self.received))

    def add(self, outcome: str, events: int) -> None:
        match Outcome(outcome):
            case Outcome.STORED:
                self.stored += events
            case Outcome.DUPLICATE:
                self.duplicates += events
            case Outcome.REJECTED:
                self.rejected += events
            case Outcome.REFUSED:
                self.refused += events


@dataclass(frozen=True, slots=True)
class CodeCount:
    """How often one code was answered, and when last."""

    code: str
    events: int
    last_at: datetime


@dataclass(slots=True)
class Arrivals:
    """The sums of a period: in all, by bucket, by API key, and by code, commonest first."""

    totals: Outcomes = field(default_factory=Outcomes)
    by_bucket: dict[datetime, Outcomes] = field(default_factory=dict)
    by_key: dict[UUID, Outcomes] = field(default_factory=dict)
    rejected: list[CodeCount] = field(default_factory=list)
    refused: list[CodeCount] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Example:
    """One event that was rejected, the newest with this detail."""

    code: str
    event_id: str | None
    detail: str
    at: datetime
    api_key_id: UUID


@dataclass(frozen=True, slots=True)
class SendingKey:
    """An API key, and when the last event came with it that was good; the name is None where no key was used."""

    id: UUID
    name: str | None
    may_send: bool
    last_event_at: datetime | None


@dataclass(frozen=True, slots=True)
class SendingProcess:
    """What a sending process says it gave up since it started, by reason."""

    id: str
    name: str
    api_key_id: UUID
    dropped: Mapping[str, int]
    first_seen_at: datetime
    last_seen_at: datetime


@dataclass(frozen=True, slots=True)
class SendingProcesses:
    """Those that reported in a period: how many, what they gave up together, and the ones that gave up most."""

    count: int = 0
    dropped: int = 0
    worst: Sequence[SendingProcess] = ()


def arrivals_period(start: datetime | None, end: datetime | None, granularity: Granularity, now: datetime) -> Period:
    """The whole buckets that are asked for; the last seven days where nothing is.

    Raises InvalidRequest as `trend_period` does.
    """
    if start is None and end is None:
        start = now - USUAL_PERIOD
    return trend_period(start, end, granularity, now)
