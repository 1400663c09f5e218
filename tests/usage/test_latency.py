"""The latency histogram: small, and never more than 2 % wrong."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.usage.rules.latency import LARGEST_MS, SMALLEST_MS, ZERO_BUCKET, bucket, quantile

LATENCIES = st.floats(min_value=SMALLEST_MS, max_value=LARGEST_MS, allow_nan=False)
SAMPLES = st.lists(st.one_of(LATENCIES, st.floats(min_value=1, max_value=60_000)), min_size=1, max_size=300)


def histogram(sample: list[float]) -> dict[int, int]:
    counts: dict[int, int] = {}
    for ms in sample:
        counts[bucket(ms)] = counts.get(bucket(ms), 0) + 1
    return counts


def exact(sample: list[float], percent: int) -> float:
    """Nearest rank, in whole numbers."""
    return sorted(sample)[max(1, -(-percent * len(sample) // 100)) - 1]


@given(SAMPLES, st.sampled_from([50, 90, 95, 99]))
def test_quantiles_are_within_two_percent_of_exact(sample: list[float], percent: int) -> None:
    estimate = quantile(histogram(sample), percent / 100)
    assert estimate is not None
    assert math.isclose(estimate, exact(sample, percent), rel_tol=0.02)


@given(SAMPLES, SAMPLES)
def test_adding_two_histograms_is_the_histogram_of_both(one: list[float], other: list[float]) -> None:
    added = histogram(one)
    for index, calls in histogram(other).items():
        added[index] = added.get(index, 0) + calls
    assert added == histogram([*one, *other])


@given(st.floats(min_value=0, allow_nan=False, allow_infinity=False))
def test_every_latency_has_a_bucket_that_a_smallint_holds(ms: float) -> None:
    assert ZERO_BUCKET <= bucket(ms) < 32_768


@given(LATENCIES, LATENCIES)
def test_longer_calls_never_fall_into_a_lower_bucket(a: float, b: float) -> None:
    assert bucket(min(a, b)) <= bucket(max(a, b))


@pytest.mark.parametrize("ms", [0, 0.0, 1e-9])
def test_what_takes_no_time_is_read_as_zero(ms: float) -> None:
    assert quantile(histogram([ms, ms]), 0.5) == 0


def test_no_calls_have_no_quantile() -> None:
    assert quantile({}, 0.5) is None


def test_the_largest_share_is_the_longest_call() -> None:
    longest = quantile(histogram([10.0, 20.0, 4000.0]), 1)
    assert longest == pytest.approx(4000, rel=0.02)
