"""From counts whose relation is not told to TokenBoard's words, in which totals contain their parts."""

from typing import NamedTuple


class Counts(NamedTuple):
    """Counts as a library names them; None is not told."""

    input: int | None = None
    output: int | None = None
    cache_read: int | None = None
    cache_write: int | None = None
    reasoning: int | None = None
    total: int | None = None
    input_audio: int | None = None
    output_audio: int | None = None
    input_image: int | None = None
    output_image: int | None = None
    # parts of `cache_write`, which few libraries tell
    cache_write_5m: int | None = None
    cache_write_1h: int | None = None


def inclusive(counts: Counts) -> dict[str, int]:
    """For totals that should contain their parts.

    Where that cannot be (a part is more than its total) or the given sum of all says otherwise, the parts stand beside.
    """
    given, cached = counts.input, (counts.cache_read or 0) + (counts.cache_write or 0)
    if given is not None and cached and (cached > given or _stands_beside(counts, cached)):
        counts = counts._replace(input=given + cached)
    given, thought = counts.output, counts.reasoning or 0
    if given is not None and thought and (thought > given or _stands_beside(counts, thought)):
        counts = counts._replace(output=given + thought)
    return _words(counts)


def exclusive(counts: Counts) -> dict[str, int]:
    """For an input that does not contain what was read from and written to caches."""
    cached = (counts.cache_read or 0) + (counts.cache_write or 0)
    given = counts.input if counts.input is not None or not cached else 0
    return _words(counts._replace(input=None if given is None else given + cached))


def _stands_beside(counts: Counts, part: int) -> bool:
    told = (counts.input or 0) + (counts.output or 0)
    return counts.total is not None and counts.total != told and counts.total == told + part


def _words(counts: Counts) -> dict[str, int]:
    words = {
        "input_tokens": counts.input,
        "output_tokens": counts.output,
        "cache_read_tokens": counts.cache_read,
        **_writes(counts),
        "reasoning_tokens": counts.reasoning,
        "input_audio_tokens": counts.input_audio,
        "output_audio_tokens": counts.output_audio,
        "input_image_tokens": counts.input_image,
        "output_image_tokens": counts.output_image,
    }
    return {name: number for name, number in words.items() if number is not None}


def _writes(counts: Counts) -> dict[str, int | None]:
    """By how long the caches live, where that is told of all that was written."""
    lives = (counts.cache_write_5m, counts.cache_write_1h)
    if counts.cache_write is not None and sum(life or 0 for life in lives) == counts.cache_write and any(lives):
        return {"cache_write_5m_tokens": lives[0], "cache_write_1h_tokens": lives[1]}
    return {"cache_write_tokens": counts.cache_write}
