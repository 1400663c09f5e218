"""Ninety days of spend as teams really have it: working days, nights, growth and noise, with what is planted in it."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random

START = datetime(2026, 6, 1, tzinfo=UTC)
DAYS = 90
HOUR = timedelta(hours=1)
# A working day's shape, from the night's least to the afternoon's most.
SHAPE = (2, 2, 2, 2, 3, 4, 8, 20, 55, 80, 90, 88, 70, 85, 95, 100, 90, 65, 40, 25, 15, 8, 5, 3)


@dataclass(frozen=True)
class Team:
    """How a team spends: the dearest hour of a working day, what is left of it at weekends, how much hours scatter.

    `burst` is a job of that price that runs at an hour of its own choice on a third of the days.
    """

    peak: str = "40"
    weekend: float = 0.25
    noise: float = 0.25
    growth: float = 1.6
    burst: str = "0"
    planted: Mapping[int, float] = field(default_factory=dict)


def spend(team: Team, seed: int) -> dict[datetime, Decimal]:
    """The cost of each hour; `planted` multiplies hours by their number from the start, and what it makes of a quiet
    one is a fifth of the peak at the least.
    """
    random = Random(seed)  # noqa: S311 - made-up figures, not secrets
    series: dict[datetime, Decimal] = {}
    for number in range(DAYS * 24):
        at = START + number * HOUR
        pace = team.growth ** (number / (DAYS * 24)) * (team.weekend if at.weekday() >= 5 else 1.0)
        share = SHAPE[at.hour] / 100 * pace * math.exp(random.gauss(0, team.noise))
        if number in team.planted:
            share = max(share, 0.2) * team.planted[number]
        series[at] = (Decimal(team.peak) * Decimal(str(share))).quantize(Decimal("0.000001"))
    return _with_bursts(series, team, random)


def _with_bursts(series: dict[datetime, Decimal], team: Team, random: Random) -> dict[datetime, Decimal]:
    for day in range(DAYS):
        at = START + timedelta(days=day, hours=random.randrange(24))
        if random.random() < 1 / 3:
            series[at] += Decimal(team.burst)
    return series
