"""Which instants a question covers. All periods are half-open and in UTC."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from app.core.errors import FieldError, InvalidRequest
from app.core.periods import Granularity, Period, floor, month_period, previous_month, step, widen

# about as many points as a chart can show: 92 days by hour, six years by day
MAX_BUCKETS: Final = 92 * 24
FIRST_YEAR, LAST_YEAR = 1970, 9998
# in a query string an unescaped + arrives as a space
MANGLED_PLUS = re.compile(r"(?<=[0-9]) (?=\d\d:?\d\d$)")
_BUCKET_SECONDS: Final = {Granularity.HOUR: 3600, Granularity.DAY: 86400, Granularity.MONTH: 28 * 86400}


@dataclass(frozen=True, slots=True)
class MonthView:
    """A month as the summary shows it.

    `today` is the current day, whatever the month. `previous` is what the month is compared with.
    """

    month: str
    period: Period
    today: Period
    previous: Period


def month_view(month: str, now: datetime) -> MonthView:
    """The periods of a month's summary. Raises ValueError when `month` is not `YYYY-MM`.

    The current month is compared with the previous one up to the end of the hour that is under way, at
    the same day and hour, or to its end where it is shorter; a month that is over (or has not begun)
    with the whole previous month.
    """
    period = month_period(month)
    before = previous_month(period)
    midnight = floor(now, Granularity.DAY)
    today = Period(midnight, step(midnight, Granularity.DAY))
    if period.start <= now < period.end:
        elapsed = step(floor(now, Granularity.HOUR), Granularity.HOUR) - period.start
        before = Period(before.start, min(before.start + elapsed, before.end))
    return MonthView(month, period, today, before)


def parse_instant(text: str) -> datetime:
    """An ISO 8601 instant with its zone, or a date (its midnight, UTC). Raises ValueError with what to mend."""
    text = text.strip()
    try:
        instant = (
            _midnight(text) if len(text) == len("2026-11-30") else datetime.fromisoformat(MANGLED_PLUS.sub("+", text))
        )
    except ValueError:
        raise ValueError("write a date (2026-11-30) or an instant with its zone (2026-11-30T08:00:00Z)") from None
    if instant.tzinfo is None:
        raise ValueError("an instant needs its time zone: end it with Z for UTC, or with an offset like +01:00")
    if not FIRST_YEAR <= instant.year <= LAST_YEAR:
        raise ValueError(f"the year must be between {FIRST_YEAR} and {LAST_YEAR}")
    return instant.astimezone(UTC)


def _midnight(text: str) -> datetime:
    return datetime.combine(date.fromisoformat(text), time(), UTC)


def trend_period(start: datetime | None, end: datetime | None, granularity: Granularity, now: datetime) -> Period:
    """The whole buckets that a trend covers; the current month where nothing is asked for.

    `end` alone reaches back to the start of its month, `start` alone reaches to now. Raises InvalidRequest
    when the period is empty or holds too many buckets.
    """
    if start is None and end is None:
        month = floor(now, Granularity.MONTH)
        return Period(month, step(month, Granularity.MONTH))
    end = end or now
    start = start or floor(end - timedelta(microseconds=1), Granularity.MONTH)
    if start >= end:
        raise InvalidRequest(
            "The period is empty.",
            errors=[FieldError("from", "must be before `to`, which does not itself belong to the period")],
        )
    _check_length(Period(start, end), granularity)
    return widen(Period(start, end), granularity)


def day_period(month: str | None, start: datetime | None, end: datetime | None, now: datetime) -> Period:
    """The whole days of a month, or from `start` to `end`; the current month where nothing is asked for.

    Raises InvalidRequest when both are asked for, or the period is empty or too long.
    """
    if month is None:
        return trend_period(start, end, Granularity.DAY, now)
    if start is not None or end is not None:
        problem = FieldError("month", "cannot stand beside `from` and `to`: ask for one of the two")
        raise InvalidRequest("The period is given twice.", errors=[problem])
    return month_period(month)


def _check_length(period: Period, granularity: Granularity) -> None:
    count = int((period.end - period.start).total_seconds()) // _BUCKET_SECONDS[granularity]
    if count <= MAX_BUCKETS:
        return
    mend = "a shorter period" if granularity is Granularity.MONTH else "a shorter period or a coarser granularity"
    raise InvalidRequest(
        f"The period holds {count:,} {granularity}s; a trend has at most {MAX_BUCKETS:,} points.",
        errors=[FieldError("granularity", f"{granularity} is too fine for this period: ask for {mend}")],
    )
