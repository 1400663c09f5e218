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


@pytest.mark.parametrize(
    "field",
    [
        {"output_tokens_details": {"thinking_tokens": 2}},
        {"inference_geo": "us", "total_tokens": 12},
        {"speed": "fast"},
        {"fallback_credit": {"status": {"type": "not_applied"}}},
    ],
)
def test_one_word_of_its_own_makes_an_object_anthropics(field: dict[str, Any]) -> None:
    assert read({"input_tokens": 4, "output_tokens": 8, **field}, "my-gateway").convention == "anthropic"


def test_batch_is_a_processing_and_not_a_tier() -> None:
    usage = {"input_tokens": 4, "output_tokens": 1, "service_tier": "batch"}
    record = read(usage)
    assert (record.processing, record.service_tier) == ("batch", "standard")


def test_the_start_of_a_stream_that_was_cut_is_partial() -> None:
    start = {"type": "message_start", "message": {"id": "msg_1", "model": "m", "usage": {"input_tokens": 25}}}
    record = read(start)
    assert (record.usage_status, record.input_tokens, record.output_tokens) == ("partial", 25, None)
    assert record.provider_response_id == "msg_1"


def test_the_end_of_a_stream_alone_is_partial() -> None:
    record = read({"type": "message_delta", "usage": {"output_tokens": 350, "server_tool_use": None}})
    assert (record.usage_status, record.input_tokens, record.output_tokens) == ("partial", None, 350)


def test_steps_of_plain_messages_do_not_count_again() -> None:
    step = {"type": "message", "input_tokens": 10, "output_tokens": 5}
    usage = {"input_tokens": 10, "output_tokens": 5, "iterations": [step]}
    assert read(usage).leaves == {"input.fresh.text": 10, "output.visible.text": 5}


MESSAGE_STEP = {"type": "message", "input_tokens": 10, "output_tokens": 5}


def test_a_compaction_is_a_part_of_its_own_because_the_top_level_leaves_it_out() -> None:
    compaction = {"type": "compaction", "input_tokens": 180_000, "output_tokens": 3_500}
    record = read({"input_tokens": 10, "output_tokens": 5, "iterations": [compaction, MESSAGE_STEP]})
    assert record.leaves == {"input.fresh.text": 10, "output.visible.text": 5}
    (part,) = record.parts
    assert (part.role, part.model) == ("compaction", None)
    assert part.leaves == {"input.fresh.text": 180_000, "output.visible.text": 3_500}
    assert (record.input_tokens, record.output_tokens, record.warnings) == (180_010, 3_505, ())


def test_a_compaction_alone_leaves_the_top_level_as_it_is() -> None:
    compaction = {"type": "compaction", "input_tokens": 100, "output_tokens": 50}
    record = read({"input_tokens": 10, "output_tokens": 5, "iterations": [compaction]})
    assert record.leaves == {"input.fresh.text": 10, "output.visible.text": 5}
    assert [part.role for part in record.parts] == ["compaction"]


def test_an_advisor_is_a_part_with_a_model_of_its_own() -> None:
    advice = {
        "type": "advisor_message",
        "model": "claude-opus-5-5",
        "input_tokens": 800,
        "cache_creation_input_tokens": 90,
        "cache_creation": {"ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": 90},
        "cache_read_input_tokens": 7,
        "output_tokens": 200,
    }
    response = {
        "id": "msg_1",
        "model": "claude-sonnet-5-5",
        "usage": {"input_tokens": 10, "output_tokens": 5, "iterations": [MESSAGE_STEP, advice]},
    }
    record = read(response)
    assert record.leaves == {"input.fresh.text": 10, "output.visible.text": 5}
    (part,) = record.parts
    assert (part.role, part.model) == ("advisor", "claude-opus-5-5")
    assert part.leaves == {
        "input.fresh.text": 800,
        "input.cache_read.text": 7,
        "input.cache_write_5m.text": 0,
        "input.cache_write_1h.text": 90,
        "output.visible.text": 200,
    }
    assert (record.meters, record.warnings, record.output_tokens) == ({}, (), 205)


