"""Which known model an unknown name resembles; never used to price."""

import pytest

from app.pricing.rules.nearest import index, nearest

KNOWN = [
    ("openai", "gpt-4o"),
    ("openai", "gpt-4o-mini"),
    ("openai", "gpt-4o-mini-transcribe"),
    ("openai", "gpt-5"),
    ("openai", "gpt-5-mini"),
    ("openai", "gpt-5.6"),
    ("openai", "gpt-5.6-luna"),
    ("openai", "o3"),
    ("openai", "o4-mini"),
    ("openai", "text-embedding-3-large"),
    ("openai", "text-embedding-3-small"),
    ("openai", "whisper-1"),
    ("anthropic", "claude-opus-4-1-20250805"),
    ("anthropic", "claude-sonnet-4-5"),
    ("anthropic", "claude-3-5-sonnet-20241022"),
    ("aws.bedrock", "anthropic.claude-sonnet-4-5-20250929-v1:0"),
    ("azure", "gpt-4o"),
    ("openrouter", "openai/gpt-4o"),
    ("groq", "llama-3.3-70b-versatile"),
    ("groq", "llama-3.1-8b-instant"),
]


def like(provider: str, model: str) -> list[str]:
    return [f"{near.provider}/{near.model}" for near in nearest(provider, model, index(KNOWN))]


@pytest.mark.parametrize(
    ("provider", "model", "expected"),
    [
        ("openai", "gpt-5.7-luna", "openai/gpt-5.6-luna"),  # the version moved
        ("openai", "gpt-5.6-luna-2026-12-01", "openai/gpt-5.6-luna"),  # a date says nothing
        ("openai", "gpt-6", "openai/gpt-5.6"),  # of two at the same distance the newer one
        ("openai", "gpt-6-mini", "openai/gpt-5-mini"),  # more words in common before a nearer version
        ("openai", "o5-mini", "openai/o4-mini"),  # a family of one letter
        ("openai", "text-embedding-4-large", "openai/text-embedding-3-large"),
        ("openai", "whisper-2", "openai/whisper-1"),
        ("anthropic", "claude-sonnet-5", "anthropic/claude-sonnet-4-5"),
        ("anthropic", "claude-opus-5", "anthropic/claude-opus-4-1-20250805"),
        ("azure", "my-gpt-4o-prod", "azure/gpt-4o"),  # the same provider before the maker
        ("my-gateway", "gpt-4o", "openai/gpt-4o"),  # the maker before those who resell
        ("my-gateway", "models/llama-4-70b-instruct", "groq/llama-3.3-70b-versatile"),  # the size in parameters
        ("aws.bedrock", "us.anthropic.claude-sonnet-5-v1:0", "aws.bedrock/anthropic.claude-sonnet-4-5-20250929-v1:0"),
    ],
)
def test_the_nearest_model_has_the_longest_name_in_common(provider: str, model: str, expected: str) -> None:
    assert like(provider, model)[0] == expected


@pytest.mark.parametrize(
    ("provider", "model"),
    [
        ("openai", "my-model"),
        ("acme", "prod-1"),
        ("acme", "mini"),  # a size is no family
        ("acme", "acme-embedding-1"),  # what it is for is not who it is
        ("openai", "gpt-5-image"),  # nothing that draws is known
        ("openai", ""),
        ("openai", "2026-01-01"),
    ],
)
def test_a_name_like_no_other_has_no_nearest_model(provider: str, model: str) -> None:
    assert like(provider, model) == []


def test_what_transcribes_is_like_nothing_that_talks() -> None:
    assert like("openai", "gpt-5-mini-transcribe") == ["openai/gpt-4o-mini-transcribe"]


def test_a_model_is_not_its_own_nearest() -> None:
    assert "openai/gpt-4o" not in like("openai", "gpt-4o")


def test_at_most_three_are_named_and_each_once() -> None:
    found = like("openai", "gpt-5.7-luna-mini")
    assert len(found) == len(set(found)) == 3


def test_the_words_in_common_are_told() -> None:
    (best, *_) = nearest("openai", "gpt-5.7-luna", index(KNOWN))
    assert (best.shared, best.why) == (("gpt", "luna"), "the nearest known name, which also has: gpt, luna")
