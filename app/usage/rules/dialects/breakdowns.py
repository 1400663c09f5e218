"""What one response says of several models: Groq's compound systems, and OpenAI's image tool inside Responses."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Final

from msgspec.structs import replace

from app.usage.rules import fields
from app.usage.rules.dialects.envelope import Envelope
from app.usage.rules.fields import EMPTY, Holder
from app.usage.rules.record import UsagePart, UsageRecord

Read = Callable[[Holder, Envelope], UsageRecord]

BREAKDOWN: Final = "usage_breakdown"
TOOL_USAGE: Final = "tool_usage"
IMAGE_CALL: Final = "image_generation_call"
IMAGE_TOOL: Final = "image_generation"
# A model that no book lists: the call is then honestly without a price.
UNNAMED: Final = "unnamed-image-model"


def by_model(record: UsageRecord, envelope: Envelope, read: Read) -> UsageRecord:
    """The record with its tokens in parts, where the response says which models spent them."""
    entries = _models(envelope.response.get(BREAKDOWN))
    if not entries:
        return record
    records = [
        (fields.text(entry, "model"), read(fields.part(entry, "usage"), envelope._replace(response=EMPTY)))
        for entry in entries
    ]
    parts = tuple(UsagePart("tool", model, each.leaves, each.meters) for model, each in records)
    whole = replace(record, leaves={}, parts=parts)
    said, found = sum(record.leaves.values()), sum(sum(part.leaves.values()) for part in parts)
    if said == found:
        return whole
    return replace(whole, warnings=(*record.warnings, f"total_mismatch: models {found}, call {said}"))


def _models(breakdown: object) -> list[Holder]:
    listed = breakdown.get("models") if isinstance(breakdown, Mapping) else None
    entries = [entry for entry in listed if isinstance(entry, Mapping)] if isinstance(listed, list | tuple) else []
    return [entry for entry in entries if fields.text(entry, "model") and fields.part(entry, "usage")]


def image_tool(response: Holder, read: Read, envelope: Envelope) -> tuple[UsagePart, ...]:
    """Images that a tool made inside a response: billed on the image model, and in no count of the response's usage.

    Without tokens of their own they are counted as images, which is a use that has no price by the token.
    """
    used = fields.part(fields.part(response, TOOL_USAGE), "image_gen", f"{TOOL_USAGE}.")
    model = _image_model(response)
    if any(used.get(name) for name in ("input_tokens", "output_tokens")):
        made = read(used, envelope._replace(api="image", response=EMPTY))
        return (UsagePart("tool", model, made.leaves),)
    output = response.get("output")
    items = output if isinstance(output, list | tuple) else ()
    count = sum(isinstance(item, Mapping) and item.get("type") == IMAGE_CALL for item in items)
    return (UsagePart("tool", model, {}, {"images_out": Decimal(count)}),) if count else ()


def _image_model(response: Holder) -> str:
    tools = response.get("tools")
    listed = [tool for tool in tools if isinstance(tool, Mapping)] if isinstance(tools, list | tuple) else []
    named = (fields.text(tool, "model") for tool in listed if tool.get("type") == IMAGE_TOOL)
    return next((model for model in named if model), UNNAMED)
