"""From counts to money: exact decimals, nothing rounded, division last."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Final, NamedTuple

from app.pricing.rules.call import (
    CallToPrice,
    Capacity,
    Costs,
    FreeReason,
    PartToPrice,
    PricedCall,
    PricedLine,
    PriceState,
    Rate,
    UnpricedReason,
)
from app.pricing.rules.cards import EXACT, NoCard, RateCard
from app.pricing.rules.units import threshold_input

ZERO: Final = Decimal(0)
_add: Final = EXACT.add
_multiply: Final = EXACT.multiply
# Makes a named tuple in a third of the time that its own constructor takes; there is one for each unit of each call.
_line: Final = tuple.__new__
# Prices per hour do not terminate when divided: such a line is rounded once, half-even, to 1e-18 dollars.
SMALLEST: Final = Decimal("1e-18")
_PAID_OTHERWISE: Final = frozenset((Capacity.PROVISIONED.value, Capacity.SUBSCRIPTION.value))


def pieces(call: CallToPrice) -> tuple[PartToPrice | None, ...]:
    """What of a call is priced for itself: the call (None) and its parts.

    A call that used nothing itself is left out when it has parts.
    """
    return (None, *call.parts) if call.counts or not call.parts else call.parts


class Portion(NamedTuple):
    """The call itself, or one of its parts, priced.

    `list_cost` and `contracted_cost` are None unless every used unit has such a price; `unpriced` are the units that
    have neither, with their counts, and `reason` says why (None when there are none). `costs_something` is whether a
    line has a price that is not zero.
    """

    role: str
    priced_as: str | None
    lines: Sequence[PricedLine]
    list_cost: Decimal | None
    contracted_cost: Decimal | None
    costs_something: bool
    reason: UnpricedReason | None
    unpriced: Mapping[str, int | Decimal]


def price_portion(
    card: RateCard | NoCard, occurred_at: datetime, counts: Mapping[str, int | Decimal], role: str = ""
) -> Portion:
    """The list price of the counts at that instant, in US dollars.

    Known zeros cost nothing and need no rate. One used unit without a rate makes the whole cost unknown; the lines
    then show what could be priced.
    """
    priced_as = card.priced_as
    if not counts:
        return _unknown(role, priced_as, UnpricedReason.USAGE_MISSING, counts)
    if isinstance(card, NoCard):
        return _unknown(role, priced_as, card.reason, counts)
    version = card.at(occurred_at)
    if version is None:
        return _unknown(role, priced_as, UnpricedReason.NO_PRICE_FOR_TIER, counts)
    priced_as = version.priced_as
    rates = version.rates_for(threshold_input(counts)) if version.brackets else version.rates
    total = ZERO
    lines: list[PricedLine] = []
    missing: dict[str, int | Decimal] = {}
    costs_something = False
    for unit, count in counts.items():
        if not count:
            continue
        rate = rates.get(unit)
        if rate is None:
            missing[unit] = count
            continue
        cost = _multiply(rate.each, count) if rate.each is not None else line_cost(rate, count)
        total = _add(total, cost)
        costs_something = costs_something or bool(rate.price)
        lines.append(_line(PricedLine, (unit, count, rate, cost, None, role, priced_as, None)))
    if missing:
        reason = UnpricedReason.NO_PRICE_FOR_UNIT
        return Portion(role, priced_as, lines, None, None, costs_something, reason, missing)
    return Portion(role, priced_as, lines, total, total, costs_something, None, missing)


def _unknown(role: str, priced_as: str | None, reason: UnpricedReason, counts: Mapping[str, int | Decimal]) -> Portion:
    used = {unit: count for unit, count in counts.items() if count}
    return Portion(role, priced_as, (), None, None, costs_something=False, reason=reason, unpriced=used)


def line_cost(rate: Rate, count: int | Decimal) -> Decimal:
    """What so many of a unit cost."""
    if rate.each is not None:
        return EXACT.multiply(rate.each, count)
    cost = EXACT.divide(EXACT.multiply(rate.price, count), Decimal(rate.per))
    return cost.quantize(SMALLEST, rounding=ROUND_HALF_EVEN, context=EXACT)


def plain_cost(card: RateCard | NoCard, occurred_at: datetime, counts: Mapping[str, int]) -> Costs:
    """What `conclude` makes of the `price_portion` of a plain call, without a line for each unit: a third of the time.

    `counts` is not empty.
    """
    if isinstance(card, NoCard):
        return Costs("unpriced", card.reason.value, None, None, None, card.priced_as)
    version = card.always or card.at(occurred_at)
    if version is None:
        return Costs("unpriced", _NO_TIER, None, None, None, card.priced_as)
    rates = version.rates_for(threshold_input(counts)) if version.brackets else version.rates
    total = ZERO
    used = costs_something = False
    for unit, count in counts.items():
        if not count:
            continue
        used = True
        rate = rates.get(unit)
        if rate is None:
            return Costs("unpriced", _NO_UNIT, None, None, None, version.priced_as)
        each = rate.each
        total = _add(total, line_cost(rate, count) if each is None else _multiply(each, count))
        costs_something = costs_something or bool(rate.price)
    state = "free" if used and not costs_something else "priced"
    return Costs(state, None, total, total, total, version.priced_as)


_NO_TIER: Final = UnpricedReason.NO_PRICE_FOR_TIER.value
_NO_UNIT: Final = UnpricedReason.NO_PRICE_FOR_UNIT.value


def free_parent() -> PricedCall:
    """The cost of a call that only repeats what its children used, and reported."""
    return PricedCall(PriceState.FREE, ZERO, ZERO, None, None, (), contracted_cost=ZERO, free_reason=FreeReason.PARENT)


def add_up(call: CallToPrice, portions: Sequence[Portion]) -> PricedCall:
    """The cost of a call from those of its portions: itself first, then its parts."""
    return conclude(call, portions[0] if len(portions) == 1 else _joined(portions))


def _joined(portions: Sequence[Portion]) -> Portion:
    """All of them as one; a portion that has no price leaves the sum unknown."""
    first = portions[0]
    list_cost, contracted = first.list_cost, first.contracted_cost
    for portion in portions[1:]:
        list_cost = _plus(list_cost, portion.list_cost)
        contracted = _plus(contracted, portion.contracted_cost)
    return Portion(
        first.role,
        first.priced_as,
        [line for portion in portions for line in portion.lines],
        list_cost,
        contracted,
        any(portion.costs_something for portion in portions),
        next((portion.reason for portion in portions if portion.reason is not None), None),
        {unit: count for portion in portions for unit, count in portion.unpriced.items()},
    )


def _plus(a: Decimal | None, b: Decimal | None) -> Decimal | None:
    return None if a is None or b is None else _add(a, b)


def conclude(call: CallToPrice, whole: Portion) -> PricedCall:
    """What a call costs, by what we found for the whole of it.

    The provider's own figure goes before capacity that is paid for otherwise, and that before what we found, which
    stays beside it.
    """
    cost = contracted = whole.contracted_cost
    reason, capacity = whole.reason, ""
    free = None if reason is not None or whole.costs_something or not whole.lines else FreeReason.ZERO_PRICE
    if call.capacity in _PAID_OTHERWISE:
        cost, contracted, reason, free, capacity = ZERO, ZERO, None, FreeReason.CAPACITY, call.capacity
    if call.reported_cost is not None:
        cost, reason = call.reported_cost, None
        free = None if cost else FreeReason.REPORTED_ZERO
    state = PriceState.UNPRICED if reason is not None else PriceState.PRICED if free is None else PriceState.FREE
    return PricedCall(
        state,
        cost,
        whole.list_cost,
        reason,
        whole.priced_as,
        tuple(whole.lines),
        tuple(whole.unpriced),
        contracted,
        capacity,
        free,
    )
