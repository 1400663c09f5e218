"""From OpenAI's inclusive token counts to leaves that never overlap."""

from collections.abc import Mapping

from app.pricing.rules.caching import default_cache_write

Counts = Mapping[str, int | None]
_PARTS = ("audio", "image")


def completions(counts: Counts, model: str | None) -> dict[str, int]:
    """Leaves of one row of `usage/completions`; `input_tokens` and `output_tokens` hold everything below them.

    Text is what is left of a total once its other modalities are taken out: the fields that split it may be missing.
    """
    whole = counts.get("input_tokens") or 0
    cached = min(counts.get("input_cached_tokens") or 0, whole)
    written = min(counts.get("input_cache_write_tokens") or 0, whole - cached)
    fresh = whole - cached - written
    return {
        **_by_modality("input.fresh", fresh, counts, "input_{}_tokens"),
        **(_by_modality("input.cache_read", cached, counts, "input_cached_{}_tokens") if cached else {}),
        **({f"input.{default_cache_write('openai', model)}.text": written} if written else {}),
        **_by_modality("output.visible", counts.get("output_tokens") or 0, counts, "output_{}_tokens"),
    }


def _by_modality(leaf: str, whole: int, counts: Counts, field: str) -> dict[str, int]:
    """The whole, split; parts that exceed it are not believed, and the whole is text."""
    parts = {part: counts.get(field.format(part)) or 0 for part in _PARTS}
    if sum(parts.values()) > whole:
        return {f"{leaf}.text": whole}
    text = whole - sum(parts.values())
    return {f"{leaf}.text": text, **{f"{leaf}.{part}": count for part, count in parts.items() if count}}
