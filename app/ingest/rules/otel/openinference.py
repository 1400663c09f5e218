"""OpenInference (Arize Phoenix): `openinference-semantic-conventions` 0.1.42. Its prompt contains what caches gave."""

import json
import re
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
# Where the answer stands as JSON, and the id of the response at its beginning. Of the rest nothing is looked at.
ANSWER: Final = "output.value"
_ANSWERS_ID: Final = re.compile(r'\{"id": ?"((?:chatcmpl|cmpl|msg|resp|gen)[-_][A-Za-z0-9_-]{1,110})"')
# A call that failed names its model only here.
_PARAMETERS: Final = "llm.invocation_parameters"
# `vertexai` names how a model speaks, `aws` and `azure` who serves it
_SERVES_ITSELF: Final = {"mistralai": "mistral", "vertexai": "vertex"}

NAMES: Final = frozenset(
    (
        KIND,
        _PARAMETERS,
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
    asked = text(attributes, *_REQUESTED) or _asked(text(attributes, _PARAMETERS))
    model = text(attributes, *_MODEL) or asked
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


def response_id(answer: str) -> str | None:
    """The id of the response, which is named nowhere but in the answer."""
    found = _ANSWERS_ID.match(answer)
    return found[1] if found else None


def _asked(parameters: str | None) -> str | None:
    try:
        said = json.loads(parameters or "{}")
    except (ValueError, RecursionError):
        return None
    model = said.get("model") if isinstance(said, dict) else None
    return model if isinstance(model, str) else None
