"""The vendor's usage object in a seventh of its room: what all of them say stands once, here, and not in each call."""

import json
import zlib
from collections.abc import Callable
from typing import Any, Final

from app.usage.rules.shapes import grow, shrink

# The commonest objects whole, nearest to the end, behind names that others use. What was written with these words can
# only be read with these words: other ones get a number of their own, and these stay.
_WORDS: Final = (
    b'"citation_tokens":"num_search_queries":"reasoning_tokens":"search_context_size":"medium","cost":0.00,"is_byok":'
    b'false,"cost_details":{"upstream_inference_cost":null},"cost_in_usd_ticks":,"total_duration":,"load_duration":,'
    b'"prompt_eval_count":,"prompt_eval_duration":,"eval_count":,"eval_duration":,"server_tool_use":{'
    b'"web_search_requests":0,"web_fetch_requests":0},"iterations":[{"type":"message","model":"speed":"standard",'
    b'"inference_geo":"not_available","thinking_tokens":,"prompt_cache_hit_tokens":,"prompt_cache_miss_tokens":,'
    b'"prompt_tokens_details":{"text_tokens":,"audio_tokens":0,"image_tokens":0,"cached_tokens":0},'
    b'{"inputTokens":,"outputTokens":,"totalTokens":,"cacheReadInputTokens":0,"cacheWriteInputTokens":0}'
    b'"promptTokensDetails":[{"modality":"TEXT","tokenCount":}],"candidatesTokensDetails":[{"modality":"TEXT",'
    b'"tokenCount":}],"cacheTokensDetails":"trafficType":"ON_DEMAND"}{"promptTokenCount":,"cachedContentTokenCount":,'
    b'"candidatesTokenCount":,"thoughtsTokenCount":,"totalTokenCount":}'
    b'{"input_tokens":0,"input_tokens_details":{"cached_tokens":0},"output_tokens":0,"output_tokens_details":{'
    b'"reasoning_tokens":0},"total_tokens":0}'
    b'{"input_tokens":0,"output_tokens":0,"cache_read_input_tokens":0,"cache_creation_input_tokens":0,'
    b'"cache_creation":{"ephemeral_5m_input_tokens":0,"ephemeral_1h_input_tokens":0},"service_tier":"standard"}'
    b'{"input_tokens":0,"cache_creation_input_tokens":0,"cache_read_input_tokens":0,"cache_creation":{'
    b'"ephemeral_5m_input_tokens":0,"ephemeral_1h_input_tokens":0},"output_tokens":0,"service_tier":"standard"}'
    b'{"prompt_tokens":0,"completion_tokens":0,"total_tokens":0,"prompt_tokens_details":{"cached_tokens":0,'
    b'"audio_tokens":0},"completion_tokens_details":{"reasoning_tokens":0,"audio_tokens":0,'
    b'"accepted_prediction_tokens":0,"rejected_prediction_tokens":0}}'
)
_NUMBER: Final = b"\x01"
_SHAPED: Final = b"\x02"  # the commonest of all, without their words (see `shapes`)
_WINDOW: Final = -12  # 4 KiB, which holds the words; negative: neither header nor checksum
_LEVEL: Final = 6
_MEMORY: Final = 1  # a packer is copied for each call: the smallest copies fastest, and packs these no worse
_PACKER: Final = zlib.compressobj(_LEVEL, zlib.DEFLATED, _WINDOW, _MEMORY, zlib.Z_DEFAULT_STRATEGY, _WORDS)


def pack(text: str) -> bytes:
    written = text.encode()
    shrunk = shrink(written)
    if shrunk is not None:
        return _SHAPED + shrunk
    packer = _PACKER.copy()
    return _NUMBER + packer.compress(written) + packer.flush()


def unpack(packed: bytes) -> str:
    """The text, to the letter."""
    if packed[:1] == _SHAPED:
        return grow(packed[1:]).decode()
    if packed[:1] != _NUMBER:
        raise ValueError(f"a usage object was packed by a later version of TokenBoard: {packed[:1].hex()}")
    return zlib.decompressobj(_WINDOW, _WORDS).decompress(packed[1:]).decode()


def usage_object(
    plain: dict[str, Any] | str | None, packed: bytes | None, *, parse_float: Callable[[str], Any] | None = None
) -> dict[str, Any] | None:
    """The usage object of a call: packed, or as it stands in a row that was written before there was packing."""
    text = plain if packed is None else unpack(packed)
    if not isinstance(text, str):
        return text
    found: dict[str, Any] = json.loads(text, parse_float=parse_float)
    return found
