"""AWS's client for Bedrock's models (boto3 and botocore, `bedrock-runtime`).

Converse answers with a usage object. InvokeModel answers with the model's own body, which belongs to the program: it is
looked at as the program reads it; a body that nobody reads is counted by its headers.
"""

import base64
import json
from typing import Any, Final

from tokenboard.events import Event
from tokenboard.wrap import hosts, patching
from tokenboard.wrap.core import Call, Fields, Operation, StreamReader, Wishes, begin, guarded
from tokenboard.wrap.watching import Watched

_LONGEST_BODY: Final = 64 * 1024 * 1024
_COUNTED: Final = "x-amzn-bedrock-"
# Usage that stands in the open in the bodies of Titan and Llama.
_IN_THE_OPEN: Final = ("inputTextTokenCount", "prompt_token_count", "generation_token_count")
_METRICS: Final = "amazon-bedrock-invocationMetrics"


# --- Converse ---


def read_converse(response: Any) -> Fields:
    """Of Converse, or of the metadata that ends its stream: the usage; with a tier of its own, that around it."""
    around = {name: response[name] for name in ("serviceTier", "performanceConfig") if response.get(name)}
    usage = response.get("usage")
    tier = around.get("serviceTier")
    return {
        **_told(service_tier=tier.get("type") if isinstance(tier, dict) else None),
        "raw_usage": {"usage": usage, **around} if usage and around else usage or None,
    }


class _Events(StreamReader):
    """Messages of AWS's event streams, of which only those that count are read."""

    def __init__(self) -> None:
        self._error: Event | None = None

    def see(self, chunk: Any) -> bool:
        headers = chunk.headers
        kind = headers.get(":event-type")
        if kind is None:
            failed = headers.get(":exception-type") or headers.get(":error-code") or "EventStreamError"
            self._error = {"status": "error", "error_type": failed}
        else:
            self.saw(kind, chunk.payload)
        return False

    def saw(self, kind: str, payload: bytes) -> None:
        raise NotImplementedError


class ConverseStream(_Events):
    """The last event, `metadata`, has the usage."""

    def __init__(self) -> None:
        super().__init__()
        self._metadata: Any = None

    def saw(self, kind: str, payload: bytes) -> None:
        if kind == "metadata":
            self._metadata = json.loads(payload)
        self.has_answer = self.has_answer or kind == "contentBlockDelta"

    def fields(self, *, is_whole: bool) -> Fields:
        if self._metadata is not None:
            return {**read_converse(self._metadata), **(self._error or {})}
        return {"raw_usage": {"chunks": [{"messageStop": {}}]}, **(self._error or {})}


# --- InvokeModel ---


def read_body(body: Any) -> Fields:
    """Of a model's own body, in the words of whoever made the model."""
    if isinstance(usage := body.get("usage"), dict):
        return {
            **_told(provider_response_id=body.get("id"), service_tier=usage.get("service_tier")),
            "raw_usage": usage,
        }
    if isinstance(metrics := body.get(_METRICS), dict):
        return {"raw_usage": metrics}
    if isinstance(meta := body.get("meta"), dict) and "billed_units" in meta:
        return {**_told(provider_response_id=body.get("id")), "raw_usage": {"billed_units": meta["billed_units"]}}
    counts = {name: body[name] for name in _IN_THE_OPEN if name in body}
    if isinstance(results := body.get("results"), list):
        counts["results"] = [{"tokenCount": each.get("tokenCount")} for each in results]
    return {"raw_usage": counts or None}


def _told(**fields: Any) -> Fields:
    """What the answer says; where it says nothing, what is known of the request stays."""
    return {name: value for name, value in fields.items() if value is not None}


class InvokeStream(_Events):
    """A model's own chunks. Those with counts are kept, without their words."""

    def __init__(self) -> None:
        super().__init__()
        self._kept: list[Fields] = []
        self._said: Fields = {}

    def saw(self, kind: str, payload: bytes) -> None:
        if kind != "chunk":
            return
        data = base64.b64decode(json.loads(payload)["bytes"])
        self.has_answer = self.has_answer or b'"message_start"' not in data
        if b"sage" in data or b"Metrics" in data:  # usage, invocationMetrics
            self._keep(json.loads(data))

    def _keep(self, chunk: Any) -> None:
        kept = {name: chunk[name] for name in ("type", "usage", _METRICS) if chunk.get(name)}
        if isinstance(message := chunk.get("message"), dict):
            self._said = _told(
                provider_response_id=message.get("id"), service_tier=(message.get("usage") or {}).get("service_tier")
            )
            kept["message"] = {"usage": message.get("usage")}
        if isinstance(metadata := chunk.get("metadata"), dict):
            kept["metadata"] = {"usage": metadata.get("usage")}
        if "choices" in chunk:
            kept["choices"] = [{"finish_reason": each.get("finish_reason")} for each in chunk["choices"]]
        if len(kept) > ("type" in kept):
            self._kept.append(kept)

    def fields(self, *, is_whole: bool) -> Fields:
        return {
            **self._said,
            "raw_usage": {"chunks": _outlined(self._kept)} if self._kept else None,
            **(self._error or {}),
        }


