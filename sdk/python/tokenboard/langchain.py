"""LangChain: a callback handler that tracks every model call of a chain, agent or graph.

Only calls of models are tracked: chains and agents around them use nothing themselves. One run is one event, however
often the handler was given (to the model, to the chain, to both).
"""

import os
from collections.abc import Mapping
from typing import Any, ClassVar, Final
from uuid import UUID

from langchain_core.callbacks import BaseCallbackHandler

from tokenboard.events import Event
from tokenboard.wrap import hosts
from tokenboard.wrap.core import Call, Fields, Operation, begin, guarded
from tokenboard.wrap.reading import get, plain

# LangChain's names of providers (`ls_provider`) that TokenBoard knows by another one; the server knows the rest.
_PROVIDERS: Final = {
    "amazon_bedrock": "aws.bedrock",
    "google_vertexai": "vertex",
    "google_anthropic_vertex": "vertex",
    "google_genai": "google",
    "mistralai": "mistral",
}
# Where the vendor's own usage object stands, beside LangChain's reading of it.
_VERBATIM: Final = ("token_usage", "usage")
_IDS: Final = ("id", "response_id", "message_id")
_TIERS: Final = ("priority", "flex")
_REMEMBERED: Final = 10_000


class Callback(BaseCallbackHandler):
    """`ChatOpenAI(callbacks=[Callback()])`, or `chain.invoke(..., config={"callbacks": [Callback()]})`."""

    run_inline = True  # it takes microseconds, and the context is that of who asked

    _calls: ClassVar[dict[UUID, Call]] = {}
    """The runs under way, of all handlers together: a second one finds that a run is taken care of."""

    def on_chat_model_start(self, serialized: Any, messages: Any, *, run_id: UUID, **told: Any) -> None:
        guarded(self._started, run_id, _CHAT, serialized, told)

    def on_llm_start(self, serialized: Any, prompts: Any, *, run_id: UUID, **told: Any) -> None:
        guarded(self._started, run_id, _COMPLETION, serialized, told)

    def on_llm_new_token(self, token: Any, *, run_id: UUID, **told: Any) -> None:
        call = self._calls.get(run_id)
        if call is not None:
            call.token_came()

    def on_llm_end(self, response: Any, *, run_id: UUID, **told: Any) -> None:
        call = self._calls.pop(run_id, None)
        if call is not None:
            call.returned(response)

    def on_llm_error(self, error: BaseException, *, run_id: UUID, **told: Any) -> None:
        call = self._calls.pop(run_id, None)
        if call is not None:
            call.failed(error, _partial(told.get("response")))

    def _started(self, run_id: UUID, operation: Operation, serialized: Any, told: dict[str, Any]) -> None:
        call = None if run_id in self._calls else begin(operation, _request(serialized, told))
        if call is None:
            return
        self._calls[run_id] = call
        if len(self._calls) > _REMEMBERED:  # runs whose end was never told
            self._calls.pop(next(iter(self._calls)))


def _request(serialized: Any, told: dict[str, Any]) -> Event:
    """What is known before the call: who serves it, where, and which model was asked for."""
    metadata, params = told.get("metadata") or {}, told.get("invocation_params") or {}
    named = str(metadata.get("ls_provider") or "unknown").lower()
    address = _constant(serialized, "base_url") or _constant(serialized, "openai_api_base")
    if address is None and named == "openai":  # langchain-openai takes it from there
        address = os.environ.get("OPENAI_API_BASE") or os.environ.get("OPENAI_BASE_URL")
    served = hosts.provider_of(address) or ("openai-compatible" if named == "openai" else None) if address else None
    model = params.get("model") or params.get("model_name") or params.get("model_id") or metadata.get("ls_model_name")
    said = {
        "provider": served or _PROVIDERS.get(named, named),
        "base_url": hosts.shown(address) if address else None,
        "requested_model": model if isinstance(model, str) else None,
        "session_id": metadata.get("session_id") or metadata.get("thread_id"),
        "user": metadata.get("user_id"),
    }
    return {name: value for name, value in said.items() if isinstance(value, str) and value}


def _constant(serialized: Any, name: str) -> str | None:
    value = get(get(serialized, "kwargs"), name)
    return value if isinstance(value, str) and "://" in value else None


def read(result: Any) -> Fields | None:
    """Of a run's result: its usage as the vendor told it, where it is still there, else as LangChain read it."""
    message = _message(result)
    metadata = get(message, "response_metadata") or {}
    output = get(result, "llm_output") or {}
    counted = get(message, "usage_metadata")
    if get(counted, "total_cost") == 0:  # out of LangChain's own cache
        return None
    said: dict[str, Any] = {
        "model": metadata.get("model_name") or metadata.get("model") or metadata.get("model_id") or _model(output),
        "provider_response_id": _response_id(message, metadata, output),
        "service_tier": metadata.get("service_tier"),
    }
    told = (plain(each.get(name)) for each in (metadata, output) for name in _VERBATIM)
    verbatim = next((usage for usage in told if usage), None)
    if isinstance(verbatim, Mapping):
        return {**said, "raw_usage": verbatim}
    return {**said, "usage": _inclusive(counted)} if counted else said


def _model(output: Mapping[str, Any]) -> Any:
    return output.get("model_name") or output.get("model")


def _message(result: Any) -> Any:
    generations = get(result, "generations") or [[]]
    return get(generations[0][0], "message") if generations[0] else None


def _response_id(message: Any, metadata: Mapping[str, Any], output: Mapping[str, Any]) -> str | None:
    """The vendor's id; what LangChain numbers itself starts with `run-` or `lc_`."""
    ids = [each.get(name) for each in (metadata, output) for name in _IDS] + [get(message, "id")]
    return next((said for said in ids if isinstance(said, str) and not said.startswith(("run-", "lc_", "lc-"))), None)


def _inclusive(counted: Mapping[str, Any]) -> dict[str, int]:
    """`usage_metadata` in TokenBoard's words, which include as LangChain's do."""
    into, out = (_details(counted.get(name)) for name in ("input_token_details", "output_token_details"))
    lives = {f"cache_write_{life}_tokens": into.get(f"ephemeral_{life}_input_tokens") for life in ("5m", "1h")}
    written = into.get("cache_creation") or sum(life or 0 for life in lives.values()) or into.get("cache_creation")
    said = {
        "input_tokens": counted.get("input_tokens"),
        "cache_read_tokens": into.get("cache_read"),
        "cache_write_tokens": written,
        **lives,
        "input_audio_tokens": into.get("audio"),
        "output_tokens": counted.get("output_tokens"),
        "reasoning_tokens": out.get("reasoning"),
        "output_audio_tokens": out.get("audio"),
    }
    return {name: count for name, count in said.items() if isinstance(count, int)}


def _details(told: Any) -> dict[str, Any]:
    """What langchain-openai names after a tier (`priority_cache_read`) is the same count."""
    details = dict(told) if isinstance(told, Mapping) else {}
    for tier in _TIERS:
        for name in [name for name in details if name.startswith(f"{tier}_")]:
            details.setdefault(name[len(tier) + 1 :], details[name])
    return details


def _partial(response: Any) -> Any:
    """What had come of a stream that broke, where LangChain hands it over with its usage."""
    message = _message(response) if response is not None else None
    return response if get(message, "usage_metadata") else None


_CHAT: Final = Operation("chat", "chat", read)
_COMPLETION: Final = Operation("completions", "text_completion", read)
