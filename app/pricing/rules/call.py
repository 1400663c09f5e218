"""What goes into pricing and what comes out of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple


class PriceState(StrEnum):
    """`free` is an explicit zero, `unpriced` is not knowing; neither is ever the other."""

    PRICED = "priced"
    FREE = "free"
    UNPRICED = "unpriced"


class UnpricedReason(StrEnum):
    """Why a call has no cost."""

    UNKNOWN_MODEL = "unknown_model"
    NO_PRICE_FOR_UNIT = "no_price_for_unit"
    NO_PRICE_FOR_TIER = "no_price_for_tier"
    USAGE_MISSING = "usage_missing"


@dataclass(frozen=True, slots=True)
class CallToPrice:
    """One call as pricing sees it.

    `model` is the one that served, `requested_model` the one that was asked for and is tried second.
    `occurred_at` is aware. `counts` holds disjoint leaves and meters, absent = not known. `reported_cost` is
    what the provider says it charged for this call.
    """

    provider: str
    model: str
    requested_model: str | None
    occurred_at: datetime
    counts: Mapping[str, int | Decimal]
    service_tier: str | None
    processing: str | None
    speed: str | None
    geo: str | None
    reported_cost: Decimal | None


class Rate(NamedTuple):
    """One unit's line in the book: `price` dollars for `per` of the unit, as published."""

    price: Decimal
    per: int
    each: Decimal | None
    """`price / per` where that is exact; None where it does not terminate (prices per hour)."""
    source: str


class PricedLine(NamedTuple):
    """One unit of a call: what was used, at which rate, for how much (unrounded)."""

    unit: str
    quantity: int | Decimal
    rate: Rate
    cost: Decimal


@dataclass(frozen=True, slots=True)
class PricedCall:
    """The answer.

    `cost` is the provider's own figure where it gave one, else ours; `list_cost` is always ours, or None.
    Both are None when unknown, never zero. `priced_as` names the row set of the book that matched. `lines` are
    the units that have a rate, also when others (`unpriced_units`) have none and the call is unpriced.
    """

    state: PriceState
    cost: Decimal | None
    list_cost: Decimal | None
    unpriced_reason: UnpricedReason | None
    priced_as: str | None
    lines: tuple[PricedLine, ...]
    unpriced_units: tuple[str, ...] = ()
