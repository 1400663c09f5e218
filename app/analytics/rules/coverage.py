"""Tokens that metrics count beside the tokens of stored calls: how much of what was used is tracked."""

from datetime import datetime
from decimal import Decimal
from typing import Final, NamedTuple

_DIGITS: Final = Decimal("0.0001")


class CoverageRow(NamedTuple):
    """One day of one service and model. `has_calls`: the service has calls in the period, of whatever model."""

    start: datetime
    service: str
    model: str
    metric_input: int
    metric_output: int
    calls_input: int
    calls_output: int
    has_calls: bool

    @property
    def share(self) -> Decimal | None:
        """The part of the tokens in metrics that is in calls too; more than 1 where more is tracked than counted."""
        counted = self.metric_input + self.metric_output
        return (Decimal(self.calls_input + self.calls_output) / counted).quantize(_DIGITS) if counted else None