def _outlined(chunks: list[Fields]) -> list[Fields]:
    """Claude's start and deltas have all of it; what its last event measures, they have already."""
    told = [chunk for chunk in chunks if chunk.get("type") in ("message_start", "message_delta")]
    return told or chunks


class _Body:
    """Stands where a body's bytes come from, and keeps what goes by."""

    def __init__(self, source: Any, call: Call, said: Fields) -> None:
        self._source = source
        self._call = call
        self._said = said
        self._parts: list[bytes] = []
        self._size = 0

    def read(self, *args: Any, **kwargs: Any) -> Any:
        part = self._source.read(*args, **kwargs)
        guarded(self._seen, part, not part or _reads_all(args, kwargs))
        return part

    def readinto(self, buffer: Any) -> Any:
        size = self._source.readinto(buffer)
        guarded(self._seen, bytes(buffer[:size]), not size)
        return size

    def readlines(self) -> Any:
        lines = self._source.readlines()
        guarded(self._seen, b"".join(lines), True)
        return lines

    def close(self) -> Any:
        guarded(self._ended)
        return self._source.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.__dict__["_source"], name)

    def __del__(self) -> None:
        try:
            self._ended()
        except Exception:
            return

    def _seen(self, part: bytes, is_last: bool) -> None:
        self._size += len(part)
        if self._size <= _LONGEST_BODY:
            self._parts.append(bytes(part))
        if is_last:
            self._ended()

    def _ended(self) -> None:
        if self._call.is_done:
            return
        parts, self._parts = self._parts, []
        self._call.fields.update(self._said)
        if parts and self._size <= _LONGEST_BODY:
            self._call.unread(b"".join(parts))
        else:
            self._call.nothing_read()


def _reads_all(args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
    return (args[0] if args else kwargs.get("amt")) is None


# --- which call is which ---

_CONVERSE: Final = Operation("converse", "chat", read_converse, ConverseStream)
_INVOKE: Final = Operation("invoke_model", "chat", read_body, InvokeStream)
_EMBED: Final = Operation("invoke_model", "embeddings", read_body, InvokeStream)
_OPERATIONS: Final = {
    "Converse": _CONVERSE,
    "ConverseStream": _CONVERSE,
    "InvokeModel": _INVOKE,
    "InvokeModelWithResponseStream": _INVOKE,
}


def _begin(client: Any, wishes: Wishes, name: str, parameters: Any) -> Call | None:
    operation = _OPERATIONS.get(name)
    if operation is None:
        return None
    model = parameters.get("modelId")
    if operation is _INVOKE and "embed" in str(model):
        operation = _EMBED
    address = hosts.shown(str(client.meta.endpoint_url))
    said = {"provider": wishes.provider or "aws.bedrock", "base_url": address, "requested_model": model}
    return begin(operation, said, wishes, parameters if operation is _CONVERSE else parameters.get("body"))


def _finish(call: Call, response: Any) -> Any:
    about = response.get("ResponseMetadata") or {}
    call.http_status = about.get("HTTPStatusCode")
    call.retries = about.get("RetryAttempts") or 0
    headers = about.get("HTTPHeaders") or {}
    call.fields["provider_response_id"] = about.get("RequestId")
    if isinstance(tier := headers.get("x-amzn-bedrock-service-tier"), str):
        call.fields["service_tier"] = tier
    stream = response.get("stream") if "stream" in response else response.get("body")
    if hasattr(stream, "_event_generator"):
        _watch(call, stream)
    elif hasattr(stream, "_raw_stream"):
        counted = {name: value for name, value in headers.items() if name.startswith(_COUNTED) and "count" in name}
        stream._raw_stream = _Body(stream._raw_stream, call, {"raw_usage": counted} if counted else {})  # noqa: SLF001
    else:
        call.returned(response)
    return response


def _watch(call: Call, stream: Any) -> None:
    """Look at an event stream from inside, so that it stays botocore's own."""
    reader = call.operation.reader(call)
    if reader is None:
        return
    watched = Watched(stream._event_generator, call, reader)  # noqa: SLF001
    stream._event_generator = watched  # noqa: SLF001
    close = stream.close

    def leaving() -> Any:
        watched.left()
        return close()

    stream.close = leaving


def instrument(client: Any, wishes: Wishes) -> None:
    """Track all calls of this client (`boto3.client("bedrock-runtime")`)."""
    if client.meta.service_model.service_name != "bedrock-runtime":
        raise TypeError("only clients of bedrock-runtime can be wrapped")

    def start(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Call | None:
        return _begin(client, wishes, args[0], args[1])

    patching.patch(client, "_make_api_call", start, _finish)


def remove(client: Any) -> None:
    """Take the measuring function away again."""
    patching.unpatch(client, "_make_api_call")
