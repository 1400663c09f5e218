"""Google's client (google-genai): the Gemini API and Vertex AI.

All of its calls (models, chats, automatic function calls, async ones) go through four methods of one inner client that
take and give JSON. There they are measured, and read where nobody waits.
"""

import json
import re
from typing import Any, Final

from tokenboard.wrap import hosts, patching
from tokenboard.wrap.core import Call, Fields, Operation, StreamReader, Wishes, begin
from tokenboard.wrap.watching import Watched, WatchedAsync

_METHODS: Final = ("request", "async_request", "request_streamed", "async_request_streamed")
_PATH: Final = re.compile(r"(?:^|/)(?:models|tunedModels|endpoints)/([^:?]+):(\w+)")


def read_content(response: Any) -> Fields:
    """Of generated content: its usage; around it, where it searched, how often, without a word of what."""
    usage = response.get("usageMetadata")
    searched = [kept for candidate in response.get("candidates") or () if (kept := _searches(candidate))]
    return {
        "model": response.get("modelVersion"),
        "provider_response_id": response.get("responseId"),
        "raw_usage": {"candidates": searched, "usageMetadata": usage} if searched and usage else usage,
    }


def read_embeddings(response: Any) -> Fields:
    """Of embeddings: the Gemini API has a usage object, Vertex counts the tokens of each text."""
    if "predictions" not in response:
        return {"raw_usage": response.get("usageMetadata")}
    counts = [(each.get("embeddings") or {}).get("statistics") for each in response["predictions"]]
    return {
        "raw_usage": {"predictions": [{"embeddings": {"statistics": count}} for count in counts]} if counts else None
    }


def read_images(response: Any) -> Fields:
    """Of Imagen: the pictures are counted, nothing else is."""
    return {"usage": {"images_out": len(response.get("predictions") or ())}}


def _searches(candidate: Any) -> Fields | None:
    metadata = candidate.get("groundingMetadata") or {}
    kept: dict[str, Any] = {}
    if queries := metadata.get("webSearchQueries"):
        kept["webSearchQueries"] = [""] * len(queries)
    if any("maps" in chunk for chunk in metadata.get("groundingChunks") or ()):
        kept["groundingChunks"] = [{"maps": {}}]
    return {"groundingMetadata": kept} if kept else None


class ContentStream(StreamReader):
    """Chunks of generated content. Each has the totals so far; searches may be told by one before the last."""

    def __init__(self) -> None:
        self._last: str | None = None
        self._searched: str | None = None

    def see(self, chunk: Any) -> bool:
        body = chunk.body  # JSON, which is read once at the end
        self.has_answer = self.has_answer or '"parts"' in body
        if '"usageMetadata"' in body:
            self._last = body
        if '"groundingMetadata"' in body:
            self._searched = body
        return False

    def fields(self, *, is_whole: bool) -> Fields:
        if self._last is None:
            return {}
        last = json.loads(self._last)
        reasons = [each.get("finishReason") for each in last.get("candidates") or ()]
        if self._searched is not None and self._searched is not self._last:
            last["candidates"] = json.loads(self._searched).get("candidates")
        said = read_content(last)
        if is_whole or not said["raw_usage"]:
            return said
        ended = [{"finishReason": reason} if reason else {} for reason in reasons]
        chunk = {"candidates": ended or [{}], "usageMetadata": last["usageMetadata"]}
        return {**said, "raw_usage": {"chunks": [chunk]}}


_CONTENT: Final = Operation("generate_content", "generate_content", read_content, ContentStream)
_EMBEDDINGS: Final = Operation("embed_content", "embeddings", read_embeddings)
_OPERATIONS: Final = {
    "generateContent": _CONTENT,
    "streamGenerateContent": _CONTENT,
    "embedContent": _EMBEDDINGS,
    "batchEmbedContents": _EMBEDDINGS,
}
_IMAGES: Final = Operation("images", "image_generation", read_images)


def operation_of(path: str) -> tuple[Operation, str] | None:
    """The operation and the model of `models/gemini-2.5-flash:generateContent`; None for calls that use nothing."""
    found = _PATH.search(path)
    if found is None:
        return None
    model, method = found[1], found[2]
    operation = _OPERATIONS.get(method)
    if method == "predict":
        operation = _EMBEDDINGS if "embedding" in model else _IMAGES if model.startswith("imagen") else None
    return None if operation is None else (operation, model)


class _Starter:
    """Says what a request of the inner client is."""

    def __init__(self, inner: Any, wishes: Wishes) -> None:
        self._inner = inner
        self._wishes = wishes

    def __call__(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Call | None:
        found = operation_of(args[1] if len(args) > 1 else kwargs["path"])
        if found is None:
            return None
        operation, model = found
        address = str(self._inner._http_options.base_url or "")  # noqa: SLF001
        default = "vertex" if self._inner.vertexai else "google"
        provider = self._wishes.provider or hosts.provider_of(address) or default
        said = {"provider": provider, "base_url": hosts.shown(address), "requested_model": model}
        return begin(operation, said, self._wishes, args[2] if len(args) > 2 else kwargs.get("request_dict"))


def _finish(call: Call, response: Any) -> Any:
    if hasattr(response, "body"):
        call.http_status = 200
        call.unread(response.body.encode())
        return response
    reader = call.operation.reader(call)
    if reader is None:
        call.nothing_read()
        return response
    call.http_status = 200
    return (WatchedAsync if hasattr(response, "__anext__") else Watched)(response, call, reader)


def _inner(client: Any) -> Any:
    return client._api_client  # noqa: SLF001


def instrument(client: Any, wishes: Wishes) -> None:
    """Track all calls of this client, and of its `aio`."""
    inner = _inner(client)
    start = _Starter(inner, wishes)
    for name in _METHODS:
        patching.patch(inner, name, start, _finish)


def remove(client: Any) -> None:
    """Take the measuring functions away again."""
    for name in _METHODS:
        patching.unpatch(_inner(client), name)
