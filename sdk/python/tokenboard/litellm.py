"""LiteLLM: `litellm.callbacks = [Callback()]`, and every call that it makes is tracked, its Router's and proxy's too.

LiteLLM tells of a call when it is over, from threads of its own; what it says of the answer is in its own words, which
are OpenAI's. What it adds to them is left out: ids it made up, counts it estimated, costs it computed.
"""

import base64
import re
import threading
import uuid
from collections import OrderedDict
from collections.abc import Mapping
from datetime import datetime
from importlib.metadata import version
from typing import Any, Final

from litellm.integrations.custom_logger import CustomLogger

from tokenboard.client import client
from tokenboard.events import Event
from tokenboard.ids import new_id, response_event_id
from tokenboard.scope import current
from tokenboard.wrap import hosts
from tokenboard.wrap.core import about, guarded
from tokenboard.wrap.openai import read_response
from tokenboard.wrap.reading import get, plain

_APIS: Final = {
    "completion": ("chat.completions", "chat"),
    "text_completion": ("completions", "text_completion"),
    "responses": ("responses", "chat"),
    "anthropic_messages": ("messages", "chat"),
    "embedding": ("embeddings", "embeddings"),
    "rerank": ("rerank", "rerank"),
    "image_generation": ("images.generate", "image_generation"),
    "image_edit": ("images.edit", "image_generation"),
    "transcription": ("audio.transcriptions", "transcription"),
    "speech": ("audio.speech", "speech"),
}
# LiteLLM's names of providers that TokenBoard knows by another one; the server knows the rest.
_PROVIDERS: Final = {
    "text-completion-openai": "openai",
    "azure_text": "azure",
    "vertex_ai_beta": "vertex",
    "text-completion-codestral": "mistral",
}
# By these it calls any server that speaks OpenAI's language: the address says whose it is.
_ANY_HOST: Final = frozenset(("openai", "text-completion-openai", "custom_openai", "openai_like"))
# Who tells the usage of a stream without having been asked to. Of all others LiteLLM counts by itself.
_TELL_UNASKED: Final = ("anthropic", "bedrock", "vertex_ai", "gemini", "cohere", "mistral", "perplexity")
_THEIR_OWN_COST: Final = frozenset(("openrouter", "perplexity"))
_MADE_UP_ID: Final = re.compile(r"chatcmpl-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_REMEMBERED: Final = 10_000
# Since 1.77 the prompt contains them: calculate_usage of litellm/llms/anthropic/chat/transformation.py.
_LEAVES_WRITES_OUT: Final = tuple(map(int, version("litellm").split(".")[:2])) < (1, 77)


class Callback(CustomLogger):
    """Give one of it to `litellm.callbacks`."""

    def __init__(self) -> None:
        super().__init__()
        self._begun = _Contexts()

    def log_pre_api_call(self, model: Any, messages: Any, kwargs: Any) -> None:
        """A request goes out. Only here LiteLLM is still in the thread and the context of who asked."""
        guarded(lambda: self._begun.keep(str(kwargs.get("litellm_call_id")), current()))

    def log_success_event(self, kwargs: Any, response_obj: Any, start_time: Any, end_time: Any) -> None:
        guarded(self._succeeded, kwargs, response_obj, start_time, end_time)

    def log_failure_event(self, kwargs: Any, response_obj: Any, start_time: Any, end_time: Any) -> None:
        guarded(self._failed, kwargs, start_time, end_time)

    async def async_log_success_event(self, kwargs: Any, response_obj: Any, start_time: Any, end_time: Any) -> None:
        guarded(self._succeeded, kwargs, response_obj, start_time, end_time)

    async def async_log_failure_event(self, kwargs: Any, response_obj: Any, start_time: Any, end_time: Any) -> None:
        guarded(self._failed, kwargs, start_time, end_time)

    def _succeeded(self, kwargs: dict[str, Any], response: Any, start: Any, end: Any) -> None:
        call_id = str(kwargs.get("litellm_call_id"))
        within = self._begun.take(call_id)
        if kwargs.get("cache_hit") is True:  # answered by LiteLLM's own cache: nothing was used
            return
        event = {**_request(kwargs, start, end), **_answer(kwargs, response), "status": "ok"}
        # However often it tells of one answer, and whoever else saw it: that is one event.
        told_once = str(uuid.uuid5(uuid.NAMESPACE_URL, f"litellm:{call_id}:{get(response, 'id')}"))
        event["event_id"] = response_event_id(event["provider_response_id"]) or told_once
        _record(event, kwargs, within)

    def _failed(self, kwargs: dict[str, Any], start: Any, end: Any) -> None:
        within = self._begun.take(str(kwargs.get("litellm_call_id")))
        if within is None:  # it failed before a request went out, or was told of before
            return
        event = _request(kwargs, start, end)
        error = kwargs.get("exception")
        event |= about(error) if isinstance(error, BaseException) else {"status": "error"}
        _record({**event, "event_id": new_id(), "model": event["requested_model"]}, kwargs, within)


class _Contexts:
    """In which context the requests were made that are under way; the oldest are forgotten."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, Mapping[str, Any]] = OrderedDict()

    def keep(self, call_id: str, context: Mapping[str, Any]) -> None:
        with self._lock:
            self._kept[call_id] = context
            if len(self._kept) > _REMEMBERED:
                self._kept.popitem(last=False)

    def take(self, call_id: str) -> Mapping[str, Any] | None:
        with self._lock:
            return self._kept.pop(call_id, None)


def _record(event: Event, kwargs: dict[str, Any], within: Mapping[str, Any] | None) -> None:
    within = current() if within is None else within
    client().record(event, {**_for_whom(kwargs), **within})


def _request(kwargs: dict[str, Any], start: Any, end: Any) -> Event:
    """What the request says, and how long it took."""
    api, operation = _APIS.get(_kind(kwargs), (_kind(kwargs), None))
    began, ended = _seconds(start), _seconds(end)
    first = _seconds(kwargs.get("completion_start_time")) if _streams(kwargs) else None
    address = get(kwargs.get("litellm_params"), "api_base")
    return {
        "provider": _provider(kwargs, address),
        "base_url": hosts.shown(address) if isinstance(address, str) else None,
        "api": api,
        "operation": operation,
        "requested_model": kwargs.get("model") or "unknown",
        "deployment": kwargs.get("model") if kwargs.get("custom_llm_provider") == "azure" else None,
        "occurred_at": began,
        "latency_ms": _ms(began, ended),
        "time_to_first_token_ms": _ms(began, first),
    }


def _answer(kwargs: dict[str, Any], response: Any) -> Event:
    """What the answer says."""
    if _kind(kwargs) == "responses":
        said = dict(read_response(response) or {})
    else:
        usage = plain(get(response, "usage")) or _billed_units(response)
        tier = get(response, "service_tier") or get(usage, "service_tier")
        said = {"model": get(response, "model"), "service_tier": tier, "raw_usage": usage or None}
    said["raw_usage"] = _told(kwargs, said.get("raw_usage"))
    said["provider_response_id"] = _own_id(get(response, "id"))
    said["model"] = said.get("model") or kwargs.get("model") or "unknown"
    return said


def _told(kwargs: dict[str, Any], usage: Any) -> Any:
    """The usage without what LiteLLM computed; None where all of it was estimated."""
    if not isinstance(usage, dict) or not _is_the_vendors(kwargs, usage):
        return None
    provider = kwargs.get("custom_llm_provider")
    told = {name: value for name, value in usage.items() if name != "cost" or provider in _THEIR_OWN_COST}
    return _with_writes(told) if _LEAVES_WRITES_OUT else told


def _with_writes(usage: dict[str, Any]) -> dict[str, Any]:
    """With what was written to a cache in the prompt, where what was read from it is."""
    written = usage.get("cache_creation_input_tokens") or 0
    whole = ("prompt_tokens", "total_tokens")
    return {name: count + written if name in whole else count for name, count in usage.items()}


def _is_the_vendors(kwargs: dict[str, Any], usage: Mapping[str, Any]) -> bool:
    """Whether the vendor told the counts: of a stream that does not tell them, LiteLLM counts the tokens itself."""
    if not _streams(kwargs) or "prompt_tokens" not in usage or usage.get("prompt_tokens_details"):
        return True
    asked = get(get(kwargs.get("optional_params"), "stream_options"), "include_usage")
    return asked is True or str(kwargs.get("custom_llm_provider")).startswith(_TELL_UNASKED)


def _billed_units(response: Any) -> Any:
    units = plain(get(get(response, "meta"), "billed_units"))
    return {"billed_units": units} if units else None


def _for_whom(kwargs: dict[str, Any]) -> Event:
    """LiteLLM's own words for user and session, where no context says more."""
    metadata = get(kwargs.get("litellm_params"), "metadata")
    said = {
        "user": kwargs.get("user") or get(kwargs.get("optional_params"), "user"),
        "session_id": get(metadata, "session_id"),
        "trace_id": get(metadata, "trace_id"),
    }
    return {name: value for name, value in said.items() if isinstance(value, str) and value}


def _provider(kwargs: dict[str, Any], address: Any) -> str:
    named = kwargs.get("custom_llm_provider") or "unknown"
    if named in _ANY_HOST and isinstance(address, str) and address:
        return hosts.provider_of(address) or "openai-compatible"
    return _PROVIDERS.get(named, named)


def _own_id(said: Any) -> str | None:
    """The vendor's id of the answer: not one that LiteLLM made up, and out of what it wraps around a response's."""
    if not isinstance(said, str) or _MADE_UP_ID.fullmatch(said):
        return None
    if said.startswith("resp_bGl0ZWxsb"):  # "litellm:..." in base64
        hidden = base64.b64decode(said[5:] + "==", validate=False).decode(errors="replace")
        return hidden.rpartition("response_id:")[2] or None
    return said


def _kind(kwargs: dict[str, Any]) -> str:
    """`completion`, where its asynchronous form is called `acompletion`."""
    kind = str(kwargs.get("call_type"))
    return kind[1:] if kind.startswith("a") and kind[1:] in _APIS else kind


def _streams(kwargs: dict[str, Any]) -> bool:
    return kwargs.get("stream") is True


def _seconds(instant: Any) -> float | None:
    """LiteLLM's instants are local and without a zone."""
    if isinstance(instant, datetime):
        return instant.timestamp()
    return float(instant) if isinstance(instant, (int, float)) else None


def _ms(start: float | None, end: float | None) -> float | None:
    return None if start is None or end is None or end < start else round((end - start) * 1000, 3)
