"""Spikes: all that were planted are found, and next to nothing else is."""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.alerts.rules import Kind, Setting
from app.detection.rules.spikes import Spike, Threshold, day_spikes, hour_spikes
from app.detection.rules.usual import DAY, HOUR, Usual, median, usual_day, usual_hour
from tests.detection.series import DAYS, START, Team, spend

_SETTING = Setting(Kind.SPEND_SPIKE)
# as every workspace has it that has not set another
THRESHOLD = Threshold(*(_SETTING.figure(name) for name in ("min_rise_usd", "min_times", "deviations")))
SEEDS = range(8)
TEAMS = {
    "plain": Team(),
    "small": Team(peak="8"),
    "big": Team(peak="900", noise=0.3),
    "growing": Team(growth=4.0),
    "never resting": Team(weekend=1.0, growth=1.0),
}


def flat(cost: str, hours: int = 60 * 24, **changed: str) -> dict[datetime, Decimal]:
    """The same each hour, but for the hours `h<number>`."""
    series = {START + number * HOUR: Decimal(cost) for number in range(hours)}
    for name, value in changed.items():
        series[START + int(name[1:]) * HOUR] = Decimal(value)
    return series


def found(series: dict[datetime, Decimal], number: int, threshold: Threshold = THRESHOLD) -> list[Spike]:
    return hour_spikes(series, min(series), [START + number * HOUR], threshold)


@pytest.mark.parametrize("name", TEAMS)
def test_in_ninety_days_without_a_spike_hardly_one_is_seen(name: str) -> None:
    """At most one in eight times ninety days."""
    seen = 0
    for seed in SEEDS:
        series = spend(TEAMS[name], seed)
        seen += len(hour_spikes(series, START, series, THRESHOLD))
    assert seen <= 1


@pytest.mark.parametrize("name", ["plain", "big", "growing", "never resting"])
def test_every_spike_that_was_planted_is_found(name: str) -> None:
    """Six and nine times the usual, one in each twelve days, at any hour of day and night."""
    missed = []
    for seed in SEEDS:
        random = Random(1_000 + seed)  # noqa: S311 - made-up figures
        firsts = range(30 * 24, (DAYS - 12) * 24, 12 * 24)
        planted = {first + random.randrange(11 * 24): random.choice([6.0, 9.0]) for first in firsts}
        series = spend(replace(TEAMS[name], planted=planted), seed)
        missed += [(seed, number) for number in planted if not found(series, number)]
    assert missed == []


def test_what_scatters_wildly_raises_few_alarms() -> None:
    """At most one a month of a team whose every hour is off by a factor of one and a half."""
    team = Team(noise=0.4)
    seen = [len(hour_spikes(spend(team, seed), START, spend(team, seed), THRESHOLD)) for seed in SEEDS]
    assert max(seen) <= 3


def test_a_job_that_runs_now_and_then_is_soon_known() -> None:
    series = spend(Team(burst="60"), 1)
    seen = {spike.at.date() for spike in hour_spikes(series, START, series, THRESHOLD)}
    assert len(seen) <= 7, "of about thirty"


def test_a_spike_says_how_much_and_against_what() -> None:
    (spike,) = found(flat("10", h1200="80"), 1200)
    assert (spike.cost, spike.usual.middle, spike.rise) == (Decimal(80), Decimal(10), Decimal(70))


@pytest.mark.parametrize(
    ("usual", "cost", "is_spike"),
    [
        ("10", "19.99", False),  # less than twice
        ("10", "20", True),
        ("1", "2.99", False),  # less than two dollars more
        ("1", "3", True),
        ("0", "1.99", False),
        ("0", "2", True),
        ("0.001", "0.50", False),  # five hundred times as much, in cents
    ],
)
def test_both_sides_of_each_threshold(usual: str, cost: str, is_spike: bool) -> None:
    assert bool(found(flat(usual, h1200=cost), 1200)) is is_spike


def test_mondays_are_compared_with_mondays() -> None:
    series = flat("1")
    nights = [start for start in series if start.weekday() == 0 and start.hour == 3]
    for start in nights:
        series[start] = Decimal(50)
    assert hour_spikes(series, START, nights[3:], THRESHOLD) == []
    tuesday = nights[-1] + DAY
    series[tuesday] = Decimal(50)
    assert [spike.at for spike in hour_spikes(series, START, [tuesday], THRESHOLD)] == [tuesday]


def test_while_little_is_known_it_takes_twice_as_much() -> None:
    for cost, is_spike in (("39", False), ("40", True)):
        assert bool(found(flat("10", 10 * 24, h200=cost), 200)) is is_spike


def test_on_the_first_day_nobody_can_know() -> None:
    assert found(flat("1", 24, h23="1000"), 23) == []
    assert usual_hour(flat("1", 24), START, START + 23 * HOUR) is None
    assert usual_day({}, START, START + 6 * DAY) is None


def test_hours_without_calls_cost_nothing() -> None:
    assert usual_hour({}, START, START + 30 * DAY) == Usual(Decimal(0), Decimal(0), True)


def test_days_of_a_customer_are_compared_with_the_same_day_of_the_week() -> None:
    days = {START + number * DAY: Decimal(40 if number % 7 == 0 else 1) for number in range(50)}
    assert day_spikes(days, START, [START + 49 * DAY], THRESHOLD) == []
    days[START + 49 * DAY] = Decimal(40)
    days[START + 47 * DAY] = Decimal(40)
    assert [spike.at for spike in day_spikes(days, START, list(days)[30:], THRESHOLD)] == [START + 47 * DAY]


@given(
    usual=st.decimals("0", "1000", places=4),
    costs=st.lists(st.decimals("0", "100000", places=4), min_size=2, max_size=2).map(sorted),
)
def test_who_costs_more_is_no_less_a_spike(usual: Decimal, costs: list[Decimal]) -> None:
    what = Usual(usual, Decimal(0), True)
    assert THRESHOLD.is_passed(costs[0], what) <= THRESHOLD.is_passed(costs[1], what)


@given(st.lists(st.decimals("-1000", "1000", places=6), min_size=1, max_size=30))
def test_the_median_lies_in_the_middle(values: list[Decimal]) -> None:
    middle = median(values)
    assert sum(value < middle for value in values) <= len(values) / 2
    assert sum(value > middle for value in values) <= len(values) / 2


def test_what_comes_later_changes_nothing_about_an_hour_before() -> None:
    series = flat("10", h1200="80")
    before = {start: cost for start, cost in series.items() if start <= START + 1200 * HOUR}
    assert found(series, 1200) == found(before, 1200)
    assert START + timedelta(days=50) in series
