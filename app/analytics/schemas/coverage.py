"""Metrics beside calls, on the wire."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Self

from app.analytics.rules.coverage import CoverageRow
from app.core.money import Money
from app.core.periods import Period
from app.core.schemas import Response


class CoverageState(StrEnum):
    """Whether there are calls of the service to compare its metrics with."""

    COMPARED = "compared"
    METRICS_ONLY = "metrics_only"


class CoverageRowOut(Response):
    """A day of one service and model. Tokens in metrics have no price; `share` is the part that is in calls too."""

    start: datetime
    service: str
    model: str
    state: CoverageState
    metric_input_tokens: int
    metric_output_tokens: int
    call_input_tokens: int
    call_output_tokens: int
    share: Money | None

    @classmethod
    def of(cls, row: CoverageRow) -> Self:
        return cls(
            start=row.start,
            service=row.service,
            model=row.model,
            state=CoverageState.COMPARED if row.has_calls else CoverageState.METRICS_ONLY,
            metric_input_tokens=row.metric_input,
            metric_output_tokens=row.metric_output,
            call_input_tokens=row.calls_input,
            call_output_tokens=row.calls_output,
            share=row.share if row.has_calls else None,
        )


class CoverageOut(Response):
    """Tokens that metrics count, beside those of stored calls."""

    start: datetime
    end: datetime
    rows: Sequence[CoverageRowOut]

    @classmethod
    def of(cls, period: Period, rows: Sequence[CoverageRow]) -> Self:
        return cls(start=period.start, end=period.end, rows=[CoverageRowOut.of(row) for row in rows])
