"""Cohere's client (cohere), for its v2 and its v1 API."""

from typing import Any, Final

from tokenboard.wrap import http, patching
from tokenboard.wrap.core import Call, Fields, Operation, StreamReader, Wishes
from tokenboard.wrap.http import Target

_PROVIDERS: Final = {"AwsClient": "aws.bedrock", "AwsClientV2": "aws.bedrock"}
_ANSWERS: Final = frozenset(("content-delta", "tool-plan-delta", "tool-call-delta", "text-generation"))


def read(response: Any) -> Fields:
    """Of any answer: v2's chat has `usage`, all others `meta`. What was billed is in there; warnings are prose."""
    usage = response.get("usage") or {**(response.get("meta") or {})}
    usage.pop("warnings", None)
    return {
        "provider_response_id": response.get("response_id") or response.get("id"),
        "raw_usage": usage or None,
    }


class ChatStream(StreamReader):
    """Events of a chat. The last one has the usage of all of it."""

    def __init__(self) -> None:
        self._id: str | None = None
        self._said: Fields | None = None

    def see(self, chunk: Any) -> bool:
        kind = chunk.get("type") or chunk.get("event_type")
        if kind == "message-end":
            self._said = {**read(chunk.get("delta") or {}), "provider_response_id": self._id}
        elif kind == "stream-end":
            self._said = read(chunk.get("response") or {})
        elif kind == "message-start":
            self._id = chunk.get("id")
        self.has_answer = self.has_answer or kind in _ANSWERS
        return False

    def fields(self, *, is_whole: bool) -> Fields:
        if self._said is not None:
            return self._said
        return {"provider_response_id": self._id, "raw_usage": {"chunks": [{"type": "message-start", "id": self._id}]}}


_CHAT: Final = Operation("chat", "chat", read, ChatStream)
_EMBED: Final = Operation("embed", "embeddings", read)
_RERANK: Final = Operation("rerank", "rerank", read)
_OPERATIONS: Final = {
    "/v2/chat": _CHAT,
    "/v1/chat": _CHAT,
    "/v1/generate": Operation("generate", "text_completion", read, ChatStream),
    "/v2/embed": _EMBED,
    "/v1/embed": _EMBED,
    "/v2/rerank": _RERANK,
    "/v1/rerank": _RERANK,
}


def operation_of(method: str, path: str) -> Operation | None:
    """The operation at this path; None for calls that use nothing."""
    return _OPERATIONS.get(path) if method == "POST" else None


def _starter(target: Target) -> patching.Start:
    """Plain calls are measured where they are tried again, so that all tries are one event."""

    def start(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Call | None:
        if kwargs.get("retries"):
            return None
        body = kwargs.get("json")
        model = body.get("model") if isinstance(body, dict) else None
        path = args[0] if args else kwargs.get("path") or ""
        return target.begin(kwargs["method"], f"/{path}", model if isinstance(model, str) else None, body)

    return start


def instrument(client: Any, wishes: Wishes) -> None:
    """Track all calls of this client (`Client`, `ClientV2`, `AsyncClient`, `AsyncClientV2`)."""
    wrapper = client._client_wrapper  # noqa: SLF001
    default = next(
        (_PROVIDERS[kind.__name__] for kind in type(client).__mro__ if kind.__name__ in _PROVIDERS), "cohere"
    )
    target = http.target_of(wrapper.get_base_url(), wishes, default, operation_of)
    patching.patch(wrapper.httpx_client, "request", _starter(target), http.finish)
    http.instrument(wrapper.httpx_client.httpx_client, target, only_streams=True)


def remove(client: Any) -> None:
    """Take the measuring functions away again."""
    sender = client._client_wrapper.httpx_client  # noqa: SLF001
    patching.unpatch(sender, "request")
    http.remove(sender.httpx_client)
