"""OpenTelemetry's GenAI conventions, old and new, with what OpenLLMetry, OpenLIT, pydantic-ai, Sentry and xAI add.

https://github.com/open-telemetry/semantic-conventions-genai, and the packages named in docs/opentelemetry.md.
"""

from decimal import Decimal
from typing import Final

from app.ingest.rules.otel.counts import Counts, exclusive, inclusive
from app.ingest.rules.otel.spans import Attributes, Call, Span, count, milliseconds, text

_USAGE: Final = "gen_ai.usage."
INPUT: Final = (_USAGE + "input_tokens", _USAGE + "prompt_tokens", "llm.usage.prompt_tokens")
OUTPUT: Final = (_USAGE + "output_tokens", _USAGE + "completion_tokens", "llm.usage.completion_tokens")
_READ: Final = tuple(
    _USAGE + name
    for name in (
        "cache_read.input_tokens",
        "cache_read_input_tokens",
        "input_tokens.cached",
        "prompt_tokens_details.cached_tokens",
        "input_tokens_details.cached_tokens",
    )
)
_WRITE: Final = tuple(
    _USAGE + name
    for name in (
        "cache_write.input_tokens",
        "cache_creation.input_tokens",
        "cache_creation_input_tokens",
        "input_tokens.cache_write",
        "prompt_tokens_details.cache_creation_tokens",
    )
)
# Anthropic's own client, which watches itself
_WRITE_5M: Final = "anthropic.usage.cache_creation.ephemeral_5m_input_tokens"
_WRITE_1H: Final = "anthropic.usage.cache_creation.ephemeral_1h_input_tokens"
_REASONING: Final = tuple(
    _USAGE + name
    for name in (
        "reasoning.output_tokens",
        "reasoning_tokens",
        "output_tokens.reasoning",
        "completion_tokens_details.reasoning_tokens",
        "output_tokens_details.reasoning_tokens",
        "details.reasoning_tokens",
    )
)
_TOTAL: Final = (_USAGE + "total_tokens", "llm.usage.total_tokens")
_TICKS: Final = _USAGE + "cost_in_usd_ticks"
_TICKS_PER_DOLLAR: Final = 10  # as a power of ten: the cost is exact, 1e-10 dollars each
PROVIDER: Final = ("gen_ai.provider.name", "gen_ai.system")
OPERATION: Final = "gen_ai.operation.name"
REQUEST_MODEL: Final = "gen_ai.request.model"
RESPONSE_MODEL: Final = "gen_ai.response.model"
RESPONSE_ID: Final = "gen_ai.response.id"
_TIER: Final = (
    "anthropic.response.service_tier",
    "openai.response.service_tier",
    "gen_ai.openai.response.service_tier",
    "gen_ai.response.service_tier",
    "openai.request.service_tier",
    "gen_ai.openai.request.service_tier",
)
_FIRST: Final = (
    "gen_ai.response.time_to_first_chunk",
    "gen_ai.client.operation.time_to_first_chunk",
    "gen_ai.server.time_to_first_token",
)
_OLD_KIND: Final = "llm.request.type"
_TRACELOOP_KIND: Final = "traceloop.span.kind"
_SENTRY_OP: Final = "sentry.op"

# Calls of a model. What is not here (agents, workflows, tools, memories, `fetch_response`) repeats what calls below it
# used, or uses nothing.
LEAVES: Final = frozenset(
    (
        "chat",
        "completion",
        "completions",
        "acompletion",
        "text_completion",
        "atext_completion",
        "generate_content",
        "generate_text",
        "generate",
        "responses",
        "messages",
        "converse",
        "embeddings",
        "embedding",
        "aembedding",
        "rerank",
        "arerank",
        "image",
        "image_generation",
        "generate_image",
        "audio",
        "transcription",
        "speech",
        "speech_to_text",
        "speech_to_text_translate",
        "text_to_speech",
        "translate",
        "moderation",
        "ai.generatespeech",
        "ai.transcribe",
        "ai.streamtranscribe",
    )
)
# What is a call only where it names a model and counts its tokens.
_WITH_TOKENS: Final = frozenset(("retrieval", "realtime"))
# OpenLLMetry's Bedrock package writes Converse's counts as they are: its input does not contain the cache.
_EXCLUSIVE_SCOPE: Final = "opentelemetry.instrumentation.bedrock"

