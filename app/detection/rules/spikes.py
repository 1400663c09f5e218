"""Hours and days that cost far more than is usual for them."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from app.core.money import EXACT
from app.detection.rules.usual import DAY, HOUR, Series, Usual, usual_day, usual_hour

# What comes up on so many days of the last four weeks is no spike, but how this one spends.
DAYS_OF_HABIT: Final = 4
HABIT: Final = 4 * 7 * DAY
# Of a hundred buckets so many lie within the scatter; a spike lies so many times as far from its usual as those do.
SCATTER_PERCENT: Final = 97
SCATTER_TIMES: Final = Decimal(2)
SCATTER_NEEDED: Final = 24
CENT: Final = Decimal("0.01")
# While little is known, and of a whole day, it takes more.
UNSURE: Final = Decimal(2)
DAY_TIMES: Final = Decimal(4)


@dataclass(frozen=True, slots=True)
class Threshold:
    """An hour is a spike when it costs at least `min_rise` more than is usual, at least `min_times` the usual, and lies
    `deviations` usual deviations above it: all three."""

    min_rise: Decimal
    min_times: Decimal
    deviations: Decimal

    def of_days(self) -> "Threshold":
        return Threshold(EXACT.multiply(self.min_rise, DAY_TIMES), self.min_times, self.deviations)

    def is_passed(self, cost: Decimal, usual: Usual) -> bool:
        factor = Decimal(1) if usual.is_sure else UNSURE
        rise = EXACT.subtract(cost, usual.middle)
        return (
            rise >= EXACT.multiply(self.min_rise, factor)
            and cost >= EXACT.multiply(usual.middle, EXACT.multiply(self.min_times, factor))
            and rise >= EXACT.multiply(usual.deviation, EXACT.multiply(self.deviations, factor))
        )


@dataclass(frozen=True, slots=True)
class Spike:
    """One bucket that is far above its usual: it is `step` long, and may not be over yet."""

    at: datetime
    step: timedelta
    cost: Decimal
    usual: Usual

    @property
    def rise(self) -> Decimal:
        return EXACT.subtract(self.cost, self.usual.middle)

    @property
    def ratio(self) -> Decimal:
        """To its usual; where that is nothing, to a cent."""
        return EXACT.divide(self.cost, max(self.usual.middle, CENT))


def hour_spikes(series: Series, since: datetime, hours: Iterable[datetime], threshold: Threshold) -> list[Spike]:
    """Which of the hours are spikes; `since` is the first hour with any cost, ever or within the history given.

    An hour that is not over is judged by what it cost so far, which can only be too little.
    """
    return _spikes(series, since, hours, HOUR, usual_hour, threshold)


def day_spikes(series: Series, since: datetime, days: Iterable[datetime], threshold: Threshold) -> list[Spike]:
    """The same for days, where hours are not known."""
    return _spikes(series, since, days, DAY, usual_day, threshold.of_days())


def _spikes(
    series: Series,
    since: datetime,
    starts: Iterable[datetime],
    step: timedelta,
    usual_at: Callable[[Series, datetime, datetime], Usual | None],
    threshold: Threshold,
) -> list[Spike]:
    def found_at(at: datetime) -> Spike | None:
        cost = series.get(at, Decimal(0))
        # most are told apart by this alone
        usual = usual_at(series, since, at) if cost >= threshold.min_rise else None
        if usual is None or not threshold.is_passed(cost, usual):
            return None
        return Spike(at, step, cost, usual)

    found = [spike for start in starts if (spike := found_at(start))]
    return [spike for spike in found if _stands_out(spike, _past(series, since, spike, usual_at), threshold)]


def _past(
    series: Series,
    since: datetime,
    spike: Spike,
    usual_at: Callable[[Series, datetime, datetime], Usual | None],
) -> list[Spike]:
    """All buckets of the weeks before, each with its own usual."""
    first = max(since, spike.at - HABIT)
    starts = sorted(start for start in series if first <= start <= spike.at - DAY)
    found = [(start, usual_at(series, since, start)) for start in starts]
    return [Spike(start, spike.step, series[start], usual) for start, usual in found if usual is not None]


def _stands_out(spike: Spike, past: Sequence[Spike], threshold: Threshold) -> bool:
    """Whether it does so among the weeks before: neither how far this one scatters, nor what it does every week."""
    far = _far(past, threshold)
    half = EXACT.divide(spike.rise, Decimal(2))
    alike = {
        each.at.date()
        for each in past
        if each.rise >= half and each.ratio >= far and threshold.is_passed(each.cost, each.usual)
    }
    return spike.ratio >= far and len(alike) < DAYS_OF_HABIT


def _far(past: Sequence[Spike], threshold: Threshold) -> Decimal:
    """From which ratio on a bucket lies beyond the scatter of the others; 0 where too few are known."""
    ratios = sorted(each.ratio for each in past if each.usual.middle >= threshold.min_rise)
    if len(ratios) < SCATTER_NEEDED:
        return Decimal(0)
    return EXACT.multiply(ratios[len(ratios) * SCATTER_PERCENT // 100], SCATTER_TIMES)
