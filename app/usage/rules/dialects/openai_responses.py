"""The OpenAI Responses usage object, and its relatives for images and transcription (`input_tokens` all of them)."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from app.usage.rules import fields
from app.usage.rules.canonical import with_rest
from app.usage.rules.dialects.envelope import Envelope
from app.usage.rules.dialects.openai_chat import reported_cost, written_at_usual_life, xai_tools
from app.usage.rules.fields import EMPTY, Holder
from app.usage.rules.record import UsageRecord
from app.usage.rules.splitting import split_input, split_output, total_mismatch

CONVENTION: Final = "openai_responses"
_IMAGE_APIS: Final = frozenset(("image", "images"))


def reads(usage: Holder) -> bool:
    """Whether the object has this shape."""
    return "input_tokens" in usage or "output_tokens" in usage or usage.get("type") == "duration"


def read(usage: Holder, envelope: Envelope) -> UsageRecord:
    """The record of a Responses, images or transcription usage object."""
    if usage.get("type") == "duration":
        return _by_duration(usage, envelope)
    details, where = _details(usage, "input")
    writes, warnings = _writes(details, where, envelope)
    cached, cached_where = fields.part(details, "cached_tokens_details", where), f"{where}cached_tokens_details."
    input_ = split_input(
        fields.count(usage, "input_tokens"),
        read=fields.count(details, "cached_tokens", where),
        writes=writes,
        modalities=fields.modalities(details, where),
        read_modalities=fields.modalities(cached, cached_where),
    )
    out, out_where = _details(usage, "output")
    output_total = fields.count(usage, "output_tokens")
    output = split_output(
        output_total,
        reasoning=fields.count(out, "reasoning_tokens", out_where),
        modalities=_made(out, out_where, output_total, envelope),
    )
    leaves = {**input_.leaves, **output.leaves}
    mismatch = total_mismatch(leaves, fields.count(usage, "total_tokens"))
    return UsageRecord(
        leaves=leaves,
        meters={**_tools(envelope.response), **xai_tools(usage, envelope.provider)},
        model_served=envelope.model_served,
        provider_response_id=envelope.response_id,
        service_tier=envelope.service_tier or fields.text(usage, "service_tier"),
        reported_cost=reported_cost(usage, envelope.provider),
        usage_status="final" if output_total is not None else "partial",
        convention=CONVENTION,
        warnings=(*warnings, *input_.warnings, *output.warnings, *mismatch),
    )


def _details(usage: Holder, direction: str) -> tuple[Holder, str]:
    """The details of one direction; audio objects spell it `_token_details`, DashScope says `prompt`."""
    names = [f"{direction}_tokens_details", f"{direction}_token_details"]
    names += ["prompt_tokens_details"] if direction == "input" else []
    for name in names:
        if usage.get(name) is not None:
            return fields.part(usage, name), f"{name}."
    return EMPTY, ""


def _made(details: Holder, where: str, total: int | None, envelope: Envelope) -> dict[str, int]:
    """Output that is not text; an image endpoint that does not say puts out images."""
    if not details and total and envelope.api in _IMAGE_APIS:
        return {"image": total}
    return fields.modalities(details, where)


def _writes(details: Holder, where: str, envelope: Envelope) -> tuple[dict[str, int], tuple[str, ...]]:
    written = fields.count(details, "cache_write_tokens", where)
    lives = fields.part(details, "cache_write_tokens_details", where)
    inner = f"{where}cache_write_tokens_details."
    by_life = ((life, fields.count(lives, f"ttl_{life}_tokens", inner)) for life in ("30m", "12h"))
    split = {f"cache_write_{life}": count for life, count in by_life if count}
    if not split:
        return written_at_usual_life(written, envelope), ()
    return with_rest(split, sum(split.values()) if written is None else written, "cache_write_30m")


def _tools(response: Holder) -> dict[str, Decimal]:
    """Fees that stand in no usage object: counted from the output items, where the whole response was sent."""
    output = response.get("output")
    if not isinstance(output, list | tuple):
        return {}
    calls = [item for item in output if hasattr(item, "get")]
    containers = {item.get("container_id") for item in calls if item.get("type") == "code_interpreter_call"}
    counted = {
        "tool.web_search": sum(1 for _ in _searches(calls)),
        "tool.file_search": sum(item.get("type") == "file_search_call" for item in calls),
        "tool.code_container_session": len(containers),
    }
    return {unit: Decimal(count) for unit, count in counted.items() if count}


def _searches(calls: list[Holder]) -> Iterator[Holder]:
    """Web searches; opening or looking through a page that was found is not charged."""
    for item in calls:
        if item.get("type") == "web_search_call":
            action = item.get("action")
            kind = action.get("type") if hasattr(action, "get") else "search"
            if kind == "search":
                yield item


def _by_duration(usage: Holder, envelope: Envelope) -> UsageRecord:
    seconds = fields.amount(usage, "seconds")
    return UsageRecord(
        leaves={},
        meters={} if seconds is None else {"audio_in_seconds": seconds},
        model_served=envelope.model_served,
        provider_response_id=envelope.response_id,
        usage_status="missing" if seconds is None else "final",
        convention="openai_duration",
    )
