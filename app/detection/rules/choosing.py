"""Of spikes that are the same happening, seen from several sides, one is told."""

from collections.abc import Collection, Sequence
from decimal import Decimal
from typing import Final, NamedTuple

from app.core.money import EXACT
from app.detection.rules.figures import Part
from app.detection.rules.spikes import Spike

# Two dimensions whose rises differ by less are taken for one happening.
ALIKE: Final = Decimal("0.3")
WHOLE: Final = "spend_spike"


class Found(NamedTuple):
    """The spikes of a part, or with None of the whole workspace, in the order of time; there is one at least."""

    part: Part | None
    spikes: Sequence[Spike]

    @property
    def newest(self) -> Spike:
        return self.spikes[-1]

    @property
    def condition(self) -> str:
        return WHOLE if self.part is None else f"{WHOLE}:{self.part.dimension}:{self.part.provider}/{self.part.value}"


def choose(found: Sequence[Found], going_on: Collection[str]) -> list[Found]:
    """What is told: the whole workspace, else its parts, each happening once.

    What is told already (the conditions `going_on`) stays told while it lasts, so that nothing changes its name.
    """
    told: list[Found] = []
    for each in sorted(found, key=lambda one: (one.condition not in going_on, one.part is not None, -one.newest.rise)):
        if each.condition in going_on or not any(_is_same(each, other) for other in told):
            told.append(each)
    return told


def _is_same(one: Found, other: Found) -> bool:
    if one.part is None or other.part is None:
        return True
    if one.newest.step != other.newest.step:
        # a customer's day, and an hour of whatever it was spent on: nobody can tell them apart
        return True
    gap = abs(EXACT.subtract(one.newest.rise, other.newest.rise))
    is_near = gap <= EXACT.multiply(other.newest.rise, ALIKE)
    return is_near and one.part.dimension != other.part.dimension
