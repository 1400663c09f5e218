"""The Anthropic messages usage object, also as Bedrock InvokeModel and Vertex pass it on.

Three disjoint input counts: fresh, read from and written to the cache. Thinking is inside the output. Steps that the
top level leaves out, or that another model took, are in `iterations` (see `iterations.py`).
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from app.usage.rules import fields
from app.usage.rules.canonical import with_rest
from app.usage.rules.dialects.envelope import Envelope
from app.usage.rules.dialects.iterations import split_steps
from app.usage.rules.fields import Holder
from app.usage.rules.record import UsageRecord
from app.usage.rules.splitting import Leaves, Split, split_output

CONVENTION: Final = "anthropic"
_MARKS: Final = frozenset(
    (
        "cache_creation_input_tokens",
        "cache_read_input_tokens",
        "cache_creation",
        "server_tool_use",
        "iterations",
        "inference_geo",
        "speed",
        "fallback_credit",
    )
)
# A stream's first event has no final output, its last one alone no input.
_ENDS: Final = frozenset(("input.fresh.text", "output.visible.text"))
_SERVER_TOOLS: Final = {"web_search_requests": "tool.web_search", "web_fetch_requests": "tool.web_fetch"}
# Bedrock's price hangs on the id that was asked for (region, profile); the body only has Anthropic's own name.
_NAMES_NO_MODEL: Final = "aws.bedrock"


def is_certain(usage: Holder) -> bool:
    """Whether the object has fields that only this dialect has; two bare counts could be anybody's."""
    if not _MARKS.isdisjoint(usage):
        return True
    details = usage.get("output_tokens_details")
    return isinstance(details, Mapping) and "thinking_tokens" in details


def read(usage: Holder, envelope: Envelope) -> UsageRecord:
    """The record of a messages usage object."""
    leaves, warnings = leaves_of(usage)
    steps = split_steps(usage, leaves, envelope, leaves_of)
    tier = fields.text(usage, "service_tier")
    return UsageRecord(
        leaves=steps.leaves,
        meters=_tools(usage),
        parts=steps.parts,
        model_served=None if envelope.provider == _NAMES_NO_MODEL else envelope.model_served,
        provider_response_id=envelope.response_id,
        service_tier="standard" if tier == "batch" else tier,
        processing="batch" if tier == "batch" else None,
        speed=fields.text(usage, "speed"),
        geo=fields.text(usage, "inference_geo"),
        usage_status="final" if steps.parts or steps.leaves.keys() >= _ENDS else "partial",
        convention=CONVENTION,
        warnings=(*warnings, *steps.warnings, *_credit(usage)),
    )


def leaves_of(usage: Holder, where: str = "") -> Split:
    """The leaves of a usage object, or of one step inside it."""
    leaves: Leaves = {}
    fresh = fields.count(usage, "input_tokens", where)
    read_ = fields.count(usage, "cache_read_input_tokens", where)
    if fresh is not None:
        leaves["input.fresh.text"] = fresh
    if read_ is not None:
        leaves["input.cache_read.text"] = read_
    writes, warnings = _writes(usage, where)
    leaves.update({f"input.{kind}.text": count for kind, count in writes.items()})
    thinking = fields.count(
        fields.part(usage, "output_tokens_details", where), "thinking_tokens", f"{where}output_tokens_details."
    )
    output = split_output(fields.count(usage, "output_tokens", where), reasoning=thinking)
    return Split({**leaves, **output.leaves}, (*warnings, *output.warnings))


def _writes(usage: Holder, where: str) -> tuple[dict[str, int], tuple[str, ...]]:
    """Cache writes by life. Without a split all are five-minute ones, and so is what a split leaves over."""
    split = fields.part(usage, "cache_creation", where)
    inner = f"{where}cache_creation."
    lives = ((life, fields.count(split, f"ephemeral_{life}_input_tokens", inner)) for life in ("5m", "1h"))
    writes = {f"cache_write_{life}": count for life, count in lives if count is not None}
    total = fields.count(usage, "cache_creation_input_tokens", where)
    if total is None:
        return writes, ()
    known = sum(writes.values())
    completed, warnings = with_rest(writes, total, "cache_write_5m")
    if writes and known < total:
        warnings = (*warnings, f"cache writes by life fall short of their total: {known} < {total}")
    return completed, warnings


def _tools(usage: Holder) -> dict[str, Decimal]:
    used = fields.part(usage, "server_tool_use")
    counts = ((unit, fields.count(used, key, "server_tool_use.")) for key, unit in _SERVER_TOOLS.items())
    return {unit: Decimal(count) for unit, count in counts if count is not None}


def _credit(usage: Holder) -> tuple[str, ...]:
    """A warning when Anthropic billed a retry otherwise than its counts say."""
    status = fields.part(fields.part(usage, "fallback_credit"), "status", "fallback_credit.")
    if fields.text(status, "type") != "redeemed":
        return ()
    return ("provider adjusted: a fallback credit was redeemed, so the charge may be lower than these counts",)
