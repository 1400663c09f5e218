"""The calls, day by day: a weekday's rhythm, growth, a model switch, a runaway job, a provider's bad hours."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Any, Final

from app.demo.rules.company import CUSTOMERS, WORKLOADS, Use, Workload

FIRST_DAY_PACE: Final = 0.62
SATURDAY: Final = 5
# What happened, as points of the period: 0 is its first day, 1 its end.
SPIKE_AT: Final = 0.82
SPIKE_FEATURE: Final = "extract-terms"
SPIKE_FACTOR: Final = 9.0
OUTAGE_AT: Final = 0.55
OUTAGE_PROVIDER: Final = "anthropic"
OUTAGE_HOURS: Final = range(13, 16)
OUTAGE_ERRORS: Final = 0.4
USUAL_ERRORS: Final = 0.012
ERRORS: Final = (("rate_limit", 429), ("server_error", 500), ("timeout", 504), ("overloaded", 503))


@dataclass(frozen=True, slots=True)
class Plan:
    """Which calls: those of `days` days, `until` the last of them."""

    seed: int
    days: int
    until: date

    @property
    def first_day(self) -> date:
        return self.until - timedelta(days=self.days - 1)

    @property
    def mark(self) -> str:
        """Starts the id of each call; another plan has another mark."""
        return f"demo-{self.seed}-{self.days}-{self.until:%Y%m%d}-"

    def point(self, day: int) -> float:
        """How far through the period a day is."""
        return day / self.days


@dataclass(frozen=True, slots=True)
class DemoCall:
    """An event as a sender would send it, and the name of the API key it is sent with."""

    key: str
    occurred_at: datetime
    event: dict[str, Any]


def calls(plan: Plan) -> Iterator[DemoCall]:
    """All calls of the plan, each day's in the order of time."""
    for day in range(plan.days):
        yield from _calls_of_day(plan, day)


def _calls_of_day(plan: Plan, day: int) -> Iterator[DemoCall]:
    random = Random(f"{plan.mark}{day}")  # noqa: S311 - made-up figures, not secrets
    drafts = [
        (_instant(plan, day, workload, random), workload)
        for workload in WORKLOADS
        for _ in range(_call_count(plan, day, workload, random))
    ]
    drafts.sort(key=lambda draft: draft[0])
    for number, (occurred_at, workload) in enumerate(drafts):
        event_id = f"{plan.mark}{day:03d}-{number:05d}"
        yield DemoCall(workload.key, occurred_at, _event(plan, day, workload, occurred_at, random, event_id))


def _use(plan: Plan, day: int, workload: Workload) -> Use | None:
    """The model in use on a day; None before the first."""
    return next((use for use in reversed(workload.uses) if plan.point(day) >= use.since), None)


def _call_count(plan: Plan, day: int, workload: Workload, random: Random) -> int:
    if _use(plan, day, workload) is None:
        return 0
    weekday = (plan.first_day + timedelta(days=day)).weekday()
    pace = FIRST_DAY_PACE + (1 - FIRST_DAY_PACE) * plan.point(day)
    if weekday >= SATURDAY:
        pace *= workload.weekend
    if day == int(plan.days * SPIKE_AT) and workload.feature == SPIKE_FEATURE:
        # a job that fed its own output back to itself until somebody noticed; it does not know weekends
        pace = SPIKE_FACTOR
    return round(workload.calls_a_day * pace * random.uniform(0.86, 1.14))


def _instant(plan: Plan, day: int, workload: Workload, random: Random) -> datetime:
    hour = random.choices(range(24), workload.hours)[0]
    start = datetime.combine(plan.first_day + timedelta(days=day), time(hour), UTC)
    return start + timedelta(microseconds=random.randrange(3_600_000_000))


def _event(
    plan: Plan, day: int, workload: Workload, occurred_at: datetime, random: Random, event_id: str
) -> dict[str, Any]:
    use = _use(plan, day, workload)
    assert use is not None  # noqa: S101 - a workload without a model has no calls that day
    event = {
        "event_id": event_id,
        "occurred_at": occurred_at.isoformat(),
        "provider": use.provider,
        "model": use.model,
        "operation": workload.operation,
        "project": workload.project,
        "environment": workload.environment,
        "user": _customer(random) if workload.has_customer else None,
        "processing": workload.processing,
        "service_tier": workload.service_tier,
        "tags": {"feature": workload.feature},
        **_outcome(plan, day, workload, use, occurred_at, random),
    }
    return {name: value for name, value in event.items() if value is not None}


def _customer(random: Random) -> str:
    # inverse of the distribution whose n-th is about 1/n of the first
    return CUSTOMERS[int(len(CUSTOMERS) ** random.random()) - 1]


def _outcome(
    plan: Plan, day: int, workload: Workload, use: Use, occurred_at: datetime, random: Random
) -> dict[str, Any]:
    is_outage = day == int(plan.days * OUTAGE_AT) and occurred_at.hour in OUTAGE_HOURS
    odds = OUTAGE_ERRORS if is_outage and use.provider == OUTAGE_PROVIDER else USUAL_ERRORS
    if random.random() < odds:
        kind, http_status = ("overloaded", 529) if is_outage else random.choice(ERRORS)
        # a call that failed is not charged: its usage is known to be nothing
        usage = {"input_tokens": 0, "output_tokens": 0}
        latency = _size(random, 800, 0.8)
        return {
            "status": "error", "error_type": kind, "http_status": http_status, "usage": usage, "latency_ms": latency,
        }  # fmt: skip
    usage = _usage(workload, random)
    first = _size(random, workload.first_token_ms, 0.35)
    latency = first + usage["output_tokens"] * workload.token_ms * random.uniform(0.7, 1.4)
    timing: dict[str, Any] = {"status": "ok", "http_status": 200, "usage": usage, "latency_ms": round(latency, 1)}
    if workload.operation == "chat" and workload.processing is None:
        timing["time_to_first_token_ms"] = first
    return timing


def _usage(workload: Workload, random: Random) -> dict[str, int]:
    """Whole counts: cached tokens are also in the input, reasoning also in the output."""
    total_in = round(_size(random, workload.input.median, workload.input.spread))
    total_out = round(_size(random, workload.output.median, workload.output.spread)) if workload.output.median else 0
    usage = {"input_tokens": total_in, "output_tokens": total_out}
    if workload.cached:
        # a cache is cold now and then; then it is filled instead of read
        is_warm = random.random() < 0.9
        usage["cache_read_tokens"] = int(total_in * workload.cached * random.uniform(0.85, 1.15)) if is_warm else 0
        if workload.written:
            share = workload.written if is_warm else workload.cached
            usage["cache_write_tokens"] = int(total_in * share * random.uniform(0.85, 1.15))
    if workload.reasoning:
        usage["reasoning_tokens"] = int(total_out * min(0.95, workload.reasoning * random.uniform(0.5, 1.5)))
    return usage


def _size(random: Random, median: float, spread: float) -> float:
    return round(median * math.exp(random.gauss(0, spread)), 1)
