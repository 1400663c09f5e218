"""Transcription of what was said, which a realtime session bills beside its responses, on a model of its own."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from app.usage.rules import fields
from app.usage.rules.fields import Holder
from app.usage.rules.record import UsagePart
from app.usage.rules.splitting import split_input, split_output

# Under which a response is sent together with the transcriptions of its turn.
NAMES: Final = ("input_audio_transcription", "input_audio_transcriptions", "input_transcription", "transcription")
# A model that no book lists: the call is then honestly without a price.
UNNAMED: Final = "unnamed-transcription-model"


def transcriptions(response: Holder) -> tuple[tuple[UsagePart, ...], tuple[str, ...]]:
    """One part for each, and a warning for each whose model is not said."""
    found = [(name, entry) for name in NAMES for entry in entries(response.get(name))]
    parts = tuple(_part(entry, f"{name}.usage.") for name, entry in found)
    return parts, tuple("the model of a transcription is not said" for part in parts if part.model == UNNAMED)


def entries(value: object) -> list[Holder]:
    """The transcriptions in one field that carry a usage: one object, or a list of them."""
    listed = value if isinstance(value, list | tuple) else [value]
    return [entry for entry in listed if isinstance(entry, Mapping) and isinstance(entry.get("usage"), Mapping)]


def _part(entry: Holder, where: str) -> UsagePart:
    usage = fields.part(entry, "usage")
    model = fields.text(entry, "model") or UNNAMED
    if usage.get("type") == "duration":
        seconds = fields.amount(usage, "seconds", where)
        return UsagePart("transcription", model, {}, {"audio_in_seconds": seconds or Decimal(0)})
    details = fields.part(usage, "input_token_details", where)
    listed = fields.modalities(details, f"{where}input_token_details.")
    total = fields.count(usage, "input_tokens", where)
    spoken = listed if details else {"audio": total or 0}
    input_ = split_input(total, modalities=spoken)
    output = split_output(fields.count(usage, "output_tokens", where))
    return UsagePart("transcription", model, {**input_.leaves, **output.leaves})