def test_the_model_that_declined_is_a_part_beside_the_fallback_that_answered() -> None:
    response = {
        "id": "msg_1",
        "model": "claude-opus-4-8",
        "usage": {
            "input_tokens": 412,
            "output_tokens": 100,
            "iterations": [
                {"type": "message", "model": "claude-fable-5", "input_tokens": 400, "output_tokens": 3},
                {"type": "fallback_message", "model": "claude-opus-4-8", "input_tokens": 412, "output_tokens": 100},
            ],
        },
    }
    record = read(response, model="claude-fable-5")
    assert record.leaves == {"input.fresh.text": 412, "output.visible.text": 100}
    assert [(part.role, part.model) for part in record.parts] == [("fallback", "claude-fable-5")]
    assert record.warnings == ()


def test_a_fallback_is_a_part_where_only_the_requested_model_is_known() -> None:
    steps = [
        {"type": "message", "model": "claude-fable-5", "input_tokens": 400, "output_tokens": 3},
        {"type": "fallback_message", "model": "claude-opus-4-8", "input_tokens": 412, "output_tokens": 100},
    ]
    record = read({"input_tokens": 812, "output_tokens": 103, "iterations": steps}, model="claude-fable-5")
    assert record.leaves == {"input.fresh.text": 400, "output.visible.text": 3}
    assert [(part.role, part.model) for part in record.parts] == [("fallback", "claude-opus-4-8")]
    assert (record.input_tokens, record.output_tokens, record.warnings) == (812, 103, ())


def test_a_dated_step_is_of_the_same_model_as_its_undated_message() -> None:
    step = {**MESSAGE_STEP, "model": "claude-sonnet-5-5-20260901"}
    record = read({"input_tokens": 10, "output_tokens": 5, "iterations": [step]}, model="claude-sonnet-5-5")
    assert (record.parts, record.leaves) == ((), {"input.fresh.text": 10, "output.visible.text": 5})


def test_the_top_level_tells_more_than_the_steps_that_sum_to_it() -> None:
    usage = {
        "input_tokens": 20,
        "cache_creation_input_tokens": 30,
        "cache_creation": {"ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": 30},
        "output_tokens": 10,
        "output_tokens_details": {"thinking_tokens": 4},
        "iterations": [{**MESSAGE_STEP, "cache_creation_input_tokens": 15}] * 2,
    }
    assert read(usage).leaves == {
        "input.fresh.text": 20,
        "input.cache_write_5m.text": 0,
        "input.cache_write_1h.text": 30,
        "output.visible.text": 6,
        "output.reasoning.text": 4,
    }


def test_steps_that_do_not_sum_to_the_top_level_are_what_is_billed() -> None:
    record = read({"input_tokens": 10, "output_tokens": 10, "iterations": [MESSAGE_STEP, MESSAGE_STEP]})
    assert record.leaves == {"input.fresh.text": 20, "output.visible.text": 10}
    assert record.warnings == ("iterations_mismatch: message steps 30, top level 20",)


@pytest.mark.parametrize(("status", "warnings"), [("redeemed", 1), ("not_applied", 0)])
def test_a_redeemed_credit_is_marked_as_adjusted_by_the_provider(status: str, warnings: int) -> None:
    record = read({"input_tokens": 1, "output_tokens": 1, "fallback_credit": {"status": {"type": status}}})
    assert len(record.warnings) == warnings
    assert all(warning.startswith("provider adjusted") for warning in record.warnings)


def test_a_line_of_batch_results_is_a_batch() -> None:
    message = {"id": "msg_1", "model": "claude-opus-5-5", "usage": {"input_tokens": 4, "output_tokens": 1}}
    line = {"custom_id": "a", "result": {"type": "succeeded", "message": message}}
    record = read(line)
    assert (record.processing, record.model_served, record.provider_response_id) == (
        "batch",
        "claude-opus-5-5",
        "msg_1",
    )
    assert record.leaves == {"input.fresh.text": 4, "output.visible.text": 1}


def test_bedrock_is_priced_by_the_id_that_was_asked_for_and_not_by_the_name_in_the_body() -> None:
    body = {"id": "msg_bdrk_1", "model": "claude-opus-5-5", "usage": {"input_tokens": 4, "output_tokens": 1}}
    assert read(body, "bedrock").model_served is None
    assert read(body, "vertex").model_served == "claude-opus-5-5"
