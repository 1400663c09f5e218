"""Hosts that speak chat completions with a word or two of their own; cached tokens stay inside their prompts."""

from decimal import Decimal
from typing import Any

import pytest

from app.usage.rules.capacity import capacity_of
from tests.usage.dialects.reading import chat, read

CACHED = {"input.fresh.text": 20, "input.cache_read.text": 80, "output.visible.text": 5}
DETAILS: dict[str, Any] = {"prompt_tokens_details": {"cached_tokens": 80}}


@pytest.mark.parametrize(
    ("provider", "model", "usage"),
    [
        ("groq", "moonshotai/kimi-k2-instruct", chat(100, 5, queue_time=0.04, total_time=0.3, **DETAILS)),
        ("together", "deepseek-ai/DeepSeek-V3", chat(100, 5, cached_tokens=80)),
        ("fireworks", "accounts/fireworks/models/glm-5", chat(100, 5, **DETAILS)),
        ("cerebras", "gpt-oss-120b", chat(100, 5, **DETAILS)),
        ("moonshot", "kimi-k3", chat(100, 5, cached_tokens=80)),
        ("moonshot", "kimi-k3", chat(100, 5, cached_tokens=80, **DETAILS)),
        ("z.ai", "glm-5", chat(100, 5, **DETAILS)),
        ("zai", "glm-5", chat(100, 5, completion_tokens_details=None, **DETAILS)),
        ("vllm", "qwen3", chat(100, 5, completion_tokens_details=None, **DETAILS)),
        ("openai", "gpt-4o", chat(100, 5, **DETAILS)),
        ("azure", "gpt-4o", chat(100, 5, **DETAILS)),
        ("alibaba", "qwen3-max", chat(100, 5, **DETAILS)),
        ("google", "gemini-2.5-flash", chat(100, 5, **DETAILS)),
        ("my-gateway", "claude-opus-5-5", chat(100, 5, **DETAILS)),
    ],
)
def test_cached_tokens_are_inside_the_prompt(provider: str, model: str, usage: dict[str, Any]) -> None:
    record = read(usage, provider, model)
    assert (record.leaves, record.warnings, record.convention) == (CACHED, (), "openai_chat")


@pytest.mark.parametrize("provider", ["together", "vllm", "sglang", "lmstudio", "cerebras", "my-own"])
@pytest.mark.parametrize("details", [{}, {"prompt_tokens_details": None, "completion_tokens_details": None}])
def test_plain_counts(provider: str, details: dict[str, Any]) -> None:
    assert read(chat(9, 4, **details), provider).leaves == {"input.fresh.text": 9, "output.visible.text": 4}


def test_sglang_counts_thinking_beside_the_details() -> None:
    record = read(chat(9, 40, reasoning_tokens=30, prompt_tokens_details=None), "sglang")
    assert (record.output_tokens, record.reasoning_tokens) == (40, 30)


def test_groq_streams_its_usage_under_its_own_name_and_the_model_stays_known() -> None:
    chunk = {
        "id": "chatcmpl-1",
        "object": "chat.completion.chunk",
        "model": "openai/gpt-oss-120b",
        "service_tier": "on_demand",
        "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}],
        "x_groq": {"id": "req_1", "usage": chat(20, 30, completion_tokens_details={"reasoning_tokens": 10})},
    }
    record = read(chunk, "groq")
    assert (record.model_served, record.provider_response_id) == ("openai/gpt-oss-120b", "chatcmpl-1")
    assert (record.input_tokens, record.reasoning_tokens, record.service_tier) == (20, 10, "on_demand")


def test_groq_says_it_twice_and_it_counts_once() -> None:
    chunk = {"id": "c", "model": "m", "choices": [], "usage": chat(20, 3), "x_groq": {"id": "r", "usage": chat(20, 3)}}
    assert read(chunk, "groq").leaves == {"input.fresh.text": 20, "output.visible.text": 3}


