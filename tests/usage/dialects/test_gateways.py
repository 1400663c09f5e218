"""Gateways: the shape that was received decides, whoever made the model; what they repeat is counted once."""

from decimal import Decimal
from typing import Any

import pytest

from tests.usage.dialects.reading import chat, read

LITELLM = chat(
    10_000,
    100,
    prompt_tokens_details={
        "audio_tokens": None,
        "cached_tokens": 6000,
        "text_tokens": None,
        "cache_creation_tokens": 3000,
        "cache_creation_token_details": {"ephemeral_5m_input_tokens": 1000, "ephemeral_1h_input_tokens": 2000},
    },
    completion_tokens_details=None,
    cache_creation_input_tokens=3000,
    cache_read_input_tokens=6000,
)
LEAVES = {
    "input.fresh.text": 1000,
    "input.cache_read.text": 6000,
    "input.cache_write_5m.text": 1000,
    "input.cache_write_1h.text": 2000,
    "output.visible.text": 100,
}


@pytest.mark.parametrize("provider", ["litellm", "anthropic", "aws.bedrock", "my-gateway", "portkey", "helicone"])
@pytest.mark.parametrize("api", [None, "chat", "messages", "responses"])
def test_litellm_says_the_same_cached_tokens_twice(provider: str, api: str | None) -> None:
    record = read(LITELLM, provider, "claude-sonnet-5-5", api)
    assert (record.leaves, record.warnings, record.convention) == (LEAVES, (), "openai_chat")


@pytest.mark.parametrize("missing", ["prompt_tokens_details", "cache_creation_input_tokens", "cache_read_input_tokens"])
def test_either_place_is_enough(missing: str) -> None:
    usage = {name: value for name, value in LITELLM.items() if name != missing}
    record = read(usage, "litellm", "claude-sonnet-5-5")
    assert (record.input_tokens, record.cache_read_tokens, record.cache_write_tokens) == (10_000, 6000, 3000)


@pytest.mark.parametrize("total", [9150, 9050])
def test_cached_tokens_that_the_total_has_on_top_are_neither_thinking_nor_in_the_prompt(total: int) -> None:
    reasoning = total - 9050
    usage = chat(
        1000,
        50,
        1000 + 50 + 8000 + reasoning,
        prompt_tokens_details={"cached_tokens": 8000},
        completion_tokens_details={"reasoning_tokens": reasoning},
    )
    record = read(usage, "my-gateway", "claude-sonnet-5-5")
    assert (record.input_tokens, record.cache_read_tokens) == (9000, 8000)
    assert (record.output_tokens, record.warnings) == (50 + reasoning, ())
    assert record.convention.endswith("+cache_outside")


def test_both_spellings_in_one_object_are_one_call() -> None:
    usage = chat(100, 5, input_tokens=100, output_tokens=5, prompt_tokens_details={"cached_tokens": 60})
    assert read(usage, "new-api").input_tokens == 100
    half = {"prompt_tokens": 0, "completion_tokens": 0, "input_tokens": 100, "output_tokens": 5, "total_tokens": 105}
    assert read(half, "new-api").leaves == {"input.fresh.text": 100, "output.visible.text": 5}
    other = {**half, "prompt_tokens": 100, "completion_tokens": 5, "input_tokens": 0, "output_tokens": 0}
    assert read(other, "new-api", api="responses").leaves == {"input.fresh.text": 100, "output.visible.text": 5}


@pytest.mark.parametrize("details", [{}, {"completion_tokens_details": {"reasoning_tokens": 0}}])
def test_thoughts_that_a_proxy_dropped_are_what_the_total_has_more(details: dict[str, Any]) -> None:
    record = read(chat(10, 30, 160, **details), "google", "gemini-2.5-pro", "chat")
    assert (record.output_tokens, record.reasoning_tokens) == (150, 120)
    assert record.convention == "openai_chat+reasoning_outside"


@pytest.mark.parametrize("provider", ["litellm", "my-gateway", "deepinfra", "portkey", "openai"])
def test_an_estimate_is_not_a_charge(provider: str) -> None:
    usage = chat(10, 2, cost=0.3, estimated_cost=0.3)
    record = read({"usage": usage, "_hidden_params": {"response_cost": 0.3}}, provider)
    assert (record.reported_cost, record.reported_source) == (None, None)


@pytest.mark.parametrize("name", ["providerMetadata", "provider_metadata"])
def test_vercel_says_what_it_charged_beside_the_usage(name: str) -> None:
    response = {
        "id": "gen_1",
        "model": "anthropic/claude-sonnet-5.5",
        "usage": chat(10, 2),
        name: {"gateway": {"routing": {"finalProvider": "anthropic"}, "cost": "0.0045405"}},
    }
    record = read(response, "vercel", api="chat")
    assert (record.reported_cost, record.reported_source) == (Decimal("0.0045405"), f"{name}.gateway.cost")


def test_vercel_without_a_charge_has_none() -> None:
    assert read(chat(10, 2), "vercel").reported_cost is None


def test_an_older_gateway_whose_prompt_cannot_contain_what_was_cached() -> None:
    usage = chat(1000, 50, cache_creation_input_tokens=500, cache_read_input_tokens=8000)
    record = read(usage, "litellm", "claude-sonnet-4")
    assert record.leaves == {
        "input.fresh.text": 1000,
        "input.cache_read.text": 8000,
        "input.cache_write_5m.text": 500,
        "output.visible.text": 50,
    }
    assert record.warnings == ("total_mismatch: leaves 9550, provider 1050",)
    assert record.convention == "openai_chat+cache_outside"
