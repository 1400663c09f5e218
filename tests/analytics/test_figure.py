from decimal import Decimal

import pytest

from app.analytics.rules import Figure, change


def figure(cost: str, *, calls: int = 1, priced: int = 1, free: int = 0) -> Figure:
    return Figure(calls=calls, priced_calls=priced, free_calls=free, known_cost=Decimal(cost))


def test_no_calls_cost_nothing() -> None:
    assert Figure().cost == 0
    assert Figure().cost_per_call is None


def test_unknown_is_never_zero() -> None:
    unpriced = figure("0", calls=3, priced=0)
    assert unpriced.cost is None
    assert unpriced.cost_per_call is None
    assert unpriced.unpriced_calls == 3


def test_free_calls_cost_zero_and_that_is_known() -> None:
    free = figure("0", calls=2, priced=0, free=1)
    assert free.cost == 0
    assert free.unpriced_calls == 1
    assert free.cost_per_call == 0


def test_cost_per_call_counts_only_calls_with_a_cost() -> None:
    assert figure("1", calls=100, priced=2, free=1).cost_per_call == Decimal("0.333333333333")


def test_tokens_of_the_wire_contain_their_parts() -> None:
    made = Figure(
        fresh_tokens=1, cache_read_tokens=20, cache_write_tokens=300, visible_tokens=4_000, reasoning_tokens=5
    )
    assert (made.input_tokens, made.output_tokens) == (321, 4_005)


def test_sums_keep_every_digit() -> None:
    large, small = figure("123456789012345678.9"), figure("0.000000000000000000001")
    assert (large + small).known_cost == Decimal("123456789012345678.900000000000000000001")
    assert (large + small).calls == 2


@pytest.mark.parametrize(
    ("now", "before", "expected"),
    [
        (figure("3"), figure("2"), Decimal("0.500000")),
        (figure("1"), figure("3"), Decimal("-0.666667")),
        (figure("2"), figure("2"), Decimal(0)),
        (figure("0"), figure("2"), Decimal(-1)),
        (figure("2"), Figure(), None),
        (figure("0", priced=0), figure("2"), None),
        (figure("2"), figure("0", priced=0), None),
    ],
)
def test_change_is_a_fraction_of_the_previous_cost(now: Figure, before: Figure, expected: Decimal | None) -> None:
    assert change(now, before) == expected
