"""The usage objects that most calls carry, each kept as the number of its shape and its counts.

A shape is what an object says but for its counts, written as `#`. What was written with these can only be read with
these: a new one goes to the end, and none is ever changed.
"""

from collections.abc import Callable
from functools import lru_cache
from operator import itemgetter
from typing import Final, NamedTuple

SHAPES: Final = (
    # OpenAI, and those who speak its language
    (
        '{"prompt_tokens":#,"completion_tokens":#,"total_tokens":#,"prompt_tokens_details":{"cached_tokens":#,'
        '"audio_tokens":#},"completion_tokens_details":{"reasoning_tokens":#,"audio_tokens":#,'
        '"accepted_prediction_tokens":#,"rejected_prediction_tokens":#}}'
    ),
    '{"prompt_tokens":#,"completion_tokens":#,"total_tokens":#}',
    '{"prompt_tokens":#,"completion_tokens":#,"total_tokens":#,"prompt_tokens_details":{"cached_tokens":#}}',
    (
        '{"prompt_tokens":#,"completion_tokens":#,"total_tokens":#,"prompt_tokens_details":{"cached_tokens":#},'
        '"completion_tokens_details":{"reasoning_tokens":#}}'
    ),
    '{"prompt_tokens":#,"total_tokens":#}',
    (
        '{"input_tokens":#,"input_tokens_details":{"cached_tokens":#},"output_tokens":#,"output_tokens_details":{'
        '"reasoning_tokens":#},"total_tokens":#}'
    ),
    (
        '{"input_tokens":#,"input_tokens_details":{"cached_tokens":#,"cache_write_tokens":#},"output_tokens":#,'
        '"output_tokens_details":{"reasoning_tokens":#},"total_tokens":#}'
    ),
    # Anthropic
    (
        '{"input_tokens":#,"cache_creation_input_tokens":#,"cache_read_input_tokens":#,"cache_creation":{'
        '"ephemeral_5m_input_tokens":#,"ephemeral_1h_input_tokens":#},"output_tokens":#,"service_tier":"standard"}'
    ),
    (
        '{"input_tokens":#,"cache_creation_input_tokens":#,"cache_read_input_tokens":#,"cache_creation":{'
        '"ephemeral_5m_input_tokens":#,"ephemeral_1h_input_tokens":#},"output_tokens":#,"service_tier":"standard",'
        '"inference_geo":"not_available"}'
    ),
    '{"input_tokens":#,"cache_creation_input_tokens":#,"cache_read_input_tokens":#,"output_tokens":#}',
    '{"input_tokens":#,"output_tokens":#}',
    '{"input_tokens":#,"output_tokens":#,"total_tokens":#}',
    # Gemini
    '{"promptTokenCount":#,"candidatesTokenCount":#,"totalTokenCount":#}',
    '{"promptTokenCount":#,"candidatesTokenCount":#,"thoughtsTokenCount":#,"totalTokenCount":#}',
    (
        '{"promptTokenCount":#,"candidatesTokenCount":#,"totalTokenCount":#,"promptTokensDetails":[{"modality":"TEXT",'
        '"tokenCount":#}],"thoughtsTokenCount":#}'
    ),
    (
        '{"promptTokenCount":#,"candidatesTokenCount":#,"totalTokenCount":#,"cachedContentTokenCount":#,'
        '"promptTokensDetails":[{"modality":"TEXT","tokenCount":#}],"cacheTokensDetails":[{"modality":"TEXT",'
        '"tokenCount":#}],"thoughtsTokenCount":#}'
    ),
    # Bedrock
    '{"inputTokens":#,"outputTokens":#,"totalTokens":#}',
    '{"inputTokens":#,"outputTokens":#,"totalTokens":#,"cacheReadInputTokens":#,"cacheWriteInputTokens":#}',
)
_DIGITS: Final = b"0123456789"
_BLANKED: Final = bytes(byte if byte in _DIGITS else ord(" ") for byte in range(256))
_MORE: Final = 128
_REMEMBERED: Final = 8_192


class _Shape(NamedTuple):
    mark: bytes
    form: bytes
    numbers: int
    """How many stand in it, those of its names too."""
    counts: Callable[[list[bytes]], tuple[bytes, ...]]


def _shape(place: int, said: str) -> _Shape:
    numbers = said.replace("#", "0").encode().translate(_BLANKED).split()
    counts = [place for place, number in enumerate(numbers) if number == b"0"]
    return _Shape(bytes([place]), said.replace("#", "%b").encode(), len(numbers), itemgetter(*counts))


_PLACED: Final = tuple(_shape(place, said) for place, said in enumerate(SHAPES))
_BY_REST: Final = {
    said.replace("#", "").encode().translate(None, _DIGITS): shape for said, shape in zip(SHAPES, _PLACED, strict=True)
}


def shrink(written: bytes) -> bytes | None:
    """None for an object of another shape, and for one that would not come back to the letter."""
    shape = _BY_REST.get(written.translate(None, _DIGITS))
    if shape is None:
        return None
    numbers = written.translate(_BLANKED).split()
    if len(numbers) != shape.numbers:
        return None
    counts = shape.counts(numbers)
    if shape.form % counts != written:
        return None
    try:
        return shape.mark + b"".join(map(_shrunk, counts))
    except ValueError:
        return None


def grow(shrunk: bytes) -> bytes:
    counts, count, shift = [], 0, 0
    for byte in shrunk[1:]:
        count |= (byte & ~_MORE) << shift
        shift += 7
        if byte < _MORE:
            counts.append(b"%d" % count)
            count = shift = 0
    return _PLACED[shrunk[0]].form % tuple(counts)


@lru_cache(_REMEMBERED)
def _shrunk(digits: bytes) -> bytes:
    """Seven bits a byte, the lowest first. Raises ValueError for a number with idle zeros or thousands of digits."""
    count = int(digits)
    if b"%d" % count != digits:
        raise ValueError(digits)
    parts = bytearray()
    while count >= _MORE:
        parts.append(count % _MORE + _MORE)
        count //= _MORE
    parts.append(count)
    return bytes(parts)
