"""From an event as it was sent to one that is ready to be written: checked, split into leaves, priced."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from http import HTTPStatus
from typing import NamedTuple
from uuid import UUID

from msgspec.structs import replace

from app.core.ids import new_id
from app.ingest.errors import EventRefused
from app.ingest.rules import checks, limits, usage
from app.ingest.rules.incoming import IncomingEvent, shown_id
from app.ingest.rules.quick import prepare_quickly
from app.pricing.rules.call import CallToPrice, Pricing
from app.pricing.rules.matching import canonical_provider
from app.usage.rules import facts
from app.usage.rules.capacity import capacity_of
from app.usage.rules.columns import to_columns, token_sums
from app.usage.rules.events import NewEvent, as_json, event_key
from app.usage.rules.identity import second_key
from app.usage.rules.places import geo_of
from app.usage.rules.record import UsageRecord


class Sender(NamedTuple):
    """Who sent it: the workspace, and the API key, which is None when a person did; and whether to keep it verbatim."""

    workspace_id: UUID
    key_id: UUID | None
    keeps_raw_usage: bool = True


def prepare(event: IncomingEvent, sender: Sender, pricing: Pricing, now: datetime) -> NewEvent:
    """Raises EventRefused."""
    workspace_id, key_id, keeps_raw = sender
    ready = prepare_quickly(event, workspace_id, key_id, pricing, now, keeps_raw=keeps_raw)
    return ready or prepare_carefully(event, sender, pricing, now)


def prepare_carefully(event: IncomingEvent, sender: Sender, pricing: Pricing, now: datetime) -> NewEvent:
    """Any event; what is quicker must give the same. Raises EventRefused."""
    try:
        return _prepare(event, sender, pricing, now)
    except EventRefused as refusal:
        refusal.event_id = shown_id(event.event_id)
        raise


def _prepare(event: IncomingEvent, sender: Sender, pricing: Pricing, now: datetime) -> NewEvent:
    provider = canonical_provider(checks.required_text("provider", event.provider, limits.MAX_PROVIDER_BYTES))
    checks.required_text("model", event.model)
    occurred_at = checks.instant(event.occurred_at, now)
    record, raw_usage = usage.read(event, provider)
    base_url = checks.address(event.base_url)
    if record.capacity is None and (capacity := event.capacity or capacity_of(base_url)):
        record = replace(record, capacity=capacity)
    if event.role == facts.PARENT:
        record = replace(record, leaves={}, meters={}, parts=())
    said = facts.facts_of(record, event.model)
    call = _call(event, record, said, provider, occurred_at)
    priced = pricing.price(call).costs
    leaves = to_columns(call.counts)
    event_id = str(new_id()) if event.event_id is None else checks.text("event_id", event.event_id)
    optional = checks.optional_text  # not even called for the many fields that are not given
    response_id = (
        optional("provider_response_id", event.provider_response_id)
        if event.provider_response_id
        else record.provider_response_id
    )
    return NewEvent(
        workspace_id=sender.workspace_id,
        occurred_at=occurred_at,
        event_key=event_key(event_id),
        recorded_at=now,
        event_id=event_id,
        api_key_id=sender.key_id,
        provider=provider,
        model=event.model,
        requested_model=optional("requested_model", event.requested_model) if event.requested_model else None,
        api=optional("api", event.api) if event.api else None,
        operation=optional("operation", event.operation) if event.operation else None,
        status=_status(event),
        error_type=optional("error_type", event.error_type) if event.error_type else None,
        http_status=event.http_status,
        latency_ms=event.latency_ms,
        time_to_first_token_ms=event.time_to_first_token_ms,
        fresh_tokens=leaves.fresh_tokens,
        cache_read_tokens=leaves.cache_read_tokens,
        cache_write_tokens=leaves.cache_write_tokens,
        visible_tokens=leaves.visible_tokens,
        reasoning_tokens=leaves.reasoning_tokens,
        meters=as_json(leaves.meters),
        parts=as_json(facts.to_stored(call.parts)),
        facts=as_json(said),
        raw_usage=raw_usage if sender.keeps_raw_usage else None,
        usage_status=record.usage_status,
        convention=record.convention,
        warnings=list(record.warnings) or None,
        price_state=priced.state,
        unpriced_reason=priced.unpriced_reason,
        cost=priced.cost,
        list_cost=priced.list_cost,
        contracted_cost=priced.contracted_cost,
        reported_cost=call.reported_cost,
        priced_as=priced.priced_as,
        price_version=pricing.version,
        service_tier=call.service_tier,
        processing=call.processing,
        speed=call.speed,
        geo=call.geo,
        capacity=priced.capacity,
        base_url=base_url,
        deployment=call.deployment,
        project=optional("project", event.project) if event.project else None,
        environment=optional("environment", event.environment) if event.environment else None,
        user_ref=optional("user", event.user) if event.user else None,
        session_id=optional("session_id", event.session_id) if event.session_id else None,
        trace_id=optional("trace_id", event.trace_id) if event.trace_id else None,
        span_id=optional("span_id", event.span_id) if event.span_id else None,
        parent_span_id=optional("parent_span_id", event.parent_span_id) if event.parent_span_id else None,
        provider_response_id=response_id,
        role=optional("role", event.role) if event.role else None,
        tags=as_json(checks.tags(event.tags)),
        tokens=token_sums(call.counts, *(part.counts for part in call.parts)),
        response_key=second_key(response_id, event_id) if response_id else None,
    )


def _call(
    event: IncomingEvent, record: UsageRecord, said: Mapping[str, str], provider: str, occurred_at: datetime
) -> CallToPrice:
    """What pricing looks at. What was served and billed, by the response's own word, goes before what was asked.

    `facts.call_of` must find all of it again in the event, as it is here.
    """
    optional = checks.optional_text
    served = said.get(facts.MODEL_SERVED)
    return CallToPrice(
        provider=provider,
        model=served or event.model,
        requested_model=event.model if served else optional("requested_model", event.requested_model),
        occurred_at=occurred_at,
        counts=record.counts(),
        service_tier=record.service_tier or optional("service_tier", event.service_tier),
        processing=record.processing or event.processing,
        speed=record.speed or optional("speed", event.speed),
        geo=record.geo or optional("geo", event.geo) or geo_of(provider, event.base_url),
        reported_cost=_reported(event, record),
        deployment=optional("deployment", event.deployment) if event.deployment else None,
        capacity=said.get(facts.CAPACITY),
        facts=facts.dimensions(said),
        parts=facts.to_price(record.parts),
        is_parent=event.role == facts.PARENT,
    )


def _reported(event: IncomingEvent, record: UsageRecord) -> Decimal | None:
    reported = checks.cost(event.reported_cost)
    if reported is None and (total := facts.total_reported(record)) is not None:
        reported = checks.money("raw_usage", total)
    return reported


def _status(event: IncomingEvent) -> str:
    if event.status is not None:
        return event.status
    failed = event.error_type or (event.http_status or 0) >= HTTPStatus.BAD_REQUEST
    return "error" if failed else "ok"
