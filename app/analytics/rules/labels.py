"""Units in words, as a person would write them on a bill."""

from typing import Final

from app.pricing.rules import units

_KINDS: Final = {
    "fresh": "input",
    "cache_read": "input read from cache",
    "cache_write_5m": "input written to cache for 5 minutes",
    "cache_write_30m": "input written to cache for 30 minutes",
    "cache_write_1h": "input written to cache for 1 hour",
    "cache_write_12h": "input written to cache for 12 hours",
    "cache_write_free": "input written to cache without a fee",
    "tool": "input from server tools",
    "visible": "output",
    "reasoning": "reasoning",
    "citation": "citations",
}
_METERS: Final = {
    "audio_in_seconds": "seconds of audio in",
    "audio_out_seconds": "seconds of audio out",
    "video_out_seconds": "seconds of video out",
    "session_seconds": "seconds of session",
    "characters_in": "characters in",
    "images_in": "images in",
    "images_out": "images out",
    "cache_storage_token_hours": "token hours of cache storage",
}


def label(unit: str) -> str:
    """What was counted: `input.cache_read.audio` is "input read from cache (audio)"."""
    if not units.is_leaf(unit):
        return _METERS.get(unit) or unit.removeprefix("tool.").replace("_", " ")
    words, modality = _KINDS[units.kind(unit)], units.modality(unit)
    return words if modality == "text" else f"{words} ({modality})"
