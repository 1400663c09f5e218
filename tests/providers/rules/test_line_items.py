"""A model is told from a line item only where the line says it."""

import pytest

from app.providers.rules.line_items import model_of


@pytest.mark.parametrize(
    ("line_item", "model"),
    [
        ("some-model-2026-01, input", "some-model-2026-01"),
        ("gpt-5-mini-2025-08-07, cached input", "gpt-5-mini-2025-08-07"),
        ("gpt-4o-2024-08-06, web search", "gpt-4o-2024-08-06"),
        ("ft:gpt-4o-mini-2024-07-18:acme::a1b2, output", "ft:gpt-4o-mini-2024-07-18:acme::a1b2"),
        ("o3, output", "o3"),
        ("computer-use-preview, input", "computer-use-preview"),
        ("gpt-realtime, audio input", "gpt-realtime"),
        ("Text tokens", None),
        ("Web search tool calls", None),
        ("web search tool calls, per 1000", None),
        ("file-search, calls", None),
        ("assistants api | code interpreter", None),
        ("embeddings, tokens", None),
        ("12345, input", None),
        (", input", None),
        ("gpt-5,", None),
        ("", None),
        (None, None),
    ],
)
def test_a_model_is_named_or_not(line_item: str | None, model: str | None) -> None:
    assert model_of(line_item) == model
