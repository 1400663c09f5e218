"""Ollama's own API: counts in the response itself, and a prompt count that may be missing."""

from typing import Any

import pytest

from app.usage.rules.errors import UsageNotUnderstood
from app.usage.rules.events import as_json
from app.usage.rules.keeping import worth_keeping
from tests.usage.dialects.reading import chat, read

FINAL: dict[str, Any] = {
    "model": "llama3.2",
    "created_at": "2026-11-20T10:00:00Z",
    "message": {"role": "assistant", "content": "Yes"},
    "done": True,
    "done_reason": "stop",
    "total_duration": 4883583458,
    "load_duration": 1334875,
    "prompt_eval_count": 26,
    "prompt_eval_duration": 342546000,
    "eval_count": 282,
    "eval_duration": 4535599000,
}


def test_the_final_object() -> None:
    record = read(FINAL, "ollama")
    assert record.leaves == {"input.fresh.text": 26, "output.visible.text": 282}
    assert (record.model_served, record.usage_status, record.convention) == ("llama3.2", "final", "ollama")


def test_a_prompt_that_was_cached_is_not_known_and_not_zero() -> None:
    record = read({name: value for name, value in FINAL.items() if name != "prompt_eval_count"}, "ollama")
    assert (record.leaves, record.usage_status) == ({"output.visible.text": 282}, "partial")
    assert record.input_tokens is None


def test_a_zero_that_was_said_is_a_zero() -> None:
    record = read({**FINAL, "prompt_eval_count": 0}, "ollama")
    assert (record.input_tokens, record.usage_status) == (0, "final")


def test_an_embedding_has_no_output() -> None:
    record = read({"model": "nomic", "embeddings": [[0.1]], "total_duration": 14, "prompt_eval_count": 8}, "ollama")
    assert (record.leaves, record.usage_status) == ({"input.fresh.text": 8}, "final")


@pytest.mark.parametrize("shown", ["message", "response"])
def test_not_even_a_single_word_of_the_answer_is_kept(shown: str) -> None:
    answer = {**FINAL, "message": None, "response": None, shown: "Yes" if shown == "response" else {"content": "Yes"}}
    assert "Yes" not in (as_json(worth_keeping(answer)) or "")


def test_a_chunk_before_the_last_says_nothing() -> None:
    with pytest.raises(UsageNotUnderstood):
        read({"model": "llama3.2", "message": {"content": "x"}, "done": False}, "ollama")


def test_its_compatible_api_is_like_everybodys() -> None:
    assert read(chat(26, 282), "ollama", "llama3.2").convention == "openai_chat"
