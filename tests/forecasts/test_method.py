"""What is forecast from a series of days, and how sure it says it is."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.demo.costs import daily_costs
from app.demo.rules.calls import Plan
from app.forecasts.rules.backtesting import Score, backtest, by_reach
from app.forecasts.rules.forecasting import Forecast, TooEarly, forecast
from app.forecasts.rules.series import Series, weekday_factors
from app.pricing import service as pricing

MONDAY = date(2026, 8, 31)
END = date(2026, 11, 1)
ZERO = Decimal(0)


def days(count: int, amounts: Sequence[str]) -> Series:
    """From a Monday on, the amounts over and over."""
    return Series(MONDAY, [Decimal(amounts[number % len(amounts)]) for number in range(count)])


def said(series: Series, *, spent: str = "0", end: date | None = None, left: str = "1") -> Forecast:
    """Of the ten days after the series, as far as nothing else is said."""
    made = forecast(series, Decimal(spent), series.end, end or series.end + timedelta(days=10), Decimal(left))
    assert isinstance(made, Forecast)
    return made


@pytest.mark.parametrize("known", [0, 1, 4])
def test_before_five_days_are_known_nothing_is_said(known: int) -> None:
    series = days(known, ["1"])
    assert forecast(series, ZERO, series.end, END) == TooEarly(known, 5)


def test_days_that_cost_the_same_go_on_so() -> None:
    made = said(days(35, ["10"]), spent="70")
    assert round(made.expected, 6) == Decimal(170)
    assert made.low < 170 < made.high
    assert made.low > 155
    assert [point.day for point in made.points][:2] == [date(2026, 10, 5), date(2026, 10, 6)]


def test_a_weekend_is_expected_to_be_a_weekend() -> None:
    series = days(35, ["10", "10", "10", "10", "10", "2", "2"])
    steps = [later.expected - earlier.expected for earlier, later in pairwise(said(series).points)]
    assert [round(step) for step in steps] == [10, 10, 10, 10, 2, 2, 10, 10, 10]


def test_days_that_cost_nothing_but_for_a_few_have_no_rhythm_and_are_forecast() -> None:
    costs = [ZERO] * 42
    costs[0] = costs[10] = costs[20] = costs[30] = costs[40] = Decimal(3)
    series = Series(MONDAY, costs)
    assert weekday_factors(series) == [Decimal(1)] * 7
    made = said(series)
    assert 0 < made.expected < 10
    assert made.high > made.expected


@settings(max_examples=60)
@given(st.lists(st.sampled_from(["0", "0", "0", "3", "-3", "0.000001", "-250", "900000"]), min_size=5, max_size=63))
def test_whatever_days_cost_or_give_back_there_is_a_forecast(amounts: list[str]) -> None:
    made = said(days(len(amounts), amounts))
    assert made.low <= made.expected <= made.high


def test_growth_is_seen_and_dies_away() -> None:
    grows = Series(MONDAY, [Decimal(100 + number) for number in range(60)])
    month = said(grows, end=grows.end + timedelta(days=30))
    flat = 30 * 160
    straight = sum(Decimal(160 + number) for number in range(30))
    assert flat < month.expected < straight


def test_one_runaway_day_is_no_new_level() -> None:
    usual = days(40, ["10", "11", "9", "10", "12"])
    wild = Series(MONDAY, [*usual.costs[:-3], Decimal(400), *usual.costs[-2:]])
    assert abs(said(wild).expected - said(usual).expected) < 15


def test_noise_makes_the_interval_wide() -> None:
    random = Random(7)  # noqa: S311 - made-up figures, not secrets
    calm = Series(MONDAY, [Decimal(100 + random.randint(-5, 5)) for _ in range(42)])
    wild = Series(MONDAY, [Decimal(100 + random.randint(-60, 60)) for _ in range(42)])
    assert said(wild).high - said(wild).low > 3 * (said(calm).high - said(calm).low)


def test_little_knowledge_makes_it_wide_too() -> None:
    few, many = said(days(7, ["10"])), said(days(56, ["10"]))
    assert few.high - few.low > 2 * (many.high - many.low)


def test_what_is_spent_is_in_it_and_is_the_least() -> None:
    made = said(days(35, ["10"]), spent="500")
    assert made.spent == 500
    assert made.low >= 500


def test_of_today_only_what_is_left_is_to_come() -> None:
    series = days(35, ["10"])
    whole, quarter = said(series), said(series, left="0.25")
    assert round(whole.expected - quarter.expected, 6) == Decimal("7.5")


def test_a_period_that_is_over_has_come_to_what_was_spent() -> None:
    made = said(days(35, ["10"]), spent="12.34", end=MONDAY)
    assert (made.expected, made.low, made.high, made.points) == (Decimal("12.34"),) * 3 + ([],)


def test_of_a_period_to_come_the_days_before_it_are_no_part() -> None:
    series = days(35, ["10"])
    start = series.end + timedelta(days=5)
    made = forecast(series, ZERO, start, start + timedelta(days=2))
    assert isinstance(made, Forecast)
    assert round(made.expected, 6) == 20
    assert [point.day for point in made.points] == [start, start + timedelta(days=1)]


def test_the_day_on_which_an_amount_is_passed() -> None:
    made = said(days(35, ["10"]), spent="70")
    assert made.crosses(Decimal("99.5")) == made.points[2].day
    assert made.crosses(Decimal(1000)) is None


def test_a_series_begins_with_its_first_cost_and_has_no_gaps() -> None:
    found = Series.of({MONDAY: ZERO, date(2026, 9, 2): Decimal(3), date(2026, 9, 4): Decimal(1)}, date(2026, 9, 6))
    assert found.first == date(2026, 9, 2)
    assert list(map(int, found.costs)) == [3, 0, 1, 0]


@given(
    costs=st.lists(st.decimals("0", "100000", places=4), min_size=5, max_size=70),
    spent=st.decimals("0", "1000000", places=2),
    left=st.decimals("0", "1", places=3),
    ahead=st.integers(0, 40),
)
def test_whatever_was_spent_the_bounds_hold_what_is_expected_and_grow(
    costs: list[Decimal], spent: Decimal, left: Decimal, ahead: int
) -> None:
    series = Series(MONDAY, costs)
    made = forecast(series, spent, series.end, series.end + timedelta(days=ahead), left)
    assert isinstance(made, Forecast)
    assert len(made.points) == ahead
    assert all(spent <= point.low <= point.expected <= point.high for point in made.points)
    assert all(earlier.expected <= later.expected for earlier, later in pairwise(made.points))


@given(costs=st.lists(st.decimals("0", "1000", places=2), min_size=7, max_size=40))
def test_factors_of_a_week_are_never_nothing(costs: list[Decimal]) -> None:
    assert all(factor > 0 for factor in weekday_factors(Series(MONDAY, costs)))


def test_on_the_demos_months_the_interval_holds_about_four_times_out_of_five() -> None:
    book, trials = pricing.load_default(), []
    for seed, until in ((1, date(2026, 11, 20)), (2, date(2026, 12, 10)), (3, date(2026, 10, 31))):
        costs = daily_costs(Plan(seed, 90, until), book)
        trials += list(backtest(Series.of(costs, until + timedelta(days=1))))
    score = Score.of(trials)
    assert score.trials == 3 * 61
    assert score.coverage is not None
    assert score.error is not None
    assert Decimal("0.7") <= score.coverage <= Decimal("0.9")
    assert score.error < Decimal("0.05")
    near = [part.error or ZERO for _, _, part in by_reach(trials)]
    assert near == sorted(near, reverse=True)


def test_a_backtest_looks_at_no_day_that_comes_later() -> None:
    costs = {MONDAY + timedelta(days=number): Decimal(10 + number % 3) for number in range(62)}
    before = list(backtest(Series.of(costs, END)))
    changed = {**costs, date(2026, 10, 31): Decimal(9_999)}
    after = list(backtest(Series.of(changed, END)))
    assert [trial.forecast for trial in before] == [trial.forecast for trial in after]
    assert {trial.came for trial in before} != {trial.came for trial in after}
    assert (before[0].made_on, before[0].days_left) == (date(2026, 9, 5), 26)


def test_nothing_to_judge_has_no_score() -> None:
    assert Score.of([]) == Score(0, None, None)
