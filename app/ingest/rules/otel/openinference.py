"""OpenInference (Arize Phoenix): `openinference-semantic-conventions` 0.1.42. Its prompt contains what caches gave."""

from typing import Final

from app.ingest.rules.otel.counts import Counts, inclusive
from app.ingest.rules.otel.genai import RESPONSE_ID
from app.ingest.rules.otel.spans import Call, Span, count, text

KIND: Final = "openinference.span.kind"
# The others (AGENT, CHAIN, TOOL, ...) repeat what calls below them used.
_OPERATIONS: Final = {"LLM": "chat", "EMBEDDING": "embeddings", "RERANKER": "rerank"}
_COUNT: Final = "llm.token_count."
_MODEL: Final = ("llm.response.model_name", "llm.model_name", "embedding.model_name", "reranker.model_name")
_REQUESTED: Final = ("llm.request.model_name", "llm.model_name")
_PROVIDER: Final = ("llm.provider", "llm.system")
# `vertexai` names how a model speaks, `aws` and `azure` who serves it
_SERVES_ITSELF: Final = {"mistralai": "mistral", "vertexai": "vertex"}

NAMES: Final = frozenset(
    (
        KIND,
        *_MODEL,
        *_REQUESTED,
        *_PROVIDER,
        *(
            _COUNT + name
            for name in (
                "prompt",
                "completion",
                "total",
                "prompt_details.cache_read",
                "prompt_details.cache_write",
                "prompt_details.cache_input",
                "prompt_details.audio",
                "completion_details.reasoning",
                "completion_details.audio",
            )
        ),
    )
)


def reads(span: Span) -> bool:
    return KIND in span.attributes


def read(span: Span) -> Call | None:
    attributes = span.attributes
    operation = _OPERATIONS.get((text(attributes, KIND) or "").upper())
    if operation is None:
        return None
    model, asked = text(attributes, *_MODEL), text(attributes, *_REQUESTED)
    provider = text(attributes, *_PROVIDER)
    return Call(
        provider=_SERVES_ITSELF.get(provider or "", provider),
        model=model,
        usage=_usage(span),
        requested_model=asked if asked != model else None,
        operation=operation,
        response_id=text(attributes, RESPONSE_ID),
    )


def _usage(span: Span) -> dict[str, int]:
    def of(*names: str) -> int | None:
        return count(span.attributes, *(_COUNT + name for name in names))

    return inclusive(
        Counts(
            input=of("prompt"),
            output=of("completion"),
            cache_read=of("prompt_details.cache_read", "prompt_details.cache_input"),
            cache_write=of("prompt_details.cache_write"),
            reasoning=of("completion_details.reasoning"),
            total=of("total"),
            input_audio=of("prompt_details.audio"),
            output_audio=of("completion_details.audio"),
        )
    )
