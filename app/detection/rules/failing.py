"""Whether more calls fail than usual: two shares compared exactly."""

from fractions import Fraction
from typing import Final, NamedTuple

# So many standard errors apart (of the two shares together): by chance once in some 30,000 looks.
APART: Final = 4
# With fewer calls before, nothing is usual.
LEAST_BEFORE: Final = 100


class Calls(NamedTuple):
    """How many, and how many of them failed."""

    calls: int
    errors: int

    @property
    def share(self) -> Fraction:
        return Fraction(self.errors, self.calls) if self.calls else Fraction(0)


def is_jump(now: Calls, before: Calls, min_errors: int, min_rise: Fraction) -> bool:
    """Whether the share of failing calls is certainly, and by at least `min_rise`, greater than it was before."""
    rise = now.share - before.share
    if now.errors < min_errors or before.calls < LEAST_BEFORE or rise < min_rise:
        return False
    pooled = Fraction(now.errors + before.errors, now.calls + before.calls)
    variance = pooled * (1 - pooled) * (Fraction(1, now.calls) + Fraction(1, before.calls))
    return rise * rise >= APART * APART * variance
