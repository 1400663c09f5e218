"""What pricing looks at in a call, and how the ledger keeps it: pricing a stored call again sees what ingest saw.

Most of it has a column of its own. What has none is in `facts`, beside the dimensions of meters that the usage object
named: the served model where the sender named another, how the traffic is paid for where the response says so, and
money that the provider reported which is not the price of the whole call in US dollars.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, Final, NamedTuple

from app.core.money import EXACT, to_wire
from app.pricing.rules.call import CallToPrice, PartToPrice
from app.usage.rules.columns import LeafColumns, from_columns, from_json, to_json
from app.usage.rules.record import UsagePart, UsageRecord

Counts = Mapping[str, int | Decimal]

MODEL_SERVED: Final = "model_served"
CAPACITY: Final = "capacity"
# for people to read; pricing does not look at these
_ABOUT_MONEY: Final = ("reported_amount", "reported_currency", "reported_scope", "reported_source", "upstream_cost")
_OURS: Final = frozenset((MODEL_SERVED, CAPACITY, *_ABOUT_MONEY))
# The root of an agent's trace repeats what the calls below it used.
PARENT: Final = "parent"


class StoredCall(NamedTuple):
    """The columns of `events` that pricing looks at, by their names and decoded."""

    provider: str
    model: str
    requested_model: str | None
    occurred_at: datetime
    fresh_tokens: int | None
    cache_read_tokens: int | None
    cache_write_tokens: int | None
    visible_tokens: int | None
    reasoning_tokens: int | None
    meters: Mapping[str, int | str] | None
    parts: list[dict[str, Any]] | None
    facts: Mapping[str, str] | None
    service_tier: str | None
    processing: str | None
    speed: str | None
    geo: str | None
    deployment: str | None
    role: str | None
    reported_cost: Decimal | None

    @property
    def leaves(self) -> LeafColumns:
        """The columns that hold counts."""
        return LeafColumns(*self[4:10])


def call_of(stored: StoredCall) -> CallToPrice:
    """The call as pricing saw it when it was taken."""
    facts = stored.facts or {}
    served = facts.get(MODEL_SERVED)
    return CallToPrice(
        provider=stored.provider,
        model=served or stored.model,
        requested_model=stored.model if served else stored.requested_model,
        occurred_at=stored.occurred_at,
        counts=from_columns(stored.leaves),
        service_tier=stored.service_tier,
        processing=stored.processing,
        speed=stored.speed,
        geo=stored.geo,
        reported_cost=stored.reported_cost,
        deployment=stored.deployment,
        capacity=facts.get(CAPACITY),
        facts=dimensions(facts),
        parts=parts_of(stored.parts),
        is_parent=stored.role == PARENT,
    )


def facts_of(record: UsageRecord, model: str) -> dict[str, str]:
    """What the record says that has no column; `model` is the one the sender named."""
    facts = dict(record.facts)
    if record.model_served and record.model_served != model:
        facts[MODEL_SERVED] = record.model_served
    if record.capacity:
        facts[CAPACITY] = record.capacity
    if record.reported_cost is not None or record.upstream_cost is not None:
        facts.update(_about_money(record))
    return facts


def _about_money(record: UsageRecord) -> Mapping[str, str]:
    """What the provider said of money, where more is to be known of it than the amount that is in `reported_cost`."""
    said: dict[str, str | None] = {"reported_source": record.reported_source}
    if total_reported(record) is None or record.upstream_cost is not None:
        amounts = (record.reported_cost, record.upstream_cost)
        reported, upstream = (None if amount is None else to_wire(amount) for amount in amounts)
        said |= {"reported_amount": reported, "upstream_cost": upstream, "reported_scope": record.reported_scope}
        said["reported_currency"] = record.reported_currency
    return {name: text for name, text in said.items() if text}


def total_reported(record: UsageRecord) -> Decimal | None:
    """What the provider charged for the whole call in US dollars, where that is what it said.

    A fee for a call that runs on the caller's own key at another provider is whole with what that provider charges.
    """
    if record.reported_cost is None or (record.reported_currency or "USD").upper() != "USD":
        return None
    if record.reported_scope == "total":
        return record.reported_cost
    if record.reported_scope == "fee_only" and record.upstream_cost is not None:
        return EXACT.add(record.reported_cost, record.upstream_cost)
    return None


def dimensions(facts: Mapping[str, str]) -> dict[str, str]:
    """The facts that are dimensions of meters."""
    return {name: value for name, value in facts.items() if name not in _OURS}


def to_price(parts: Iterable[UsagePart]) -> tuple[PartToPrice, ...]:
    """The parts of a record as pricing takes them."""
    return tuple(
        PartToPrice(part.role, part.counts(), part.model, part.provider, part.service_tier, part.speed)
        for part in parts
    )


def to_stored(parts: Iterable[PartToPrice]) -> list[dict[str, Any]]:
    """The parts as the ledger keeps them: what is not known is left out."""
    return [
        {
            "role": part.role,
            "counts": {unit: to_json(count) for unit, count in part.counts.items()},
            **{name: value for name in _PART_NAMES if (value := getattr(part, name)) is not None},
        }
        for part in parts
    ]


def parts_of(stored: Iterable[Mapping[str, Any]] | None) -> tuple[PartToPrice, ...]:
    """The parts again, as they went in."""
    return tuple(
        PartToPrice(
            part["role"],
            {unit: from_json(count) for unit, count in part["counts"].items()},
            *(part.get(name) for name in _PART_NAMES),
        )
        for part in stored or ()
    )


_PART_NAMES: Final = ("model", "provider", "service_tier", "speed")
