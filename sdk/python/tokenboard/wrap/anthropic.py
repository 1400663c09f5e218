"""Anthropic's client, and Claude through it on Bedrock, Vertex and Foundry."""

import re
from dataclasses import replace
from typing import Any, Final

from tokenboard.events import Event
from tokenboard.ids import response_event_id
from tokenboard.wrap import stainless
from tokenboard.wrap.core import Fields, Operation, StreamReader, Wishes
from tokenboard.wrap.reading import get, plain
from tokenboard.wrap.stainless import Target, Vendor

_BEDROCK: Final = "aws.bedrock"
# Who serves the calls of a client whose address does not say, by the class that it is made from.
_PROVIDERS: Final = {
    "BaseBedrockClient": _BEDROCK,
    "BaseVertexClient": "vertex",
    "BaseFoundryClient": "azure",
    "BaseMantleClient": _BEDROCK,
}


def read_message(message: Any) -> Fields:
    """Of a message: who served it, and its usage as it came."""
    usage = get(message, "usage")
    return {
        "model": get(message, "model"),
        "provider_response_id": get(message, "id"),
        "service_tier": get(usage, "service_tier"),
        "raw_usage": plain(usage) or None,
    }


def read_result(line: Any) -> Fields | None:
    """Of one line of a batch's results. However often results are looked up, each of them counts once."""
    message = get(get(line, "result"), "message")
    if message is None:  # failed, cancelled or expired: not billed
        return None
    name = get(message, "id")
    return {**read_message(message), "event_id": response_event_id(name) or f"anthropic-message-{name}"}


class MessageStream(StreamReader):
    """Events of a message. Its start tells the input and the lives of what was cached, each delta totals so far."""

    def __init__(self) -> None:
        self._said: Fields | None = None
        self._deltas: list[Fields] = []

    def see(self, chunk: Any) -> bool:
        kind = get(chunk, "type")
        if kind == "content_block_delta":
            self.has_answer = True
        elif kind == "message_start":
            self._said = read_message(get(chunk, "message"))  # now: the stream helper goes on writing into it
        elif kind == "message_delta" and (usage := plain(get(chunk, "usage"))):
            self._deltas.append({"type": "message_delta", "usage": usage})
        return False

    def fields(self, *, is_whole: bool) -> Fields:
        if self._said is None:
            return {}
        usage = self._said["raw_usage"]
        start = {"type": "message_start", "message": {"usage": usage}}
        return {**self._said, "raw_usage": {"chunks": [start, *self._deltas]} if usage or self._deltas else None}


# --- which call is which ---


class _NamelessStream(MessageStream):
    def fields(self, *, is_whole: bool) -> Fields:
        return _nameless(super().fields(is_whole=is_whole))


def _nameless(said: Fields) -> Fields:
    """Bedrock's price hangs on the model's id as the request has it; the answer has Anthropic's own name."""
    return {name: value for name, value in said.items() if name != "model"}


_MESSAGES: Final = Operation("messages", "chat", read_message, MessageStream)
_ON_BEDROCK: Final = replace(_MESSAGES, read=lambda message: _nameless(read_message(message)), stream=_NamelessStream)
_RESULTS: Final = Operation("messages.batches", "chat", lambda _: None, each=read_result, is_silent_failing=True)
_RESULTS_PATH: Final = re.compile(r"/messages/batches/[^/?]+/results(\?|$)")


def operation_of(method: str, path: str) -> Operation | None:
    """The operation at this path, or address; None for calls that use nothing."""
    if method.lower() == "post":
        return _MESSAGES if path.partition("?")[0] == "/v1/messages" else None
    return _RESULTS if _RESULTS_PATH.search(path) else None


def _prepare(target: Target, operation: Operation, options: Any) -> Operation:
    return _ON_BEDROCK if operation is _MESSAGES and target.provider == _BEDROCK else operation


def _describe(target: Target, options: Any) -> Event:
    """Foundry's requests name a deployment where others name the model."""
    body = options.json_data
    return {"deployment": body.get("model")} if target.provider == "azure" and isinstance(body, dict) else {}


def instrument(client: Any, wishes: Wishes) -> None:
    """Track all calls of this client (`Anthropic`, `AnthropicBedrock`, `AnthropicVertex`, ..., sync and async)."""
    kinds = [kind.__name__ for kind in type(client).__mro__]
    default = next((_PROVIDERS[kind] for kind in kinds if kind in _PROVIDERS), "anthropic")
    stainless.instrument(client, Vendor(default, operation_of, _prepare, _describe), wishes)


remove: Final = stainless.remove
