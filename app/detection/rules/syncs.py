"""Whether providers' reports are still read."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID


class Source(NamedTuple):
    """A connection that is to be read regularly. `read_at` is when that went well last, or when it was connected."""

    id: UUID
    provider: str
    label: str
    failures: int
    error: str
    read_at: datetime
    is_at_work: bool


def is_failing(source: Source, failures: int) -> bool:
    return source.failures >= failures


def is_stale(source: Source, regular: timedelta, intervals: Decimal, now: datetime) -> bool:
    """Not read for so many times the regular pause, and nobody is at it just now."""
    allowed = timedelta(seconds=int(intervals * int(regular.total_seconds())))
    return not source.is_at_work and now - source.read_at > allowed
