"""What goes into pricing and what comes out of it."""

from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

import msgspec


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
    PRICE_IN_OTHER_CURRENCY = "price_in_other_currency"
    USAGE_MISSING = "usage_missing"


class FreeReason(StrEnum):
    """Why a call costs nothing."""

    ZERO_PRICE = "zero_price"
    CAPACITY = "capacity"
    PARENT = "parent"
    REPORTED_ZERO = "reported_zero"


class Capacity(StrEnum):
    """How the traffic is paid for. What is not on demand costs nothing at the margin and is shown apart."""

    ON_DEMAND = "on_demand"
    PROVISIONED = "provisioned"
    SUBSCRIPTION = "subscription"


class PartToPrice(msgspec.Struct, frozen=True):
    """What a sub-request inside a call used, priced on its own model; None is the call's own."""

    role: str
    counts: Mapping[str, int | Decimal]
    model: str | None = None
    provider: str | None = None
    service_tier: str | None = None
    speed: str | None = None


class CallToPrice(msgspec.Struct, frozen=True):
    """One call as pricing sees it.

    `model` is the one that served, `requested_model` the one that was asked for and is tried second.
    `occurred_at` is aware. `counts` holds disjoint leaves and meters, absent = not known, without those of `parts`.
    `facts` are dimensions of meters (`search_context_size`, ...). `capacity` None is not said. `reported_cost` is what
    the provider says it charged for the whole call, in US dollars. A parent (the root span of an agent) repeats what
    its children used, so it costs nothing itself.
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
    deployment: str | None = None
    capacity: str | None = None
    facts: Mapping[str, str] = {}
    parts: tuple[PartToPrice, ...] = ()
    is_parent: bool = False


class Rate(NamedTuple):
    """One unit's line in the book: `price` dollars for `per` of the unit, as published."""

    price: Decimal
    per: int
    each: Decimal | None
    """`price / per` where that is exact; None where it does not terminate (prices per hour)."""
    source: str


class OwnPrice(NamedTuple):
    """What the workspace's own prices say of a line: a rate in place of the list price, or a discount on it."""

    rule_id: str
    rate: Rate | None
    percent: Decimal | None
    """Off the list price, from above 0 to 100; None where there is a rate."""


class PricedLine(NamedTuple):
    """One unit of a call: what was used, at which rate, for how much (unrounded).

    `rate` and `cost` are at list price; `contracted` is what the workspace's `own` price makes of it, None where it
    has none. `role` is empty for the call itself, else the part's; `priced_as` the row set of the book, "" where the
    workspace's own rate was the only one: `rate` and `cost` are then by that.
    """

    unit: str
    quantity: int | Decimal
    rate: Rate
    cost: Decimal
    contracted: Decimal | None = None
    role: str = ""
    priced_as: str = ""
    own: OwnPrice | None = None


class PricedCall(NamedTuple):
    """The answer.

    `cost` is the provider's own figure where it gave one, else `contracted_cost`, which is `list_cost` changed by the
    workspace's own rates and discounts (and equal to it where there are none); capacity that is paid for otherwise
    costs nothing, whatever its list price. All are None when unknown, never zero. `priced_as` names the row set of the
    book that matched. `lines` are the units that have a rate, also when others (`unpriced_units`) have none and the
    call is unpriced. `capacity` is empty for on demand. `free_reason` is there exactly when the state is free.
    """

    state: PriceState
    cost: Decimal | None
    list_cost: Decimal | None
    unpriced_reason: UnpricedReason | None
    priced_as: str | None
    lines: tuple[PricedLine, ...]
    unpriced_units: tuple[str, ...] = ()
    contracted_cost: Decimal | None = None
    capacity: str = ""
    free_reason: FreeReason | None = None

    @property
    def costs(self) -> "Costs":
        """What of it is stored."""
        reason = self.unpriced_reason and self.unpriced_reason.value
        money = (self.cost, self.list_cost, self.contracted_cost)
        return Costs(self.state.value, reason, *money, self.priced_as, self.capacity or None)


class Asked(NamedTuple):
    """What the book is asked for: `model` is the one that served."""

    provider: str
    model: str
    requested_model: str | None
    service_tier: str | None
    processing: str | None
    speed: str | None
    geo: str | None


class Costs(msgspec.Struct, frozen=True, gc=False):
    """What is stored of a `PricedCall`."""

    state: str
    unpriced_reason: str | None
    cost: Decimal | None
    list_cost: Decimal | None
    contracted_cost: Decimal | None
    priced_as: str | None
    capacity: str | None = None


class Pricing(NamedTuple):
    """How the calls of a workspace are priced, and by which version of the book and of its own prices.

    `plain` is a quicker way to the same for a call that says nothing of money, capacity, facts or parts; there is none
    where a workspace has prices of its own.
    """

    price: Callable[[CallToPrice], PricedCall]
    version: str
    plain: Callable[[Asked, datetime, Mapping[str, int]], Costs] | None = None
