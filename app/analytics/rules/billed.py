"""Figures of the provider's side: charges by currency, what was counted, and what became unsure."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from app.core.money import EXACT

USD: Final = "USD"
# where a bill does not say which model a line is about
OTHER_MODEL: Final = "other"

ZERO: Final = Decimal(0)


@dataclass(frozen=True, slots=True)
class ForeignAmount:
    """What was billed in another currency. `cost` is its worth in dollars, None where no rate was entered for it."""

    currency: str
    amount: Decimal
    cost: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Rates:
    """Dollars for a unit of a currency, each from its day on until the next, as the workspace entered them."""

    by_currency: Mapping[str, Sequence[tuple[date, Decimal]]] = field(default_factory=dict)

    def at(self, currency: str, day: date) -> Decimal | None:
        """None before the first day that has a rate."""
        known = [rate for since, rate in sorted(self.by_currency.get(currency, ())) if since <= day]
        return known[-1] if known else None


@dataclass(frozen=True, slots=True)
class Charge:
    """A sum of billed lines in one currency. `day` is the lines' day where the currency is not the dollar.

    `key` is what they were grouped by, None where by nothing; `flagged` is the part of `amount` whose lines were
    missing when their day was last read, `flagged_rows` how many.
    """

    start: datetime | None
    key: str | None
    currency: str
    day: date | None
    amount: Decimal
    flagged: Decimal
    flagged_rows: int


@dataclass(frozen=True, slots=True)
class Flagged:
    """Lines that were billed once and were not there when their day was read again; they still count.

    `amount` is in dollars; None where the lines are in other currencies only.
    """

    rows: int = 0
    amount: Decimal | None = ZERO


@dataclass(frozen=True, slots=True)
class BilledFigure:
    """Sums of billed lines. What a bill does not tell is None: calls, tokens, list prices.

    `is_covered` is whether the bill of the time was read: without lines it is then zero, else unknown.
    """

    dollars: Decimal = ZERO
    foreign: Mapping[str, ForeignAmount] = field(default_factory=dict)
    has_dollars: bool = False
    is_covered: bool = True
    currency: str = USD

    calls: None = None
    errors: None = None
    priced_calls: None = None
    free_calls: None = None
    unpriced_calls: None = None
    input_tokens: None = None
    cache_read_tokens: None = None
    cache_write_tokens: None = None
    output_tokens: None = None
    reasoning_tokens: None = None
    list_cost: None = None
    cost_per_call: None = None

    @property
    def cost(self) -> Decimal | None:
        """Dollars, and what a rate turns into dollars; None where all of it is in money that no rate is known for."""
        if self.has_dollars:
            return self.dollars
        return self.dollars if self.is_covered and not self.foreign else None

    @property
    def known_cost(self) -> Decimal:
        return self.dollars

    @property
    def is_known(self) -> bool:
        """Whether there is a bill of it, be it of nothing."""
        return self.is_covered or self.has_dollars or bool(self.foreign)

    @property
    def other_currencies(self) -> list[ForeignAmount]:
        """What is not in `cost`, by currency."""
        return [self.foreign[currency] for currency in sorted(self.foreign)]


def billed_figure(charges: Iterable[Charge], rates: Rates, *, is_covered: bool = True) -> BilledFigure:
    """One figure of many charges: dollars in one sum, others apart unless a rate was entered for their day."""
    dollars, has_dollars, foreign = ZERO, False, dict[str, Decimal]()
    for charge in charges:
        worth = _worth(charge.currency, charge.day, charge.amount, rates)
        if worth is None:
            foreign[charge.currency] = EXACT.add(foreign.get(charge.currency, ZERO), charge.amount)
        else:
            dollars, has_dollars = EXACT.add(dollars, worth), True
    apart = {currency: ForeignAmount(currency, amount) for currency, amount in foreign.items()}
    return BilledFigure(dollars, apart, has_dollars, is_covered)


def _worth(currency: str, day: date | None, amount: Decimal, rates: Rates) -> Decimal | None:
    if currency == USD:
        return amount
    rate = rates.at(currency, day) if day else None
    return None if rate is None else EXACT.multiply(amount, rate)


def converted(charges: Iterable[Charge], rates: Rates) -> list[ForeignAmount]:
    """What of other currencies went into dollars, by currency, with both sums."""
    sums: dict[str, ForeignAmount] = {}
    for charge in charges:
        worth = _worth(charge.currency, charge.day, charge.amount, rates)
        if charge.currency != USD and worth is not None:
            before = sums.get(charge.currency, ForeignAmount(charge.currency, ZERO, ZERO))
            amount = EXACT.add(before.amount, charge.amount)
            sums[charge.currency] = ForeignAmount(charge.currency, amount, EXACT.add(before.cost or ZERO, worth))
    return [sums[currency] for currency in sorted(sums)]


def flagged(charges: Iterable[Charge], rates: Rates) -> Flagged:
    """The part of the charges that was missing when it was last looked for."""
    rows, amount, is_known = 0, ZERO, True
    for charge in charges:
        if charge.flagged_rows:
            worth = _worth(charge.currency, charge.day, charge.flagged, rates)
            rows, is_known = rows + charge.flagged_rows, is_known and worth is not None
            amount = EXACT.add(amount, worth or ZERO)
    return Flagged(rows, amount if is_known else None)


def told_model(model: str | None, line_item: str | None, is_known: Callable[[str], bool]) -> str:
    """The model a line is about: its own word, or `<model>, <what of it>` with a model that the price book lists.

    `OTHER_MODEL` where neither tells. Nothing else is read into a line item.
    """
    if model:
        return model
    name, comma, what = (line_item or "").partition(", ")
    return name if comma and what and is_known(name) else OTHER_MODEL


@dataclass(frozen=True, slots=True)
class ReportedFigure:
    """What a provider counted; no money. `calls` are its requests, None where it does not count them."""

    calls: int | None = None
    fresh_tokens: int | None = None
    cache_read_tokens: int | None = None
    cache_write_tokens: int | None = None
    visible_tokens: int | None = None
    reasoning_tokens: int | None = None
    currency: str = USD

    cost: None = None
    errors: None = None
    priced_calls: None = None
    free_calls: None = None
    unpriced_calls: None = None
    list_cost: None = None
    cost_per_call: None = None
    other_currencies: tuple[()] = ()

    def __add__(self, other: "ReportedFigure") -> "ReportedFigure":
        return ReportedFigure(
            _sum(self.calls, other.calls),
            _sum(self.fresh_tokens, other.fresh_tokens),
            _sum(self.cache_read_tokens, other.cache_read_tokens),
            _sum(self.cache_write_tokens, other.cache_write_tokens),
            _sum(self.visible_tokens, other.visible_tokens),
            _sum(self.reasoning_tokens, other.reasoning_tokens),
        )

    @property
    def known_cost(self) -> Decimal:
        return ZERO

    @property
    def is_known(self) -> bool:
        """Whether anything was counted, be it nothing."""
        return any(count is not None for count in (self.calls, self.input_tokens, self.output_tokens))

    @property
    def input_tokens(self) -> int | None:
        return _sum(_sum(self.fresh_tokens, self.cache_read_tokens), self.cache_write_tokens)

    @property
    def output_tokens(self) -> int | None:
        return _sum(self.visible_tokens, self.reasoning_tokens)


NOTHING_COUNTED: Final = ReportedFigure(0, 0, 0, 0, 0, 0)


def _sum(a: int | None, b: int | None) -> int | None:
    """Of what is known; None where nothing is."""
    return None if a is None and b is None else (a or 0) + (b or 0)
