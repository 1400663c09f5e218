"""Where a budget stands in a period, and which of its thresholds that crosses."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from app.budgets.rules.budgets import Budget, Kind, Threshold
from app.core.money import EXACT, ratio
from app.core.periods import Period
from app.forecasts.rules.forecasting import Forecast
from app.usage.rules.spending import Spent

HUNDRED: Final = Decimal(100)


@dataclass(frozen=True, slots=True)
class Fired:
    """A threshold that was crossed: by which figure, of which amount."""

    threshold: Threshold
    at: datetime
    figure: Decimal
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known of one period of a budget. `reserved` is held for calls that were not settled yet.

    `forecast` is of the end of the period, None where nobody can say yet.
    """

    budget: Budget
    period: Period
    spent: Spent
    reserved: Decimal
    fired: Sequence[Fired] = ()
    forecast: Forecast | None = None

    @property
    def projected(self) -> Decimal | None:
        """What will have been spent at the end of the period."""
        return self.forecast.expected if self.forecast else None

    @property
    def crosses_on(self) -> date | None:
        """The day at whose end more than the amount is expected to be spent; None where that is not expected."""
        return self.forecast.crosses(self.budget.terms.amount) if self.forecast else None

    @property
    def remaining(self) -> Decimal | None:
        """Below zero where more was spent; None where it is not known what was."""
        if not self.spent.is_known:
            return None
        return EXACT.subtract(EXACT.subtract(self.budget.terms.amount, self.spent.cost), self.reserved)

    @property
    def used_percent(self) -> Decimal | None:
        """What was spent, without what is reserved, of the amount; to two decimals."""
        if not self.spent.is_known:
            return None
        return ratio(EXACT.multiply(self.spent.cost, HUNDRED), self.budget.terms.amount, 2)


def crossed(thresholds: Sequence[Threshold], of: Kind, figure: Decimal, amount: Decimal) -> list[Threshold]:
    """Those of a kind that the figure has reached, the lowest first."""
    share = EXACT.multiply(figure, HUNDRED)
    return sorted(
        each for each in thresholds if each.of is of and share >= EXACT.multiply(amount, Decimal(each.percent))
    )
