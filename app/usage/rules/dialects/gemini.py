"""Google's usage objects: generateContent and Live (`usageMetadata`), Interactions (`total_*`) and embeddings, from the
Gemini API or Vertex, in the JSON spelling or the Python client's.

Cached tokens are inside the prompt; thoughts and tool prompts come on top of candidates and prompt. Absent is 0.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Final, NamedTuple

from app.usage.rules import fields
from app.usage.rules.dialects.envelope import Envelope
from app.usage.rules.dialects.grounding import fees
from app.usage.rules.fields import Holder
from app.usage.rules.record import Capacity, UsageRecord
from app.usage.rules.splitting import Leaves, split_input, split_output, total_mismatch

CONVENTION: Final = "gemini"
_CAPITAL: Final = re.compile(r"(?<=[a-z])(?=[A-Z])")
_MODALITIES: Final = {"AUDIO": "audio", "IMAGE": "image", "VIDEO": "video"}  # text and documents are text
_TRAFFIC: Final = {
    "ON_DEMAND": "standard",
    "ON_DEMAND_PRIORITY": "priority",
    "ON_DEMAND_FLEX": "flex",
    "ON_DEMAND_OFFPEAK": "offpeak",
    "PROVISIONED_THROUGHPUT": "standard",
}
_PROVISIONED: Final = "PROVISIONED_THROUGHPUT"
_UNSAID: Final = frozenset(("unspecified", "traffic_type_unspecified", "service_tier_unspecified"))

# The same counts as generateContent, Live (its answers are responses), embeddings and Interactions call them.
_PROMPT: Final = ("prompt_token_count", "total_input_tokens")
_CACHED: Final = ("cached_content_token_count", "total_cached_tokens")
_TOOLS: Final = ("tool_use_prompt_token_count", "total_tool_use_tokens")
_ANSWER: Final = ("candidates_token_count", "response_token_count", "total_output_tokens")
_THOUGHTS: Final = ("thoughts_token_count", "total_thought_tokens")
_TOTAL: Final = ("total_token_count", "total_tokens")
_PROMPT_DETAILS: Final = ("prompt_tokens_details", "prompt_token_details", "input_tokens_by_modality")
_CACHED_DETAILS: Final = ("cache_tokens_details", "cached_tokens_by_modality")
_TOOL_DETAILS: Final = ("tool_use_prompt_tokens_details", "tool_use_tokens_by_modality")
_ANSWER_DETAILS: Final = ("candidates_tokens_details", "response_tokens_details", "output_tokens_by_modality")
_MARKS: Final = frozenset((*_PROMPT, *_ANSWER, "total_token_count"))
_INTERACTIONS: Final = frozenset((_PROMPT[1], _ANSWER[2]))


class _Details(NamedTuple):
    tokens: dict[str, int]
    warnings: tuple[str, ...]


def reads(usage: Holder) -> bool:
    """Whether the object has one of these shapes, in either spelling."""
    return any(_snake(name) in _MARKS for name in usage)


def read(usage: Holder, envelope: Envelope) -> UsageRecord:
    """The record of a usageMetadata object, or of an interaction's usage."""
    usage = {_snake(name): value for name, value in usage.items()}
    prompt = fields.first_count(usage, *_PROMPT) or 0
    modal = _details(usage, _PROMPT_DETAILS, prompt)
    cached_total = fields.first_count(usage, *_CACHED)
    cached = _details(usage, _CACHED_DETAILS, cached_total or 0)
    input_ = split_input(prompt, read=cached_total, modalities=modal.tokens, read_modalities=cached.tokens)
    tools, tool_warnings = _tool_prompt(usage)
    output, output_warnings = _output(usage)
    leaves = {**input_.leaves, **tools, **output}
    return UsageRecord(
        leaves=leaves,
        meters=fees(usage, envelope),
        model_served=envelope.model_served,
        provider_response_id=envelope.response_id,
        service_tier=_tier(usage) or envelope.service_tier,
        capacity=_capacity(usage),
        convention=CONVENTION if _INTERACTIONS.isdisjoint(usage) else "gemini_interactions",
        warnings=(
            *modal.warnings,
            *cached.warnings,
            *input_.warnings,
            *tool_warnings,
            *output_warnings,
            *total_mismatch(leaves, fields.first_count(usage, *_TOTAL)),
        ),
    )


@lru_cache(maxsize=512)
def _snake(name: str) -> str:
    return _CAPITAL.sub("_", name).lower()


def _details(usage: Holder, names: tuple[str, ...], total: int) -> _Details:
    """Tokens of a total that are not text; more of them than the total has are a warning, not an error."""
    name = next((name for name in names if name in usage), names[0])
    tokens: dict[str, int] = {}
    listed = 0
    for index, entry in enumerate(fields.items(usage, name)):
        count = fields.first_count(entry, "tokenCount", "token_count", "tokens", where=f"{name}[{index}].") or 0
        modality = _MODALITIES.get(_word(str(entry.get("modality", ""))))
        listed += count
        if modality and count:
            tokens[modality] = tokens.get(modality, 0) + count
    complaint = (f"{name} exceed their total: {listed} > {total}",) if listed > total else ()
    return _Details(tokens, complaint)


def _word(member: str) -> str:
    """`AUDIO` of `Modality.AUDIO`, `MediaModality.AUDIO` or `audio`."""
    return member.rsplit(".", 1)[-1].upper()


def _tool_prompt(usage: Holder) -> tuple[Leaves, tuple[str, ...]]:
    total = fields.first_count(usage, *_TOOLS)
    if total is None:
        return {}, ()
    modal = _details(usage, _TOOL_DETAILS, total)
    text = max(0, total - sum(modal.tokens.values()))
    return _leaves("input.tool", {"text": text, **modal.tokens}), modal.warnings


def _output(usage: Holder) -> tuple[Leaves, tuple[str, ...]]:
    """The answer and, on top of it, thoughts."""
    total = fields.first_count(usage, *_ANSWER) or 0
    modal = _details(usage, _ANSWER_DETAILS, total)
    thoughts = fields.first_count(usage, *_THOUGHTS)
    split = split_output(total, reasoning=thoughts, is_outside=True, modalities=modal.tokens)
    return split.leaves, (*modal.warnings, *split.warnings)


def _leaves(prefix: str, tokens: Mapping[str, int]) -> Leaves:
    return {f"{prefix}.{modality}": count for modality, count in tokens.items()}


def _tier(usage: Holder) -> str | None:
    said = fields.text(usage, "traffic_type", "service_tier")
    if said is None:
        return None
    name = _word(said)
    tier = _TRAFFIC.get(name, name.lower())
    return None if tier in _UNSAID else tier


def _capacity(usage: Holder) -> Capacity | None:
    """Vertex says when a call was served from throughput that was bought beforehand."""
    traffic = fields.text(usage, "traffic_type")
    return "provisioned" if traffic and _word(traffic) == _PROVISIONED else None
