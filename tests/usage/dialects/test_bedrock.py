"""Bedrock: cached tokens outside the input, or inside it, by the family of the model."""

from typing import Any

import pytest

from app.usage.rules.dialects import read_usage
from app.usage.rules.dialects.bedrock import family_of
from app.usage.rules.record import UsageRecord

CLAUDE = "us.anthropic.claude-sonnet-5-5-v1:0"
GPT = "openai.gpt-5.6"


def read(raw: dict[str, Any], model: str = CLAUDE, api: str | None = None) -> UsageRecord:
    return read_usage(raw, provider="bedrock", model=model, api=api)


def usage(input_: int, output: int, read_: int, written: int, total: int) -> dict[str, int]:
    return {
        "inputTokens": input_,
        "outputTokens": output,
        "cacheReadInputTokens": read_,
        "cacheWriteInputTokens": written,
        "totalTokens": total,
    }


def test_claude_on_converse_counts_the_cache_outside_the_input() -> None:
    record = read({"usage": usage(100, 20, 4200, 50, 4370), "metrics": {"latencyMs": 551}})
    assert record.leaves == {
        "input.fresh.text": 100,
        "input.cache_read.text": 4200,
        "input.cache_write_5m.text": 50,
        "output.visible.text": 20,
    }
    assert (record.convention, record.warnings, record.usage_status) == ("bedrock/cache_outside", (), "final")


def test_a_large_fresh_input_beside_a_small_cache_stays_outside() -> None:
    assert read({"usage": usage(10_000, 20, 10, 0, 10_030)}).leaves["input.fresh.text"] == 10_000


def test_gpt_on_converse_counts_the_cache_inside_the_input() -> None:
    record = read({"usage": usage(5000, 20, 4200, 50, 9270)}, GPT)
    assert record.leaves == {
        "input.fresh.text": 750,
        "input.cache_read.text": 4200,
        "input.cache_write_30m.text": 50,
        "output.visible.text": 20,
    }
    assert (record.convention, record.warnings) == ("bedrock/cache_inside", ())


def test_a_total_that_counts_the_cache_once_fits_the_inclusive_family_too() -> None:
    assert read({"usage": usage(5000, 20, 4200, 50, 5020)}, GPT).warnings == ()


@pytest.mark.parametrize(
    ("input_", "fresh", "convention"),
    [
        (4250, 0, "bedrock/cache_inside"),
        (4249, 4249, "bedrock/cache_outside_by_guard"),
    ],
)
def test_an_input_smaller_than_its_cache_cannot_contain_it(input_: int, fresh: int, convention: str) -> None:
    record = read({"usage": usage(input_, 20, 4200, 50, input_ + 4270)}, GPT)
    assert (record.leaves["input.fresh.text"], record.convention) == (fresh, convention)


@pytest.mark.parametrize(
    ("model", "family"),
    [
        ("anthropic.claude-opus-5-5", "anthropic"),
        ("us.anthropic.claude-opus-5-5-v1:0", "anthropic"),
        ("us-gov.anthropic.claude-opus-5-5", "anthropic"),
        ("global.openai.gpt-5.6", "openai"),
        ("openai.gpt-5.6", "openai"),
        ("apac.amazon.nova-pro-v1:0", "amazon"),
        ("arn:aws:bedrock:us-east-1:123456789012:inference-profile/eu.anthropic.claude-opus-5-5", "anthropic"),
        ("arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/a1b2c3d4", ""),
        ("bedrock/openai.gpt-5.6", "openai"),
        ("my-deployment", ""),
        (None, ""),
    ],
)
def test_the_family_stands_in_the_id(model: str | None, family: str) -> None:
    assert family_of(model) == family


def test_writes_are_split_by_their_life_and_the_rest_lives_five_minutes() -> None:
    details = [{"ttl": "1h", "inputTokens": 30}, {"ttl": "5m", "inputTokens": 10}]
    record = read({"usage": {**usage(100, 20, 0, 50, 170), "cacheDetails": details}})
    assert record.leaves["input.cache_write_1h.text"] == 30
    assert record.leaves["input.cache_write_5m.text"] == 20
    assert record.warnings == ()


def test_the_tier_and_the_latency_stand_beside_the_usage() -> None:
    response = {
        "usage": usage(1, 1, 0, 0, 2),
        "serviceTier": {"type": "flex"},
        "performanceConfig": {"latency": "optimized"},
    }
    record = read(response)
    assert (record.service_tier, record.speed, record.capacity) == ("flex", "optimized", None)
    standard = read({**response, "serviceTier": {"type": "reserved"}, "performanceConfig": {"latency": "standard"}})
    assert (standard.service_tier, standard.speed, standard.capacity) == ("reserved", None, "provisioned")


