"""What the benchmarks are to show: the measures of the design, each with what to reach and what to aim for."""

from typing import NamedTuple


class Goal(NamedTuple):
    """`reach` and `aim` in the unit of `shown`; with `is_more`, more is better."""

    what: str
    reach: float
    aim: float
    shown: str
    is_more: bool = False

    def say(self, value: float) -> str:
        return self.shown.format(value)

    def verdict(self, value: float) -> str:
        """Plain words."""
        if self._is_met(value, self.aim):
            return "aim reached"
        return "goal reached" if self._is_met(value, self.reach) else "**missed**"

    def _is_met(self, value: float, wanted: float) -> bool:
        return value >= wanted if self.is_more else value <= wanted


BATCHES = Goal("ingest, batches of 500, 8 connections", 25_000, 45_000, "{:,.0f}/s", is_more=True)
OF_COPY = Goal("the same against COPY of the same rows in the same run", 33, 55, "{:.0f} %", is_more=True)
SINGLES = Goal("ingest, single calls, 64 connections", 3_500, 8_000, "{:,.0f}/s", is_more=True)
CPU = Goal("CPU of the service per event, batches of 500, 8 connections", 25, 12, "{:.0f} µs")
DISK = Goal("bytes on disk per event, indexes and rollups included", 500, 350, "{:,.0f}")
ANSWER = Goal("summary, trend, breakdown over a month, 10 M events stored: the slowest p95", 15, 5, "{:.1f} ms")
GROWTH = Goal("the same, p50 at 10 M against 1 M events: the greatest ratio", 1.2, 1.0, "{:.2f} x")
PRICING = Goal("pricing one call", 5, 1, "{:.1f} µs")
MEMORY = Goal("memory of the service under full load", 300, 150, "{:.0f} MB")
START = Goal("start to healthy, second run", 4, 2, "{:.1f} s")
PAIRS = Goal("reserve and settle, one strict budget, 64 connections: pairs", 1_000, 2_000, "{:,.0f}/s", is_more=True)
GOALS = (BATCHES, OF_COPY, SINGLES, CPU, DISK, ANSWER, GROWTH, PRICING, MEMORY, START, PAIRS)
