"""OpenAI's client, and with it every host that speaks OpenAI's language (`base_url`), and Azure."""

import re
from dataclasses import replace
from typing import Any, Final

from tokenboard.events import Event
from tokenboard.ids import response_event_id
from tokenboard.wrap import openai_batches, openai_media, stainless
from tokenboard.wrap.core import Fields, Operation, StreamReader, Wishes
from tokenboard.wrap.reading import extra, get, plain
from tokenboard.wrap.stainless import Target, Vendor

# Who tells the usage of a chat stream when asked to, and refuses nobody for asking. Others tell it unasked (Mistral,
# Perplexity), or may answer 400: a server of one's own is asked only where `wrap(..., stream_usage=True)` says so.
_TELL_WHEN_ASKED: Final = frozenset(
    ("openai", "azure", "groq", "together", "deepseek", "openrouter", "fireworks", "xai", "cerebras", "moonshot")
)
# The first Azure API version that knows `stream_options`.
_AZURE_SINCE: Final = "2024-09-01"
_UNKNOWN_HOST: Final = "openai-compatible"
# What a chunk's delta holds that is the answer, in OpenAI's words and its relatives'.
_ANSWER: Final = ("content", "tool_calls", "refusal", "function_call", "audio")
_THOUGHT: Final = ("reasoning_content", "reasoning")


# --- chat completions ---


def read_chat(response: Any) -> Fields:
    """Of a chat completion, a completion or a batch of embeddings: who served it, and its usage as it came."""
    usage = get(response, "usage") or _usage_elsewhere(response)
    return {
        "model": get(response, "model"),
        "provider_response_id": get(response, "id"),
        "service_tier": get(response, "service_tier"),
        "raw_usage": plain(usage) or None,
    }


def _usage_elsewhere(chunk: Any) -> Any:
    """Groq has it in `x_groq`, Moonshot in the choice."""
    hidden = get(extra(chunk, "x_groq"), "usage")
    if hidden is None and (choices := get(chunk, "choices")):
        hidden = extra(choices[0], "usage")
    return hidden


class ChatStream(StreamReader):
    """Chunks of a chat completion. The last usage that came counts; running totals are totals, never parts."""

    hides_usage = False

    def __init__(self) -> None:
        self._about: dict[str, Any] = {}
        self._usage: Any = None
        self._is_final = False

    def see(self, chunk: Any) -> bool:
        choices = get(chunk, "choices")
        usage = get(chunk, "usage") or _usage_elsewhere(chunk)
        if usage or not self._about.get("id"):
            self._about.update({name: told for name in ("id", "model", "service_tier") if (told := get(chunk, name))})
        if usage:
            self._usage = usage
            self._is_final = not choices
        if choices and not self.has_answer:
            self.has_answer = _is_answer(get(choices[0], "delta"))
        if not self.hides_usage:
            return False
        _forget_usage(chunk)
        return bool(usage) and not choices

    def fields(self, *, is_whole: bool) -> Fields:
        usage = plain(self._usage)
        if not (is_whole or self._is_final):  # an empty choice says that the counts are those so far
            usage = {"chunks": [{**self._about, "choices": [{}], **({"usage": usage} if usage else {})}]}
        return {
            "model": self._about.get("model"),
            "provider_response_id": self._about.get("id"),
            "service_tier": self._about.get("service_tier"),
            "raw_usage": usage or None,
        }


class AskedChatStream(ChatStream):
    """The same, where we asked for the usage and the program did not."""

    hides_usage = True


def _is_answer(delta: Any) -> bool:
    return any(get(delta, name) for name in _ANSWER) or any(extra(delta, name) for name in _THOUGHT)


def _forget_usage(chunk: Any) -> None:
    """`"usage": null` came only because we asked."""
    if isinstance(chunk, dict):
        return
    if get(chunk, "usage") is None:
        chunk.__pydantic_fields_set__.discard("usage")


def _asks_usage(target: Target, options: Any) -> bool:
    """Whether a chat stream is to be asked for its usage."""
    body = options.json_data
    if not isinstance(body, dict) or body.get("stream") is not True or _is_read_raw(options):
        return False
    asked = body.get("stream_options")
    said = asked if isinstance(asked, dict) else {}
    if asked is not None and "include_usage" in said:
        return False
    if isinstance(options.extra_json, dict) and "stream_options" in options.extra_json:
        return False
    return _may_ask(target) and not (target.provider == "azure" and "data_sources" in body)


def _may_ask(target: Target) -> bool:
    from tokenboard.client import client

    wished = target.wishes.stream_usage
    if wished is not None or not client().settings.stream_usage:
        return wished is True
    version = getattr(target.client, "_api_version", None)
    if isinstance(version, str) and "2020" < version < _AZURE_SINCE:
        return False
    return target.provider in _TELL_WHEN_ASKED


def _is_read_raw(options: Any) -> bool:
    headers = options.headers
    return isinstance(headers, dict) and any(str(name).lower() == "x-stainless-raw-response" for name in headers)


# --- responses ---

_TERMINAL: Final = frozenset(("response.completed", "response.incomplete", "response.failed"))
_PRICED_TOOLS: Final = ("web_search", "image_generation")


def read_response(response: Any) -> Fields | None:
    """Of a response: its usage, and the tools it called, which are charged for and counted nowhere else.

    A response that is made in the background is an event once its usage is there, under an id of its own: however
    often, and from however many programs it is looked up, it counts once.
    """
    fields: dict[str, Any] = {
        "model": get(response, "model"),
        "provider_response_id": get(response, "id"),
        "service_tier": get(response, "service_tier"),
        "raw_usage": _with_tools(response, plain(get(response, "usage"))),
    }
    if get(response, "status") == "failed":
        fields |= {"status": "error", "error_type": get(get(response, "error"), "code")}
    if get(response, "background") is not True:
        return fields
    if fields["raw_usage"] is None:
        return None
    return {**fields, **_in_background(response)}


