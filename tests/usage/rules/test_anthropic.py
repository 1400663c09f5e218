"""The messages object: three disjoint inputs, two cache lives, thinking inside the output."""

from decimal import Decimal
from typing import Any

import pytest

from app.usage.rules.dialects import read_usage
from app.usage.rules.record import UsageRecord


def read(usage: dict[str, Any], provider: str = "anthropic", model: str | None = None) -> UsageRecord:
    return read_usage(usage, provider=provider, model=model)


def test_a_whole_message() -> None:
    message = {
        "id": "msg_013Zva2CMHLNnXjNJJKqJ2EF",
        "type": "message",
        "model": "claude-opus-5-5",
        "content": [],
        "usage": {
            "input_tokens": 2095,
            "cache_creation_input_tokens": 500,
            "cache_read_input_tokens": 10_000,
            "cache_creation": {"ephemeral_5m_input_tokens": 300, "ephemeral_1h_input_tokens": 200},
            "output_tokens": 503,
            "output_tokens_details": {"thinking_tokens": 400},
            "server_tool_use": {"web_search_requests": 2, "web_fetch_requests": 1},
            "service_tier": "standard",
            "speed": "fast",
            "inference_geo": "us",
        },
    }
    record = read(message)
    assert record.leaves == {
        "input.fresh.text": 2095,
        "input.cache_read.text": 10_000,
        "input.cache_write_5m.text": 300,
        "input.cache_write_1h.text": 200,
        "output.visible.text": 103,
        "output.reasoning.text": 400,
    }
    assert record.input_tokens == 12_595
    assert record.meters == {"tool.web_search": Decimal(2), "tool.web_fetch": Decimal(1)}
    assert (record.speed, record.geo, record.service_tier, record.processing) == ("fast", "us", "standard", None)
    assert (record.model_served, record.provider_response_id) == ("claude-opus-5-5", "msg_013Zva2CMHLNnXjNJJKqJ2EF")
    assert (record.convention, record.warnings) == ("anthropic", ())


def test_without_a_split_every_write_lives_five_minutes() -> None:
    usage = {"input_tokens": 1, "cache_creation_input_tokens": 500, "cache_read_input_tokens": 0, "output_tokens": 3}
    assert read(usage).leaves == {
        "input.fresh.text": 1,
        "input.cache_read.text": 0,
        "input.cache_write_5m.text": 500,
        "output.visible.text": 3,
    }


def test_what_the_split_leaves_over_lives_five_minutes_and_is_marked() -> None:
    usage = {
        "input_tokens": 1,
        "cache_creation_input_tokens": 500,
        "cache_creation": {"ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": 450},
        "output_tokens": 3,
    }
    record = read(usage)
    assert record.leaves["input.cache_write_1h.text"] == 450
    assert record.leaves["input.cache_write_5m.text"] == 50
    assert record.warnings == ("cache writes by life fall short of their total: 450 < 500",)


@pytest.mark.parametrize("provider", ["anthropic", "bedrock", "vertex", "my-gateway"])
def test_cached_tokens_are_never_taken_out_of_the_fresh_ones(provider: str) -> None:
    usage = {"input_tokens": 4, "cache_read_input_tokens": 4000, "output_tokens": 1}
    assert read(usage, provider).leaves["input.fresh.text"] == 4


@pytest.mark.parametrize(("provider", "convention"), [("anthropic", "anthropic"), ("openai", "openai_responses")])
def test_two_bare_counts_are_read_as_their_provider_means_them(provider: str, convention: str) -> None:
    record = read({"input_tokens": 4, "output_tokens": 1}, provider)
    assert record.convention == convention
    assert record.leaves == {"input.fresh.text": 4, "output.visible.text": 1}


def test_batch_is_a_processing_and_not_a_tier() -> None:
    usage = {"input_tokens": 4, "output_tokens": 1, "service_tier": "batch"}
    record = read(usage)
    assert (record.processing, record.service_tier) == ("batch", "standard")


def test_the_start_of_a_stream_that_was_cut_is_partial() -> None:
    start = {"type": "message_start", "message": {"id": "msg_1", "model": "m", "usage": {"input_tokens": 25}}}
    record = read(start)
    assert (record.usage_status, record.input_tokens, record.output_tokens) == ("partial", 25, None)
    assert record.provider_response_id == "msg_1"


def test_steps_of_plain_messages_do_not_count_again() -> None:
    step = {"type": "message", "input_tokens": 10, "output_tokens": 5}
    usage = {"input_tokens": 10, "output_tokens": 5, "iterations": [step]}
    assert read(usage).leaves == {"input.fresh.text": 10, "output.visible.text": 5}


def test_a_compaction_is_billed_although_the_top_level_leaves_it_out() -> None:
    usage = {
        "input_tokens": 10,
        "output_tokens": 5,
        "iterations": [
            {"type": "compaction", "input_tokens": 180_000, "output_tokens": 3_500},
            {"type": "message", "input_tokens": 10, "output_tokens": 5},
        ],
    }
    assert read(usage).leaves == {"input.fresh.text": 180_010, "output.visible.text": 3_505}


def test_tokens_of_another_model_are_not_priced_as_this_ones() -> None:
    response = {
        "id": "msg_1",
        "model": "claude-sonnet-5-5",
        "usage": {
            "input_tokens": 10,
            "output_tokens": 5,
            "iterations": [
                {"type": "message", "input_tokens": 10, "output_tokens": 5},
                {"type": "advisor_message", "model": "claude-opus-5-5", "input_tokens": 800, "output_tokens": 200},
            ],
        },
    }
    record = read(response)
    assert record.leaves == {"input.fresh.text": 10, "output.visible.text": 5}
    assert record.meters == {"other_model_tokens": Decimal(1000)}
    assert record.warnings == ("other models spent 1000 tokens inside this call",)
