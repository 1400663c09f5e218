"""Mistral: one number under several names, audio by the second, connectors, pages."""

from decimal import Decimal
from typing import Any

import pytest

from tests.usage.dialects.reading import chat, read


@pytest.mark.parametrize(
    "more",
    [
        {"prompt_tokens_details": {"cached_tokens": 40}},
        {"prompt_token_details": {"cached_tokens": 40}},
        {"num_cached_tokens": 40},
        {
            "num_cached_tokens": 40,
            "prompt_token_details": {"cached_tokens": 40},
            "prompt_tokens_details": {"cached_tokens": 40},
        },
        {"num_cached_tokens": 40, "prompt_tokens_details": {"cached_tokens": 0}},
    ],
)
def test_cached_tokens_are_counted_once_whatever_they_are_called(more: dict[str, Any]) -> None:
    record = read(chat(100, 7, prompt_audio_seconds={}, **more), "mistral", "mistral-large-latest")
    assert record.leaves == {"input.fresh.text": 60, "input.cache_read.text": 40, "output.visible.text": 7}
    assert (record.meters, record.convention) == ({}, "openai_chat")


def test_audio_is_billed_by_the_second_and_its_tokens_are_not_thinking() -> None:
    usage = {"prompt_audio_seconds": 203, "prompt_tokens": 4, "completion_tokens": 635, "total_tokens": 3264}
    record = read(usage, "mistral", "voxtral-mini-latest")
    assert record.leaves == {"input.fresh.text": 4, "output.visible.text": 635}
    assert record.meters == {"audio_in_seconds": Decimal(203)}
    assert (record.warnings, record.convention) == ((), "openai_chat+audio_seconds")


def test_connectors_put_tokens_before_the_model_and_cost_a_fee_each() -> None:
    usage = chat(188, 55, 7355, connector_tokens=7112, connectors={"web_search": 1, "code_interpreter": 2})
    record = read(usage, "mistral", "mistral-medium-latest")
    assert record.leaves == {"input.fresh.text": 188, "input.tool.text": 7112, "output.visible.text": 55}
    assert record.meters == {"tool.web_search": Decimal(1), "tool.code_execution": Decimal(2)}
    assert record.warnings == ()


def test_connector_tokens_that_the_total_has_no_room_for_are_in_the_prompt() -> None:
    record = read(chat(7300, 55, connector_tokens=7112), "mistral")
    assert (record.input_tokens, record.warnings) == (7300, ())


def test_ocr_counts_pages() -> None:
    response = {
        "pages": [{"index": 0, "markdown": "words", "images": []}],
        "model": "mistral-ocr-2505-completion",
        "document_annotation": None,
        "usage_info": {"pages_processed": 29, "doc_size_bytes": 4_000_000},
    }
    record = read(response, "mistral", api="ocr")
    assert (record.leaves, record.meters) == ({}, {"pages": Decimal(29)})
    assert (record.model_served, record.usage_status) == ("mistral-ocr-2505-completion", "final")


def test_the_tier_stands_inside_the_usage() -> None:
    assert read(chat(1, 1, service_tier="priority"), "mistralai").service_tier == "priority"


def test_silence_has_seconds_and_no_tokens() -> None:
    record = read({"model": "voxtral-mini-latest", "text": "", "usage": {"prompt_audio_seconds": 2}}, "mistral")
    assert (record.leaves, record.meters) == ({}, {"audio_in_seconds": Decimal(2)})
    assert record.usage_status == "final"
