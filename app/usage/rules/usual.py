"""Usage objects of the usual shapes, read at once: bare text counts that add up.

Nothing is decided here: each answers what `read_usage`, or `from_canonical`, does, in a tenth of the time, and None for
whatever has more in it, less, or a doubt. Those then decide. The shapes are msgspec's, which checks names, kinds and
sizes of a whole object in 0.4 µs; a walk through its fields takes 15 to 30.
"""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Annotated, Any, Final, Literal, NamedTuple

import msgspec

from app.pricing.rules.caching import default_cache_write
from app.usage.rules import canonical
from app.usage.rules.dialects import anthropic, gemini, openai_chat, openai_responses
from app.usage.rules.dialects.apis import canonical_api
from app.usage.rules.dialects.tools import always_searches

# What any sum of calls can hold; more is looked at field by field.
MOST: Final = 10**12

Count = Annotated[int, msgspec.Meta(ge=0, le=MOST)]
# Tokens that are not text are read with care.
_None = Literal[0] | None


class _Shape(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """An object with these fields and no others."""


class _Canonical(_Shape):
    input_tokens: Count
    output_tokens: Count
    cache_read_tokens: Count | None = None
    cache_write_tokens: Count | None = None
    reasoning_tokens: Count | None = None


class _PromptDetails(_Shape):
    cached_tokens: Count | None = None
    cache_write_tokens: Count | None = None
    audio_tokens: _None = None
    image_tokens: _None = None
    video_tokens: _None = None


class _CompletionDetails(_Shape):
    reasoning_tokens: Count | None = None
    audio_tokens: _None = None
    image_tokens: _None = None
    video_tokens: _None = None
    accepted_prediction_tokens: Count | None = None
    rejected_prediction_tokens: Count | None = None


class _Chat(_Shape):
    prompt_tokens: Count
    completion_tokens: Count
    total_tokens: Count
    prompt_tokens_details: _PromptDetails | None = None
    completion_tokens_details: _CompletionDetails | None = None


class _InputDetails(_Shape):
    cached_tokens: Count | None = None
    cache_write_tokens: Count | None = None


class _OutputDetails(_Shape):
    reasoning_tokens: Count | None = None


class _Responses(_Shape):
    input_tokens: Count
    output_tokens: Count
    total_tokens: Count
    input_tokens_details: _InputDetails
    output_tokens_details: _OutputDetails | None = None


class _Lives(_Shape):
    ephemeral_5m_input_tokens: Count
    ephemeral_1h_input_tokens: Count


class _Thinking(_Shape):
    thinking_tokens: Count | None = None


class _Messages(_Shape):
    input_tokens: Count
    output_tokens: Count
    cache_read_input_tokens: Count | None = None
    cache_creation_input_tokens: Count | None = None
    cache_creation: _Lives | None = None
    output_tokens_details: _Thinking | None = None
    server_tool_use: None = None
    service_tier: Literal["standard", "priority"] | None = None
    inference_geo: Literal["global", "us", "eu", "not_available"] | None = None


class _Text(_Shape):
    modality: Literal["TEXT"]
    tokenCount: Count  # noqa: N815 - Google's name


class _Gemini(_Shape):
    promptTokenCount: Count  # noqa: N815
    candidatesTokenCount: Count  # noqa: N815
    totalTokenCount: Count  # noqa: N815
    cachedContentTokenCount: Count | None = None  # noqa: N815
    thoughtsTokenCount: Count | None = None  # noqa: N815
    promptTokensDetails: Annotated[list[_Text], msgspec.Meta(max_length=1)] | None = None  # noqa: N815
    candidatesTokensDetails: Annotated[list[_Text], msgspec.Meta(max_length=1)] | None = None  # noqa: N815
    cacheTokensDetails: Annotated[list[_Text], msgspec.Meta(max_length=1)] | None = None  # noqa: N815


class Usual(msgspec.Struct, gc=False):
    """What such an object says: the fields of a record by these names, all others as they are by default.

    `writes` are the leaves that were written to a cache.
    """

    leaves: dict[str, int]
    writes: Mapping[str, int]
    convention: str
    service_tier: str | None = None
    geo: str | None = None


class Reader(NamedTuple):
    """How calls of one provider, API and model are read. `write` is the leaf of a write without a stated life.

    `has_usual_objects` is false where the vendor's object says more than its counts.
    """

    write: str
    has_usual_objects: bool


# Their objects have fees, money or facts in them, or count otherwise.
_UNUSUAL_PROVIDERS: Final = ("xai", "perplexity", "openrouter", "vercel", "alibaba")
_USUAL_APIS: Final = frozenset(("", "chat", "responses", "messages", "generate"))


@lru_cache(maxsize=1024)
def reader_for(provider: str, api: str | None, model: str) -> Reader:
    """`provider` in canonical spelling."""
    called = canonical_api(api)
    named = model.lower()
    is_usual = called.name in _USUAL_APIS and not called.is_batch and not provider.startswith(_UNUSUAL_PROVIDERS)
    is_plain = "gpt-image" not in named and not always_searches(named)
    return Reader(f"input.{default_cache_write(provider, model)}.text", is_usual and is_plain)


def read_flat(counts: tuple[Any, Any, Any, Any, Any], reader: Reader) -> Usual | None:
    """Input, output, reads, writes and reasoning in our words, None where not said."""
    total, output, read, written, reasoning = counts
    for count in counts:
        if count is not None and (type(count) is not int or not 0 <= count <= MOST):
            return None
    if total is None or output is None:
        return None
    writes = _NO_WRITES if written is None else {reader.write: written}
    return _split(total, output, read, writes, reasoning, canonical.CONVENTION)


def read_words(usage: Mapping[str, Any], reader: Reader) -> Usual | None:
    """An object in our words."""
    try:
        said = msgspec.convert(usage, _Canonical)
    except msgspec.ValidationError:
        return None
    written = said.cache_write_tokens
    writes = _NO_WRITES if written is None else {reader.write: written}
    return _split(
        said.input_tokens,
        said.output_tokens,
        said.cache_read_tokens,
        writes,
        said.reasoning_tokens,
        canonical.CONVENTION,
    )


def read_raw(usage: Mapping[str, Any], reader: Reader) -> Usual | None:
    """A vendor's own object. All of it is worth keeping, as it is, when there is an answer."""
    if not reader.has_usual_objects:
        return None
    for mark, shape, read in _SHAPES:
        if mark in usage:
            try:
                return read(msgspec.convert(usage, shape), reader)
            except msgspec.ValidationError:
                return None
    return None


_NO_WRITES: Final[Mapping[str, int]] = {}


def _split(
    total: int, output: int, read: int | None, writes: Mapping[str, int], reasoning: int | None, convention: str
) -> Usual | None:
    """Totals that contain their parts; None where a part is larger than its whole."""
    leaves = {"input.fresh.text": total, "output.visible.text": output}
    if read is not None:
        leaves["input.cache_read.text"] = read
        total -= read
    if writes:
        leaves.update(writes)
        total -= sum(writes.values())
    if reasoning is not None:
        leaves["output.reasoning.text"] = reasoning
        output -= reasoning
    if total < 0 or output < 0:
        return None
    leaves["input.fresh.text"] = total
    leaves["output.visible.text"] = output
    return Usual(leaves, writes, convention)


def _chat(usage: _Chat, reader: Reader) -> Usual | None:
    if usage.total_tokens != usage.prompt_tokens + usage.completion_tokens:
        return None
    details, made = usage.prompt_tokens_details, usage.completion_tokens_details
    read, written = (details.cached_tokens, details.cache_write_tokens) if details else (None, None)
    writes = _NO_WRITES if written is None else {reader.write: written}
    reasoning = made.reasoning_tokens if made else None
    return _split(usage.prompt_tokens, usage.completion_tokens, read, writes, reasoning, openai_chat.CONVENTION)


def _responses(usage: _Responses, reader: Reader) -> Usual | None:
    if usage.total_tokens != usage.input_tokens + usage.output_tokens:
        return None
    details, made = usage.input_tokens_details, usage.output_tokens_details
    written = details.cache_write_tokens
    writes = _NO_WRITES if written is None else {reader.write: written}
    reasoning = made.reasoning_tokens if made else None
    return _split(
        usage.input_tokens, usage.output_tokens, details.cached_tokens, writes, reasoning, openai_responses.CONVENTION
    )


def _messages(usage: _Messages, _reader: Reader) -> Usual | None:
    """Anthropic's three counts of input do not contain one another."""
    total, lives = usage.cache_creation_input_tokens, usage.cache_creation
    writes: Mapping[str, int] = _NO_WRITES
    if lives is not None:
        short, long = lives.ephemeral_5m_input_tokens, lives.ephemeral_1h_input_tokens
        if total is not None and total != short + long:
            return None
        writes = {"input.cache_write_5m.text": short, "input.cache_write_1h.text": long}
    elif total is not None:
        writes = {"input.cache_write_5m.text": total}
    read, made = usage.cache_read_input_tokens, usage.output_tokens_details
    whole = usage.input_tokens + (read or 0) + sum(writes.values())
    reasoning = made.thinking_tokens if made else None
    split = _split(whole, usage.output_tokens, read, writes, reasoning, anthropic.CONVENTION)
    if split is None or (usage.service_tier is None and usage.inference_geo is None):
        return split
    return Usual(split.leaves, writes, anthropic.CONVENTION, usage.service_tier, usage.inference_geo)


def _gemini(usage: _Gemini, _reader: Reader) -> Usual | None:
    """Thoughts come on top of the candidates."""
    prompt, read, thoughts = usage.promptTokenCount, usage.cachedContentTokenCount, usage.thoughtsTokenCount
    answer = usage.candidatesTokenCount
    made = answer + (thoughts or 0)
    listed = (
        (usage.promptTokensDetails, prompt),
        (usage.candidatesTokensDetails, answer),
        (usage.cacheTokensDetails, read or 0),
    )
    if usage.totalTokenCount != prompt + made or any(of and of[0].tokenCount > total for of, total in listed):
        return None
    return _split(prompt, made, read, _NO_WRITES, thoughts, gemini.CONVENTION)


# A field that an object of the shape has, by which it is told from the others. In this order, as the dialects are.
_SHAPES: Final[tuple[tuple[str, Any, Callable[[Any, Reader], Usual | None]], ...]] = (
    ("prompt_tokens", _Chat, _chat),
    ("cache_read_input_tokens", _Messages, _messages),
    ("input_tokens_details", _Responses, _responses),
    ("promptTokenCount", _Gemini, _gemini),
)
