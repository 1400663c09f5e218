"""Gemini's usage metadata, in both spellings."""

from typing import Any

import pytest

from app.usage.rules.dialects import read_usage
from app.usage.rules.record import UsageRecord


def read(usage: dict[str, Any], provider: str = "google") -> UsageRecord:
    return read_usage(usage, provider=provider)


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
        ("PROVISIONED_THROUGHPUT", "provisioned"),
        ("TrafficType.ON_DEMAND", "standard"),
        ("SOMETHING_NEW", "something_new"),
    ],
)
def test_vertex_says_the_tier_as_traffic(traffic: str, tier: str) -> None:
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
