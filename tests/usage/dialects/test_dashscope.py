"""Alibaba's Qwen: its own objects and the compatible ones; modalities inside or beside, two kinds of cache."""

from typing import Any

import pytest

from tests.usage.dialects.reading import chat, read


def test_the_native_object_of_a_thinking_model() -> None:
    response = {
        "status_code": 200,
        "request_id": "902fee3b-f7f0-9a8c-96a1-6b4ea25af114",
        "output": {"choices": [{"message": {"content": "words", "reasoning_content": "words"}}]},
        "usage": {
            "input_tokens": 50,
            "output_tokens": 90,
            "total_tokens": 140,
            "prompt_tokens_details": {"cached_tokens": 20},
            "output_tokens_details": {"reasoning_tokens": 70, "text_tokens": 20},
        },
    }
    record = read(response, "dashscope", "qwen-plus")
    assert record.leaves == {
        "input.fresh.text": 30,
        "input.cache_read.text": 20,
        "output.visible.text": 20,
        "output.reasoning.text": 70,
    }
    assert record.provider_response_id == "902fee3b-f7f0-9a8c-96a1-6b4ea25af114"
    assert (record.convention, record.warnings) == ("openai_responses", ())


@pytest.mark.parametrize(
    ("usage", "fresh"),
    [
        # images inside the input, with and without a total to say so
        (
            {"input_tokens": 1277, "output_tokens": 77, "image_tokens": 1247},
            {"input.fresh.text": 30, "input.fresh.image": 1247},
        ),
        (
            {"input_tokens": 1277, "output_tokens": 77, "image_tokens": 1247, "total_tokens": 1354},
            {"input.fresh.text": 30, "input.fresh.image": 1247},
        ),
        # audio beside it: it would not fit, or the total has it on top
        (
            {"input_tokens": 33, "output_tokens": 25, "audio_tokens": 85},
            {"input.fresh.text": 33, "input.fresh.audio": 85},
        ),
        (
            {"input_tokens": 33, "output_tokens": 25, "audio_tokens": 20, "total_tokens": 78},
            {"input.fresh.text": 33, "input.fresh.audio": 20},
        ),
        (
            {
                "input_tokens": 100,
                "output_tokens": 5,
                "total_tokens": 105,
                "input_tokens_details": {"text_tokens": 40, "image_tokens": 60},
                "image_tokens": 60,
            },
            {"input.fresh.text": 40, "input.fresh.image": 60},
        ),
    ],
)
def test_images_and_audio_of_the_native_object(usage: dict[str, Any], fresh: dict[str, int]) -> None:
    record = read(usage, "alibaba", "qwen-vl-max")
    assert {leaf: count for leaf, count in record.leaves.items() if leaf.startswith("input.")} == fresh
    assert record.warnings == ()


def test_both_details_of_the_input_are_read() -> None:
    usage = {
        "input_tokens": 100,
        "output_tokens": 5,
        "input_tokens_details": {"text_tokens": 40, "image_tokens": 60},
        "prompt_tokens_details": {"cached_tokens": 30},
        "total_tokens": 105,
    }
    assert read(usage, "alibaba").leaves == {
        "input.fresh.text": 10,
        "input.fresh.image": 60,
        "input.cache_read.text": 30,
        "output.visible.text": 5,
    }


def test_an_implicit_cache_is_read_and_never_written_for_money() -> None:
    record = read(chat(100, 5, prompt_tokens_details={"cached_tokens": 60}), "qwen", "qwen3-max")
    assert record.leaves == {"input.fresh.text": 40, "input.cache_read.text": 60, "output.visible.text": 5}


def test_an_explicit_cache_is_written_for_five_minutes() -> None:
    details = {
        "cached_tokens": 0,
        "cache_creation_input_tokens": 90,
        "cache_creation": {"ephemeral_5m_input_tokens": 90},
        "cache_type": "ephemeral",
    }
    record = read(chat(100, 5, prompt_tokens_details=details), "alibaba", "qwen3-max")
    assert record.leaves == {
        "input.fresh.text": 10,
        "input.cache_read.text": 0,
        "input.cache_write_5m.text": 90,
        "output.visible.text": 5,
    }


def test_omni_models_hear_and_speak() -> None:
    usage = chat(
        200,
        100,
        prompt_tokens_details={"text_tokens": 50, "audio_tokens": 90, "image_tokens": 0, "video_tokens": 60},
        completion_tokens_details={"text_tokens": 30, "audio_tokens": 70},
    )
    assert read(usage, "alibaba", "qwen3-omni-flash").leaves == {
        "input.fresh.text": 50,
        "input.fresh.audio": 90,
        "input.fresh.video": 60,
        "output.visible.text": 30,
        "output.visible.audio": 70,
    }


def test_native_embeddings_say_only_a_total() -> None:
    raw = {"request_id": "r", "output": {"embeddings": []}, "usage": {"total_tokens": 23}}
    record = read(raw, "dashscope", "text-embedding-v4", "embeddings")
    assert (record.leaves, record.usage_status) == ({"input.fresh.text": 23}, "final")