def test_the_metadata_event_of_a_stream_says_the_same_as_the_response() -> None:
    response = {"usage": usage(100, 20, 4200, 50, 4370), "serviceTier": {"type": "priority"}}
    assert read({"metadata": response}) == read(response)


@pytest.mark.parametrize(
    ("model", "status"),
    [
        ("moonshotai.kimi-k3", "missing"),
        ("meta.llama4-17b", "missing"),
        (CLAUDE, "final"),
        ("amazon.nova-lite-v1:0", "final"),
    ],
)
def test_all_zeros_are_missing_for_families_that_may_not_count(model: str, status: str) -> None:
    record = read({"usage": {"inputTokens": 0, "outputTokens": 0, "totalTokens": 0}}, model)
    assert record.usage_status == status
    assert bool(record.counts()) == (status == "final")


def test_an_input_without_an_output_is_partial() -> None:
    assert read({"usage": {"inputTokens": 7}}).usage_status == "partial"


def test_a_total_that_fits_neither_way_is_a_warning() -> None:
    assert read({"usage": usage(10, 5, 0, 0, 99)}).warnings == ("total_mismatch: leaves 15, provider 99",)


@pytest.mark.parametrize(
    ("body", "leaves"),
    [
        (  # Nova
            {"output": {}, "usage": {"inputTokens": 9, "outputTokens": 4, "cacheReadInputTokenCount": 3}},
            {"input.fresh.text": 9, "input.cache_read.text": 3, "output.visible.text": 4},
        ),
        (  # Titan text
            {"inputTextTokenCount": 9, "results": [{"tokenCount": 4, "outputText": "Paris"}, {"tokenCount": 2}]},
            {"input.fresh.text": 9, "output.visible.text": 6},
        ),
        ({"inputTextTokenCount": 9, "embedding": [0.1]}, {"input.fresh.text": 9}),  # Titan embeddings
        (  # Llama
            {"generation": "Paris", "prompt_token_count": 9, "generation_token_count": 4, "stop_reason": "stop"},
            {"input.fresh.text": 9, "output.visible.text": 4},
        ),
        (  # Mistral, in its newer shape
            {"choices": [], "usage": {"prompt_tokens": 9, "completion_tokens": 4, "total_tokens": 13}},
            {"input.fresh.text": 9, "output.visible.text": 4},
        ),
        (  # Cohere
            {"text": "Paris", "meta": {"billed_units": {"input_tokens": 9, "output_tokens": 4}}},
            {"input.fresh.text": 9, "output.visible.text": 4},
        ),
        (  # Claude
            {"type": "message", "content": [], "usage": {"input_tokens": 9, "output_tokens": 4}},
            {"input.fresh.text": 9, "output.visible.text": 4},
        ),
        (  # the headers alone
            {"x-amzn-bedrock-input-token-count": "9", "X-Amzn-Bedrock-Output-Token-Count": "4"},
            {"input.fresh.text": 9, "output.visible.text": 4},
        ),
        (  # as boto3 keeps them, beside a body that counts nothing
            {
                "ResponseMetadata": {
                    "HTTPHeaders": {
                        "x-amzn-bedrock-input-token-count": "9",
                        "x-amzn-bedrock-output-token-count": "4",
                        "x-amzn-bedrock-cache-read-input-token-count": "3",
                    }
                },
                "outputs": [{"text": "Paris"}],
            },
            {"input.fresh.text": 9, "input.cache_read.text": 3, "output.visible.text": 4},
        ),
        (  # the last chunk of a stream
            {"type": "message_stop", "amazon-bedrock-invocationMetrics": {"inputTokenCount": 9, "outputTokenCount": 4}},
            {"input.fresh.text": 9, "output.visible.text": 4},
        ),
    ],
)
def test_every_body_of_invoke_model(body: dict[str, Any], leaves: dict[str, int]) -> None:
    record = read(body, "meta.llama4-17b", "invoke_model")
    assert (record.leaves, record.warnings, record.usage_status) == (leaves, (), "final")


def test_a_line_of_batch_output_is_a_batch() -> None:
    line = {"recordId": "1", "modelInput": {}, "modelOutput": {"usage": {"inputTokens": 9, "outputTokens": 4}}}
    record = read(line)
    assert (record.processing, record.input_tokens) == ("batch", 9)
