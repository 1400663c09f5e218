"""Gemini's usage metadata, from the Gemini API or Vertex, in the JSON spelling or the Python client's.

Cached tokens are inside the prompt; thoughts and tool prompts come on top of candidates and prompt. Absent is 0.
"""

import re
from collections.abc import Mapping
from typing import Final, NamedTuple

from app.usage.rules import fields
from app.usage.rules.dialects.envelope import Envelope
from app.usage.rules.fields import Holder
from app.usage.rules.record import UsageRecord
from app.usage.rules.splitting import Leaves, split_input, split_output, total_mismatch

CONVENTION: Final = "gemini"
_CAPITAL: Final = re.compile(r"(?<=[a-z])(?=[A-Z])")
_MODALITIES: Final = {"AUDIO": "audio", "IMAGE": "image", "VIDEO": "video"}  # text and documents are text
_TRAFFIC: Final = {
    "ON_DEMAND": "standard",
    "ON_DEMAND_PRIORITY": "priority",
    "ON_DEMAND_FLEX": "flex",
    "ON_DEMAND_OFFPEAK": "offpeak",
    "PROVISIONED_THROUGHPUT": "provisioned",
}
_MARKS: Final = ("prompt_token_count", "candidates_token_count", "response_token_count", "total_token_count")


class _Details(NamedTuple):
    tokens: dict[str, int]
    warnings: tuple[str, ...]


def reads(usage: Holder) -> bool:
    """Whether the object has this shape, in either spelling."""
    names = {_snake(name) for name in usage}
    return any(mark in names for mark in _MARKS)


def read(usage: Holder, envelope: Envelope) -> UsageRecord:
    """The record of a usageMetadata object."""
    usage = {_snake(name): value for name, value in usage.items()}
    prompt = fields.count(usage, "prompt_token_count") or 0
    modal = _details(usage, "prompt_tokens_details", prompt)
    cached_total = fields.count(usage, "cached_content_token_count")
    cached = _details(usage, "cache_tokens_details", cached_total or 0)
    input_ = split_input(prompt, read=cached_total, modalities=modal.tokens, read_modalities=cached.tokens)
    tools, tool_warnings = _tool_prompt(usage)
    output, output_warnings = _output(usage)
    leaves = {**input_.leaves, **tools, **output}
    return UsageRecord(
        leaves=leaves,
        model_served=envelope.model_served,
        provider_response_id=envelope.response_id,
        service_tier=_tier(usage) or envelope.service_tier,
        convention=CONVENTION,
        warnings=(
            *modal.warnings,
            *cached.warnings,
            *input_.warnings,
            *tool_warnings,
            *output_warnings,
            *total_mismatch(leaves, fields.count(usage, "total_token_count")),
        ),
    )


def _snake(name: str) -> str:
    return _CAPITAL.sub("_", name).lower()


def _details(usage: Holder, name: str, total: int) -> _Details:
    """Tokens of a total that are not text; more of them than the total has are a warning, not an error."""
    tokens: dict[str, int] = {}
    listed = 0
    for index, entry in enumerate(fields.items(usage, name)):
        count = fields.first_count(entry, "tokenCount", "token_count", where=f"{name}[{index}].") or 0
        modality = _MODALITIES.get(str(entry.get("modality", "")).rsplit(".", 1)[-1].upper())
        listed += count
        if modality and count:
            tokens[modality] = tokens.get(modality, 0) + count
    complaint = (f"{name} exceed their total: {listed} > {total}",) if listed > total else ()
    return _Details(tokens, complaint)


def _tool_prompt(usage: Holder) -> tuple[Leaves, tuple[str, ...]]:
    total = fields.count(usage, "tool_use_prompt_token_count")
    if total is None:
        return {}, ()
    modal = _details(usage, "tool_use_prompt_tokens_details", total)
    text = max(0, total - sum(modal.tokens.values()))
    return _leaves("input.tool", {"text": text, **modal.tokens}), modal.warnings


def _output(usage: Holder) -> tuple[Leaves, tuple[str, ...]]:
    """Candidates (the Live API calls them response) and, on top of them, thoughts."""
    total = fields.first_count(usage, "candidates_token_count", "response_token_count") or 0
    name = "candidates_tokens_details" if "candidates_tokens_details" in usage else "response_tokens_details"
    modal = _details(usage, name, total)
    thoughts = fields.count(usage, "thoughts_token_count")
    split = split_output(total, reasoning=thoughts, is_outside=True, modalities=modal.tokens)
    return split.leaves, (*modal.warnings, *split.warnings)


def _leaves(prefix: str, tokens: Mapping[str, int]) -> Leaves:
    return {f"{prefix}.{modality}": count for modality, count in tokens.items()}


def _tier(usage: Holder) -> str | None:
    traffic = fields.text(usage, "traffic_type")
    if traffic:
        name = traffic.rsplit(".", 1)[-1].upper()
        return _TRAFFIC.get(name, name.lower())
    return fields.text(usage, "service_tier")
