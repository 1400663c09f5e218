"""What is usual for an hour or a day, judged by what the same hours and days cost before. All of it is exact."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from app.core.money import EXACT

Series = Mapping[datetime, Decimal]
HOUR: Final = timedelta(hours=1)
DAY: Final = timedelta(days=1)
WEEK: Final = timedelta(weeks=1)
# So far back is looked; a change of habits is the usual one after half of it.
WEEKS: Final = 8
HISTORY: Final = WEEKS * WEEK
# The usual deviation of figures that scatter normally is so many times their median deviation.
TO_DEVIATION: Final = Decimal("1.4826")
# While less than these is known, the next coarser way is taken; with less than the last nothing is said.
WEEKS_NEEDED: Final = 3
DAYS_NEEDED: Final = 3
HOURS_NEEDED: Final = 24
SATURDAY: Final = 5


@dataclass(frozen=True, slots=True)
class Usual:
    """The middle of what is usual, and how far figures usually lie from it.

    `is_sure` is False while too little is known to tell hours of the week apart.
    """

    middle: Decimal
    deviation: Decimal
    is_sure: bool


def usual_hour(series: Series, since: datetime, at: datetime) -> Usual | None:
    """What the hour `at` usually costs; hours since `since` that are missing cost nothing. None: nobody can know.

    By the same hour of the week over the past eight, and by the same hour on the days of the same kind (working days,
    weekends) over the past four: the greater, so that what is usual on Mondays alone is usual on Mondays. While fewer
    than three weeks are known, by the latter alone; in the first days, by all hours.
    """
    if at - since >= WEEKS_NEEDED * WEEK:
        weekly = _usual(series, _since(since, (at - week * WEEK for week in range(1, WEEKS + 1))), is_sure=True)
        daily = _usual(series, _alike(since, at), is_sure=True)
        return Usual(max(weekly.middle, daily.middle), max(weekly.deviation, daily.deviation), is_sure=True)
    if at - since >= DAYS_NEEDED * DAY:
        return _usual(series, _alike(since, at) or _since(since, _days_before(at)), is_sure=False)
    if at - since >= HOURS_NEEDED * HOUR:
        return _usual(series, _since(since, (at - hour * HOUR for hour in range(1, 73))), is_sure=False)
    return None


def usual_day(series: Series, since: datetime, at: datetime) -> Usual | None:
    """The same for a day, by the same day of past weeks; while fewer than three are known, by the last days."""
    if at - since >= WEEKS_NEEDED * WEEK:
        return _usual(series, _since(since, (at - week * WEEK for week in range(1, WEEKS + 1))), is_sure=True)
    if at - since >= WEEK:
        return _usual(series, _since(since, _days_before(at)), is_sure=False)
    return None


def _since(since: datetime, starts: Iterable[datetime]) -> list[datetime]:
    return [start for start in starts if start >= since]


def _days_before(at: datetime) -> Iterator[datetime]:
    """The same hour of the days of four weeks."""
    return (at - day * DAY for day in range(1, 29))


def _alike(since: datetime, at: datetime) -> list[datetime]:
    """Those of the same kind."""
    return _since(since, (day for day in _days_before(at) if _is_weekend(day) == _is_weekend(at)))


def _usual(series: Series, starts: Sequence[datetime], *, is_sure: bool) -> Usual:
    values = [series.get(start, Decimal(0)) for start in starts]
    middle = median(values)
    away = median([abs(EXACT.subtract(value, middle)) for value in values])
    return Usual(middle, EXACT.multiply(away, TO_DEVIATION), is_sure)


def median(values: Sequence[Decimal]) -> Decimal:
    """The middle one, or the mean of the two in the middle; there must be one."""
    ordered, half = sorted(values), len(values) // 2
    if len(values) % 2:
        return ordered[half]
    return EXACT.divide(EXACT.add(ordered[half - 1], ordered[half]), Decimal(2))


def _is_weekend(at: datetime) -> bool:
    return at.weekday() >= SATURDAY
