"""LangSmith's exporter: the GenAI words, with the details of usage as the text of a Python dict."""

import ast
from collections.abc import Mapping
from typing import Any, Final

from app.ingest.rules.otel import genai
from app.ingest.rules.otel.counts import Counts, inclusive
from app.ingest.rules.otel.spans import Call, Span, count, text, whole

_KIND: Final = "langsmith.span.kind"
_INPUT_DETAILS: Final = "gen_ai.usage.input_token_details"
_OUTPUT_DETAILS: Final = "gen_ai.usage.output_token_details"
_OPERATIONS: Final = {"llm": "chat", "embedding": "embeddings"}
# what LangChain's own metadata says of the call, which the model's name alone would have to be guessed from
_PROVIDER: Final = "langsmith.metadata.ls_provider"
_MAX_DETAILS: Final = 1_000

NAMES: Final = frozenset((_KIND, _INPUT_DETAILS, _OUTPUT_DETAILS, _PROVIDER))


def reads(span: Span) -> bool:
    return _KIND in span.attributes


def read(span: Span) -> Call | None:
    """None for chains, tools, retrievers and prompts, whatever operation they are given."""
    operation = _OPERATIONS.get((text(span.attributes, _KIND) or "").lower())
    if operation is None:
        return None
    inputs, outputs = _details(span, _INPUT_DETAILS), _details(span, _OUTPUT_DETAILS)
    counts = Counts(
        input=count(span.attributes, *genai.INPUT),
        output=count(span.attributes, *genai.OUTPUT),
        cache_read=whole(inputs.get("cache_read")),
        cache_write=whole(inputs.get("cache_creation")),
        reasoning=whole(outputs.get("reasoning")),
        input_audio=whole(inputs.get("audio")),
        output_audio=whole(outputs.get("audio")),
    )
    call = genai.call_of(span, operation, inclusive(counts))
    return call._replace(provider=text(span.attributes, _PROVIDER) or call.provider)


def _details(span: Span, name: str) -> Mapping[str, Any]:
    written = text(span.attributes, name) or "{}"
    if len(written) > _MAX_DETAILS:
        return {}
    try:
        details = ast.literal_eval(written)
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        return {}
    return details if isinstance(details, dict) else {}
