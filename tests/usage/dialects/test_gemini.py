"""Gemini's usage metadata, in both spellings."""

from decimal import Decimal
from typing import Any

import pytest

from app.usage.rules.dialects import read_usage
from app.usage.rules.record import UsageRecord


def read(usage: dict[str, Any], provider: str = "google", model: str | None = None) -> UsageRecord:
    return read_usage(usage, provider=provider, model=model)


def test_a_whole_response() -> None:
    response = {
        "candidates": [],
        "modelVersion": "gemini-2.5-flash",
        "responseId": "abc",
        "usageMetadata": {
            "promptTokenCount": 1000,
            "cachedContentTokenCount": 600,
            "candidatesTokenCount": 50,
            "thoughtsTokenCount": 200,
            "toolUsePromptTokenCount": 30,
            "totalTokenCount": 1280,
            "promptTokensDetails": [
                {"modality": "TEXT", "tokenCount": 500},
                {"modality": "AUDIO", "tokenCount": 300},
                {"modality": "DOCUMENT", "tokenCount": 200},
            ],
            "cacheTokensDetails": [
                {"modality": "TEXT", "tokenCount": 400},
                {"modality": "AUDIO", "tokenCount": 200},
            ],
            "candidatesTokensDetails": [{"modality": "TEXT", "tokenCount": 50}],
            "toolUsePromptTokensDetails": [{"modality": "TEXT", "tokenCount": 30}],
        },
    }
    record = read(response)
    assert record.leaves == {
        "input.fresh.text": 300,
        "input.fresh.audio": 100,
        "input.cache_read.text": 400,
        "input.cache_read.audio": 200,
        "input.tool.text": 30,
        "output.visible.text": 50,
        "output.reasoning.text": 200,
    }
    assert (record.input_tokens, record.output_tokens, record.reasoning_tokens) == (1030, 250, 200)
    assert (record.model_served, record.provider_response_id) == ("gemini-2.5-flash", "abc")
    assert (record.convention, record.warnings) == ("gemini", ())


def test_the_python_clients_spelling_says_the_same() -> None:
    camel = {"promptTokenCount": 10, "candidatesTokenCount": 4, "thoughtsTokenCount": 3, "totalTokenCount": 17}
    snake = {
        "prompt_token_count": 10,
        "candidates_token_count": 4,
        "thoughts_token_count": 3,
        "total_token_count": 17,
        "cached_content_token_count": None,
        "prompt_tokens_details": None,
        "traffic_type": None,
    }
    assert read(camel).leaves == read({"usage_metadata": snake}).leaves


def test_absent_counts_are_zero_here() -> None:
    assert read({"promptTokenCount": 10, "totalTokenCount": 10}).leaves == {
        "input.fresh.text": 10,
        "output.visible.text": 0,
    }


def test_image_output_and_image_input_have_leaves_of_their_own() -> None:
    usage = {
        "promptTokenCount": 270,
        "candidatesTokenCount": 1300,
        "totalTokenCount": 1570,
        "promptTokensDetails": [{"modality": "TEXT", "tokenCount": 12}, {"modality": "IMAGE", "tokenCount": 258}],
        "candidatesTokensDetails": [{"modality": "IMAGE", "tokenCount": 1290}],
    }
    assert read(usage).leaves == {
        "input.fresh.text": 12,
        "input.fresh.image": 258,
        "output.visible.text": 10,
        "output.visible.image": 1290,
    }


def test_the_live_api_says_response_for_candidates() -> None:
    usage = {
        "promptTokenCount": 5,
        "responseTokenCount": 7,
        "totalTokenCount": 12,
        "responseTokensDetails": [{"modality": "AUDIO", "tokenCount": 7}],
    }
    assert read(usage).leaves == {"input.fresh.text": 5, "output.visible.text": 0, "output.visible.audio": 7}


@pytest.mark.parametrize(
    ("traffic", "tier"),
    [
        ("ON_DEMAND", "standard"),
        ("ON_DEMAND_FLEX", "flex"),
        ("ON_DEMAND_PRIORITY", "priority"),
        ("ON_DEMAND_OFFPEAK", "offpeak"),
        ("PROVISIONED_THROUGHPUT", "standard"),
        ("TRAFFIC_TYPE_UNSPECIFIED", None),
        ("TrafficType.ON_DEMAND", "standard"),
        ("SOMETHING_NEW", "something_new"),
    ],
)
def test_vertex_says_the_tier_as_traffic(traffic: str, tier: str | None) -> None:
    usage = {"promptTokenCount": 5, "totalTokenCount": 5, "trafficType": traffic}
    assert read(usage, "vertex").service_tier == tier


def test_a_total_that_fits_nothing_is_a_warning() -> None:
    assert read({"promptTokenCount": 5, "totalTokenCount": 9}).warnings == ("total_mismatch: leaves 5, provider 9",)


def test_more_modalities_than_prompt_keep_the_larger() -> None:
    usage = {
        "promptTokenCount": 5,
        "candidatesTokenCount": 1,
        "promptTokensDetails": [{"modality": "AUDIO", "tokenCount": 8}],
    }
    record = read(usage)
    assert record.leaves == {"input.fresh.text": 0, "input.fresh.audio": 8, "output.visible.text": 1}
    assert record.warnings[0] == "prompt_tokens_details exceed their total: 8 > 5"


@pytest.mark.parametrize(
    ("traffic", "capacity"), [("PROVISIONED_THROUGHPUT", "provisioned"), ("ON_DEMAND", None), (None, None)]
)
def test_throughput_that_was_bought_is_a_capacity_and_not_a_tier(traffic: str | None, capacity: str | None) -> None:
    assert read({"promptTokenCount": 5, "trafficType": traffic}, "vertex").capacity == capacity


