"""From counts to money: exact decimals, nothing rounded, division last."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Final

from app.pricing.rules.call import CallToPrice, PricedCall, PricedLine, PriceState, Rate, UnpricedReason
from app.pricing.rules.cards import EXACT, NoCard, RateCard
from app.pricing.rules.units import threshold_input

ZERO: Final = Decimal(0)
_add: Final = EXACT.add
_multiply: Final = EXACT.multiply
# Prices per hour do not terminate when divided: such a line is rounded once, half-even, to 1e-18 dollars.
SMALLEST: Final = Decimal("1e-18")


def price(card: RateCard, occurred_at: datetime, counts: Mapping[str, int | Decimal]) -> PricedCall:
    """The list price of the counts at that instant, in US dollars.

    Known zeros cost nothing and need no rate. One used unit without a rate makes the whole cost unknown; the lines
    then show what could be priced.
    """
    version = card.at(occurred_at)
    if version is None:
        return unpriced(UnpricedReason.NO_PRICE_FOR_TIER, card.priced_as)
    if not counts:
        return unpriced(UnpricedReason.USAGE_MISSING, card.priced_as)
    rates = version.rates_for(threshold_input(counts)) if version.brackets else version.rates
    total = ZERO
    lines: list[PricedLine] = []
    missing: list[str] = []
    costs_something = False
    for unit, count in counts.items():
        if not count:
            continue
        rate = rates.get(unit)
        if rate is None:
            missing.append(unit)
            continue
        cost = _multiply(rate.each, count) if rate.each is not None else line_cost(rate, count)
        total = _add(total, cost)
        costs_something = costs_something or bool(rate.price)
        lines.append(PricedLine(unit, count, rate, cost))
    if missing:
        return PricedCall(
            PriceState.UNPRICED,
            None,
            None,
            UnpricedReason.NO_PRICE_FOR_UNIT,
            card.priced_as,
            tuple(lines),
            tuple(missing),
        )
    state = PriceState.FREE if lines and not costs_something else PriceState.PRICED
    return PricedCall(state, total, total, None, card.priced_as, tuple(lines))


def line_cost(rate: Rate, count: int | Decimal) -> Decimal:
    """What so many of a unit cost."""
    if rate.each is not None:
        return EXACT.multiply(rate.each, count)
    cost = EXACT.divide(EXACT.multiply(rate.price, count), Decimal(rate.per))
    return cost.quantize(SMALLEST, rounding=ROUND_HALF_EVEN, context=EXACT)


def unpriced(reason: UnpricedReason, priced_as: str | None = None) -> PricedCall:
    """A call whose cost is not known, and why."""
    return PricedCall(PriceState.UNPRICED, None, None, reason, priced_as, ())


def price_call(card: RateCard | NoCard, call: CallToPrice) -> PricedCall:
    """A call's cost: the provider's own figure where it gave one, else ours; ours is kept beside it."""
    if not call.counts:
        ours = unpriced(UnpricedReason.USAGE_MISSING, card.priced_as)
    elif isinstance(card, NoCard):
        ours = unpriced(card.reason, card.priced_as)
    else:
        ours = price(card, call.occurred_at, call.counts)
    return ours if call.reported_cost is None else _with_reported(ours, call.reported_cost)


def _with_reported(ours: PricedCall, reported: Decimal) -> PricedCall:
    state = PriceState.PRICED if reported else PriceState.FREE
    return replace(ours, state=state, cost=reported, unpriced_reason=None)
