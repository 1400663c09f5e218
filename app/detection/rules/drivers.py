"""What drove a rise: whose share of it was how great."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Final, NamedTuple

from app.core.money import EXACT, ratio
from app.detection.rules.figures import Part, Slice, by_part

# What drove less of the rise than this is not worth a line.
LEAST_SHARE: Final = Decimal("0.1")
TOLD_OF_EACH: Final = 3
ZERO: Final = Decimal(0)


class Driver(NamedTuple):
    """A part that costs `rise` more than it used to; `share` of the whole rise, rounded."""

    part: Part
    cost: Decimal
    rise: Decimal
    share: Decimal


def drivers(now: Sequence[Slice], past: Sequence[Slice], weeks: int, wanted: Part | None = None) -> list[Driver]:
    """Of each dimension the parts that rose most, the greatest share first.

    `now` are the slices of one hour, `past` those of the same hour of so many earlier weeks, of which the mean is
    taken. With a part `wanted`, it drove all of it and is left out.
    """
    costs, earlier = by_part(now), by_part(past)
    whole = EXACT.subtract(_total(now), _mean(_total(past), weeks))
    if whole <= 0:
        return []
    found = [_driver(part, cost, earlier, weeks, whole) for part, cost in costs.items() if part != wanted]
    ranked = sorted((each for each in found if each.share >= LEAST_SHARE), key=lambda each: (-each.share, each.part))
    return [each for each in ranked if _rank(each, ranked) < TOLD_OF_EACH]


def _driver(part: Part, cost: Decimal, earlier: Mapping[Part, Decimal], weeks: int, whole: Decimal) -> Driver:
    rise = EXACT.subtract(cost, _mean(earlier.get(part, ZERO), weeks))
    return Driver(part, cost, rise, ratio(rise, whole, 4) or ZERO)


def _mean(total: Decimal, weeks: int) -> Decimal:
    return EXACT.divide(total, Decimal(weeks)) if weeks else ZERO


def _total(slices: Sequence[Slice]) -> Decimal:
    total = ZERO
    for each in slices:
        total = EXACT.add(total, each.cost)
    return total


def _rank(driver: Driver, ranked: Sequence[Driver]) -> int:
    """Which of its dimension it is."""
    return [each for each in ranked if each.part.dimension == driver.part.dimension].index(driver)
