"""Choosing the dialect, finding the object, and saying plainly what could not be read."""

from typing import Any

import pytest

from app.usage.rules.dialects import read_usage
from app.usage.rules.errors import UsageError, UsageFieldInvalid, UsageNotUnderstood

CHAT = {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5}
MESSAGES = {"input_tokens": 3, "cache_read_input_tokens": 9, "output_tokens": 2}
RESPONSES = {"input_tokens": 3, "input_tokens_details": {"cached_tokens": 1}, "output_tokens": 2, "total_tokens": 5}
GEMINI = {"promptTokenCount": 3, "candidatesTokenCount": 2, "totalTokenCount": 5}


@pytest.mark.parametrize(
    ("usage", "convention"),
    [(CHAT, "openai_chat"), (MESSAGES, "anthropic"), (RESPONSES, "openai_responses"), (GEMINI, "gemini")],
)
@pytest.mark.parametrize("api", [None, "", "chat", "responses", "messages", "generate", "something-else"])
def test_the_shape_decides_where_the_api_is_missing_or_does_not_fit(
    usage: dict[str, Any], convention: str, api: str | None
) -> None:
    assert read_usage(usage, provider="my-gateway", api=api).convention == convention


@pytest.mark.parametrize("api", ["chat", "chat.completions", "Chat-Completions", "completions"])
def test_apis_are_known_by_their_other_names(api: str) -> None:
    assert read_usage(CHAT, provider="openai", api=api).convention == "openai_chat"


def test_the_api_decides_where_two_dialects_could_read_the_shape() -> None:
    usage = {"input_tokens": 3, "output_tokens": 2}
    assert read_usage(usage, provider="my-gateway", api="messages").convention == "anthropic"
    assert read_usage(usage, provider="anthropic", api="responses").convention == "openai_responses"


@pytest.mark.parametrize("key", ["usage", "usageMetadata", "usage_metadata"])
def test_the_bare_object_and_the_response_around_it_read_the_same(key: str) -> None:
    for usage in (CHAT, MESSAGES, RESPONSES, GEMINI):
        bare = read_usage(usage, provider="my-gateway")
        assert read_usage({"id": "r1", key: usage}, provider="my-gateway").leaves == bare.leaves


@pytest.mark.parametrize("usage", [None, {}])
def test_a_response_without_usage_is_missing_and_not_zero(usage: object) -> None:
    record = read_usage({"id": "r1", "choices": [], "usage": usage}, provider="openai")
    assert (record.usage_status, record.counts()) == ("missing", {})
    assert record.input_tokens is None


@pytest.mark.parametrize(
    "raw",
    [
        {},
        {"id": "r1", "choices": []},
        {"usage": {"tokensIn": 3, "tokensOut": 2}},
        {"usage": {"billing": {"input_tokens": 3}}},
        {"usage": "12"},
        {"evaluations": 3},
    ],
)
def test_an_unknown_shape_is_refused_with_what_was_seen(raw: dict[str, Any]) -> None:
    with pytest.raises(UsageNotUnderstood) as failure:
        read_usage(raw, provider="openai")
    inner = raw.get("usage")
    assert failure.value.seen == tuple(sorted(inner if isinstance(inner, dict) else raw))


@pytest.mark.parametrize("value", [-1, 1.0, "3", True, 2**53 + 1])
@pytest.mark.parametrize(
    ("usage", "path"),
    [
        (CHAT, "prompt_tokens"),
        (CHAT, "completion_tokens_details.reasoning_tokens"),
        (CHAT, "prompt_tokens_details.cached_tokens"),
        (RESPONSES, "input_tokens_details.cached_tokens"),
        (RESPONSES, "output_tokens"),
        (MESSAGES, "cache_read_input_tokens"),
        (MESSAGES, "cache_creation.ephemeral_1h_input_tokens"),
        (MESSAGES, "server_tool_use.web_search_requests"),
    ],
)
def test_what_is_no_count_is_refused_by_its_path(usage: dict[str, Any], path: str, value: object) -> None:
    outer, _, inner = path.partition(".")
    broken = {**usage, outer: {inner: value} if inner else value}
    with pytest.raises(UsageFieldInvalid) as failure:
        read_usage(broken, provider="openai")
    assert failure.value.field == path


def test_gemini_fields_are_named_in_one_spelling() -> None:
    with pytest.raises(UsageFieldInvalid, match="prompt_token_count"):
        read_usage({**GEMINI, "promptTokenCount": -3}, provider="google")
    with pytest.raises(UsageFieldInvalid, match="prompt_tokens_details"):
        read_usage({**GEMINI, "promptTokensDetails": {"modality": "TEXT"}}, provider="google")


def test_a_detail_that_is_no_object_is_refused() -> None:
    with pytest.raises(UsageFieldInvalid, match="must be an object"):
        read_usage({**CHAT, "prompt_tokens_details": 7}, provider="openai")


def test_both_failures_are_one_kind_for_ingest() -> None:
    assert issubclass(UsageNotUnderstood, UsageError)
    assert issubclass(UsageFieldInvalid, UsageError)
    assert {UsageNotUnderstood.code, UsageFieldInvalid.code} == {"usage_not_understood", "usage_field_invalid"}
