"""OpenTelemetry in: spans of any library that watches models, read by one small pure file each.

Only leaf calls of models become events. The first dialect that knows a span decides about it.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

from app.ingest.errors import EventRefused
from app.ingest.rules.decoding import Decoded
from app.ingest.rules.incoming import IncomingEvent, read_event
from app.ingest.rules.otel import (
    about,
    claude_code,
    codex,
    gemini_cli,
    genai,
    langfuse,
    langsmith,
    openinference,
    vercel,
)
from app.ingest.rules.otel.hosts import provider_at
from app.ingest.rules.otel.spans import Call, Span, text
from app.pricing.rules.matching import canonical_provider
from app.usage.rules.identity import response_event_id, span_event_id


class Dialect(NamedTuple):
    """Whether a span speaks it, and the call in it: None when it is no call of a model."""

    reads: Callable[[Span], bool]
    read: Callable[[Span], Call | None]


DIALECTS: Final = (
    # coding agents first: some add the words of others, and tell one call by several signals
    Dialect(claude_code.reads, claude_code.read),
    Dialect(codex.reads, codex.read),
    Dialect(gemini_cli.reads, gemini_cli.read),
    Dialect(langfuse.reads, langfuse.read),
    Dialect(vercel.reads, vercel.read),
    Dialect(openinference.reads, openinference.read),
    Dialect(langsmith.reads, langsmith.read),
    Dialect(genai.reads, genai.read),
)
# How far up a trace it is looked for what a call inherits, or repeats.
_MAX_HEIGHT: Final = 20
_NANOSECONDS: Final = 1_000_000
# Clients that speak several vendors' APIs, and call themselves by the first of them.
_HOSTED: Final = frozenset(("openai", "anthropic", "azure", "google", ""))
_SUMMED_UP: Final = ("embeddings", "rerank")
_SHARED: Final = ("project", "environment", "user", "session_id", "tags")
_SCOPES: Final = ("opentelemetry.instrumentation.", "openinference.instrumentation.")

_Key = tuple[str, str]


def read_call(span: Span) -> Call | None:
    """The call in a span; None when it is none."""
    dialect = next((dialect for dialect in DIALECTS if dialect.reads(span)), None)
    return dialect.read(span) if dialect else None


def to_events(spans: Sequence[Span]) -> Decoded:
    """The calls in the spans of one export, as events. Spans that are none are left out."""
    family = {(span.trace_id, span.span_id): span for span in spans}
    calls = [(span, call) for span in spans if (call := read_call(span)) is not None]
    repeats = _repeats(calls, family)
    events = [_event(span, call, family) for span, call in calls if (span.trace_id, span.span_id) not in repeats]
    _share(events)
    return [_read(event) for event in events]


def _share(events: Sequence[dict[str, Any]]) -> None:
    """Give each report of a call what only another knows of whom it was for: the first that is stored counts."""
    known: dict[str, dict[str, Any]] = {}
    for event in events:
        about_call = known.setdefault(event.get("event_id", ""), {})
        about_call |= {name: event[name] for name in _SHARED if name in event and name not in about_call}
    for event in events:
        if "event_id" in event:
            event.update({name: value for name, value in known[event["event_id"]].items() if name not in event})


def _repeats(calls: Sequence[tuple[Span, Call]], family: Mapping[_Key, Span]) -> set[_Key]:
    """Calls that stand around one with the same usage: two libraries watched it, and the inner one knows more.

    So does one library that names what sums up its requests like these (`embed` and `rerank` of Vercel 7).
    """
    by_key = {(span.trace_id, span.span_id): call for span, call in calls}
    return {
        (outer.trace_id, outer.span_id)
        for span, call in calls
        for outer in _ancestors(span, family)
        if (around := by_key.get((outer.trace_id, outer.span_id)))
        and (_is_repeat(around, call) or (outer.scope == span.scope and _sums_up(around, call)))
    }


def _sums_up(outer: Call, inner: Call) -> bool:
    alike = (outer.operation, outer.model) == (inner.operation, inner.model)
    return alike and not outer.usage and outer.operation in _SUMMED_UP


def _is_repeat(outer: Call, inner: Call) -> bool:
    if not outer.usage:
        return False
    ids = {outer.response_id, inner.response_id}
    if None not in ids:
        return len(ids) == 1
    return all(outer.usage.get(name) == inner.usage.get(name) for name in ("input_tokens", "output_tokens"))


def _ancestors(span: Span, family: Mapping[_Key, Span]) -> Iterator[Span]:
    above = span
    for _ in range(_MAX_HEIGHT):
        parent = family.get((above.trace_id, above.parent_id)) if above.parent_id else None
        if parent is None or parent is span:
            return
        yield parent
        above = parent


def _read(event: dict[str, Any]) -> IncomingEvent | EventRefused:
    try:
        return read_event(event)
    except EventRefused as refusal:
        return refusal


def _event(span: Span, call: Call, family: Mapping[_Key, Span]) -> dict[str, Any]:
    base_url = about.base_url(span.attributes)
    status, error_type, http_status = about.failure(span)
    if call.error_type:
        status, error_type, http_status = "error", call.error_type, call.http_status
    event = {
        "event_id": call.event_id or response_event_id(call.response_id) or span_event_id(span.trace_id, span.span_id),
        "occurred_at": _instant(span.start_ns or span.end_ns),
        "provider": _provider(call, span, base_url),
        "model": call.model or "unknown",
        "requested_model": about.clipped(call.requested_model),
        "operation": about.clipped(call.operation),
        "api": about.clipped(call.api),
        "usage": dict(call.usage) or None,
        "service_tier": about.clipped(call.service_tier),
        "reported_cost": call.reported_cost,
        "base_url": about.clipped(base_url),
        "capacity": about.capacity(span) or call.capacity,
        "status": status,
        "error_type": about.clipped(error_type),
        "http_status": http_status,
        "latency_ms": (span.end_ns - span.start_ns) / _NANOSECONDS if span.start_ns < span.end_ns else None,
        "time_to_first_token_ms": call.time_to_first_token_ms,
        "project": about.clipped(about.project(span)),
        "environment": about.clipped(about.environment(span)),
        "user": about.clipped(call.user or _inherited(span, family, about.USER)),
        "session_id": about.clipped(call.session_id or _inherited(span, family, about.SESSION)),
        "trace_id": span.trace_id or None,
        "span_id": span.span_id or None,
        "parent_span_id": span.parent_id or None,
        "provider_response_id": about.clipped(call.response_id),
        "tags": about.tags(span) or None,
    }
    if not span.start_ns:  # a log record says when the call was over, and not how long it took
        event["latency_ms"] = call.latency_ms
    return {name: value for name, value in event.items() if value is not None}


def _inherited(span: Span, family: Mapping[_Key, Span], names: Sequence[str]) -> str | None:
    """What the span says, or the nearest above it in the export: some libraries say it at the root only."""
    return text(span.attributes, *names) or next(
        (said for above in _ancestors(span, family) if (said := text(above.attributes, *names))), None
    )


def _provider(call: Call, span: Span, base_url: str | None) -> str:
    named = canonical_provider(call.provider or "")
    if named in _HOSTED and (serving := provider_at(base_url)):
        return serving
    if named:
        return named
    return next((span.scope.removeprefix(start) for start in _SCOPES if span.scope.startswith(start)), "unknown")


def _instant(nanoseconds: int) -> str | None:
    if not nanoseconds:
        return None
    seconds, rest = divmod(nanoseconds // 1_000, 1_000_000)
    return _iso(seconds, rest)


def _iso(seconds: int, microseconds: int) -> str:
    try:
        return datetime.fromtimestamp(seconds, UTC).replace(microsecond=microseconds).isoformat()
    except (ValueError, OverflowError, OSError):
        return str(seconds)
