"""One name for each API, however its callers write it: a path, a method of a client, an operation, a short name."""

import re
from functools import lru_cache
from typing import Final, NamedTuple


class Api(NamedTuple):
    """The canonical name (`""` when unknown), and whether calls go through it in batches, at the batch price."""

    name: str
    is_batch: bool


_SPELLINGS: Final = {
    "chat": (
        "chat_completions",
        "chat_completion",
        "chat",
        "chat_complete",
        "create_chat_completion",
        "fim_completions",
    ),
    "completions": ("completions", "completion", "text_completion", "text_completions"),
    "responses": ("responses", "response", "create_response"),
    "embeddings": (
        "embeddings",
        "embedding",
        "embed",
        "embed_content",
        "embed_contents",
        "text_embedding",
        "multimodalembeddings",
    ),
    "image": (
        "image",
        "images",
        "image_generation",
        "image_generations",
        "image_edit",
        "images_generations",
        "images_generate",
        "images_edits",
        "images_edit",
        "images_variations",
        "generate_image",
        "generate_images",
    ),
    "transcription": (
        "transcription",
        "transcriptions",
        "translations",
        "audio_transcription",
        "audio_transcriptions",
        "audio_translations",
        "transcribe",
        "speech_to_text",
        "stt",
    ),
    "speech": ("speech", "audio_speech", "text_to_speech", "tts"),
    "realtime": ("realtime", "realtime_sessions"),
    "messages": ("messages", "message", "raw_predict", "stream_raw_predict"),
    "generate": ("generate", "generate_content", "stream_generate_content", "generate_content_stream"),
    "live": ("live", "bidi_generate_content"),
    "interactions": ("interactions", "interaction"),
    "converse": ("converse", "converse_stream"),
    "invoke": ("invoke", "invoke_model", "invoke_model_with_response_stream", "invoke_with_response_stream"),
    "rerank": ("rerank", "reranking"),
    "ocr": ("ocr", "ocr_process"),
}
_NAMES: Final = {spelling: name for name, spellings in _SPELLINGS.items() for spelling in spellings}
_CAPITAL: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_BETWEEN: Final = re.compile(r"[^a-z0-9]+")
# What clients and operators add to a name without meaning another API.
_NO_MATTER: Final = frozenset(("create", "parse", "stream", "async", "sync", "acreate", "with", "raw", "new"))
_BATCH: Final = frozenset(("batch", "batches"))


@lru_cache(maxsize=512)
def canonical_api(api: str | None) -> Api:
    """The API that a name means: the whole name, else the longest end of it that is one."""
    words = [word for word in _BETWEEN.split(_CAPITAL.sub("_", api or "").lower()) if word]
    # Google's `batchEmbedContents` is one call with several texts, at the usual price.
    is_batch = not _BATCH.isdisjoint(words) and "contents" not in words
    kept = [word for word in words if word not in _BATCH and word not in _NO_MATTER]
    return Api(_longest_end(words) or _longest_end(kept) or "", is_batch)


def _longest_end(words: list[str]) -> str | None:
    ends = ("_".join(words[start:]) for start in range(len(words)))
    return next((_NAMES[end] for end in ends if end in _NAMES), None)
