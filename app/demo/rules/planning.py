"""What the demo company means to spend: its budgets, by what it spends."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Final

from app.budgets.rules import Every, Kind, Limit, OnUnavailable, Terms, Threshold
from app.core.money import EXACT
from app.core.periods import Period, day_of
from app.usage.rules.spending import EVERYTHING, USD, Filter, Ledger, TagIs
from app.usage.rules.tags import OWN, USER

DAY: Final = timedelta(days=1)
# What is usual is told from so many days before today, which is not over.
USUAL_DAYS: Final = 28
# Days that a budget which begins anew lasts; of months it is near enough.
LASTS: Final = {Every.MONTH: 30, Every.WEEK: 7, Every.DAY: 1}
TWO_DIGITS: Final = 2
TOLD: Final = (Threshold(80, Kind.ACTUAL), Threshold(100, Kind.ACTUAL), Threshold(100, Kind.FORECAST))


@dataclass(frozen=True, slots=True)
class Planned:
    """A budget, its amount by what was spent, so that it looks the same whenever the demo is made.

    One that begins anew is `usual` times what the past weeks cost in such a period. One that runs from `since` days
    ago for `ends_in` more has `used` per cent of its amount spent by now.
    """

    name: str
    only: Filter
    every: Every = Every.CUSTOM
    usual: Decimal = Decimal(0)
    since: int = 0
    ends_in: int = 0
    used: Decimal = Decimal(0)
    thresholds: tuple[Threshold, ...] = TOLD
    limit: Limit = Limit.NONE
    on_unavailable: OnUnavailable = OnUnavailable.OPEN

    def looks_at(self, now: datetime) -> Period:
        """The days by which its amount is told."""
        today = day_of(now)
        if self.every is Every.CUSTOM:
            return Period(today - self.since * DAY, today + DAY)
        return Period(today - USUAL_DAYS * DAY, today)

    def amount(self, spent: Decimal) -> Decimal:
        """By what was spent on those days, to two digits as people give it; 0 where nothing was."""
        if self.every is Every.CUSTOM:
            return _rounded(EXACT.multiply(EXACT.divide(spent, self.used), Decimal(100)))
        a_day = EXACT.divide(spent, Decimal(USUAL_DAYS))
        return _rounded(EXACT.multiply(EXACT.multiply(a_day, Decimal(LASTS[self.every])), self.usual))

    def terms(self, amount: Decimal, now: datetime) -> Terms:
        is_custom, today = self.every is Every.CUSTOM, day_of(now)
        return Terms(
            name=self.name,
            ledger=Ledger.TRACKED,
            only=self.only,
            every=self.every,
            start=today - self.since * DAY if is_custom else None,
            end=today + self.ends_in * DAY if is_custom else None,
            amount=amount,
            currency=USD,
            thresholds=self.thresholds,
            limit=self.limit,
            on_unavailable=self.on_unavailable,
        )


def _rounded(amount: Decimal) -> Decimal:
    if not amount:
        return Decimal(0)
    last = Decimal((0, (1,), max(amount.adjusted() - TWO_DIGITS + 1, -TWO_DIGITS)))
    return amount.quantize(last, ROUND_HALF_EVEN) + Decimal(0)


PLANNED: Final[Sequence[Planned]] = (
    Planned("Everything", EVERYTHING, Every.MONTH, usual=Decimal("1.2")),
    # the runaway job was in it
    Planned(
        "Contracts pilot", Filter(project=("contracts",)), since=24, ends_in=6, used=Decimal(94),
        thresholds=(Threshold(50, Kind.ACTUAL), *TOLD),
    ),
    Planned("Newsletter campaign", Filter(project=("newsletters",)), since=20, ends_in=4, used=Decimal(112)),
    Planned("Acme Logistics", Filter(tag=TagIs(USER, "acme-logistics")), Every.MONTH, usual=Decimal("1.4")),
    Planned(
        "Code review bot", Filter(tag=TagIs(f"{OWN}feature", "code-review")), Every.DAY, usual=Decimal(3),
        limit=Limit.STRICT, on_unavailable=OnUnavailable.CLOSED,
    ),
)  # fmt: skip
