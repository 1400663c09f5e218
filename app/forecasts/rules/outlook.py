"""What is said of a period: now, and on earlier days."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from app.core.periods import Period
from app.forecasts.rules.forecasting import Forecast, TooEarly
from app.usage.rules.spending import Ledger


@dataclass(frozen=True, slots=True)
class Outlook:
    """What is said of a period now. The cost of `unpriced_calls` is unknown, and so not forecast; None for a bill."""

    period: Period
    ledger: Ledger
    forecast: Forecast | TooEarly
    spent: Decimal
    unpriced_calls: int | None


@dataclass(frozen=True, slots=True)
class Past:
    """What was said of a period on a day. One not kept then was made now, from the days before that day alone."""

    made_on: date
    expected: Decimal
    low: Decimal
    high: Decimal
    is_kept: bool
