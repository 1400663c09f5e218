"""Latency as a histogram that can be added up: buckets that grow by a fixed factor.

Bucket `i` holds the latencies in `(GAMMA ** (i - 1), GAMMA ** i]` milliseconds and is read as the middle that is
equally wrong at both ends: at most `(GAMMA - 1) / (GAMMA + 1)` = 1.96 % off. Any two histograms add up bucket by
bucket, so a day, a month or a model needs no second look at the calls.
"""

import math
from collections.abc import Mapping
from typing import Final

GAMMA: Final = 1.04
_LN_GAMMA: Final = math.log(GAMMA)
# Below a microsecond nothing is measured: such a latency is read as 0.
SMALLEST_MS: Final = 0.001
# Thirty years. Longer ones are read as this long, so that every number has a bucket.
LARGEST_MS: Final = 1e12
# Below every bucket that a latency above SMALLEST_MS can have, and within a SMALLINT.
ZERO_BUCKET: Final = -32_768


def bucket(ms: float) -> int:
    """The bucket of a latency."""
    if ms < SMALLEST_MS:
        return ZERO_BUCKET
    return math.ceil(math.log(min(ms, LARGEST_MS)) / _LN_GAMMA)


def quantile(counts: Mapping[int, int], q: float) -> float | None:
    """The latency in ms that the share `q` (0 to 1) of the calls does not exceed; None when there are no calls.

    `counts` is calls by bucket. Within 2 % of the nearest-rank quantile of the latencies themselves.
    """
    total = sum(counts.values())
    if not total:
        return None
    # rounded first: 0.07 * 100 is 7.000000000000001, and is the seventh
    rank = max(1, math.ceil(round(q * total, 6)))
    passed = 0
    for index in sorted(counts):
        passed += counts[index]
        if passed >= rank:
            return _middle(index)
    raise AssertionError("the ranks of a histogram are its calls")


def _middle(index: int) -> float:
    return 0.0 if index == ZERO_BUCKET else 2 * GAMMA**index / (GAMMA + 1)
