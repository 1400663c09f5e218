"""What was spent day by day, without gaps, and the rhythm of its week."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from statistics import median
from typing import Final

ZERO: Final = Decimal(0)
ONE: Final = Decimal(1)
WEEK: Final = 7
# A weekday without any spend keeps a trace, so that one call on it is a surprise and no division by nothing.
LEAST_FACTOR: Final = Decimal("0.02")


@dataclass(frozen=True, slots=True)
class Series:
    """Costs of days in a row, from `first` on. A day without a row cost nothing."""

    first: date
    costs: Sequence[Decimal]

    @classmethod
    def of(cls, costs: Mapping[date, Decimal], end: date) -> "Series":
        """From the first day with a cost up to `end`, which does not belong to it."""
        first = min((day for day, cost in costs.items() if cost and day < end), default=end)
        days = (end - first).days
        return cls(first, [costs.get(first + timedelta(days=number), ZERO) for number in range(days)])

    @property
    def end(self) -> date:
        return self.first + timedelta(days=len(self.costs))

    def __len__(self) -> int:
        return len(self.costs)

    def last(self, days: int) -> "Series":
        kept = self.costs[-days:]
        return Series(self.end - timedelta(days=len(kept)), kept)

    def without_last(self, days: int) -> "Series":
        return Series(self.first, self.costs[: len(self.costs) - days])

    def without_returns(self) -> "Series":
        """A day on which a bill gave more back than it took cost nothing: no later day is expected to give."""
        return Series(self.first, [max(ZERO, cost) for cost in self.costs])

    def weekdays(self) -> Iterator[int]:
        return ((self.first + timedelta(days=number)).weekday() for number in range(len(self.costs)))


def weekday_factors(series: Series) -> Sequence[Decimal]:
    """What each weekday, Monday first, costs of an average day; all 1 while no rhythm is known.

    That is in less than a week, and where there is a cost on so few days that the usual of every weekday is nothing.

    The median over its weeks, so that one wild day does not change every such day to come.
    """
    if len(series) < WEEK:
        return [ONE] * WEEK
    shares: list[list[Decimal]] = [[] for _ in range(WEEK)]
    for number, weekday in enumerate(series.weekdays()):
        if average := _average_around(series.costs, number):
            shares[weekday].append(series.costs[number] / average)
    factors = [median(found) if found else ONE for found in shares]
    if not any(factors):
        return [ONE] * WEEK
    average = sum(factors, ZERO) / WEEK
    return [max(factor / average, LEAST_FACTOR) for factor in factors]


def _average_around(costs: Sequence[Decimal], number: int) -> Decimal:
    """Of the week that the day is the middle of, or as near to that as there are days."""
    start = max(0, min(number - WEEK // 2, len(costs) - WEEK))
    return sum(costs[start : start + WEEK], ZERO) / WEEK
