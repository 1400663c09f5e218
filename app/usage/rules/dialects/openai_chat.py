"""The OpenAI chat completions usage object, and everybody who speaks it.

Azure, Mistral, DeepSeek, xAI, Groq, Together, Fireworks, Cerebras, Moonshot, Z.ai, OpenRouter, Qwen and the gateways
put cached tokens inside the prompt. Whether reasoning is inside the completion is read from the total, not from
the provider's name.
"""

from decimal import Decimal
from typing import Final, NamedTuple

from app.pricing.rules.caching import default_cache_write
from app.usage.rules import fields
from app.usage.rules.dialects.envelope import Envelope
from app.usage.rules.fields import Holder
from app.usage.rules.record import UsageRecord
from app.usage.rules.splitting import Split, split_input, split_output, total_mismatch

CONVENTION: Final = "openai_chat"
# xAI's chat endpoint and Perplexity count thinking beside the completion.
_OUTSIDE: Final = frozenset(("xai", "perplexity"))
_XAI_TICK: Final = Decimal("1e-10")
_XAI_TOOLS: Final = {
    "web_search_calls": "tool.web_search",
    "x_search_calls": "tool.x_search",
    "code_interpreter_calls": "tool.code_execution",
    "file_search_calls": "tool.collection_search",
    "document_search_calls": "tool.attachment_search",
}


class Reasoning(NamedTuple):
    """Thinking tokens, and whether they come on top of the completion."""

    tokens: int | None
    is_outside: bool


def reads(usage: Holder) -> bool:
    """Whether the object has this shape."""
    return any(name in usage for name in ("prompt_tokens", "completion_tokens", "prompt_cache_hit_tokens"))


def read(usage: Holder, envelope: Envelope) -> UsageRecord:
    """The record of a chat completions (or embeddings) usage object."""
    prompt = _prompt_tokens(usage)
    completion = fields.count(usage, "completion_tokens")
    total = fields.count(usage, "total_tokens")
    details = fields.part(usage, "completion_tokens_details")
    reasoning = _reasoning(usage, details, prompt, completion, total, envelope.provider)
    input_ = _input(usage, prompt, envelope)
    output = split_output(
        completion,
        reasoning=reasoning.tokens,
        is_outside=reasoning.is_outside,
        modalities=fields.modalities(details, "completion_tokens_details."),
    )
    leaves = {**input_.leaves, **output.leaves, **_citations(usage, envelope.provider)}
    warnings = (*input_.warnings, *output.warnings)
    if envelope.provider != "perplexity":  # its total leaves out what it bills beside the completion
        warnings = (*warnings, *total_mismatch(leaves, total))
    is_whole = completion is not None or envelope.api == "embeddings" or total == prompt
    return UsageRecord(
        leaves=leaves,
        meters=_meters(usage, envelope.provider),
        model_served=envelope.model_served,
        provider_response_id=envelope.response_id,
        service_tier=envelope.service_tier or fields.text(usage, "service_tier"),
        reported_cost=reported_cost(usage, envelope.provider),
        usage_status="final" if is_whole else "partial",
        convention=CONVENTION,
        warnings=warnings,
    )


def _prompt_tokens(usage: Holder) -> int | None:
    prompt = fields.count(usage, "prompt_tokens")
    if prompt is not None:
        return prompt
    hit = fields.count(usage, "prompt_cache_hit_tokens")
    miss = fields.count(usage, "prompt_cache_miss_tokens")
    return None if hit is None or miss is None else hit + miss


def _input(usage: Holder, prompt: int | None, envelope: Envelope) -> Split:
    details = fields.part(usage, "prompt_tokens_details") or fields.part(usage, "prompt_token_details")
    where = "prompt_tokens_details."
    # The same number under several names; one of them is taken, never their sum.
    read = fields.first_count(details, "cached_tokens", where=where)
    if read is None:
        read = fields.first_count(usage, "prompt_cache_hit_tokens", "cached_tokens", "num_cached_tokens")
    written = fields.first_count(
        details, "cache_write_tokens", "cache_creation_input_tokens", "cache_creation_tokens", where=where
    )
    return split_input(
        prompt,
        read=read,
        writes=written_at_usual_life(written, envelope),
        modalities=fields.modalities(details, where),
        read_modalities=fields.modalities(
            fields.part(details, "cached_tokens_details", where), f"{where}cached_tokens_details."
        ),
    )


def written_at_usual_life(written: int | None, envelope: Envelope) -> dict[str, int]:
    """A cache write without a stated life, under the family's usual one."""
    if written is None:
        return {}
    return {default_cache_write(envelope.provider, envelope.model_for_rules): written}


def _reasoning(
    usage: Holder, details: Holder, prompt: int | None, completion: int | None, total: int | None, provider: str
) -> Reasoning:
    """Thinking tokens and where they are, by what adds up to the total.

    A total larger than prompt and completion together, with no thinking reported, is thinking that a proxy dropped.
    """
    tokens = fields.count(details, "reasoning_tokens", "completion_tokens_details.")
    if tokens is None:
        tokens = fields.count(usage, "reasoning_tokens")
    if provider == "perplexity":
        return Reasoning(tokens, is_outside=True)
    if total is None or prompt is None or completion is None:
        return Reasoning(tokens, is_outside=provider in _OUTSIDE)
    beside = total - prompt - completion
    if beside > 0 and not tokens:
        return Reasoning(beside, is_outside=True)
    return Reasoning(tokens, is_outside=beside > 0 and beside == tokens)


def _citations(usage: Holder, provider: str) -> dict[str, int]:
    citations = fields.count(usage, "citation_tokens") if provider == "perplexity" else None
    return {} if citations is None else {"output.citation.text": citations}


def _meters(usage: Holder, provider: str) -> dict[str, Decimal]:
    """Tools the provider ran and bills for, where its usage counts them."""
    meters: dict[str, Decimal] = {}
    if provider == "perplexity":
        searches = fields.count(usage, "num_search_queries")
        meters = {"requests": Decimal(1)} if searches is None else {"tool.web_search": Decimal(searches)}
    return {**meters, **xai_tools(usage, provider)}


def xai_tools(usage: Holder, provider: str) -> dict[str, Decimal]:
    """Calls of xAI's own tools, which it bills by the thousand."""
    if provider != "xai":
        return {}
    name = "server_side_tool_usage_details"
    details = fields.part(usage, name)
    counts = ((unit, fields.count(details, key, f"{name}.")) for key, unit in _XAI_TOOLS.items())
    return {unit: Decimal(count) for unit, count in counts if count}


def reported_cost(usage: Holder, provider: str) -> Decimal | None:
    """What the provider says it charged for this call, in US dollars.

    OpenRouter's `cost` is only its fee when the caller brought a key of their own: the upstream part is then added.
    A gateway's own estimate is not a charge and is not read.
    """
    if provider == "openrouter":
        cost = fields.amount(usage, "cost")
        if cost is None or not usage.get("is_byok"):
            return cost
        upstream = fields.amount(fields.part(usage, "cost_details"), "upstream_inference_cost", "cost_details.")
        return None if upstream is None else cost + upstream
    if provider == "xai":
        ticks = fields.amount(usage, "cost_in_usd_ticks")
        return None if ticks is None else ticks * _XAI_TICK
    if provider == "perplexity":
        return fields.amount(fields.part(usage, "cost"), "total_cost", "cost.")
    return None
