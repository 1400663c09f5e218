"""Of a response only what usage is read from is kept, and never what somebody wrote."""

from decimal import Decimal
from typing import Any

import pytest

from app.usage.rules.dialects import read_usage
from app.usage.rules.errors import UsageFieldInvalid, UsageNotUnderstood
from app.usage.rules.events import as_json
from app.usage.rules.keeping import worth_keeping

SECRET = "the quick brown fox"

CHAT = {
    "id": "chatcmpl-1",
    "object": "chat.completion",
    "model": "gpt-4o-2024-08-06",
    "service_tier": "default",
    "choices": [{"index": 0, "message": {"role": "assistant", "content": SECRET}}],
    "usage": {"prompt_tokens": 19, "completion_tokens": 10, "total_tokens": 29, "note": SECRET},
}
RESPONSES = {
    "id": "resp_1",
    "model": "gpt-5.6",
    "instructions": SECRET,
    "output": [
        {"type": "message", "content": [{"type": "output_text", "text": SECRET}]},
        {"type": "web_search_call", "action": {"type": "search", "query": SECRET}},
        {"type": "code_interpreter_call", "container_id": "cntr_1", "code": SECRET},
        {"type": "function_call", "name": SECRET, "arguments": SECRET},
    ],
    "usage": {"input_tokens": 100, "output_tokens": 20, "total_tokens": 120},
}
MESSAGES = {
    "id": "msg_1",
    "type": "message",
    "model": "claude-opus-5-5",
    "content": [{"type": "tool_use", "input": {"amount": 12345, "to": SECRET}}],
    "usage": {"input_tokens": 10, "output_tokens": 5, "cache_read_input_tokens": 7, "service_tier": "batch"},
}
GEMINI = {
    "responseId": "r1",
    "modelVersion": "gemini-2.5-pro",
    "candidates": [{"content": {"parts": [{"text": SECRET}]}}],
    "usageMetadata": {
        "promptTokenCount": 10,
        "candidatesTokenCount": 5,
        "thoughtsTokenCount": 3,
        "totalTokenCount": 18,
        "promptTokensDetails": [{"modality": "TEXT", "tokenCount": 10}],
    },
}
BATCH_LINE = {
    "custom_id": SECRET,
    "result": {"type": "succeeded", "message": {**MESSAGES, "usage": {"input_tokens": 1}}},
}
ADVISED = {**MESSAGES, "usage": {**MESSAGES["usage"], "iterations": [{"type": "compaction", "input_tokens": 9}]}}  # type: ignore[dict-item]
GROUNDED = {
    **GEMINI,
    "candidates": [
        {
            "content": {"parts": [{"text": SECRET}]},
            "groundingMetadata": {
                "webSearchQueries": [SECRET, "quick"],
                "searchEntryPoint": {"renderedContent": SECRET},
                "groundingChunks": [{"maps": {"title": "quick"}}, {"web": {"uri": "quick"}}],
            },
        }
    ],
    "usageMetadata": {"promptTokenCount": 10, "totalTokenCount": 10, "trafficType": "ON_DEMAND_FLEX"},
}
CONVERSE = {
    "output": {"message": {"content": [{"text": SECRET}]}},
    "usage": {
        "inputTokens": 10,
        "outputTokens": 5,
        "totalTokens": 15,
        "cacheDetails": [{"ttl": "1h", "inputTokens": 0}],
    },
    "serviceTier": {"type": "flex"},
    "performanceConfig": {"latency": "optimized"},
}
TITAN = {"inputTextTokenCount": 5, "results": [{"tokenCount": 2, "outputText": "quick"}]}
LLAMA = {"generation": "quick", "prompt_token_count": 5, "generation_token_count": 2, "stop_reason": "stop"}
HEADERS = {"headers": {"X-Amzn-Bedrock-Input-Token-Count": "5", "Authorization": "quick"}, "body": {"text": SECRET}}
RERANK = {"id": "r1", "results": [{"document": SECRET}], "meta": {"billed_units": {"search_units": 1.0}}}
EMBEDDED = {
    "predictions": [{"embeddings": {"values": [0.12345], "statistics": {"token_count": 2}}} for _ in range(250)]
}
CASES = [
    ("openai", CHAT),
    ("openai", RESPONSES),
    ("anthropic", MESSAGES),
    ("anthropic", BATCH_LINE),
    ("google", GEMINI),
    ("anthropic", ADVISED),
    ("google", GROUNDED),
    ("bedrock", CONVERSE),
    ("bedrock", TITAN),
    ("bedrock", LLAMA),
    ("bedrock", HEADERS),
    ("cohere", RERANK),
    ("vertex", EMBEDDED),
]


@pytest.mark.parametrize(("provider", "response"), CASES)
def test_what_is_kept_gives_the_same_record(provider: str, response: dict[str, Any]) -> None:
    assert read_usage(worth_keeping(response), provider=provider) == read_usage(response, provider=provider)


@pytest.mark.parametrize(("provider", "response"), CASES)
def test_no_word_of_the_conversation_is_kept(provider: str, response: dict[str, Any]) -> None:
    kept = as_json(worth_keeping(response)) or ""
    assert "quick" not in kept
    assert "12345" not in kept


@pytest.mark.parametrize(("provider", "response"), CASES)
def test_keeping_twice_keeps_the_same(provider: str, response: dict[str, Any]) -> None:
    assert worth_keeping(worth_keeping(response)) == worth_keeping(response)


def test_a_bare_usage_object_keeps_numbers_and_names() -> None:
    raw = {"prompt_tokens": 1, "completion_tokens": 2, "service_tier": "flex", "details": {"a": [1, {"b": None}]}}
    assert worth_keeping(raw) == raw


def test_prose_inside_a_usage_object_is_dropped() -> None:
    assert worth_keeping({"prompt_tokens": 1, "prompt": SECRET, "a b": 1, "x\0": 1}) == {"prompt_tokens": 1}


def test_a_response_without_usage_says_so() -> None:
    assert worth_keeping({"id": "x", "usage": None}) == {"id": "x", "usage": None}


def test_an_object_without_usage_is_not_understood() -> None:
    with pytest.raises(UsageNotUnderstood):
        worth_keeping({"choices": []})


@pytest.mark.parametrize("number", [Decimal("1E+400"), Decimal("1E-400"), Decimal("NaN"), 10**60])
def test_numbers_that_no_database_holds_are_refused(number: object) -> None:
    with pytest.raises(UsageFieldInvalid):
        worth_keeping({"prompt_tokens": 1, "odd": number})


def test_deep_nesting_is_cut_off() -> None:
    deep: dict[str, Any] = {"prompt_tokens": 1}
    inner = deep
    for _ in range(200):
        inner["x"] = {}
        inner = inner["x"]
    assert len(as_json(worth_keeping(deep)) or "") < 200


def test_of_searches_only_their_number_is_kept() -> None:
    assert worth_keeping(GROUNDED)["candidates"] == [
        {"groundingMetadata": {"webSearchQueries": ["", ""], "groundingChunks": [{"maps": {}}]}}
    ]
