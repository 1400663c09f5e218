"""Responses without a usage object, which say what was used in fields of their own.

Only those fields are taken out of the response: around them stands what somebody asked and was answered.
"""

from collections.abc import Mapping
from typing import Final

from app.usage.rules import fields
from app.usage.rules.fields import Holder

_OLLAMA: Final = ("prompt_eval_count", "eval_count", "done", "done_reason")
# What stands beside the duration in a verbose transcription.
_TRANSCRIPTION: Final = frozenset(("text", "task", "language", "segments", "words"))


def usage_in_the_open(raw: Holder) -> Holder | None:
    """What the response says of its use, as a usage object; None when it says nothing."""
    if "prompt_eval_count" in raw or "eval_count" in raw:
        return {name: raw[name] for name in _OLLAMA if name in raw}
    if "duration" in raw and not _TRANSCRIPTION.isdisjoint(raw):
        return {"type": "duration", "seconds": raw["duration"]}
    return _images(raw) or _predicted_images(raw)


def _predicted_images(raw: Holder) -> Holder | None:
    """Imagen's, by their number; an answer that was filtered out is no image."""
    made = raw.get("predictions")
    if not isinstance(made, list | tuple):
        return None
    images = sum(isinstance(one, Mapping) and str(one.get("mimeType")).startswith("image/") for one in made)
    return {"type": "images", "images": images} if images else None


def _images(raw: Holder) -> Holder | None:
    """Images of a model that counts no tokens, by their number."""
    made = raw.get("data")
    if not isinstance(made, list | tuple) or "created" not in raw or not made:
        return None
    if not all(isinstance(item, Mapping) and ("url" in item or "b64_json" in item) for item in made):
        return None
    named = {name: value for name in ("size", "quality") if (value := fields.text(raw, name))}
    return {"type": "images", "images": len(made), **named}
