"""What a response says around its usage object, and where the object is in it."""

import re
from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from app.usage.rules import fields
from app.usage.rules.dialects.bodies import counts_in_the_body
from app.usage.rules.dialects.unwrapped import usage_in_the_open
from app.usage.rules.fields import EMPTY, Holder

# Fields that only a usage object itself has, in any dialect.
_MARKS: Final = frozenset(
    (
        "prompt_tokens",
        "completion_tokens",
        "input_tokens",
        "output_tokens",
        "total_tokens",
        "prompt_cache_hit_tokens",
        "prompt_audio_seconds",
        "promptTokenCount",
        "prompt_token_count",
        "candidatesTokenCount",
        "candidates_token_count",
        "responseTokenCount",
        "response_token_count",
        "totalTokenCount",
        "total_token_count",
        "pages_processed",
        "seconds",
        "inputTokens",
        "outputTokens",
        "inputTokenCount",
        "outputTokenCount",
        "billed_units",
        "total_input_tokens",
        "totalInputTokens",
    )
)
# Speech that is billed by the text it reads: no vendor has a usage object for it, senders count themselves.
CHARACTERS: Final = ("input_characters", "characters", "character_count", "characters_in")
# Lines of batch results: a field that only such a line has, and the way to the response inside it.
_BATCH_LINES: Final = (
    ("result", ("result", "message")),  # Anthropic
    ("response", ("response", "body")),  # OpenAI and who follows it
    ("recordId", ("modelOutput",)),  # Bedrock
    ("key", ("response",)),  # Gemini
    ("processed_time", ("response",)),  # Vertex
)
# Llama's answer stands beside its counts, one of which is called as Gemini's.
_LLAMA: Final = "generation_token_count"
# Where events of streams, Bedrock and pairs of headers and body keep the response.
_INSIDE: Final = ("response", "message", "metadata", "delta", "body")
_LINE_MARKS: Final = frozenset(mark for mark, _ in _BATCH_LINES)
_INPUT_ONLY_APIS: Final = frozenset(("embeddings", "rerank"))
_INPUT_ONLY_MODEL: Final = re.compile(r"embed|rerank|voyage")
_USAGE_KEYS: Final = ("usage", "usageMetadata", "usage_metadata", "usage_info")


class Envelope(NamedTuple):
    """What is known beside the usage object: from the caller, and from the response where one was sent."""

    provider: str
    api: str
    model: str | None
    response: Holder

    @property
    def model_served(self) -> str | None:
        """The model that the response says answered."""
        return fields.text(self.response, "model", "modelVersion", "model_version")

    @property
    def model_for_rules(self) -> str | None:
        """The model that decides what a count means: the one that answered, else the one the event names."""
        return self.model_served or self.model

    @property
    def is_input_only(self) -> bool:
        """Whether nothing is put out that could be counted in tokens: embeddings and rankings."""
        model = (self.model_for_rules or "").lower()
        return self.api in _INPUT_ONLY_APIS or _INPUT_ONLY_MODEL.search(model) is not None

    @property
    def response_id(self) -> str | None:
        """The provider's own name for this response."""
        return fields.text(self.response, "id", "responseId", "response_id", "request_id")

    @property
    def service_tier(self) -> str | None:
        """The tier that was billed, where the response says so beside the usage."""
        return fields.text(self.response, "service_tier", "serviceTier")

    @property
    def processing(self) -> str | None:
        """`batch` for a line of a batch's results, where nothing in the response itself says so."""
        return "batch" if self.response.get("processing") == "batch" else None


class Found(NamedTuple):
    """A usage object (None when the response says there is none) and the response around it."""

    usage: Holder | None
    response: Holder


def find_usage(raw: Holder) -> Found | None:
    """The usage object in what was sent, which may be the object itself; None when there is none to be seen."""
    line = _batch_result(raw)
    if line is not None:
        found = find_usage(line)
        return None if found is None else Found(found.usage, {**found.response, "processing": "batch"})
    if not (_MARKS.isdisjoint(raw) and raw.keys().isdisjoint(CHARACTERS)) and _LLAMA not in raw:
        return Found(raw, EMPTY)
    for holder, response in _holders(raw):
        for key in _USAGE_KEYS:
            if key in holder:
                usage = holder[key]
                if usage is None or isinstance(usage, Mapping):
                    return Found(usage, response)
    usage = usage_in_the_open(raw) or counts_in_the_body(raw)
    return None if usage is None else Found(usage, raw)


def _batch_result(raw: Holder) -> Holder | None:
    """The response inside a line of a batch's results."""
    if _LINE_MARKS.isdisjoint(raw):
        return None
    for mark, path in _BATCH_LINES:
        if mark not in raw:
            continue
        inner: object = raw
        for key in path:
            inner = inner.get(key) if isinstance(inner, Mapping) else None
        if isinstance(inner, Mapping):
            return inner
    return None


def _holders(raw: Holder) -> Iterator[tuple[Holder, Holder]]:
    """Where the usage could be, each with the response it then speaks of: stream events and some hosts hide it."""
    inner = [raw.get(key) for key in _INSIDE]
    events = [(event, {**raw, **event}) for event in inner if isinstance(event, Mapping)]
    choices = raw.get("choices")
    nested = [raw.get("x_groq"), choices[0] if isinstance(choices, list | tuple) and choices else None]
    beside = [(holder, raw) for holder in nested if isinstance(holder, Mapping)]
    # A chunk whose own `usage` is null may still carry one further in.
    yield from (found for found in ((raw, raw), *events, *beside) if _has_usage(found[0]))
    yield raw, raw


def _has_usage(candidate: Holder) -> bool:
    return any(isinstance(candidate.get(key), Mapping) for key in _USAGE_KEYS)
