"""What the questions are answered with."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from operator import attrgetter
from typing import Any, Final, Self

from app.analytics.rules import (
    Figure,
    Freshness,
    Grouping,
    Ledger,
    MonthTotals,
    MonthView,
    Point,
    change,
    fill_gaps,
    rank,
    share,
)
from app.core.money import Money
from app.core.periods import Granularity, Period
from app.core.schemas import Response
from app.usage.rules import latency


class PeriodOut(Response):
    """Half-open."""

    start: datetime
    end: datetime


class FigureOut(Response):
    """Sums over some calls.

    `cost` is null only where there are calls and the cost of none is known; `list_cost` is the same at public prices.
    `input_tokens` contains the cache reads and writes, `output_tokens` the reasoning.
    """

    cost: Money | None
    currency: str
    calls: int
    errors: int
    priced_calls: int
    free_calls: int
    unpriced_calls: int
    input_tokens: int
    cache_read_tokens: int
    cache_write_tokens: int
    output_tokens: int
    reasoning_tokens: int
    list_cost: Money | None
    cost_per_call: Money | None


class LedgerFigureOut(FigureOut):
    """A figure that says which ledger it is from."""

    ledger: Ledger


class PointOut(FigureOut):
    """One bucket; `key` and `label` are null when nothing was grouped."""

    start: datetime
    key: str | None
    label: str | None


class RowOut(FigureOut):
    """One group; `share` is its part of the cost, 0 to 1."""

    key: str
    label: str
    share: Money | None


_NAMES: Final = tuple(FigureOut.model_fields)
_values: Final = attrgetter(*_NAMES)


def _fields(figure: Figure) -> dict[str, Any]:
    return dict(zip(_NAMES, _values(figure), strict=True))


class ChangeOut(Response):
    """Against the previous period, as a fraction: 0.25 is a quarter more."""

    cost: Money | None


class LatencyOut(Response):
    """Percentiles in milliseconds, within 2 % of exact; null when no call told its latency."""

    p50: float | None
    p90: float | None
    p95: float | None
    p99: float | None

    @classmethod
    def of(cls, histogram: Mapping[int, int]) -> Self:
        return cls(**{f"p{percent}": _percentile(histogram, percent) for percent in (50, 90, 95, 99)})


def _percentile(histogram: Mapping[int, int], percent: int) -> float | None:
    found = latency.quantile(histogram, percent / 100)
    # the histogram knows two digits; a microsecond is more than anybody reads
    return None if found is None else round(found, 3)


class UnpricedOut(Response):
    """How many calls have no cost for one reason."""

    reason: str
    calls: int


class PrepaidOut(FigureOut):
    """What one kind of capacity carried that is paid for otherwise; part of the total, where its cost is 0.

    `list_cost` is what the same calls would have cost on demand.
    """

    capacity: str


class FreshnessOut(Response):
    """Null when the workspace has no calls.

    `last_event_at` is the newest call of all, by its own clock; `last_recorded_at` when the last call of the month, or
    of the newest day, was taken in.
    """

    last_event_at: datetime | None
    last_recorded_at: datetime | None

    @classmethod
    def of(cls, newest: Freshness, last_of_month: datetime | None) -> Self:
        recorded = [at for at in (newest.last_recorded_at, last_of_month) if at]
        return cls(last_event_at=newest.last_event_at, last_recorded_at=max(recorded, default=None))


class SummaryOut(Response):
    """A month at a glance."""

    month: str
    ledger: Ledger
    period: PeriodOut
    has_data: bool
    total: FigureOut
    today: FigureOut
    previous: FigureOut
    previous_period: PeriodOut
    change: ChangeOut
    ledgers: list[LedgerFigureOut]
    latency_ms: LatencyOut
    unpriced: list[UnpricedOut]
    prepaid: list[PrepaidOut]
    budget: None
    freshness: FreshnessOut

    @classmethod
    def of(
        cls,
        view: MonthView,
        totals: MonthTotals,
        previous: Figure,
        histogram: Mapping[int, int],
        newest: Freshness,
    ) -> Self:
        tracked = LedgerFigureOut(ledger=Ledger.TRACKED, **_fields(totals.total))
        return cls(
            month=view.month,
            ledger=Ledger.TRACKED,
            period=PeriodOut.model_validate(view.period),
            has_data=totals.total.calls > 0,
            total=FigureOut.model_validate(totals.total),
            today=FigureOut.model_validate(totals.today),
            previous=FigureOut.model_validate(previous),
            previous_period=PeriodOut.model_validate(view.previous),
            change=ChangeOut(cost=change(totals.total, previous)),
            ledgers=[tracked],
            latency_ms=LatencyOut.of(histogram),
            unpriced=[UnpricedOut(reason=reason, calls=calls) for reason, calls in totals.unpriced.items()],
            prepaid=[PrepaidOut(capacity=name, **_fields(figure)) for name, figure in totals.prepaid.items()],
            budget=None,
            freshness=FreshnessOut.of(newest, totals.last_recorded_at),
        )


class TrendOut(Response):
    """A series without gaps."""

    ledger: Ledger
    granularity: Granularity
    group_by: Grouping | None
    period: PeriodOut
    has_data: bool
    points: list[PointOut]

    @classmethod
    def of(cls, period: Period, granularity: Granularity, grouping: Grouping | None, points: Sequence[Point]) -> Self:
        filled = fill_gaps(points, period, granularity, grouped=grouping is not None)
        return cls(
            ledger=Ledger.TRACKED,
            granularity=granularity,
            group_by=grouping,
            period=PeriodOut.model_validate(period),
            has_data=bool(points),
            points=[
                PointOut(start=point.start, key=point.key, label=point.label, **_fields(point.figure))
                for point in filled
            ],
        )


class BreakdownOut(Response):
    """A month by one dimension, dearest first."""

    month: str
    ledger: Ledger
    by: Grouping
    period: PeriodOut
    has_data: bool
    total: FigureOut
    rows: list[RowOut]

    @classmethod
    def of(cls, month: str, period: Period, grouping: Grouping, groups: Iterable[tuple[str, str, Figure]]) -> Self:
        ranked = sorted(groups, key=lambda group: rank(group[:2], group[2]))
        total = sum((figure for _, _, figure in ranked), Figure())
        return cls(
            month=month,
            ledger=Ledger.TRACKED,
            by=grouping,
            period=PeriodOut.model_validate(period),
            has_data=bool(ranked),
            total=FigureOut.model_validate(total),
            rows=[
                RowOut(key=key, label=label, share=share(figure, total), **_fields(figure))
                for key, label, figure in ranked
            ],
        )
