"""How large a call can be at most, read from its request: never fewer tokens than the vendor will count.

A token of text is at least one byte, so the request is counted in bytes, as JSON has it: names and punctuation make up
for what vendors put around each message. Pure; docs/sdk-python.md says all of this to users.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple

from tokenboard.wrap.reading import plain

PICTURE: Final = 50_000
"""Tokens of a picture: the most that any model takes one for, whatever its size in bytes."""
ELSEWHERE: Final = 200_000
"""Tokens of what the request only names: a file, an address, the conversation so far."""
TOOL: Final = 1_000
"""Tokens of what a vendor tells its model of each tool, beside what the request says of it."""
_AROUND: Final = 200
_PICTURES: Final = frozenset(("image", "image_url", "input_image"))
_NAMED: Final = frozenset(
    (
        *("file_id", "file_uri", "fileUri", "file_url", "document_url", "documentUrl", "video_url", "videoUrl"),
        *("s3Location", "previous_response_id", "conversation", "conversation_id", "cachedContent", "cached_content"),
    )
)
_OUTPUT: Final = (
    *("max_completion_tokens", "max_output_tokens", "max_tokens", "max_tokens_to_sample", "max_new_tokens"),
    *("maxOutputTokens", "maxTokens", "maxTokenCount", "max_gen_len"),
)
_CHOICES: Final = ("n", "best_of", "candidateCount", "num_generations")
# Where vendors put such settings, beside the request itself.
_INSIDE: Final = ("generationConfig", "inferenceConfig", "textGenerationConfig", "completion_args")


class Size(NamedTuple):
    """Upper bounds, in tokens."""

    input_tokens: int
    max_output_tokens: int


def size_of(request: Any, output_tokens: int | None) -> Size | None:
    """The size of a request: its JSON, as objects or as text. None where it has none that can be read.

    `output_tokens`: what an answer has at most where the request does not limit it; None where it has no tokens at all.
    """
    body = json.loads(request) if isinstance(request, (bytes, bytearray, str)) else request
    if not isinstance(body, Mapping):
        return None
    tools = body.get("tools")
    around = _AROUND + TOOL * (len(tools) if isinstance(tools, (list, tuple)) else 0)
    return Size(around + _tokens(body), 0 if output_tokens is None else _output(body, output_tokens))


def _output(body: Mapping[str, Any], otherwise: int) -> int:
    places = [body, *(place for name in _INSIDE if isinstance(place := body.get(name), Mapping))]
    limit = max(_counts(places, _OUTPUT), default=otherwise)
    return limit * max(_counts(places, _CHOICES), default=1)


def _counts(places: Iterable[Mapping[str, Any]], names: Iterable[str]) -> list[int]:
    found = [place.get(name) for place in places for name in names]
    return [int(count) for count in found if isinstance(count, (int, float)) and count >= 1]


def _tokens(value: Any) -> int:
    if isinstance(value, str):
        return 2 + (len(value) if value.isascii() else len(value.encode(errors="surrogatepass")))
    if isinstance(value, Mapping):
        return PICTURE if _is_picture(value) else _of_fields(value)
    if isinstance(value, (list, tuple)):
        return 2 + sum(1 + _tokens(item) for item in value)
    if isinstance(value, (bytes, bytearray)):
        return 2 + len(value) * 4 // 3
    if value is None or isinstance(value, (int, float)):
        return len(repr(value))
    told = plain(value)  # a client's own object
    return _tokens(told) if isinstance(told, (str, dict, list)) else len(str(told))


def _of_fields(value: Mapping[str, Any]) -> int:
    count = 2
    for name, item in value.items():
        count += 5 + len(str(name)) + _tokens(item)
        if (name in _NAMED and isinstance(item, (str, Mapping))) or _is_elsewhere(name, item):
            count += ELSEWHERE
        elif name == "image" and isinstance(item, Mapping):  # of Bedrock's Converse
            count += PICTURE
    return count


def _is_elsewhere(name: str, item: Any) -> bool:
    """A document by its address; a prompt that the vendor keeps."""
    if not isinstance(item, Mapping):
        return False
    return (name == "source" and item.get("type") in ("url", "file")) or (name == "prompt" and "id" in item)


def _is_picture(value: Mapping[str, Any]) -> bool:
    if value.get("type") in _PICTURES:
        return True
    kind = value.get("mimeType") or value.get("mime_type")
    return isinstance(kind, str) and kind.startswith("image/")
