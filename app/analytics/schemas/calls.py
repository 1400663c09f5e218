"""A single call on the wire."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any, Self
from uuid import UUID

from app.analytics.rules import Call, Explanation, tokens_of
from app.analytics.rules.calls import leaves_of, meters_of
from app.analytics.schemas.explanation import ExplanationOut
from app.core.money import Money
from app.core.schemas import Response
from app.pricing.rules.call import PartToPrice
from app.usage.rules.facts import parts_of


class PartOut(Response):
    """A sub-request inside the call that is priced apart; null is as the call itself."""

    role: str
    model: str | None
    provider: str | None
    service_tier: str | None
    speed: str | None
    leaves: Mapping[str, int]
    meters: Mapping[str, Money]


class CallOut(Response):
    """One call. Token counts are null where they are not known, and hold those of the sub-requests in `parts`.

    `leaves` are the counts of the call itself, disjoint.
    """

    event_id: str
    occurred_at: datetime
    recorded_at: datetime
    provider: str
    model: str
    requested_model: str | None
    priced_as: str | None
    api: str | None
    operation: str | None
    status: str
    error_type: str | None
    http_status: int | None
    cost: Money | None
    list_cost: Money | None
    contracted_cost: Money | None
    reported_cost: Money | None
    price_state: str
    unpriced_reason: str | None
    price_version: str
    usage_status: str
    warnings: Sequence[str]
    input_tokens: int | None
    cache_read_tokens: int | None
    cache_write_tokens: int | None
    output_tokens: int | None
    reasoning_tokens: int | None
    leaves: Mapping[str, int]
    meters: Mapping[str, Money]
    parts: Sequence[PartOut]
    latency_ms: float | None
    time_to_first_token_ms: float | None
    project: str | None
    environment: str | None
    user: str | None
    session_id: str | None
    trace_id: str | None
    span_id: str | None
    parent_span_id: str | None
    provider_response_id: str | None
    role: str | None
    service_tier: str | None
    processing: str | None
    speed: str | None
    geo: str | None
    capacity: str | None
    base_url: str | None
    deployment: str | None
    api_key_id: UUID | None
    tags: Mapping[str, str]

    @classmethod
    def of(cls, call: Call) -> Self:
        return cls(**_fields(call))


class CallDetailOut(CallOut):
    """One call with all that is kept of it, and how its cost comes about.

    `raw_usage` is the provider's usage object as it was sent, null where none is kept; `convention` the rule that read
    it. `facts` are what else its price depends on, and what the provider said of money.
    """

    raw_usage: Mapping[str, Any] | None
    convention: str | None
    facts: Mapping[str, str]
    explanation: ExplanationOut

    @classmethod
    def explained(cls, call: Call, explanation: Explanation) -> Self:
        details = {"facts": call.fields["facts"] or {}, "explanation": ExplanationOut.model_validate(explanation)}
        return cls(**{**_fields(call), **details})


def _part(part: PartToPrice) -> PartOut:
    return PartOut(
        role=part.role,
        model=part.model,
        provider=part.provider,
        service_tier=part.service_tier,
        speed=part.speed,
        leaves=leaves_of(part.counts),
        meters=meters_of(part.counts),
    )


def _fields(call: Call) -> dict[str, Any]:
    parts = [_part(part) for part in parts_of(call.fields["parts"])]
    tokens = tokens_of(call.leaves, *(part.leaves for part in parts))
    totals = {**asdict(tokens), "leaves": call.leaves, "meters": call.meters, "parts": parts}
    unlisted = {"warnings": call.fields["warnings"] or [], "tags": call.fields["tags"] or {}}
    return {**call.fields, **totals, **unlisted}
