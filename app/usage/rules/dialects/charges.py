"""What a provider says it charged for a call.

A gateway's own estimate (LiteLLM's header, DeepInfra's `estimated_cost`) is not a charge and is not read.
"""

from decimal import Decimal
from typing import Final, NamedTuple

from msgspec.structs import replace

from app.usage.rules import fields
from app.usage.rules.dialects.envelope import Envelope
from app.usage.rules.fields import Holder
from app.usage.rules.record import UsageRecord

_XAI_TICK: Final = Decimal("1e-10")
_DOLLARS: Final = "USD"


class _Charge(NamedTuple):
    cost: Decimal | None
    source: str
    currency: str | None = None
    upstream: Decimal | None = None
    warnings: tuple[str, ...] = ()


def with_charge(record: UsageRecord, usage: Holder | None, envelope: Envelope) -> UsageRecord:
    """The record with the provider's own figure, where it gives one."""
    charge = _charge(usage or {}, envelope)
    if charge is None or (charge.cost is None and not charge.warnings):
        return record
    return replace(
        record,
        reported_cost=charge.cost,
        reported_currency=charge.currency,
        reported_source=None if charge.cost is None else charge.source,
        upstream_cost=charge.upstream,
        warnings=(*record.warnings, *charge.warnings),
    )


def _charge(usage: Holder, envelope: Envelope) -> _Charge | None:
    if envelope.provider == "openrouter":
        return _openrouter(usage)
    if envelope.provider == "xai":
        ticks = fields.amount(usage, "cost_in_usd_ticks")
        return _Charge(None if ticks is None else ticks * _XAI_TICK, "usage.cost_in_usd_ticks")
    if envelope.provider == "perplexity":
        return _perplexity(fields.part(usage, "cost"))
    if envelope.provider.startswith("vercel"):
        return _vercel(usage, envelope.response)
    return None


def _openrouter(usage: Holder) -> _Charge:
    """`cost` is what was taken from the account; with a key of the caller's own it is only OpenRouter's fee."""
    cost = fields.amount(usage, "cost")
    if cost is None or not usage.get("is_byok"):
        return _Charge(cost, "usage.cost")
    upstream = fields.amount(fields.part(usage, "cost_details"), "upstream_inference_cost", "cost_details.")
    if upstream is None:
        return _Charge(None, "", warnings=(f"{cost} is only OpenRouter's fee; the upstream vendor's part is not said",))
    return _Charge(
        cost + upstream,
        "usage.cost + usage.cost_details.upstream_inference_cost",
        upstream=upstream,
        warnings=(f"{upstream} of the cost is in the upstream vendor's invoice",),
    )


def _perplexity(cost: Holder) -> _Charge:
    currency = fields.text(cost, "currency")
    return _Charge(
        fields.amount(cost, "total_cost", "cost."),
        "usage.cost.total_cost",
        currency=None if currency == _DOLLARS else currency,
    )


def _vercel(usage: Holder, response: Holder) -> _Charge:
    for name in ("providerMetadata", "provider_metadata"):
        gateway = fields.part(fields.part(response, name), "gateway", f"{name}.")
        if gateway.get("cost") is not None:
            return _Charge(fields.amount(gateway, "cost", f"{name}.gateway."), f"{name}.gateway.cost")
    return _Charge(fields.amount(usage, "cost"), "usage.cost")
