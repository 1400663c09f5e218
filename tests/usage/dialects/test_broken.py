"""Whatever stands in any field: the answer is a record or a refusal, and what is kept gives the same."""

import copy
from collections.abc import Iterator
from typing import Any, Final

import pytest

from app.usage.rules.dialects import read_usage
from app.usage.rules.errors import UsageError
from app.usage.rules.keeping import worth_keeping
from tests.usage.dialects.reading import chat

Path = tuple[str | int, ...]

WHOLE: Final[dict[str, tuple[str, dict[str, Any]]]] = {
    "responses": (
        "openai",
        {
            "id": "resp_1",
            "model": "gpt-5.6",
            "service_tier": "flex",
            "tools": [{"type": "image_generation", "model": "gpt-image-1"}],
            "tool_usage": {
                "image_gen": {"input_tokens": 5, "input_tokens_details": {"text_tokens": 5}, "output_tokens": 7},
                "web_search": {"num_requests": 2},
            },
            "output": [
                {"type": "web_search_call", "action": {"type": "search"}},
                {"type": "code_interpreter_call", "container_id": "x"},
                {"type": "image_generation_call"},
            ],
            "usage": {
                "input_tokens": 100,
                "input_tokens_details": {
                    "cached_tokens": 5,
                    "cache_write_tokens": 4,
                    "cache_write_tokens_details": {"ttl_30m_tokens": 1},
                },
                "output_tokens": 50,
                "output_tokens_details": {"reasoning_tokens": 10},
                "total_tokens": 150,
            },
        },
    ),
    "realtime": (
        "openai",
        {
            "type": "response.done",
            "response": {
                "id": "resp_1",
                "usage": {
                    "input_tokens": 132,
                    "output_tokens": 121,
                    "total_tokens": 253,
                    "input_token_details": {
                        "text_tokens": 119,
                        "audio_tokens": 13,
                        "cached_tokens": 64,
                        "cached_tokens_details": {"text_tokens": 54, "audio_tokens": 10},
                    },
                    "output_token_details": {"text_tokens": 30, "audio_tokens": 91},
                },
            },
            "input_audio_transcription": {
                "model": "gpt-4o-transcribe",
                "usage": {"type": "tokens", "input_tokens": 26, "input_token_details": {"audio_tokens": 23}},
            },
        },
    ),
    "groq": (
        "groq",
        {
            "id": "chatcmpl-1",
            "model": "groq/compound",
            "choices": [{"index": 0}],
            "x_groq": {"id": "req_1", "usage": chat(1, 2)},
            "usage": chat(300, 30),
            "usage_breakdown": {"models": [{"model": "m", "usage": chat(100, 10)}]},
        },
    ),
    "xai": (
        "xai",
        chat(
            100,
            10,
            130,
            cost_in_usd_ticks=5,
            prompt_tokens_details={"cached_tokens": 4, "image_tokens": 3},
            completion_tokens_details={"reasoning_tokens": 20},
            server_side_tool_usage_details={"web_search_calls": 1},
            server_side_tools_used=["SERVER_SIDE_TOOL_X_SEARCH"],
        ),
    ),
    "perplexity": (
        "perplexity",
        {
            "model": "sonar",
            "usage": chat(
                8,
                4,
                search_context_size="low",
                cost={"total_cost": 0.1, "currency": "USD"},
                num_search_queries=3,
                citation_tokens=5,
                reasoning_tokens=4,
                tool_calls_details={"web_search": {"invocation": 2}},
            ),
        },
    ),
    "openrouter": (
        "openrouter",
        chat(8, 4, cost=0.1, is_byok=True, cost_details={"upstream_inference_cost": 0.2}, server_tool_use={"a": 1}),
    ),
    "mistral": (
        "mistral",
        chat(8, 4, 50, connector_tokens=38, connectors={"web_search": 1}, prompt_audio_seconds=3, num_cached_tokens=3),
    ),
    "ocr": ("mistral", {"model": "ocr", "pages": [], "usage_info": {"pages_processed": 3, "doc_size_bytes": 4}}),
    "alibaba": (
        "alibaba",
        {
            "request_id": "r",
            "output": {"choices": []},
            "usage": {
                "input_tokens": 30,
                "output_tokens": 4,
                "image_tokens": 10,
                "total_tokens": 34,
                "prompt_tokens_details": {"cached_tokens": 3, "cache_creation": {"ephemeral_5m_input_tokens": 3}},
            },
        },
    ),
    "ollama": ("ollama", {"model": "l", "message": {"content": "Hi"}, "prompt_eval_count": 3, "eval_count": 4}),
    "images": ("openai", {"created": 1, "size": "1x1", "quality": "hd", "data": [{"url": "x"}]}),
    "transcription": ("groq", {"text": "x", "duration": 4.5, "x_groq": {"id": "x"}}),
    "vercel": ("vercel", {"usage": chat(1, 1), "providerMetadata": {"gateway": {"cost": "0.1"}}}),
    "batch": ("openai", {"custom_id": "c", "response": {"status_code": 200, "body": {"id": "x", "usage": chat(2, 3)}}}),
}
JUNK: Final[tuple[object, ...]] = (
    None,
    0,
    -1,
    1.5,
    "x",
    "",
    True,
    [],
    {},
    [{}],
    [1],
    {"a": 1},
    2**60,
    float("nan"),
    float("inf"),
    "0.5",
)


def paths(value: object, path: Path = ()) -> Iterator[Path]:
    if path:
        yield path
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in inner:
        yield from paths(item, (*path, key))


def with_junk(whole: dict[str, Any], path: Path, junk: object) -> dict[str, Any]:
    broken = copy.deepcopy(whole)
    holder: Any = broken
    for key in path[:-1]:
        holder = holder[key]
    holder[path[-1]] = copy.deepcopy(junk)
    return broken


@pytest.mark.parametrize("name", WHOLE)
def test_junk_in_any_field_is_read_or_refused_and_never_an_accident(name: str) -> None:
    provider, whole = WHOLE[name]
    for path in paths(whole):
        for junk in JUNK:
            broken = with_junk(whole, path, junk)
            try:
                kept, record = worth_keeping(broken), read_usage(broken, provider=provider)
            except UsageError:
                continue
            assert all(type(count) is int and count >= 0 for count in record.leaves.values()), (path, junk)
            assert read_usage(kept, provider=provider) == record, (path, junk)
