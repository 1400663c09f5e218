"""The Responses object and its relatives."""

from decimal import Decimal
from typing import Any

import pytest

from app.usage.rules.dialects import read_usage
from app.usage.rules.record import UsageRecord


def read(
    usage: dict[str, Any], provider: str = "openai", model: str | None = None, api: str | None = None
) -> UsageRecord:
    return read_usage(usage, provider=provider, api=api, model=model)


USAGE = {
    "input_tokens": 328,
    "input_tokens_details": {"cached_tokens": 128, "cache_write_tokens": 100},
    "output_tokens": 52,
    "output_tokens_details": {"reasoning_tokens": 40},
    "total_tokens": 380,
}


@pytest.mark.parametrize("api", [None, "responses"])
def test_a_responses_usage(api: str | None) -> None:
    record = read(USAGE, model="gpt-6-sol", api=api)
    assert record.leaves == {
        "input.fresh.text": 100,
        "input.cache_read.text": 128,
        "input.cache_write_30m.text": 100,
        "output.visible.text": 12,
        "output.reasoning.text": 40,
    }
    assert (record.convention, record.warnings) == ("openai_responses", ())


def test_a_stream_event_that_carries_the_response() -> None:
    event = {
        "type": "response.completed",
        "response": {"id": "resp_1", "model": "gpt-6-sol", "service_tier": "priority", "usage": USAGE},
    }
    record = read(event)
    assert (record.provider_response_id, record.model_served) == ("resp_1", "gpt-6-sol")
    assert (record.service_tier, record.input_tokens) == ("priority", 328)


def test_cache_writes_by_life() -> None:
    details = {"cache_write_tokens": 100, "cache_write_tokens_details": {"ttl_30m_tokens": 70, "ttl_12h_tokens": 20}}
    record = read({**USAGE, "input_tokens_details": details}, model="gpt-6-sol")
    assert record.leaves["input.cache_write_12h.text"] == 20
    assert record.leaves["input.cache_write_30m.text"] == 80  # what the split leaves over
    assert record.input_tokens == 328


def test_what_a_split_leaves_over_has_the_usual_life_even_if_the_split_does_not_name_it() -> None:
    details = {"cache_write_tokens": 100, "cache_write_tokens_details": {"ttl_12h_tokens": 20}}
    leaves = read({**USAGE, "input_tokens_details": details}, model="gpt-6-sol").leaves
    assert (leaves["input.cache_write_12h.text"], leaves["input.cache_write_30m.text"]) == (20, 80)


def test_older_models_write_for_the_price_of_input() -> None:
    assert read(USAGE, model="gpt-4.1").leaves["input.cache_write_free.text"] == 100


def test_tools_are_counted_from_the_output() -> None:
    response = {
        "id": "resp_1",
        "model": "gpt-5",
        "usage": USAGE,
        "output": [
            {"type": "web_search_call", "action": {"type": "search"}},
            {"type": "web_search_call", "action": {"type": "open_page"}},
            {"type": "web_search_call"},
            {"type": "file_search_call"},
            {"type": "code_interpreter_call", "container_id": "cntr_1"},
            {"type": "code_interpreter_call", "container_id": "cntr_1"},
            {"type": "message"},
        ],
    }
    assert read(response).meters == {
        "tool.web_search": Decimal(2),
        "tool.file_search": Decimal(1),
        "tool.code_container_session": Decimal(1),
    }


def test_an_image_response_puts_out_images() -> None:
    usage = {
        "input_tokens": 50,
        "input_tokens_details": {"text_tokens": 10, "image_tokens": 40},
        "output_tokens": 1056,
        "total_tokens": 1106,
    }
    assert read(usage, api="image").leaves == {
        "input.fresh.text": 10,
        "input.fresh.image": 40,
        "output.visible.text": 0,
        "output.visible.image": 1056,
    }


def test_a_transcription_in_tokens() -> None:
    usage = {
        "type": "tokens",
        "input_tokens": 14,
        "input_token_details": {"text_tokens": 4, "audio_tokens": 10},
        "output_tokens": 45,
        "total_tokens": 59,
    }
    assert read(usage, api="transcription").leaves == {
        "input.fresh.text": 4,
        "input.fresh.audio": 10,
        "output.visible.text": 45,
    }


def test_a_transcription_by_duration() -> None:
    record = read({"usage": {"type": "duration", "seconds": 9.5}})
    assert (record.leaves, record.meters) == ({}, {"audio_in_seconds": Decimal("9.5")})


def test_realtime_modalities_contain_their_cached_part() -> None:
    usage = {
        "total_tokens": 253,
        "input_tokens": 132,
        "output_tokens": 121,
        "input_token_details": {
            "text_tokens": 119,
            "audio_tokens": 13,
            "cached_tokens": 64,
            "cached_tokens_details": {"text_tokens": 54, "audio_tokens": 10},
        },
        "output_token_details": {"text_tokens": 30, "audio_tokens": 91},
    }
    assert read(usage).leaves == {
        "input.fresh.text": 65,
        "input.fresh.audio": 3,
        "input.cache_read.text": 54,
        "input.cache_read.audio": 10,
        "output.visible.text": 30,
        "output.visible.audio": 91,
    }


def test_an_unfinished_response_is_partial() -> None:
    assert read({"input_tokens": 5, "input_tokens_details": {}}).usage_status == "partial"
