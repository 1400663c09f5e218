"""Reservations: what may be admitted, and what a call may cost at most."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from functools import lru_cache
from itertools import product
from typing import Final, NamedTuple
from uuid import UUID

from app.budgets.rules.budgets import Budget, Limit, OnUnavailable
from app.core.money import EXACT
from app.pricing.rules.call import CallToPrice, PricedCall
from app.pricing.rules.units import CACHE_WRITES

LEASE_SECONDS: Final = 120
MAX_LEASE_SECONDS: Final = 3600
WAYS_KEPT: Final = 2048


class Coming(NamedTuple):
    """A call that is about to be made, as filters look at it; `tags` is JSON text."""

    provider: str
    model: str
    project: str | None
    environment: str | None
    api_key_id: UUID | None
    user_ref: str | None
    tags: str | None


@dataclass(frozen=True, slots=True)
class Ask:
    """May this call be made, which costs at most so much?"""

    workspace_id: UUID
    reservation_id: UUID
    call: Coming
    amount: Decimal
    lease_seconds: int


@dataclass(frozen=True, slots=True)
class Left:
    """What a budget has left, and when it begins anew. `unpriced_calls` are of the period, and cost nobody knows."""

    id: UUID
    name: str
    limit: Limit
    amount: Decimal
    spent: Decimal
    reserved: Decimal
    remaining: Decimal
    unpriced_calls: int
    resets_at: datetime
    on_unavailable: OnUnavailable


@dataclass(frozen=True, slots=True)
class Grant:
    """The call may be made. `budgets` are those that hold it; without any nothing is kept of it."""

    reservation_id: UUID
    amount: Decimal
    expires_at: datetime
    budgets: tuple[Left, ...]


@dataclass(slots=True)
class Purse:
    """A budget that is held, with what is spent and reserved of it; grows with what is admitted."""

    budget: Budget
    spent: Decimal
    unpriced_calls: int
    reserved: Decimal
    resets_at: datetime

    def admits(self, amount: Decimal) -> bool:
        """Strict never lets the sum go above the cap. Bounded lets a call in as long as anything is left, so that the
        sum is above the cap by less than the amount of the last one."""
        taken, cap = EXACT.add(self.spent, self.reserved), self.budget.terms.amount
        if self.budget.terms.limit is Limit.STRICT:
            return EXACT.add(taken, amount) <= cap
        return taken < cap

    def take(self, amount: Decimal) -> None:
        self.reserved = EXACT.add(self.reserved, amount)

    @property
    def left(self) -> Left:
        terms = self.budget.terms
        remaining = EXACT.subtract(EXACT.subtract(terms.amount, self.spent), self.reserved)
        return Left(
            self.budget.id,
            terms.name,
            terms.limit,
            terms.amount,
            self.spent,
            self.reserved,
            remaining,
            self.unpriced_calls,
            self.resets_at,
            terms.on_unavailable,
        )


class Size(NamedTuple):
    """How large a call will be at most, and what decides its price beside that."""

    input_tokens: int
    max_output_tokens: int
    service_tier: str | None = None
    processing: str | None = None
    speed: str | None = None
    geo: str | None = None


# Nobody knows yet what of the input a vendor will write to its cache, which may cost twice as much.
INPUT_WAYS: Final = ("input.fresh.text", *(f"input.{kind}.text" for kind in CACHE_WRITES))
OUTPUT_WAYS: Final = ("output.visible.text", "output.reasoning.text")


Price = Callable[[CallToPrice], PricedCall]


def upper_estimate(price: Price, call: Coming, size: Size, at: datetime) -> Decimal | None:
    """The most the call's tokens can cost, of whichever kind they turn out to be; None where the model has no price."""
    into, out = _dearest_ways(price, call.provider, call.model, _about(size), at.date())
    return cost_of(price, call.provider, call.model, size, at, (into, out))


def _about(size: Size) -> Size:
    """Sizes that are priced alike: up to the next power of two."""
    return size._replace(
        input_tokens=(1 << size.input_tokens.bit_length()) - 1,
        max_output_tokens=(1 << size.max_output_tokens.bit_length()) - 1,
    )


@lru_cache(maxsize=WAYS_KEPT)
def _dearest_ways(price: Price, provider: str, model: str, size: Size, day: date) -> tuple[str, str]:
    """As what input and output cost most. Which that is is asked before every call and nearly never changes."""
    at = datetime.combine(day, time(), UTC)
    ways = list(product(INPUT_WAYS, OUTPUT_WAYS))
    costs = {way: cost_of(price, provider, model, size, at, way) for way in ways}
    return max(ways, key=lambda way: -1 if (cost := costs[way]) is None else cost)


def cost_of(price: Price, provider: str, model: str, size: Size, at: datetime, way: tuple[str, str]) -> Decimal | None:
    """What the call costs with its input counted as the one and its output as the other; None without a price."""
    into, out = way
    counts = {into: size.input_tokens, out: size.max_output_tokens}
    return price(_priced_as(provider, model, size, at, counts)).cost


def _priced_as(provider: str, model: str, size: Size, at: datetime, counts: Mapping[str, int]) -> CallToPrice:
    return CallToPrice(
        provider=provider,
        model=model,
        requested_model=None,
        occurred_at=at,
        counts=counts,
        service_tier=size.service_tier,
        processing=size.processing,
        speed=size.speed,
        geo=size.geo,
        reported_cost=None,
    )
