"""When a day is closed: who writes calls and who closes days must agree on it, whatever their clocks say."""

from datetime import datetime, timedelta
from typing import Final, NamedTuple
from uuid import UUID

from app.core.periods import Granularity, Period, day_of, step

# A write takes seconds, and clocks differ by less than the hour that lies between the two.
LATE: Final = timedelta(hours=1)
CLOSED: Final = timedelta(hours=2)


class Month(NamedTuple):
    """A month of a workspace."""

    workspace_id: UUID
    start: datetime

    @property
    def period(self) -> Period:
        return Period(self.start, step(self.start, Granularity.MONTH))


def late_before(now: datetime) -> datetime:
    """Calls of earlier days are late: whoever writes one must look whether its day was closed."""
    return day_of(now - LATE)


def closed_before(now: datetime) -> datetime:
    """Earlier days can be closed: nobody adds to them without looking."""
    return day_of(now - CLOSED)


def days_to_close(month: Month, until: datetime | None, before: datetime) -> Period | None:
    """The days of the month that follow those that are closed `until`; None when there is none."""
    days = Period(until or month.start, min(month.period.end, before))
    return days if days.start < days.end else None
