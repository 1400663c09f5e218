"""DeepSeek: hits and misses make the prompt, thinking is inside the completion."""

from typing import Any

import pytest

from tests.usage.dialects.reading import chat, read

PARTS: dict[str, Any] = {"prompt_cache_hit_tokens": 64, "prompt_cache_miss_tokens": 36}
DETAILS: dict[str, Any] = {"prompt_tokens_details": {"cached_tokens": 64}}


@pytest.mark.parametrize(
    "usage",
    [
        chat(100, 7, **PARTS),
        chat(100, 7, **PARTS, **DETAILS),
        chat(100, 7, **DETAILS),
        {"completion_tokens": 7, "total_tokens": 107, **PARTS},
        chat(100, 7, **PARTS, prompt_tokens_details={"cached_tokens": 0}),
    ],
)
def test_hits_are_the_cached_part_of_the_prompt(usage: dict[str, Any]) -> None:
    record = read(usage, "deepseek", "deepseek-chat")
    assert record.leaves == {"input.fresh.text": 36, "input.cache_read.text": 64, "output.visible.text": 7}
    assert record.warnings == ()


def test_thinking_is_inside_the_completion() -> None:
    usage = chat(10, 300, completion_tokens_details={"reasoning_tokens": 280}, prompt_cache_hit_tokens=0)
    record = read(usage, "deepseek", "deepseek-reasoner")
    assert (record.output_tokens, record.reasoning_tokens) == (300, 280)


def test_parts_larger_than_the_prompt_are_kept_with_a_warning() -> None:
    record = read(chat(90, 7, **PARTS), "deepseek")
    assert record.input_tokens == 100
    assert record.warnings == (
        "cache hits and misses exceed the prompt: 100 > 90",
        "total_mismatch: leaves 107, provider 97",
    )


def test_a_hit_alone_is_not_a_whole_call() -> None:
    record = read({"prompt_cache_hit_tokens": 64}, "deepseek")
    assert (record.leaves, record.usage_status) == ({"input.cache_read.text": 64}, "partial")
