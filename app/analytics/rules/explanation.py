"""The arithmetic of one call, as a person would write it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from app.analytics.rules.calls import Call
from app.analytics.rules.labels import label
from app.core.money import EXACT, ratio
from app.pricing.rules import call as own
from app.pricing.rules.call import CallToPrice, PricedCall, PricedLine

PERCENT_DIGITS: Final = 4


@dataclass(frozen=True, slots=True)
class Bracket:
    """A price that depends on the size of the prompt: the step nearest to it, and on which side the prompt is."""

    input_tokens: int
    threshold: int
    is_inclusive: bool
    is_beyond: bool

    @property
    def text(self) -> str:
        beyond, below = (">=", "<") if self.is_inclusive else (">", "<=")
        return f"input {self.input_tokens:,} {beyond if self.is_beyond else below} {self.threshold:,}"


@dataclass(frozen=True, slots=True)
class GeoFactor:
    """What processing in one geography does to token prices; 1 where its prices are listed by themselves."""

    place: str
    factor: Decimal


@dataclass(frozen=True, slots=True)
class Evidence:
    """Where a rate was read, and for which calls it holds; None is not written down, or for ever."""

    source_ref: str | None
    checked: date | None
    effective_from: datetime | None
    effective_to: datetime | None
    bracket: Bracket | None
    geo: GeoFactor | None


NO_EVIDENCE: Final = Evidence(None, None, None, None, None, None)


@dataclass(frozen=True, slots=True)
class OwnPrice:
    """What the workspace's own prices say of a line: a rate, or a discount in percent off the list price."""

    rule_id: str
    price: Decimal | None
    per: int | None
    percent: Decimal | None


@dataclass(frozen=True, slots=True)
class Line:
    """`quantity` times `price` divided by `per` is `cost`, at list price; `contracted` by the workspace's own."""

    role: str
    unit: str
    label: str
    quantity: Decimal
    price: Decimal
    per: int
    cost: Decimal
    contracted: Decimal | None
    own: OwnPrice | None
    source: str
    source_ref: str | None
    checked: date | None
    effective_from: datetime | None
    effective_to: datetime | None
    bracket: Bracket | None
    geo: GeoFactor | None
    priced_as: str


@dataclass(frozen=True, slots=True)
class EarlierPrice:
    """What a call was counted with until a re-pricing changed it; `undone_at` when that was taken back."""

    repricing_id: UUID
    changed_at: datetime | None
    undone_at: datetime | None
    price_state: str
    unpriced_reason: str | None
    cost: Decimal | None
    list_cost: Decimal | None
    contracted_cost: Decimal | None
    priced_as: str | None
    price_version: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """How the cost of a call comes about, by the prices known today.

    `contracted_cost` is by the workspace's own prices, and the list cost where there are none. `is_exact` says that
    they give what is stored; where not, `stored_cost` and `current_cost` differ, or the parts of it do. `difference` is
    the provider's own figure less ours, `difference_percent` that in percent of ours.
    """

    lines: Sequence[Line]
    tier: str | None
    processing: str | None
    speed: str | None
    geo: GeoFactor | None
    bracket: Bracket | None
    capacity: str
    state: str
    free_reason: str | None
    unpriced_reason: str | None
    unpriced_units: Sequence[str]
    list_cost: Decimal | None
    contracted_cost: Decimal | None
    reported_cost: Decimal | None
    difference: Decimal | None
    difference_percent: Decimal | None
    stored_cost: Decimal | None
    current_cost: Decimal | None
    is_exact: bool
    price_version: str
    current_price_version: str
    history: Sequence[EarlierPrice]


def explain(
    stored: Call,
    asked: CallToPrice,
    priced: PricedCall,
    version: str,
    evidence: Sequence[Evidence],
    history: Sequence[EarlierPrice] = (),
) -> Explanation:
    """`priced` is what pricing says today of `asked`, which is the stored call; `version` that of today's prices.

    `evidence` is that of each priced line.
    """
    lines = [_line(*pair) for pair in zip(priced.lines, evidence, strict=True)]
    own = [line for line in lines if not line.role]
    fields = stored.fields
    difference = _less(asked.reported_cost, priced.contracted_cost)
    return Explanation(
        lines=lines,
        tier=asked.service_tier,
        processing=asked.processing,
        speed=asked.speed,
        geo=next((line.geo for line in own if line.geo), None),
        bracket=next((line.bracket for line in own if line.bracket), None),
        capacity=priced.capacity,
        state=priced.state.value,
        free_reason=priced.free_reason and priced.free_reason.value,
        unpriced_reason=priced.unpriced_reason and priced.unpriced_reason.value,
        unpriced_units=priced.unpriced_units,
        list_cost=priced.list_cost,
        contracted_cost=priced.contracted_cost,
        reported_cost=asked.reported_cost,
        difference=difference,
        difference_percent=_percent(difference, priced.contracted_cost),
        stored_cost=fields["cost"],
        current_cost=priced.cost,
        is_exact=_is_exact(fields, priced),
        price_version=fields["price_version"],
        current_price_version=version,
        history=history,
    )


def _line(line: PricedLine, evidence: Evidence) -> Line:
    return Line(
        role=line.role,
        unit=line.unit,
        label=label(line.unit),
        quantity=Decimal(line.quantity),
        price=line.rate.price,
        per=line.rate.per,
        cost=line.cost,
        contracted=line.contracted,
        own=line.own and _own(line.own),
        source=line.rate.source,
        source_ref=evidence.source_ref,
        checked=evidence.checked,
        effective_from=evidence.effective_from,
        effective_to=evidence.effective_to,
        bracket=evidence.bracket,
        geo=evidence.geo,
        priced_as=line.priced_as,
    )


def _own(price: own.OwnPrice) -> OwnPrice:
    rate = price.rate
    return OwnPrice(price.rule_id, rate and rate.price, rate and rate.per, price.percent)


def _is_exact(stored: Mapping[str, Any], priced: PricedCall) -> bool:
    """Whether the same figures come out; calls from before there were own prices keep no contracted cost."""
    names = ["cost", "list_cost"] if stored["contracted_cost"] is None else ["cost", "list_cost", "contracted_cost"]
    return stored["price_state"] == priced.state.value and all(stored[name] == getattr(priced, name) for name in names)


def _less(a: Decimal | None, b: Decimal | None) -> Decimal | None:
    return None if a is None or b is None else EXACT.subtract(a, b)


def _percent(difference: Decimal | None, whole: Decimal | None) -> Decimal | None:
    if difference is None or whole is None:
        return None
    return ratio(EXACT.multiply(difference, Decimal(100)), whole, PERCENT_DIGITS)
