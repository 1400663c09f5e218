"""Ledgers side by side, on the wire."""

from collections.abc import Sequence
from typing import Self

from app.analytics.rules.ledgers import Sources
from app.analytics.rules.reconciliation import Side, Sides
from app.analytics.schemas.answers import FigureOut, FreshnessOut, PeriodOut
from app.analytics.schemas.asked import ReconciliationBy
from app.core.money import Money
from app.core.periods import Period
from app.core.schemas import Response


class GapOut(Response):
    """`difference` is the provider's figure less the tracked one, `ratio` the tracked part of the provider's.

    Both are null where one of the two is not known.
    """

    difference: Money | None
    ratio: Money | None


class SideOut(Response):
    """One day (`YYYY-MM-DD`), model or provider. A ledger that does not cover it is null.

    `cost` sets tracked against billed; tokens and calls set tracked against reported.
    """

    key: str
    tracked: FigureOut | None
    billed: FigureOut | None
    reported: FigureOut | None
    cost: GapOut
    input_tokens: GapOut
    output_tokens: GapOut
    calls: GapOut

    @classmethod
    def of(cls, side: Side) -> Self:
        return cls.model_validate(side)


class ReconciliationOut(Response):
    """A month from three ledgers. They are never added together."""

    month: str
    by: ReconciliationBy
    period: PeriodOut
    total: SideOut
    rows: Sequence[SideOut]
    freshness: FreshnessOut

    @classmethod
    def of(cls, month: str, period: Period, by: ReconciliationBy, sides: Sides, sources: Sources) -> Self:
        return cls(
            month=month,
            by=by,
            period=PeriodOut.model_validate(period),
            total=SideOut.of(sides.total),
            rows=[SideOut.of(side) for side in sides.rows],
            freshness=FreshnessOut.of(sources),
        )
