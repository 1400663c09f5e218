"""The level of a day and its slope, followed from day to day: a Kalman filter of a damped local linear trend.

What is followed is a day's cost without the rhythm of its week. The suppositions below are of spend on AI in general:
they say how sure one may be, before a workspace's own days say it better.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import accumulate
from statistics import median
from typing import Final

from app.forecasts.rules.series import ONE, WEEK, ZERO

# Shares of the level. A level moves by so much a day for no reason to be seen,
DRIFT: Final = Decimal("0.025")
# it grows or shrinks by about so much a day, which is not known at first,
SLOPE: Final = Decimal("0.012")
# and that changes by so much a day.
SLOPE_DRIFT: Final = Decimal("0.001")
# No growth goes on for ever.
DAMPING: Final = Decimal("0.99")
# The noise of single days is at least this; and while few days are known, it is not believed to be small.
LEAST_NOISE: Final = Decimal("0.05")
FEW_DAYS_NOISE: Final = Decimal(1)
# From the median of distances to a standard deviation, for a normal distribution.
MAD_TO_DEVIATION: Final = Decimal("1.4826")
# A day further off than so many deviations tells no more than one that is just so far: a runaway job is no new level.
SURPRISE: Final = Decimal(3)
FIRST_DOUBT: Final = Decimal("0.3")


@dataclass(frozen=True, slots=True)
class Level:
    """Where it stands, with what is not known of it: variances, and the covariance of both."""

    level: Decimal
    slope: Decimal
    level_variance: Decimal
    covariance: Decimal
    slope_variance: Decimal


@dataclass(frozen=True, slots=True)
class Motion:
    """Variances of what happens in a day: to the level, to the slope, and to that day alone."""

    drift: Decimal
    slope_drift: Decimal
    noise: Decimal


@dataclass(frozen=True, slots=True)
class Total:
    """What a weighted sum of days to come is expected to be."""

    expected: Decimal
    variance: Decimal


def follow(days: Sequence[Decimal]) -> tuple[Level, Motion]:
    """Where the level stands after these days. Raises ValueError where no day cost anything."""
    scale = median(days) or sum(days, ZERO) / len(days)
    if not scale:
        raise ValueError("no day cost anything")
    noise = max(_noise(days), scale * max(LEAST_NOISE, FEW_DAYS_NOISE / len(days)))
    motion = Motion((DRIFT * scale) ** 2, (SLOPE_DRIFT * scale) ** 2, noise**2)
    doubt = (2 * noise) ** 2 + (FIRST_DOUBT * scale) ** 2
    level = Level(median(days[:WEEK]), ZERO, doubt, ZERO, (SLOPE * scale) ** 2)
    for day in days:
        level = _corrected(_moved(level, motion), motion, day)
    return level, motion


def _noise(days: Sequence[Decimal]) -> Decimal:
    """From how far days lie from the median of those around them; in sparse series, from how they scatter."""
    half = WEEK // 2
    distances = [abs(day - median(days[max(0, number - half) : number + half + 1])) for number, day in enumerate(days)]
    if middle := median(distances):
        return middle * MAD_TO_DEVIATION
    return (sum((distance**2 for distance in distances), ZERO) / len(distances)).sqrt()


def _moved(level: Level, motion: Motion) -> Level:
    """A day on, before its cost is known."""
    slope_variance = DAMPING**2 * level.slope_variance
    covariance = DAMPING * level.covariance
    return Level(
        level.level + DAMPING * level.slope,
        DAMPING * level.slope,
        level.level_variance + 2 * covariance + slope_variance + motion.drift,
        covariance + slope_variance,
        slope_variance + motion.slope_drift,
    )


def _corrected(level: Level, motion: Motion, day: Decimal) -> Level:
    """When the cost of the day is known."""
    variance = level.level_variance + motion.noise
    bound = SURPRISE * variance.sqrt()
    error = max(-bound, min(bound, day - level.level))
    gain, slope_gain = level.level_variance / variance, level.covariance / variance
    return Level(
        level.level + gain * error,
        level.slope + slope_gain * error,
        level.level_variance * (ONE - gain),
        level.covariance * (ONE - gain),
        level.slope_variance - slope_gain * level.covariance,
    )


def total(level: Level, motion: Motion, weights: Sequence[Decimal]) -> Total:
    """The sum of the next days, each times its weight."""
    reach = list(accumulate(DAMPING**step for step in range(1, len(weights) + 1)))
    whole = sum(weights, ZERO)
    sloped = _dot(weights, reach)
    expected = _dot(weights, [max(ZERO, level.level + far * level.slope) for far in reach])
    variance = (
        whole**2 * level.level_variance
        + 2 * whole * sloped * level.covariance
        + sloped**2 * level.slope_variance
        + sum((_shock(motion, weights[step:], reach) for step in range(len(weights))), ZERO)
    )
    return Total(expected, variance)


def _shock(motion: Motion, weights: Sequence[Decimal], reach: Sequence[Decimal]) -> Decimal:
    """What happens on the first of these days goes on through the others, its noise alone does not."""
    lasting = motion.drift * sum(weights, ZERO) ** 2 + motion.slope_drift * _dot(weights[1:], reach) ** 2
    return lasting + motion.noise * weights[0] ** 2


def _dot(weights: Sequence[Decimal], values: Sequence[Decimal]) -> Decimal:
    return sum((weight * value for weight, value in zip(weights, values, strict=False)), ZERO)
