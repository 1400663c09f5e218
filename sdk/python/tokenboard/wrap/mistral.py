"""Mistral's client (mistralai)."""

from typing import Any, Final

from tokenboard.wrap import http
from tokenboard.wrap.core import Fields, Operation, StreamReader, Wishes
from tokenboard.wrap.http import Target
from tokenboard.wrap.openai import ChatStream, read_chat

_PROVIDERS: Final = {"MistralAzure": "azure", "MistralGCP": "vertex", "MistralGoogleCloud": "vertex"}


def read_pages(response: Any) -> Fields:
    """Of OCR, which is billed by the page."""
    return {"model": response.get("model"), "raw_usage": response.get("usage_info")}


def read_conversation(response: Any) -> Fields:
    """Of a turn of a conversation; its outputs name the model."""
    outputs = response.get("outputs") or ()
    return {
        "model": next((each["model"] for each in outputs if each.get("model")), None),
        "provider_response_id": next((each["id"] for each in outputs if each.get("id")), None),
        "raw_usage": response.get("usage"),
    }


class ConversationStream(StreamReader):
    """Events of a turn; the last one has its usage."""

    def __init__(self) -> None:
        self._about: dict[str, Any] = {}
        self._usage: Any = None

    def see(self, chunk: Any) -> bool:
        kind = chunk.get("type") or ""
        if kind == "conversation.response.done":
            self._usage = chunk.get("usage")
        elif kind.startswith("message.output"):
            self.has_answer = True
            self._about = {"model": chunk.get("model"), "provider_response_id": chunk.get("id")}
        return False

    def fields(self, *, is_whole: bool) -> Fields:
        return {**self._about, "raw_usage": self._usage}


_CHAT: Final = Operation("chat.completions", "chat", read_chat, ChatStream)
_CONVERSATION: Final = Operation("conversations", "chat", read_conversation, ConversationStream)
_OPERATIONS: Final = {
    "/v1/chat/completions": _CHAT,
    "/v1/agents/completions": _CHAT,
    "/v1/fim/completions": Operation("fim.completions", "text_completion", read_chat, ChatStream),
    "/v1/embeddings": Operation("embeddings", "embeddings", read_chat),
    "/v1/ocr": Operation("ocr", "ocr", read_pages),
    "/v1/audio/transcriptions": Operation("audio.transcriptions", "transcription", read_chat, ChatStream),
    "/v1/conversations": _CONVERSATION,
}


def operation_of(method: str, path: str) -> Operation | None:
    """The operation at this path; None for calls that use nothing."""
    if method != "POST":
        return None
    if path.startswith("/v1/conversations/") and path.count("/") == (4 if path.endswith("/restart") else 3):
        return _CONVERSATION
    return _OPERATIONS.get(path)


def instrument(client: Any, wishes: Wishes) -> None:
    """Track all calls of this client, sync and async. Where it tries again by itself, each try is an event."""
    configuration = client.sdk_configuration
    default = next(
        (_PROVIDERS[kind.__name__] for kind in type(client).__mro__ if kind.__name__ in _PROVIDERS), "mistral"
    )
    address = configuration.get_server_details()[0]
    target: Target = http.target_of(address, wishes, default, operation_of)
    for sender in (configuration.client, configuration.async_client):
        http.instrument(sender, target)


def remove(client: Any) -> None:
    """Take the measuring functions away again."""
    for sender in (client.sdk_configuration.client, client.sdk_configuration.async_client):
        http.remove(sender)
