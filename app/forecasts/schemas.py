from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Literal, Self

from app.core.money import Money, ratio
from app.core.schemas import Response
from app.forecasts.rules.forecasting import LEAST_DAYS, Forecast
from app.forecasts.rules.outlook import Outlook, Past
from app.usage.rules.spending import Ledger

INTERVAL_PERCENT: Literal[80] = 80


class PointOut(Response):
    """What will have been spent from the start of the period to the end of a day."""

    day: date
    expected: Money
    low: Money
    high: Money


class ForecastOut(Response):
    """Where a month leads. `expected`, `low` and `high` are null while too few days are known.

    Four times out of five the month ends between `low` and `high`. Calls without a price are not in it.
    """

    ledger: Ledger
    currency: Literal["USD"]
    start: datetime
    end: datetime
    spent: Money
    expected: Money | None
    low: Money | None
    high: Money | None
    interval_percent: int
    days_known: int
    days_needed: int
    unpriced_calls: int | None
    points: Sequence[PointOut]

    @classmethod
    def of(cls, said: Outlook) -> Self:
        made = said.forecast if isinstance(said.forecast, Forecast) else None
        points = made.points if made else ()
        return cls(
            ledger=said.ledger,
            currency="USD",
            start=said.period.start,
            end=said.period.end,
            spent=said.spent,
            expected=made.expected if made else None,
            low=made.low if made else None,
            high=made.high if made else None,
            interval_percent=INTERVAL_PERCENT,
            days_known=said.forecast.days,
            days_needed=LEAST_DAYS,
            unpriced_calls=said.unpriced_calls,
            points=[PointOut(day=at.day, expected=at.expected, low=at.low, high=at.high) for at in points],
        )


class PastOut(Response):
    """What was said on a day. `is_kept` is false where it was made afterwards, from the days before that day alone."""

    made_on: date
    expected: Money
    low: Money
    high: Money
    is_kept: bool
    error: Money | None
    is_inside: bool | None


class PastForecastsOut(Response):
    """What was said of a month on each of its days, against what came; that is null until the month is over.

    `error` is the average distance as a share of what came, `coverage` how often that lay inside; null until then.
    """

    ledger: Ledger
    currency: Literal["USD"]
    month: str
    came: Money | None
    error: Money | None
    coverage: Money | None
    interval_percent: int
    items: Sequence[PastOut]

    @classmethod
    def of(cls, ledger: Ledger, month: str, days: Sequence[Past], came: Decimal | None) -> Self:
        items = [_past(day, came) for day in days]
        errors = [item.error for item in items if item.error is not None]
        inside = sum(bool(item.is_inside) for item in items)
        return cls(
            ledger=ledger,
            currency="USD",
            month=month,
            came=came,
            error=ratio(sum(errors, Decimal(0)), Decimal(len(errors))),
            coverage=None if came is None else ratio(Decimal(inside), Decimal(len(items))),
            interval_percent=INTERVAL_PERCENT,
            items=items,
        )


def _past(day: Past, came: Decimal | None) -> PastOut:
    return PastOut(
        made_on=day.made_on,
        expected=day.expected,
        low=day.low,
        high=day.high,
        is_kept=day.is_kept,
        error=None if came is None else ratio(abs(day.expected - came), came),
        is_inside=None if came is None else day.low <= came <= day.high,
    )