@pytest.mark.parametrize(
    ("duration", "billed"), [(0.4, "10"), (9.99, "10"), (10.0, "10.0"), (10.01, "10.01"), (60, "60")]
)
def test_groq_bills_at_least_ten_seconds_of_audio(duration: float, billed: str) -> None:
    raw = {"task": "transcribe", "duration": duration, "text": "words", "x_groq": {"id": "req_1"}}
    meters = read(raw, "groq", "whisper-large-v3", "transcription").meters
    assert {unit: str(amount) for unit, amount in meters.items()} == {"audio_in_seconds": billed}


def test_moonshot_hides_the_usage_in_the_last_choice() -> None:
    choice = {"index": 0, "delta": {"content": ""}, "usage": chat(100, 5, cached_tokens=80, **DETAILS)}
    record = read({"id": "cmpl-1", "model": "kimi-k3", "choices": [choice]}, "moonshotai")
    assert (record.leaves, record.model_served) == (CACHED, "kimi-k3")


def test_moonshot_writes_to_its_cache_for_five_minutes_or_an_hour() -> None:
    details = {
        "cached_tokens": 10,
        "cache_creation_input_tokens": 60,
        "cache_creation": {"ephemeral_5m_input_tokens": 40, "ephemeral_1h_input_tokens": 20},
    }
    record = read(chat(100, 5, prompt_tokens_details=details), "moonshot", "kimi-k3")
    assert record.leaves == {
        "input.fresh.text": 30,
        "input.cache_read.text": 10,
        "input.cache_write_5m.text": 40,
        "input.cache_write_1h.text": 20,
        "output.visible.text": 5,
    }


@pytest.mark.parametrize("provider", ["voyage", "jina", "my-own"])
def test_embeddings_that_say_only_a_total(provider: str) -> None:
    raw = {"object": "list", "data": [], "model": "voyage-3", "usage": {"total_tokens": 10}}
    record = read(raw, provider, api="embeddings")
    assert (record.leaves, record.usage_status) == ({"input.fresh.text": 10}, "final")


@pytest.mark.parametrize(
    ("base_url", "capacity"),
    [
        ("https://api.z.ai/api/coding/paas/v4", "subscription"),
        ("https://api.z.ai/api/coding/paas/v4/chat/completions", "subscription"),
        ("https://open.bigmodel.cn/api/coding/paas/v4/", "subscription"),
        ("api.z.ai/api/coding/paas", "subscription"),
        ("https://api.z.ai/api/paas/v4", None),
        ("https://api.z.ai/api/coding/paasword", None),
        ("https://example.com/?next=api.z.ai/api/coding/paas/v4", None),
        ("https://notz.ai.example.com/api/coding/paas/v4", None),
        ("", None),
        (None, None),
    ],
)
def test_the_coding_plans_address_is_a_subscription(base_url: str | None, capacity: str | None) -> None:
    assert capacity_of(base_url) == capacity


def test_a_host_that_bills_the_same_number_of_seconds_keeps_the_figure() -> None:
    raw = {"type": "duration", "seconds": 4}
    assert read(raw, "fireworks", "whisper-v3").meters == {"audio_in_seconds": Decimal(4)}


def test_groqs_compound_spends_tokens_of_several_models() -> None:
    response = {
        "id": "chatcmpl-1",
        "model": "groq/compound",
        "usage": chat(300, 30),
        "usage_breakdown": {
            "models": [
                {"model": "llama-3.3-70b-versatile", "usage": chat(100, 10, total_time=0.1)},
                {"model": "openai/gpt-oss-120b", "usage": chat(200, 20, prompt_tokens_details={"cached_tokens": 64})},
            ]
        },
    }
    record = read(response, "groq")
    assert record.leaves == {}
    assert [(part.role, part.model, part.leaves) for part in record.parts] == [
        ("tool", "llama-3.3-70b-versatile", {"input.fresh.text": 100, "output.visible.text": 10}),
        (
            "tool",
            "openai/gpt-oss-120b",
            {"input.fresh.text": 136, "input.cache_read.text": 64, "output.visible.text": 20},
        ),
    ]
    assert (record.input_tokens, record.output_tokens, record.warnings) == (300, 30, ())
    other = read({**response, "usage": chat(310, 30)}, "groq")
    assert other.warnings == ("total_mismatch: models 330, call 340",)
