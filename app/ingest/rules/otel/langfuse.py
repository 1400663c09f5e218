"""Langfuse's SDK: `langfuse.observation.*`, usage as JSON text.

Its own words (`input`, `input_cached_tokens`, `output_reasoning`) never overlap; a vendor's object that it passes on
as it is keeps the vendor's rules.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from app.ingest.rules.otel import genai
from app.ingest.rules.otel.counts import Counts, exclusive, inclusive
from app.ingest.rules.otel.spans import Call, Span, text, whole

_TYPE: Final = "langfuse.observation.type"
_MODEL: Final = "langfuse.observation.model.name"
_USAGE: Final = "langfuse.observation.usage_details"
_STARTED: Final = "langfuse.observation.completion_start_time"
_OPERATIONS: Final = {"generation": "chat", "embedding": "embeddings"}
_READ: Final = ("input_cache_read", "input_cached_tokens", "cache_read_input_tokens", "input_cached")
_WRITE: Final = ("input_cache_creation", "input_cache_write", "cache_creation_input_tokens", "input_cache_write_tokens")
_REASONING: Final = ("output_reasoning", "output_reasoning_tokens", "reasoning_tokens")

NAMES: Final = frozenset((_TYPE, _MODEL, _USAGE, _STARTED))


def reads(span: Span) -> bool:
    return _TYPE in span.attributes


def read(span: Span) -> Call | None:
    operation = _OPERATIONS.get((text(span.attributes, _TYPE) or "").lower())
    model = text(span.attributes, _MODEL, genai.RESPONSE_MODEL, genai.REQUEST_MODEL)
    if operation is None or model is None:
        return None
    usage = _usage(_details(span)) or genai.usage_of(span)
    call = genai.call_of(span, operation, usage)
    first = _time_to_first_token(span)
    return call._replace(model=model, requested_model=None, time_to_first_token_ms=first or call.time_to_first_token_ms)


def _details(span: Span) -> Mapping[str, Any]:
    try:
        details = json.loads(text(span.attributes, _USAGE) or "{}")
    except (ValueError, RecursionError):
        return {}
    return details if isinstance(details, dict) else {}


def _usage(details: Mapping[str, Any]) -> dict[str, int]:
    if "input" in details or "output" in details:
        return _disjoint(details)
    if "prompt_tokens" in details or "completion_tokens" in details:
        return inclusive(_vendors(details, "prompt", "completion"))
    counts = _vendors(details, "input", "output")
    # Anthropic's own object, whose input stands beside what caches gave and took
    is_anthropics = "cache_read_input_tokens" in details or "cache_creation_input_tokens" in details
    return exclusive(counts) if is_anthropics else inclusive(counts)


def _disjoint(details: Mapping[str, Any]) -> dict[str, int]:
    read, write, reasoning = _of(details, *_READ), _of(details, *_WRITE), _of(details, *_REASONING)
    output, audio_in, audio_out = _of(details, "output"), _of(details, "input_audio"), _of(details, "output_audio")
    counts = Counts(
        input=_plus(_of(details, "input"), audio_in),
        output=_plus(_plus(output, reasoning), audio_out),
        cache_read=read,
        cache_write=write,
        reasoning=reasoning,
        input_audio=audio_in,
        output_audio=audio_out,
    )
    return exclusive(counts)


def _vendors(details: Mapping[str, Any], into: str, out: str) -> Counts:
    inputs, outputs = (
        _part(details, f"{into}_tokens_details") or _part(details, "input_token_details"),
        _part(details, f"{out}_tokens_details"),
    )
    return Counts(
        input=_of(details, f"{into}_tokens"),
        output=_of(details, f"{out}_tokens"),
        cache_read=_of({**details, **inputs}, "cached_tokens", *_READ),
        cache_write=_of({**details, **inputs}, "cache_write_tokens", *_WRITE),
        reasoning=_of({**details, **outputs}, *_REASONING),
        total=_of(details, "total_tokens"),
        input_audio=_of(inputs, "audio_tokens"),
        output_audio=_of(outputs, "audio_tokens"),
    )


def _part(details: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = details.get(name)
    return part if isinstance(part, dict) else {}


def _of(details: Mapping[str, Any], *names: str) -> int | None:
    return next((number for name in names if (number := whole(details.get(name))) is not None), None)


def _plus(count: int | None, more: int | None) -> int | None:
    return count if more is None else (count or 0) + more


def _time_to_first_token(span: Span) -> float | None:
    started = (text(span.attributes, _STARTED) or "").strip('"')
    try:
        milliseconds = datetime.fromisoformat(started).timestamp() * 1e3 - span.start_ns / 1e6
    except (ValueError, OverflowError):
        return None
    return milliseconds if span.start_ns and milliseconds >= 0 else None
