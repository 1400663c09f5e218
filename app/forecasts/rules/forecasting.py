"""What a period will have cost at its end, and between which bounds four times out of five."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal, localcontext
from typing import Final

from app.forecasts.rules.level import Level, Motion, follow, total
from app.forecasts.rules.series import ONE, WEEK, ZERO, Series, weekday_factors

LEAST_DAYS: Final = 5
# What happened more than nine weeks ago says little of next week.
WINDOW_DAYS: Final = 63
# Student's t, 90 %, by degrees of freedom: of an interval of 80 % each tail holds a tenth.
T_90: Final = tuple(
    (freedom, Decimal(quantile))
    for freedom, quantile in (
        (60, "1.296"), (30, "1.310"), (20, "1.325"), (15, "1.341"), (10, "1.372"), (8, "1.397"), (6, "1.440"),
        (5, "1.476"), (4, "1.533"), (3, "1.638"), (2, "1.886"), (1, "3.078"),
    )
)  # fmt: skip
# Level, slope and noise are taken from the days themselves.
FITTED: Final = 3
# How the method did in each of the last weeks widens the interval, where it did worse than it said.
WEEKS_JUDGED: Final = 6
LEAST_DAYS_JUDGED: Final = 2 * WEEK
PRIOR_WEEKS: Final = 2
WORST: Final = Decimal(5)
DIGITS: Final = 28
# A forecast is not known to more places; more would look exact.
PLACES: Final = Decimal("0.000001")


@dataclass(frozen=True, slots=True)
class Point:
    """What will have been spent from the start of the period to the end of a day."""

    day: date
    expected: Decimal
    low: Decimal
    high: Decimal


@dataclass(frozen=True, slots=True)
class Forecast:
    """At the end of the period; `points` lead there, one for each day that is left, today first.

    What is spent already is in all of them. `days` is how many days this was learnt from.
    """

    spent: Decimal
    days: int
    points: Sequence[Point]

    @property
    def expected(self) -> Decimal:
        return self.points[-1].expected if self.points else self.spent

    @property
    def low(self) -> Decimal:
        return self.points[-1].low if self.points else self.spent

    @property
    def high(self) -> Decimal:
        return self.points[-1].high if self.points else self.spent

    def crosses(self, amount: Decimal) -> date | None:
        """The first day at whose end more than this is expected to be spent."""
        return next((point.day for point in self.points if point.expected > amount), None)


@dataclass(frozen=True, slots=True)
class TooEarly:
    """Nothing can be said yet: so many days are known, so many are needed."""

    days: int
    needed: int = LEAST_DAYS


def forecast(
    series: Series, spent: Decimal, start: date, end: date, left_of_first: Decimal = ONE
) -> Forecast | TooEarly:
    """Of the period from `start` up to `end`, from the whole days in `series`, for those that come after it.

    `spent` is what the period cost so far. `left_of_first` is how much of the first of these days is still to come.
    """
    if len(series) < LEAST_DAYS:
        return TooEarly(len(series))
    coming = [series.end + timedelta(days=number) for number in range((end - series.end).days)]
    shares = [ONE if day >= start else ZERO for day in coming]
    if shares:
        shares[0] *= left_of_first
    with localcontext(prec=DIGITS):
        points = _points(series.last(WINDOW_DAYS).without_returns(), spent, shares)
    return Forecast(spent, len(series), [point for point in points if point.day >= start])


def _points(series: Series, spent: Decimal, shares: Sequence[Decimal]) -> Sequence[Point]:
    method = _Method(series)
    wider = method.quantile * _judged(series)
    points = []
    for number in range(len(shares)):
        expected, deviation = method.ahead(shares[: number + 1])
        low, high = max(ZERO, expected - wider * deviation), expected + wider * deviation
        sums = [(spent + coming).quantize(PLACES) for coming in (expected, low, high)]
        points.append(Point(series.end + timedelta(days=number), *sums))
    return points


class _Method:
    """Fitted to a series."""

    def __init__(self, series: Series) -> None:
        self._first = series.end
        self._factors = weekday_factors(series)
        even = [cost / self._factors[day] for cost, day in zip(series.costs, series.weekdays(), strict=True)]
        self._at: tuple[Level, Motion] | None = follow(even) if any(even) else None
        freedom = max(1, len(series) - FITTED)
        self.quantile = next(quantile for known, quantile in T_90 if freedom >= known)

    def ahead(self, shares: Sequence[Decimal]) -> tuple[Decimal, Decimal]:
        """The sum of the next days, of each a share, and its standard deviation."""
        if self._at is None:
            return ZERO, ZERO
        days = (self._first + timedelta(days=number) for number in range(len(shares)))
        weights = [share * self._factors[day.weekday()] for share, day in zip(shares, days, strict=True)]
        found = total(*self._at, weights)
        return found.expected, found.variance.sqrt()


def _judged(series: Series) -> Decimal:
    """How much wider than it said the method should have been in the last weeks; 1 where it was right or is new."""
    squares = []
    for weeks in range(1, WEEKS_JUDGED + 1):
        known = series.without_last(weeks * WEEK)
        if len(known) < LEAST_DAYS_JUDGED:
            break
        came = sum(series.costs[len(known) : len(known) + WEEK], ZERO)
        expected, deviation = _Method(known).ahead([ONE] * WEEK)
        squares.append(min(WORST, abs(came - expected) / deviation) ** 2 if deviation else ONE)
    return max(ONE, ((sum(squares, ZERO) + PRIOR_WEEKS) / (len(squares) + PRIOR_WEEKS)).sqrt())