@pytest.mark.parametrize(
    ("said", "tier"), [("flex", "flex"), ("ServiceTier.PRIORITY", "priority"), ("unspecified", None)]
)
def test_the_gemini_api_says_the_tier_as_service_tier(said: str, tier: str | None) -> None:
    assert read({"promptTokenCount": 5, "serviceTier": said}).service_tier == tier


def test_cached_audio_is_taken_from_the_audio_of_the_prompt() -> None:
    usage = {
        "promptTokenCount": 100,
        "cachedContentTokenCount": 30,
        "promptTokensDetails": [{"modality": "TEXT", "tokenCount": 60}, {"modality": "AUDIO", "tokenCount": 40}],
        "cacheTokensDetails": [{"modality": "AUDIO", "tokenCount": 30}],
    }
    assert {leaf: count for leaf, count in read(usage).leaves.items() if count} == {
        "input.fresh.text": 60,
        "input.fresh.audio": 10,
        "input.cache_read.audio": 30,
    }


def test_tool_prompts_keep_their_modalities() -> None:
    usage = {
        "promptTokenCount": 5,
        "toolUsePromptTokenCount": 90,
        "toolUsePromptTokensDetails": [
            {"modality": "DOCUMENT", "tokenCount": 50},
            {"modality": "IMAGE", "tokenCount": 40},
        ],
        "totalTokenCount": 95,
    }
    record = read(usage)
    assert (record.leaves["input.tool.text"], record.leaves["input.tool.image"]) == (50, 40)
    assert record.warnings == ()


INTERACTION = {
    "id": "v1_abc",
    "model": "gemini-3-flash-preview",
    "status": "completed",
    "usage": {
        "total_input_tokens": 100,
        "total_cached_tokens": 40,
        "total_output_tokens": 12,
        "total_thought_tokens": 177,
        "total_tool_use_tokens": 30,
        "total_tokens": 319,
        "input_tokens_by_modality": [{"modality": "text", "tokens": 90}, {"modality": "image", "tokens": 10}],
        "cached_tokens_by_modality": [{"modality": "text", "tokens": 40}],
        "output_tokens_by_modality": [{"modality": "text", "tokens": 12}],
        "tool_use_tokens_by_modality": [{"modality": "text", "tokens": 30}],
        "grounding_tool_count": [{"type": "google_search", "count": 3}],
    },
}


def test_an_interaction() -> None:
    record = read(INTERACTION)
    assert record.leaves == {
        "input.fresh.text": 50,
        "input.fresh.image": 10,
        "input.cache_read.text": 40,
        "input.tool.text": 30,
        "output.visible.text": 12,
        "output.reasoning.text": 177,
    }
    assert record.meters == {"tool.web_search": Decimal(3)}
    assert (record.convention, record.provider_response_id, record.warnings) == ("gemini_interactions", "v1_abc", ())


@pytest.mark.parametrize(
    ("model", "meters"),
    [
        ("gemini-2.5-flash", {"tool.grounded_prompt": Decimal(1)}),
        ("models/gemini-2.0-flash-001", {"tool.grounded_prompt": Decimal(1)}),
        ("gemini-3-pro-preview", {"tool.web_search": Decimal(2)}),
        ("gemini-3.1-flash", {"tool.web_search": Decimal(2)}),
        ("gemini-flash-latest", {"tool.web_search": Decimal(2)}),
    ],
)
@pytest.mark.parametrize(
    ("metadata", "queries"), [("groundingMetadata", "webSearchQueries"), ("grounding_metadata", "web_search_queries")]
)
def test_searches_cost_by_the_prompt_before_and_by_the_query_after_gemini_3(
    model: str, meters: dict[str, Decimal], metadata: str, queries: str
) -> None:
    response = {"candidates": [{metadata: {queries: ["a", "b"]}}], "usageMetadata": {"promptTokenCount": 5}}
    assert read(response, model=model).meters == meters


@pytest.mark.parametrize("metadata", [{}, {"webSearchQueries": []}, {"webSearchQueries": None}, None])
def test_an_answer_that_did_not_search_pays_for_no_search(metadata: object) -> None:
    response = {"candidates": [{"groundingMetadata": metadata}], "usageMetadata": {"promptTokenCount": 5}}
    assert read(response, model="gemini-2.5-pro").meters == {}


def test_the_map_is_charged_once_a_prompt() -> None:
    chunks = [{"maps": {"uri": "a", "title": "b"}}, {"maps": {"uri": "c"}}, {"web": {"uri": "d"}, "maps": None}]
    response = {
        "candidates": [{"groundingMetadata": {"groundingChunks": chunks}}],
        "usageMetadata": {"promptTokenCount": 5},
    }
    assert read(response, model="gemini-2.5-pro").meters == {"tool.maps_grounding": Decimal(1)}


@pytest.mark.parametrize("count", [6, 6.0, Decimal("6.0")])
def test_vertex_embeddings_sum_the_texts(count: object) -> None:
    response = {
        "predictions": [
            {"embeddings": {"values": [0.1, 0.2], "statistics": {"token_count": count, "truncated": False}}},
            {"embeddings": {"values": [0.3, 0.4], "statistics": {"token_count": 3}}},
        ],
        "metadata": {"billableCharacterCount": 30},
    }
    record = read(response, "vertex")
    assert (record.leaves, record.convention) == ({"input.fresh.text": 9}, "vertex_embeddings")


def test_embeddings_of_the_gemini_api_are_prompt_only() -> None:
    record = read({"embedding": {"values": [0.1]}, "usageMetadata": {"promptTokenCount": 8, "totalTokenCount": 8}})
    assert (record.input_tokens, record.output_tokens, record.usage_status) == (8, 0, "final")
