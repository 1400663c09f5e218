"""The OpenAI chat completions usage object, and everybody who speaks it.

Azure, Mistral, DeepSeek, xAI, Groq, Together, Fireworks, Cerebras, Moonshot, Z.ai, OpenRouter, Qwen, vLLM and the
gateways put cached tokens inside the prompt. Whether reasoning is inside the completion is read from the total, not
from the provider's name.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final, NamedTuple

from app.usage.rules import fields
from app.usage.rules.dialects import qwen
from app.usage.rules.dialects.breakdowns import BREAKDOWN, by_model
from app.usage.rules.dialects.cached import Cached, cached_tokens
from app.usage.rules.dialects.envelope import Envelope
from app.usage.rules.dialects.mistral import connector_tokens, heard_seconds
from app.usage.rules.dialects.tools import tools_used
from app.usage.rules.dialects.totals import Counts, Placement, placed
from app.usage.rules.fields import Holder
from app.usage.rules.record import UsageRecord
from app.usage.rules.splitting import Leaves, Split, split_input, split_output, total_mismatch

CONVENTION: Final = "openai_chat"
_NAMES: Final = ("prompt_tokens", "completion_tokens", "prompt_cache_hit_tokens", "prompt_audio_seconds")
# xAI's gRPC objects have the modalities of the prompt beside it.
_IMAGES_BESIDE: Final = "prompt_image_tokens"


class _Details(NamedTuple):
    values: Holder
    where: str


def reads(usage: Holder) -> bool:
    """Whether the object has this shape. Some gateways add `input_tokens` and leave one of the two spellings zero."""
    if all(name not in usage for name in _NAMES):
        return False
    return not usage.get("input_tokens") or bool(usage.get("prompt_tokens"))


def read(usage: Holder, envelope: Envelope) -> UsageRecord:
    """The record of a chat completions, completions or embeddings usage object."""
    record = _read(usage, envelope)
    return by_model(record, envelope, _read) if BREAKDOWN in envelope.response else record


def _read(usage: Holder, envelope: Envelope) -> UsageRecord:
    details, made = _input_details(usage), _part(usage, "completion_tokens_details")
    cached = cached_tokens(usage, *details, envelope)
    counts, warnings = _counts(usage, made, cached)
    heard = heard_seconds(usage)
    connected = connector_tokens(usage, counts.beside)
    place = _placed(counts, cached, heard, sum(connected.values()), envelope.provider)
    input_ = _input(usage, counts.input, cached, details, is_outside=place.is_cache_outside)
    output = split_output(
        counts.output,
        reasoning=place.reasoning,
        is_outside=place.is_reasoning_outside,
        modalities=fields.modalities(*made),
    )
    leaves = {**input_.leaves, **connected, **output.leaves, **_citations(usage, envelope.provider)}
    warnings = (*warnings, *cached.warnings, *input_.warnings, *output.warnings)
    # Neither total is a sum of leaves: Perplexity's lacks what it bills beside, Mistral's has audio billed by seconds.
    if envelope.provider != "perplexity" and not heard:
        warnings = (*warnings, *total_mismatch(leaves, counts.total))
    says_no_output = counts.total is not None and counts.total == counts.input
    is_whole = counts.output is not None or says_no_output or bool(heard) or envelope.is_input_only
    return UsageRecord(
        leaves=leaves,
        meters={**tools_used(usage, envelope), **heard},
        facts={**_facts(usage, envelope.provider), **qwen.facts(details.values, cached, place.reasoning, envelope)},
        model_served=envelope.model_served,
        provider_response_id=envelope.response_id,
        service_tier=envelope.service_tier or fields.text(usage, "service_tier"),
        usage_status="final" if is_whole else "partial",
        convention=CONVENTION + place.suffix + ("+audio_seconds" if heard else ""),
        warnings=warnings,
    )


def _part(usage: Holder, name: str) -> _Details:
    return _Details(fields.part(usage, name), f"{name}.")


def _input_details(usage: Holder) -> _Details:
    """Mistral spells the name in two ways."""
    details = _part(usage, "prompt_tokens_details")
    return details if details.values else _part(usage, "prompt_token_details")


def _counts(usage: Holder, made: _Details, cached: Cached) -> tuple[Counts, tuple[str, ...]]:
    total = fields.count(usage, "total_tokens")
    output = fields.count(usage, "completion_tokens")
    prompt, warnings = _prompt(usage)
    if prompt is None and output is None:  # embeddings and rankings of some hosts say nothing else
        prompt = total
    reasoning = fields.count(*_named(made, "reasoning_tokens"))
    if reasoning is None:
        reasoning = fields.count(usage, "reasoning_tokens")
    return Counts(prompt, output, total, reasoning, cached.total), warnings


def _named(details: _Details, name: str) -> tuple[Holder, str, str]:
    return details.values, name, details.where


def _prompt(usage: Holder) -> tuple[int | None, tuple[str, ...]]:
    """The prompt; DeepSeek also says its parts, which may be all there is."""
    prompt = fields.count(usage, "prompt_tokens")
    hit = fields.count(usage, "prompt_cache_hit_tokens")
    miss = fields.count(usage, "prompt_cache_miss_tokens")
    if hit is None or miss is None:
        return prompt, ()
    if prompt is None or prompt >= hit + miss:
        return prompt if prompt is not None else hit + miss, ()
    return hit + miss, (f"cache hits and misses exceed the prompt: {hit + miss} > {prompt}",)


def _placed(counts: Counts, cached: Cached, heard: Mapping[str, Decimal], connected: int, provider: str) -> Placement:
    """What is on top of prompt and completion under a name of its own is not thinking.

    Older gateways passed Anthropic's counts on as they were, with a prompt that cannot contain them.
    """
    total = None if heard or counts.total is None else counts.total - connected
    place = placed(counts._replace(total=total), provider, can_be_dropped=True)
    if cached.says_anthropic and counts.input is not None and cached.total > counts.input:
        return place._replace(is_cache_outside=True)
    return place


def _input(usage: Holder, prompt: int | None, cached: Cached, details: _Details, *, is_outside: bool) -> Split:
    of_read = fields.part(details.values, "cached_tokens_details", details.where)
    modalities = fields.modalities(*details)
    images = fields.count(usage, _IMAGES_BESIDE)
    if images and not modalities:
        modalities = {"image": images}
    return split_input(
        None if prompt is None else prompt + (cached.total if is_outside else 0),
        read=cached.read,
        writes=cached.writes,
        modalities=modalities,
        read_modalities=fields.modalities(of_read, f"{details.where}cached_tokens_details."),
    )


def _citations(usage: Holder, provider: str) -> Leaves:
    citations = fields.count(usage, "citation_tokens") if provider == "perplexity" else None
    return {} if citations is None else {"output.citation.text": citations}


def _facts(usage: Holder, provider: str) -> dict[str, str]:
    size = fields.text(usage, "search_context_size") if provider == "perplexity" else None
    return {} if size is None else {"search_context_size": size}
