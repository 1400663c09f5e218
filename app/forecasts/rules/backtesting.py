"""How forecasts of months would have done: on each day of each whole month, from the days before alone."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from app.forecasts.rules.forecasting import LEAST_DAYS, Forecast, TooEarly, forecast
from app.forecasts.rules.series import ZERO, Series

# Days left of the month, at most: far, middle, near.
REACHES: Final = (31, 20, 9)


@dataclass(frozen=True, slots=True)
class Trial:
    """A forecast made on the morning of a day, and what the month came to."""

    made_on: date
    days_left: int
    forecast: Forecast
    came: Decimal

    @property
    def is_inside(self) -> bool:
        return self.forecast.low <= self.came <= self.forecast.high

    @property
    def error(self) -> Decimal:
        """As a share of what came."""
        return abs(self.forecast.expected - self.came) / self.came


@dataclass(frozen=True, slots=True)
class Score:
    """Of many trials: how far off they were on average, and how often what came lay inside; None of none."""

    trials: int
    error: Decimal | None
    coverage: Decimal | None

    @classmethod
    def of(cls, trials: Sequence[Trial]) -> "Score":
        if not trials:
            return cls(0, None, None)
        error = sum((trial.error for trial in trials), ZERO) / len(trials)
        return cls(len(trials), error, Decimal(sum(trial.is_inside for trial in trials)) / len(trials))


def backtest(series: Series) -> Iterator[Trial]:
    """All months of which the series holds each day and that cost something."""
    month = series.first if series.first.day == 1 else _next_month(series.first)
    while (end := _next_month(month)) <= series.end:
        yield from _of_month(series, month, end)
        month = end


def made_on(series: Series, known: int, start: date, end: date) -> Forecast | TooEarly:
    """What would have been said of a period when so many days of the series were known, and no more."""
    begun = max(0, (start - series.first).days)
    return forecast(Series(series.first, series.costs[:known]), sum(series.costs[begun:known], ZERO), start, end)


def by_reach(trials: Sequence[Trial]) -> Iterator[tuple[int, int, Score]]:
    """Least and most days left of the month, and how such forecasts did."""
    for place, most in enumerate(REACHES):
        least = REACHES[place + 1] + 1 if place + 1 < len(REACHES) else 1
        yield least, most, Score.of([trial for trial in trials if least <= trial.days_left <= most])


def _of_month(series: Series, month: date, end: date) -> Iterator[Trial]:
    starts, ends = (month - series.first).days, (end - series.first).days
    came = sum(series.costs[starts:ends], ZERO)
    for known in range(max(starts, LEAST_DAYS), ends if came > 0 else 0):
        made = made_on(series, known, month, end)
        if isinstance(made, Forecast):
            day = series.first + timedelta(days=known)
            yield Trial(day, (end - day).days, made, came)


def _next_month(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)