def read_retrieved(response: Any) -> Fields | None:
    """Of a response that is looked up: something only if it was made in the background."""
    return read_response(response) if get(response, "background") is True else None


def _in_background(response: Any) -> Event:
    made, done = get(response, "created_at"), get(response, "completed_at")
    name = get(response, "id")
    told: Event = {"event_id": response_event_id(name) or f"openai-response-{name}", "latency_ms": None}
    if isinstance(made, (int, float)):
        told["occurred_at"] = float(made)
        if isinstance(done, (int, float)) and done >= made:
            told["latency_ms"] = (done - made) * 1000
    return told


def _with_tools(response: Any, usage: Any) -> Any:
    """The usage object; where tools were used, with their outlines around it: kind, action, container."""
    called = [_outline(item) for item in get(response, "output") or () if _is_call(item)]
    offered = [told for item in get(response, "tools") or () if (told := _offered(item))]
    used = plain(extra(response, "tool_usage"))
    if not usage or not (called or used or offered):
        return usage or None
    around = {"tools": offered, "output": called, "tool_usage": used, "model": get(response, "model")}
    return {"object": "response", "usage": usage, **{name: told for name, told in around.items() if told}}


def _is_call(item: Any) -> bool:
    kind = get(item, "type")
    return isinstance(kind, str) and kind.endswith("_call") and kind not in ("function_call", "custom_tool_call")


def _outline(item: Any) -> dict[str, Any]:
    outline = {name: told for name in ("type", "container_id") if (told := get(item, name))}
    action = get(get(item, "action"), "type")
    return {**outline, "action": {"type": action}} if action else outline


def _offered(tool: Any) -> dict[str, Any] | None:
    kind = get(tool, "type")
    if not isinstance(kind, str) or not kind.startswith(_PRICED_TOOLS):
        return None
    model = get(tool, "model")
    return {"type": kind, "model": model} if isinstance(model, str) else {"type": kind}


class ResponseStream(StreamReader):
    """Events of a response. The one that ends it carries all of it."""

    def __init__(self) -> None:
        self._first: Any = None
        self._last: Any = None

    def see(self, chunk: Any) -> bool:
        kind = get(chunk, "type")
        if kind in _TERMINAL:
            self._last = get(chunk, "response")
        elif not self.has_answer:
            if kind == "response.created":
                self._first = get(chunk, "response")
            self.has_answer = isinstance(kind, str) and kind.endswith(".delta")
        return False

    def fields(self, *, is_whole: bool) -> Fields | None:
        if self._last is not None:
            return read_response(self._last)
        if self._first is None:
            return {}
        if get(self._first, "background") is True:  # it goes on without us, and is counted when it is looked up
            return None
        about = {name: told for name in ("id", "model") if (told := get(self._first, name))}
        return {
            "model": about.get("model"),
            "provider_response_id": about.get("id"),
            "raw_usage": {"chunks": [{"type": "response.created", "response": about}]},
        }


class RetrievedStream(ResponseStream):
    """The events of a response that runs in the background, listened to once more."""

    def fields(self, *, is_whole: bool) -> Fields | None:
        return read_retrieved(self._last) if self._last is not None else None


# --- which call is which ---

_CHAT: Final = Operation("chat.completions", "chat", read_chat, ChatStream)
_ASKED_CHAT: Final = replace(_CHAT, stream=AskedChatStream)
_RESPONSES: Final = Operation("responses", "chat", read_response, ResponseStream)
_RETRIEVED: Final = Operation("responses", "chat", read_retrieved, RetrievedStream, is_silent_failing=True)
_OPERATIONS: Final = {
    ("post", "/chat/completions"): _CHAT,
    ("post", "/completions"): Operation("completions", "text_completion", read_chat, ChatStream),
    ("post", "/responses"): _RESPONSES,
    ("post", "/embeddings"): Operation("embeddings", "embeddings", read_chat),
    **openai_media.OPERATIONS,
}
_A_FILE: Final = openai_batches.operation(
    {"chat.completion": read_chat, "text_completion": read_chat, "list": read_chat, "response": read_response}
)
_A_RESPONSE: Final = re.compile(r"/responses/[^/]+")


def operation_of(method: str, path: str) -> Operation | None:
    """The operation at this path; None for calls that use nothing."""
    method = method.lower()
    if method == "get":
        if _A_RESPONSE.fullmatch(path):
            return _RETRIEVED
        return _A_FILE if openai_batches.is_file(method, path) else None
    return _OPERATIONS.get((method, path))


def _prepare(target: Target, operation: Operation, options: Any) -> Operation:
    if operation is not _CHAT or not _asks_usage(target, options):
        return openai_media.prepare(operation, options)
    body = options.json_data
    options.json_data = {**body, "stream_options": {**(body.get("stream_options") or {}), "include_usage": True}}
    return _ASKED_CHAT


def _describe(target: Target, options: Any) -> Event:
    """Azure's requests name a deployment where others name the model."""
    body = options.json_data
    if target.provider != "azure" or not isinstance(body, dict):
        return {}
    return {"deployment": getattr(target.client, "_azure_deployment", None) or body.get("model")}


_VENDOR: Final = Vendor(_UNKNOWN_HOST, operation_of, _prepare, _describe)


def instrument(client: Any, wishes: Wishes) -> None:
    """Track all calls of this client (`OpenAI`, `AsyncOpenAI`, `AzureOpenAI`, `AsyncAzureOpenAI`)."""
    stainless.instrument(client, _VENDOR, wishes)


remove: Final = stainless.remove
