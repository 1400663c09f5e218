"""Bedrock's own counts: Converse (`inputTokens`), Nova, Titan, Llama, the metrics of a stream, the headers.

By the API's contract the input excludes what was read from and written to the cache. Some families break it, so the
family in the model's id decides, and `convention` says which way was taken. Claude through InvokeModel has Anthropic's
own object and is not read here.
"""

import re
from typing import Final, NamedTuple

from app.pricing.rules import units
from app.pricing.rules.caching import default_cache_write
from app.usage.rules import fields
from app.usage.rules.canonical import with_rest
from app.usage.rules.dialects.envelope import Envelope
from app.usage.rules.fields import Holder
from app.usage.rules.record import Capacity, UsageRecord, missing
from app.usage.rules.splitting import split_input, split_output, total_mismatch


class _Family(NamedTuple):
    """`contains_cache`: its input includes the cached tokens. `counts`: a usage of nothing but zeros is true."""

    contains_cache: bool = False
    counts: bool = True


# By what stands before the first dot of a model id. GPT-5.6 and later report an input that contains the cached part,
# although their total counts it twice; some open models report zeros for answers that cost something.
_FAMILIES: Final = {
    "anthropic": _Family(),
    "amazon": _Family(),
    "openai": _Family(contains_cache=True, counts=False),
}
_ANY: Final = _Family(counts=False)
# `us.`, `global.`, `us-gov.` and their like stand before the family; an ARN ends in the id.
_PROFILE: Final = re.compile(r"^(?:[a-z]{2,6}(?:-[a-z]+)?\.)(?=[a-z0-9]+\.)")

_INPUT: Final = ("inputTokens", "inputTokenCount", "inputTextTokenCount", "prompt_token_count")
_OUTPUT: Final = ("outputTokens", "outputTokenCount", "generation_token_count")
_READ: Final = ("cacheReadInputTokens", "cacheReadInputTokenCount")
_WRITTEN: Final = ("cacheWriteInputTokens", "cacheWriteInputTokenCount")
_MARKS: Final = frozenset((*_INPUT[:3], *_OUTPUT))
_RESERVED: Final = "reserved"


def reads(usage: Holder) -> bool:
    """Whether the object has one of these shapes."""
    return not _MARKS.isdisjoint(usage)


def read(usage: Holder, envelope: Envelope) -> UsageRecord:
    """The record of Converse's usage, or of what stands in its place elsewhere in Bedrock."""
    input_ = fields.first_count(usage, *_INPUT)
    output = _output(usage)
    cached = fields.first_count(usage, *_READ)
    writes, warnings = _writes(usage, envelope)
    inside = (cached or 0) + sum(writes.values())
    family = _FAMILIES.get(family_of(envelope.model_for_rules), _ANY)
    if not (input_ or output or inside) and not family.counts and input_ is not None:
        return missing(
            "bedrock", (*warnings, "the usage is all zeros, which this model family reports for not counted")
        )
    contains, branch = _branch(family, input_, inside)
    total_input = None if input_ is None else input_ + (0 if contains else inside)
    taken = split_input(total_input, read=cached, writes=writes)
    made = split_output(output)
    leaves = {**taken.leaves, **made.leaves}
    total = fields.count(usage, "totalTokens")
    counted_twice = inside if contains and total == sum(leaves.values()) + inside else 0
    mismatch = total_mismatch(leaves, None if total is None else total - counted_twice)
    tier = _tier(envelope.response)
    return UsageRecord(
        leaves=leaves,
        provider_response_id=envelope.response_id,
        service_tier=tier,
        speed=_speed(envelope.response),
        capacity=_capacity(tier),
        usage_status="final" if input_ is not None and (output is not None or _is_embedding(usage)) else "partial",
        convention=f"bedrock/{branch}",
        warnings=(*warnings, *taken.warnings, *made.warnings, *mismatch),
    )


def family_of(model: str | None) -> str:
    """`anthropic` of `arn:aws:bedrock:eu-west-1:1:inference-profile/eu.anthropic.claude-opus-5-5`; "" when opaque."""
    name = (model or "").strip().lower().rpartition("/")[2]
    family, dot, _ = _PROFILE.sub("", name).partition(".")
    return family if dot else ""


def _branch(family: _Family, input_: int | None, inside: int) -> tuple[bool, str]:
    """Whether the input contains the cached tokens. Less input than cached tokens cannot contain them."""
    if not family.contains_cache:
        return False, "cache_outside"
    if input_ is None or input_ < inside:
        return False, "cache_outside_by_guard"
    return True, "cache_inside"


def _output(usage: Holder) -> int | None:
    """The answer's tokens; Titan counts each of its results."""
    results = fields.items(usage, "results")
    if not results:
        return fields.first_count(usage, *_OUTPUT)
    counts = [fields.count(result, "tokenCount", f"results[{index}].") for index, result in enumerate(results)]
    return None if None in counts else sum(count or 0 for count in counts)


def _writes(usage: Holder, envelope: Envelope) -> tuple[dict[str, int], tuple[str, ...]]:
    """Cache writes by life; what no life is given for has the family's usual one."""
    writes: dict[str, int] = {}
    for index, entry in enumerate(fields.items(usage, "cacheDetails")):
        tokens = fields.count(entry, "inputTokens", f"cacheDetails[{index}].")
        kind = f"cache_write_{fields.text(entry, 'ttl')}"
        if tokens and kind in units.CACHE_WRITES:
            writes[kind] = writes.get(kind, 0) + tokens
    total = fields.first_count(usage, *_WRITTEN)
    if total is None:
        return writes, ()
    usual = default_cache_write(envelope.provider, envelope.model_for_rules)
    return with_rest(writes, total, usual)


def _is_embedding(usage: Holder) -> bool:
    return _OUTPUT[0] not in usage and "inputTextTokenCount" in usage and "results" not in usage


def _tier(response: Holder) -> str | None:
    tier = response.get("serviceTier")
    return fields.text(tier, "type") if isinstance(tier, dict) else fields.text(response, "serviceTier")


def _capacity(tier: str | None) -> Capacity | None:
    return "provisioned" if tier == _RESERVED else None


def _speed(response: Holder) -> str | None:
    """`optimized` latency has prices of its own."""
    latency = fields.text(fields.part(response, "performanceConfig"), "latency")
    return latency if latency == "optimized" else None
