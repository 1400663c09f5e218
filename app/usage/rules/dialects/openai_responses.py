"""The OpenAI Responses usage object, and its relatives for images, speech, transcription and realtime.

All of them say `input_tokens`, and so do DashScope's own API, xAI's and Perplexity's.
"""

from typing import Final, NamedTuple

from app.usage.rules import fields
from app.usage.rules.dialects import anthropic, qwen
from app.usage.rules.dialects.breakdowns import image_tool
from app.usage.rules.dialects.cached import Cached, cached_tokens
from app.usage.rules.dialects.envelope import Envelope
from app.usage.rules.dialects.tools import search_facts, tools_used
from app.usage.rules.dialects.totals import Counts, placed
from app.usage.rules.dialects.transcriptions import transcriptions
from app.usage.rules.fields import EMPTY, Holder
from app.usage.rules.record import UsageRecord
from app.usage.rules.splitting import split_input, split_output, total_mismatch

CONVENTION: Final = "openai_responses"
_COUNTS: Final = ("input_tokens", "output_tokens")
_INPUT_DETAILS: Final = ("input_tokens_details", "input_token_details", "prompt_tokens_details")
_OUTPUT_DETAILS: Final = ("output_tokens_details", "output_token_details")
# What Anthropic's object never has; a few gateways put one of these beside Anthropic's own fields.
_OWN: Final = frozenset(("input_tokens_details", "input_token_details", "output_token_details"))
_SHARED: Final = frozenset(("output_tokens_details", "prompt_tokens_details", "total_tokens", "type"))
_ONE_MODALITY: Final = {"image": "image", "speech": "audio"}
_EVENTS: Final = {"image_generation": "image", "image_edit": "image", "speech": "speech", "transcript": "transcription"}


class _Details(NamedTuple):
    values: Holder
    where: str


def reads(usage: Holder) -> bool:
    """Whether the object can only be one of this shape."""
    if all(name not in usage for name in _COUNTS):
        return False
    return not _OWN.isdisjoint(usage) or (not _SHARED.isdisjoint(usage) and not anthropic.is_certain(usage))


def read(usage: Holder, envelope: Envelope) -> UsageRecord:
    """The record of a Responses, images, speech, transcription or realtime usage object."""
    details, made = _details(usage, _INPUT_DETAILS), _details(usage, _OUTPUT_DETAILS)
    cached = cached_tokens(usage, *details, envelope)
    counts, heard = _counts(usage, details, made, cached, envelope)
    place = placed(counts, envelope.provider)
    of_read = fields.part(details.values, "cached_tokens_details", details.where)
    outside = cached.total if place.is_cache_outside else 0
    input_ = split_input(
        None if counts.input is None else counts.input + outside,
        read=cached.read,
        writes=cached.writes,
        modalities=heard,
        read_modalities=fields.modalities(of_read, f"{details.where}cached_tokens_details."),
    )
    output = split_output(
        counts.output,
        reasoning=place.reasoning,
        is_outside=place.is_reasoning_outside,
        modalities=_made(made, counts.output, envelope),
    )
    leaves = {**input_.leaves, **output.leaves}
    spoken, more = transcriptions(envelope.response)
    drawn = image_tool(envelope.response, read, envelope)
    return UsageRecord(
        leaves=leaves,
        meters=tools_used(usage, envelope),
        facts={
            **search_facts(envelope.response),
            **qwen.facts(details.values, cached, place.reasoning, envelope),
        },
        parts=(*spoken, *drawn),
        model_served=envelope.model_served,
        provider_response_id=envelope.response_id,
        service_tier=envelope.service_tier or fields.text(usage, "service_tier"),
        usage_status="partial" if counts.output is None else "final",
        convention=CONVENTION + place.suffix,
        warnings=(
            *cached.warnings,
            *input_.warnings,
            *output.warnings,
            *total_mismatch(leaves, counts.total),
            *more,
        ),
    )


def _details(usage: Holder, names: tuple[str, ...]) -> _Details:
    """The details of one direction; audio objects spell it `_token_details`, DashScope says `prompt` beside it."""
    present = [name for name in names if usage.get(name) is not None]
    if not present:
        return _Details(EMPTY, "")
    merged: dict[str, object] = {}
    for name in reversed(present):
        merged.update(fields.part(usage, name))
    return _Details(merged, f"{present[0]}.")


def _counts(
    usage: Holder, details: _Details, made: _Details, cached: Cached, envelope: Envelope
) -> tuple[Counts, dict[str, int]]:
    """The totals, and what of the input is not text.

    DashScope's own API has images and audio beside the details: inside the input, unless they do not fit into it or the
    total counts them on top.
    """
    counts = Counts(
        fields.count(usage, "input_tokens"),
        fields.count(usage, "output_tokens"),
        fields.count(usage, "total_tokens"),
        fields.count(made.values, "reasoning_tokens", made.where),
        cached.total,
    )
    if details.values or counts.input is None:
        listed = fields.modalities(*details)
        if listed or details.values.keys() - {"cached_tokens"} or counts.input is None:
            return counts, listed
    beside = fields.modalities(usage)
    size = sum(beside.values())
    if beside and (size > (counts.input or 0) or counts.beside == size):
        return counts._replace(input=(counts.input or 0) + size), beside
    if not beside and counts.input and _kind(envelope) == "transcription":
        return counts, {"audio": counts.input}
    return counts, beside


def _made(made: _Details, total: int | None, envelope: Envelope) -> dict[str, int]:
    """Output that is not text; an endpoint that does not say puts out what it is for."""
    only = _ONE_MODALITY.get(_kind(envelope))
    if only and total and not made.values:
        return {only: total}
    return fields.modalities(*made)


def _kind(envelope: Envelope) -> str:
    """What the endpoint is for: by its name, by the event that carried the usage, or by its model."""
    if envelope.api:
        return envelope.api
    event = (fields.text(envelope.response, "type", "object") or "").partition(".")[0]
    if event in _EVENTS:
        return _EVENTS[event]
    return "image" if "gpt-image" in (envelope.model_for_rules or "") else ""
