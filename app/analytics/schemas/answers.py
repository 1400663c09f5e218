"""What the questions are answered with."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from operator import attrgetter
from typing import Any, Final, Self
from uuid import UUID

from app.analytics.rules import (
    Figure,
    Grouping,
    Ledger,
    MonthTotals,
    Point,
    change,
    fill_gaps,
    rank,
    share,
)
from app.analytics.rules.grouping import AnyFigure
from app.analytics.rules.ledgers import Sources
from app.analytics.rules.tags import TagTotal
from app.analytics.rules.told import AnyTold, Month
from app.budgets.rules import Kind, Standing
from app.core.money import Money
from app.core.periods import Granularity, Period
from app.core.schemas import Page, Response
from app.usage.rules import latency
from app.usage.rules.tags import OWN, USER


class PeriodOut(Response):
    """Half-open."""

    start: datetime
    end: datetime


class AmountOut(Response):
    """An amount in a currency that is not the dollar."""

    currency: str
    amount: Money


class ConvertedOut(AmountOut):
    """What the rates that the workspace entered make of it, in dollars."""

    cost: Money


class FigureOut(Response):
    """Sums of one ledger. What the ledger does not know is null: a bill knows no calls and no tokens.

    `cost` is in dollars: of calls null only where there are some and the cost of none is known, of a bill where it was
    not read. `other_currencies` is what was billed in other money and is in no `cost`. `list_cost` is the cost at
    public prices. `input_tokens` contains the cache reads and writes, `output_tokens` the reasoning.
    """

    cost: Money | None
    currency: str
    calls: int | None
    errors: int | None
    priced_calls: int | None
    free_calls: int | None
    unpriced_calls: int | None
    input_tokens: int | None
    cache_read_tokens: int | None
    cache_write_tokens: int | None
    output_tokens: int | None
    reasoning_tokens: int | None
    list_cost: Money | None
    cost_per_call: Money | None
    other_currencies: Sequence[AmountOut]


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


def figure_fields(figure: AnyFigure) -> dict[str, Any]:
    """The fields of a figure of any ledger."""
    return dict(zip(_NAMES, _values(figure), strict=True))


class TagOut(FigureOut):
    """What calls can be split by: `by` is what to ask for, `tag` which one where that is a tag.

    `values` have a sum of their own on some day; `has_other` says that there were more than a day keeps apart.
    """

    by: Grouping
    tag: str | None
    values: int
    has_other: bool

    @classmethod
    def of(cls, total: TagTotal) -> Self:
        is_user = total.tag == USER
        return cls(
            by=Grouping.USER if is_user else Grouping.TAG,
            tag=None if is_user else total.tag.removeprefix(OWN),
            values=total.values,
            has_other=total.has_other,
            **figure_fields(total.figure),
        )


class TagsOut(Page[TagOut]):
    """`complete` false: after an upgrade, earlier calls of the period are still being added up by customer and tag."""

    complete: bool


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
    """How new it is. Null where the workspace has no calls, no bills, no connections.

    `last_event_at` is the newest call of all, by its own clock; `last_recorded_at` when the last call of the month, or
    of the newest day, was taken in. `billed_until` is the end of the newest day that a bill tells of, `last_synced_at`
    when a connection was last read.
    """

    last_event_at: datetime | None
    last_recorded_at: datetime | None
    billed_until: datetime | None
    last_synced_at: datetime | None

    @classmethod
    def of(cls, sources: Sources, last_of_month: datetime | None = None) -> Self:
        recorded = [at for at in (sources.newest.last_recorded_at, last_of_month) if at]
        return cls(
            last_event_at=sources.newest.last_event_at,
            last_recorded_at=max(recorded, default=None),
            billed_until=sources.billed_until,
            last_synced_at=sources.last_synced_at,
        )


class FlaggedOut(Response):
    """Billed lines that were missing when their day was read again. They count until the provider settles it.

    `amount` is in dollars; null where it is in other money.
    """

    rows: int
    amount: Money | None


class MonthBudgetOut(Response):
    """The budget of everything that is spent in the month, and where it stands in it; `budgets/{id}` tells more.

    `spent` is of the budget's own ledger. `fired` are the thresholds that were crossed, in per cent.
    """

    id: UUID
    name: str
    ledger: str
    amount: Money
    currency: str
    spent: Money | None
    reserved: Money
    remaining: Money | None
    used_percent: Money | None
    unpriced_calls: int | None
    fired: list[int]

    @classmethod
    def of(cls, standing: Standing) -> Self:
        terms, spent = standing.budget.terms, standing.spent
        return cls(
            id=standing.budget.id,
            name=terms.name,
            ledger=terms.ledger.value,
            amount=terms.amount,
            currency=terms.currency,
            spent=spent.cost if spent.is_known else None,
            reserved=standing.reserved,
            remaining=standing.remaining,
            used_percent=standing.used_percent,
            unpriced_calls=spent.unpriced_calls,
            fired=sorted(fired.threshold.percent for fired in standing.fired if fired.threshold.of is Kind.ACTUAL),
        )


class SummaryOut(Response):
    """A month at a glance.

    `total`, `today` and `previous` are of the one `ledger`; `ledgers` sets side by side the totals of all that there
    are, which are never added. Latency, `unpriced` and `prepaid` are of the tracked calls.
    """

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
    flagged: FlaggedOut | None
    converted: Sequence[ConvertedOut]
    latency_ms: LatencyOut
    unpriced: list[UnpricedOut]
    prepaid: list[PrepaidOut]
    budget: MonthBudgetOut | None
    freshness: FreshnessOut

    @classmethod
    def of(
        cls,
        month: Month,
        totals: MonthTotals,
        histogram: Mapping[int, int],
        sources: Sources,
        budget: Standing | None = None,
    ) -> Self:
        shown = month.shown
        return cls(
            month=month.view.month,
            ledger=shown.ledger,
            period=PeriodOut.model_validate(month.view.period),
            has_data=shown.has_data,
            total=FigureOut.model_validate(shown.total),
            today=FigureOut.model_validate(shown.today),
            previous=FigureOut.model_validate(shown.previous),
            previous_period=PeriodOut.model_validate(shown.previous_period),
            change=ChangeOut(cost=change(shown.total, shown.previous)),
            ledgers=[LedgerFigureOut(ledger=name, **figure_fields(figure)) for name, figure in month.ledgers],
            flagged=FlaggedOut.model_validate(shown.flagged) if shown.flagged else None,
            converted=[ConvertedOut.model_validate(amount) for amount in shown.converted],
            latency_ms=LatencyOut.of(histogram),
            unpriced=[UnpricedOut(reason=reason, calls=calls) for reason, calls in totals.unpriced.items()],
            prepaid=[PrepaidOut(capacity=name, **figure_fields(figure)) for name, figure in totals.prepaid.items()],
            budget=MonthBudgetOut.of(budget) if budget else None,
            freshness=FreshnessOut.of(sources, totals.last_recorded_at),
        )


class TrendOut(Response):
    """A series without gaps.

    `complete` false: after an upgrade, earlier calls are still being added up by customer and tag, and are missing
    from these figures or stand under no value.
    """

    ledger: Ledger
    granularity: Granularity
    group_by: Grouping | None
    tag: str | None = None
    period: PeriodOut
    complete: bool
    has_data: bool
    points: list[PointOut]
    flagged: FlaggedOut | None
    converted: Sequence[ConvertedOut]
    freshness: FreshnessOut

    @classmethod
    def of(
        cls,
        period: Period,
        granularity: Granularity,
        grouping: Grouping | None,
        points: Sequence[Point],
        sources: Sources,
        tag: str | None = None,
        *,
        complete: bool = True,
    ) -> Self:
        filled = fill_gaps(points, period, granularity, grouped=grouping is not None)
        return cls(
            ledger=Ledger.TRACKED,
            granularity=granularity,
            group_by=grouping,
            tag=tag,
            period=PeriodOut.model_validate(period),
            complete=complete,
            has_data=bool(points),
            points=[
                PointOut(start=point.start, key=point.key, label=point.label, **figure_fields(point.figure))
                for point in filled
            ],
            flagged=None,
            converted=[],
            freshness=FreshnessOut.of(sources),
        )

    @classmethod
    def of_provider(
        cls, period: Period, granularity: Granularity, grouping: Grouping | None, told: AnyTold, sources: Sources
    ) -> Self:
        """The same of a ledger that providers fill."""
        return cls(
            ledger=told.ledger,
            granularity=granularity,
            group_by=grouping,
            period=PeriodOut.model_validate(period),
            complete=True,
            has_data=told.has_data,
            points=[
                PointOut(start=cell.start, key=cell.key, label=told.label(cell.key), **figure_fields(cell.figure))
                for cell in told.cells
                if cell.start
            ],
            flagged=FlaggedOut.model_validate(told.flagged) if told.flagged else None,
            converted=[ConvertedOut.model_validate(amount) for amount in told.converted],
            freshness=FreshnessOut.of(sources),
        )


class BreakdownOut(Response):
    """A month by one dimension, dearest first.

    `complete` false: after an upgrade, earlier calls are still being added up by customer and tag, and are missing
    from these figures or stand under no value.
    """

    month: str
    ledger: Ledger
    by: Grouping
    tag: str | None = None
    period: PeriodOut
    complete: bool
    has_data: bool
    total: FigureOut
    rows: list[RowOut]
    flagged: FlaggedOut | None
    converted: Sequence[ConvertedOut]
    freshness: FreshnessOut

    @classmethod
    def of(
        cls,
        month: str,
        period: Period,
        grouping: Grouping,
        groups: Iterable[tuple[str, str, Figure]],
        sources: Sources,
        tag: str | None = None,
        *,
        complete: bool = True,
    ) -> Self:
        ranked = sorted(groups, key=lambda group: rank(group[:2], group[2]))
        total = sum((figure for _, _, figure in ranked), Figure())
        return cls(
            month=month,
            ledger=Ledger.TRACKED,
            by=grouping,
            tag=tag,
            period=PeriodOut.model_validate(period),
            complete=complete,
            has_data=bool(ranked),
            total=FigureOut.model_validate(total),
            rows=[
                RowOut(key=key, label=label, share=share(figure, total), **figure_fields(figure))
                for key, label, figure in ranked
            ],
            flagged=None,
            converted=[],
            freshness=FreshnessOut.of(sources),
        )

    @classmethod
    def of_provider(cls, month: str, period: Period, grouping: Grouping, told: AnyTold, sources: Sources) -> Self:
        """The same of a ledger that providers fill."""
        return cls(
            month=month,
            ledger=told.ledger,
            by=grouping,
            period=PeriodOut.model_validate(period),
            complete=True,
            has_data=told.has_data,
            total=FigureOut.model_validate(told.total),
            rows=[
                RowOut(
                    key=cell.key or "",
                    label=told.label(cell.key) or "",
                    share=share(cell.figure, told.total),
                    **figure_fields(cell.figure),
                )
                for cell in told.cells
            ],
            flagged=FlaggedOut.model_validate(told.flagged) if told.flagged else None,
            converted=[ConvertedOut.model_validate(amount) for amount in told.converted],
            freshness=FreshnessOut.of(sources),
        )
