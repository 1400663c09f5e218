"""The chat completions object, from OpenAI and from everybody who speaks it."""

from decimal import Decimal
from typing import Any

import pytest

from app.usage.rules.dialects import read_usage
from app.usage.rules.record import UsageRecord


def read(
    usage: dict[str, Any], provider: str = "openai", model: str | None = None, api: str | None = None
) -> UsageRecord:
    return read_usage(usage, provider=provider, api=api, model=model)


def chat(prompt: int, completion: int, total: int | None = None, **more: Any) -> dict[str, Any]:
    total = prompt + completion if total is None else total
    return {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": total, **more}


def test_a_whole_openai_response() -> None:
    response = {
        "id": "chatcmpl-B9MHDbslfkBeAs8l4bebGdFOJ6PeG",
        "object": "chat.completion",
        "model": "gpt-5.4-2026-03-05",
        "service_tier": "flex",
        "choices": [{"index": 0, "finish_reason": "stop"}],
        "usage": chat(
            1117,
            46,
            prompt_tokens_details={"cached_tokens": 1024, "audio_tokens": 0},
            completion_tokens_details={
                "reasoning_tokens": 20,
                "audio_tokens": 0,
                "accepted_prediction_tokens": 3,
                "rejected_prediction_tokens": 4,
            },
        ),
    }
    record = read(response)
    assert record.leaves == {
        "input.fresh.text": 93,
        "input.cache_read.text": 1024,
        "output.visible.text": 26,
        "output.reasoning.text": 20,
    }
    assert (record.model_served, record.provider_response_id) == (
        "gpt-5.4-2026-03-05",
        "chatcmpl-B9MHDbslfkBeAs8l4bebGdFOJ6PeG",
    )
    assert (record.service_tier, record.convention, record.warnings) == ("flex", "openai_chat", ())


def test_details_may_be_null_or_absent() -> None:
    expected = {"input.fresh.text": 9, "output.visible.text": 12}
    assert read(chat(9, 12)).leaves == expected
    assert read(chat(9, 12, prompt_tokens_details=None, completion_tokens_details=None)).leaves == expected


def test_cache_writes_are_a_part_of_the_prompt_too() -> None:
    usage = chat(100, 5, prompt_tokens_details={"cached_tokens": 30, "cache_write_tokens": 50})
    assert read(usage, model="gpt-6-sol").leaves == {
        "input.fresh.text": 20,
        "input.cache_read.text": 30,
        "input.cache_write_30m.text": 50,
        "output.visible.text": 5,
    }


def test_audio_in_both_directions() -> None:
    usage = chat(
        100,
        60,
        prompt_tokens_details={"audio_tokens": 40, "cached_tokens": 20},
        completion_tokens_details={"audio_tokens": 50},
    )
    assert read(usage).leaves == {
        "input.fresh.text": 40,
        "input.fresh.audio": 40,
        "input.cache_read.text": 20,
        "output.visible.text": 10,
        "output.visible.audio": 50,
    }


def test_embeddings_have_no_output() -> None:
    record = read({"prompt_tokens": 8, "total_tokens": 8}, api="embeddings")
    assert (record.leaves, record.usage_status) == ({"input.fresh.text": 8}, "final")
    assert record.output_tokens is None


def test_a_missing_completion_is_partial() -> None:
    assert read({"prompt_tokens": 8}).usage_status == "partial"


# --- reasoning inside or beside the completion, read from the total ---


@pytest.mark.parametrize(
    ("provider", "usage", "visible", "reasoning"),
    [
        ("openai", chat(10, 30, 40, completion_tokens_details={"reasoning_tokens": 20}), 10, 20),
        ("xai", chat(10, 30, 60, completion_tokens_details={"reasoning_tokens": 20}), 30, 20),
        ("xai", chat(10, 30, 40, completion_tokens_details={"reasoning_tokens": 20}), 10, 20),
        ("my-gateway", chat(10, 30, 60, completion_tokens_details={"reasoning_tokens": 20}), 30, 20),
        ("google", chat(10, 30, 60), 30, 20),  # a proxy that dropped the thoughts
        ("google", chat(10, 30, 60, completion_tokens_details={"reasoning_tokens": 0}), 30, 20),
        ("openai", chat(10, 30, 40, completion_tokens_details={"reasoning_tokens": 0}), 30, 0),
    ],
)
def test_the_total_says_where_reasoning_is(provider: str, usage: dict[str, Any], visible: int, reasoning: int) -> None:
    record = read(usage, provider)
    assert record.leaves["output.visible.text"] == visible
    assert record.leaves["output.reasoning.text"] == reasoning
    assert record.warnings == ()


def test_without_a_total_the_provider_decides() -> None:
    usage = {"prompt_tokens": 10, "completion_tokens": 30, "completion_tokens_details": {"reasoning_tokens": 20}}
    assert read(usage, "openai").output_tokens == 30
    assert read(usage, "xai").output_tokens == 50


def test_a_total_that_fits_nothing_is_a_warning_with_both_numbers() -> None:
    record = read(chat(10, 30, 45, completion_tokens_details={"reasoning_tokens": 20}))
    assert record.output_tokens == 30
    assert record.warnings == ("total_mismatch: leaves 40, provider 45",)


def test_more_cached_than_prompt_never_goes_negative() -> None:
    record = read(chat(10, 1, prompt_tokens_details={"cached_tokens": 25}))
    assert record.leaves == {"input.fresh.text": 0, "input.cache_read.text": 25, "output.visible.text": 1}
    assert record.warnings == ("cached tokens exceed the input: 25 > 10", "total_mismatch: leaves 26, provider 11")


# --- other hosts ---


def test_deepseek_hits_and_misses() -> None:
    usage = chat(
        100,
        7,
        prompt_cache_hit_tokens=64,
        prompt_cache_miss_tokens=36,
        prompt_tokens_details={"cached_tokens": 64},
        completion_tokens_details={"reasoning_tokens": 5},
    )
    leaves = {
        "input.fresh.text": 36,
        "input.cache_read.text": 64,
        "output.visible.text": 2,
        "output.reasoning.text": 5,
    }
    assert read(usage, "deepseek").leaves == leaves
    del usage["prompt_tokens"], usage["prompt_tokens_details"]
    assert read(usage, "deepseek").leaves == leaves


def test_mistral_says_the_same_number_several_times() -> None:
    usage = chat(100, 7, num_cached_tokens=40, prompt_token_details={"cached_tokens": 40}, service_tier="priority")
    record = read(usage, "mistral")
    assert (record.cache_read_tokens, record.input_tokens, record.service_tier) == (40, 100, "priority")


def test_moonshot_hides_the_usage_in_the_last_choice() -> None:
    chunk = {
        "id": "cmpl-1",
        "model": "kimi-k3",
        "usage": None,
        "choices": [{"index": 0, "delta": {}, "usage": chat(50, 5, cached_tokens=30)}],
    }
    record = read(chunk, "moonshot")
    assert (record.cache_read_tokens, record.input_tokens, record.output_tokens) == (30, 50, 5)
    assert (record.model_served, record.provider_response_id) == ("kimi-k3", "cmpl-1")


def test_groq_streams_its_usage_under_its_own_name() -> None:
    chunk = {
        "id": "chatcmpl-1",
        "model": "llama-3.3-70b-versatile",
        "choices": [],
        "x_groq": {"id": "req_1", "usage": chat(20, 3, queue_time=0.01, total_time=0.2)},
    }
    assert read(chunk, "groq").leaves == {"input.fresh.text": 20, "output.visible.text": 3}


def test_qwen_counts_cache_creation_in_the_prompt() -> None:
    usage = chat(100, 5, prompt_tokens_details={"cached_tokens": 20, "cache_creation_input_tokens": 60})
    assert read(usage, "dashscope").leaves == {
        "input.fresh.text": 20,
        "input.cache_read.text": 20,
        "input.cache_write_5m.text": 60,
        "output.visible.text": 5,
    }


def test_openrouter_says_what_it_charged() -> None:
    usage = chat(
        194,
        2,
        cost=0.00014,
        is_byok=False,
        cost_details={"upstream_inference_cost": None},
        prompt_tokens_details={"cached_tokens": 100, "cache_write_tokens": 50, "audio_tokens": 0},
    )
    record = read(usage, "openrouter", "anthropic/claude-opus-5.5")
    assert record.reported_cost == Decimal("0.00014")
    assert record.leaves["input.cache_write_5m.text"] == 50


def test_openrouter_with_an_own_key_costs_its_fee_and_the_upstream_part() -> None:
    usage = chat(10, 2, cost=0.0005, is_byok=True, cost_details={"upstream_inference_cost": 0.0100})
    assert read(usage, "openrouter").reported_cost == Decimal("0.0105")


def test_a_fee_alone_is_not_the_cost_of_the_call() -> None:
    assert read(chat(10, 2, cost=0.0005, is_byok=True), "openrouter").reported_cost is None


def test_a_reported_zero_is_a_zero() -> None:
    assert read(chat(10, 2, cost=0), "openrouter").reported_cost == Decimal(0)


def test_a_cost_from_anybody_else_is_not_a_charge() -> None:
    assert read(chat(10, 2, cost=0.3), "my-gateway").reported_cost is None


def test_xai_reports_ticks_and_tools() -> None:
    usage = chat(
        100,
        10,
        130,
        cost_in_usd_ticks=3_215_000,
        prompt_tokens_details={"text_tokens": 60, "image_tokens": 40, "cached_tokens": 32},
        completion_tokens_details={"reasoning_tokens": 20},
        server_side_tool_usage_details={"web_search_calls": 2, "x_search_calls": 0},
    )
    record = read(usage, "x-ai")
    assert record.reported_cost == Decimal("0.0003215")
    assert record.meters == {"tool.web_search": Decimal(2)}
    assert record.leaves == {
        "input.fresh.text": 28,
        "input.fresh.image": 40,
        "input.cache_read.text": 32,
        "output.visible.text": 10,
        "output.reasoning.text": 20,
    }


def test_perplexity_counts_reasoning_and_citations_beside_the_completion() -> None:
    usage = chat(
        33,
        11_395,
        11_428,
        citation_tokens=19_028,
        reasoning_tokens=95_305,
        num_search_queries=28,
        search_context_size="low",
        cost={"input_tokens_cost": 0.0, "total_cost": 0.8145},
    )
    record = read(usage, "perplexity")
    assert record.leaves == {
        "input.fresh.text": 33,
        "output.visible.text": 11_395,
        "output.reasoning.text": 95_305,
        "output.citation.text": 19_028,
    }
    assert (record.meters, record.reported_cost) == ({"tool.web_search": Decimal(28)}, Decimal("0.8145"))


def test_a_perplexity_request_has_a_fee_even_where_no_search_is_counted() -> None:
    assert read(chat(33, 11), "perplexity").meters == {"requests": Decimal(1)}
