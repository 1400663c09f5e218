"""What calls without a price would have cost as calls of another model. Said as an estimate, never kept as a cost."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

from app.pricing.rules.cards import EXACT, NoCard, RateCard, Rates
from app.pricing.rules.cost import ZERO, line_cost

# Sums do not say how long a write is kept, or whether the vendor charges for it.
_STAND_INS: Final = {
    "input.cache_write_5m.text": ("input.cache_write_30m.text", "input.fresh.text"),
    "input.cache_read.text": ("input.fresh.text",),
}


@dataclass(frozen=True, slots=True)
class Estimate:
    """`cost` at the list prices of the model `like` (`provider/model`), and why that one."""

    cost: Decimal
    like: str
    why: str


def list_cost(card: RateCard | NoCard, at: datetime, tokens: Mapping[str, int]) -> Decimal | None:
    """Summed leaves at the list prices of that instant, without the steps by size of prompt, which sums do not tell.

    None when there is nothing to price, or a leaf that the model has no price for.
    """
    version = None if isinstance(card, NoCard) else card.at(at)
    if version is None or not any(tokens.values()):
        return None
    total = ZERO
    for leaf, count in tokens.items():
        cost = _cost(version.rates, leaf, count)
        if cost is None:
            return None
        total = EXACT.add(total, cost)
    return total


def _cost(rates: Rates, leaf: str, count: int) -> Decimal | None:
    if not count:
        return ZERO
    for unit in (leaf, *_STAND_INS.get(leaf, ())):
        if unit in rates:
            return line_cost(rates[unit], count)
    return None
