"""The AI SDK of Vercel, versions 4 to 6: `ai.*` on spans named after its functions. Version 7 speaks `gen_ai.*`.

The outer span (`ai.generateText`) sums up the inner ones (`ai.generateText.doGenerate`): only these are calls.
"""

import json
from collections.abc import Mapping
from typing import Any, Final

from app.ingest.rules.otel.counts import Counts, exclusive, inclusive
from app.ingest.rules.otel.genai import INPUT, OPERATION, RESPONSE_ID
from app.ingest.rules.otel.spans import Call, Span, count, milliseconds, text, whole

_OPERATION: Final = "ai.operationId"
_PROVIDER: Final = "ai.model.provider"
_METADATA: Final = "ai.response.providerMetadata"
_INPUT: Final = ("ai.usage.inputTokens", "ai.usage.promptTokens", "ai.usage.tokens")
_OUTPUT: Final = ("ai.usage.outputTokens", "ai.usage.completionTokens")
_READ: Final = ("ai.usage.inputTokenDetails.cacheReadTokens", "ai.usage.cachedInputTokens")
_WRITE: Final = "ai.usage.inputTokenDetails.cacheWriteTokens"
_FRESH: Final = "ai.usage.inputTokenDetails.noCacheTokens"
_REASONING: Final = ("ai.usage.outputTokenDetails.reasoningTokens", "ai.usage.reasoningTokens")
_KINDS: Final = {"doGenerate": "chat", "doStream": "chat", "doEmbed": "embeddings", "doRerank": "rerank"}
# `openai.responses`, `google.vertex.chat`: whose it is, then which of its APIs
_PROVIDERS: Final = {
    "google.vertex": "vertex",
    "google-vertex": "vertex",
    "vertex": "vertex",
    "google": "google",
    "azure-openai": "azure",
    "azure": "azure",
    "amazon-bedrock": "aws.bedrock",
    "bedrock": "aws.bedrock",
    "togetherai": "together",
    "gateway": "vercel",
}
_SCOPE_OF_7: Final = "gen_ai"
# Until version 6 their counts came through as the vendor sends them: the input without what caches gave and took.
_EXCLUSIVE: Final = ("anthropic", "aws.bedrock")

NAMES: Final = frozenset(
    (
        _OPERATION,
        _PROVIDER,
        _METADATA,
        *_INPUT,
        *_OUTPUT,
        *_READ,
        _WRITE,
        _FRESH,
        *_REASONING,
        "ai.model.id",
        "ai.response.id",
        "ai.response.model",
        "ai.response.msToFirstChunk",
    )
)


def reads(span: Span) -> bool:
    return _OPERATION in span.attributes or _sums_up_embeddings(span)


def _sums_up_embeddings(span: Span) -> bool:
    """Version 7 names `embed` and the requests below it alike; only these tell tokens."""
    attributes = span.attributes
    is_embedding = span.scope == _SCOPE_OF_7 and text(attributes, OPERATION) == "embeddings"
    return is_embedding and not span.is_error and not any(name in attributes for name in INPUT)


def read(span: Span) -> Call | None:
    attributes = span.attributes
    operation = _KINDS.get((text(attributes, _OPERATION) or "").rpartition(".")[2])
    if operation is None:
        return None
    asked = text(attributes, "ai.model.id", "gen_ai.request.model")
    served = text(attributes, "ai.response.model", "gen_ai.response.model")
    provider = _provider(text(attributes, _PROVIDER, "gen_ai.system"))
    return Call(
        provider=provider,
        model=served or asked,
        usage=_usage(span, provider),
        requested_model=asked if served and asked != served else None,
        operation=operation,
        response_id=text(attributes, "ai.response.id", RESPONSE_ID),
        time_to_first_token_ms=milliseconds(attributes, "ai.response.msToFirstChunk"),
    )


def _provider(named: str | None) -> str | None:
    if named is None:
        return None
    lowered = named.lower()
    found = next((name for name in _PROVIDERS if lowered == name or lowered.startswith(name + ".")), None)
    return _PROVIDERS[found] if found else lowered.partition(".")[0]


def _usage(span: Span, provider: str | None) -> dict[str, int]:
    attributes = span.attributes
    told = _told(text(attributes, _METADATA))
    counts = Counts(
        input=count(attributes, *_INPUT),
        output=count(attributes, *_OUTPUT),
        cache_read=_first(count(attributes, *_READ), told, "cacheReadInputTokens", "cachedPromptTokens"),
        cache_write=_first(count(attributes, _WRITE), told, "cacheCreationInputTokens", "cacheWriteInputTokens"),
        reasoning=_first(count(attributes, *_REASONING), told, "reasoningTokens"),
        total=count(attributes, "ai.usage.totalTokens"),
    )
    if provider in _EXCLUSIVE and count(attributes, _FRESH) is None:
        return exclusive(counts)
    return inclusive(counts)


def _first(known: int | None, told: Mapping[str, Any], *names: str) -> int | None:
    if known is not None:
        return known
    return next((number for name in names if (number := whole(told.get(name))) is not None), None)


def _told(metadata: str | None) -> Mapping[str, Any]:
    """The counts in what the provider said, whose name is the only member; of the rest nothing is looked at."""
    try:
        said = json.loads(metadata or "{}")
    except (ValueError, RecursionError):
        return {}
    members = [member for member in said.values() if isinstance(member, dict)] if isinstance(said, dict) else []
    inner = [member["usage"] for member in members if isinstance(member.get("usage"), dict)]
    return {name: value for member in (*inner, *members) for name, value in member.items() if whole(value) is not None}
