"""Vertex's text embeddings, which count the tokens of each text apart; the call used their sum."""

from app.usage.rules import fields
from app.usage.rules.dialects.envelope import Envelope
from app.usage.rules.fields import Holder
from app.usage.rules.record import UsageRecord


def reads(usage: Holder) -> bool:
    """Whether the object has this shape."""
    return "statistics" in usage


def read(usage: Holder, envelope: Envelope) -> UsageRecord:
    """The record of a list of counts, one a text."""
    counts = [
        fields.whole(entry, "token_count", f"statistics[{index}].") or 0
        for index, entry in enumerate(fields.items(usage, "statistics"))
    ]
    return UsageRecord(
        leaves={"input.fresh.text": sum(counts)},
        model_served=envelope.model_served,
        provider_response_id=envelope.response_id,
        convention="vertex_embeddings",
    )