NAMES: Final = frozenset(
    (
        *INPUT,
        *OUTPUT,
        *_READ,
        *_WRITE,
        _WRITE_5M,
        _WRITE_1H,
        *_REASONING,
        *_TOTAL,
        *PROVIDER,
        *_TIER,
        *_FIRST,
        OPERATION,
        REQUEST_MODEL,
        RESPONSE_MODEL,
        RESPONSE_ID,
        _TICKS,
        _OLD_KIND,
        _TRACELOOP_KIND,
        _SENTRY_OP,
        "openai.api.type",
        *(
            f"{_USAGE}{modality}.{way}_tokens"
            for modality in ("text", "audio", "image", "video")
            for way in ("input", "output")
        ),
        _USAGE + "completion_tokens_details.audio_tokens",
    )
)


def reads(span: Span) -> bool:
    """Whether it speaks these words at all."""
    return any(name in span.attributes for name in (*PROVIDER, OPERATION, _OLD_KIND, REQUEST_MODEL))


def read(span: Span) -> Call | None:
    """None for what is not one call of a model."""
    operation = _operation(span)
    model = text(span.attributes, RESPONSE_MODEL, REQUEST_MODEL)
    if operation is None or (model is None and not _has_usage(span.attributes)):
        return None
    return call_of(span, operation, usage_of(span))


def call_of(span: Span, operation: str | None, usage: dict[str, int]) -> Call:
    """The call around a usage that was read already."""
    attributes = span.attributes
    served, asked = text(attributes, RESPONSE_MODEL), text(attributes, REQUEST_MODEL)
    firsts = (milliseconds(attributes, name, 1000) for name in _FIRST)
    tier = text(attributes, *_TIER)
    return Call(
        provider=text(attributes, *PROVIDER),
        model=served or asked,
        usage=usage,
        requested_model=asked if served and asked != served else None,
        operation=operation,
        api=text(attributes, "openai.api.type"),
        response_id=text(attributes, RESPONSE_ID),
        service_tier=None if tier == "auto" else tier,
        reported_cost=_exact_cost(attributes),
        time_to_first_token_ms=next((first for first in firsts if first is not None), None),
    )


def usage_of(span: Span) -> dict[str, int]:
    counts = _counts(span.attributes)
    return exclusive(counts) if span.scope.startswith(_EXCLUSIVE_SCOPE) else inclusive(counts)


def _operation(span: Span) -> str | None:
    """What kind of call it is; None when it is none."""
    attributes = span.attributes
    if _TRACELOOP_KIND in attributes:  # a workflow, task, agent or tool: the calls are spans of their own
        return None
    named = text(attributes, OPERATION)
    if named is None:
        op = text(attributes, _SENTRY_OP)
        named = op.removeprefix("gen_ai.") if op and op.startswith("gen_ai.") else text(attributes, _OLD_KIND)
    if named is None:
        return "chat" if _has_usage(attributes) and text(attributes, *PROVIDER) else None
    operation = named.lower()
    if operation in LEAVES or (operation in _WITH_TOKENS and _has_usage(attributes)):
        return operation
    return None


def _has_usage(attributes: Attributes) -> bool:
    return any(name in attributes for name in (*INPUT, *OUTPUT))


def _counts(attributes: Attributes) -> Counts:
    return Counts(
        input=count(attributes, *INPUT),
        output=count(attributes, *OUTPUT),
        cache_read=count(attributes, *_READ),
        cache_write=count(attributes, *_WRITE),
        cache_write_5m=count(attributes, _WRITE_5M),
        cache_write_1h=count(attributes, _WRITE_1H),
        reasoning=count(attributes, *_REASONING),
        total=count(attributes, *_TOTAL),
        input_audio=count(attributes, _USAGE + "audio.input_tokens"),
        output_audio=count(
            attributes, _USAGE + "audio.output_tokens", _USAGE + "completion_tokens_details.audio_tokens"
        ),
        input_image=count(attributes, _USAGE + "image.input_tokens"),
        output_image=count(attributes, _USAGE + "image.output_tokens"),
    )


def _exact_cost(attributes: Attributes) -> str | None:
    """What xAI says the call cost. Estimates that libraries make themselves are not read."""
    ticks = count(attributes, _TICKS)
    return None if ticks is None else f"{Decimal(ticks).scaleb(-_TICKS_PER_DOLLAR):f}"
