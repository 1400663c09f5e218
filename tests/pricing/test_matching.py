"""A name finds the model it means, and never a sibling's price."""

import pytest

from app.pricing.rules import matching
from app.pricing.service import PriceBook, load_default
from tests.pricing.books import call, cost


@pytest.fixture(scope="module")
def book() -> PriceBook:
    return load_default()


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("bedrock", "aws.bedrock"),
        ("AWS_Bedrock", "aws.bedrock"),
        ("gemini", "google"),
        ("azure_openai", "azure"),
        ("x-ai", "xai"),
        ("vertex_ai", "vertex"),
        (" OpenAI ", "openai"),
        ("my-own-host", "my-own-host"),
    ],
)
def test_providers_are_known_by_their_other_names(written: str, meant: str) -> None:
    assert matching.canonical_provider(written) == meant


@pytest.mark.parametrize(
    ("provider", "model", "found"),
    [
        ("openai", "gpt-4-0613", "gpt-4"),
        ("openai", "gpt-3.5-turbo-1106", "gpt-3.5-turbo-1106"),
        ("openai", "GPT-4o-2024-11-20", "gpt-4o-2024-08-06"),
        ("openai", "openai/gpt-4o", "gpt-4o"),
        ("openai", "gpt-5.2-20251211", "gpt-5.2"),
        ("openai", "gpt-5-mini-2025-08-07", "gpt-5-mini"),
        ("openai", "ft:gpt-4o-mini-2024-07-18:acme::x1", "ft:gpt-4o-mini-2024-07-18"),
        ("anthropic", "claude-sonnet-4-5-20250929", "claude-sonnet-4-5"),
        ("anthropic", "claude-opus-5-20261001", "claude-opus-5"),
        ("anthropic", "claude-2.1", "claude-2"),
        ("mistral", "magistral-medium-2509", "magistral-medium"),
        ("google", "gemini-2.5-pro-preview-05-06", "gemini-2.5-pro"),
        ("anthropic", "claude-opus-4-5-latest", "claude-opus-4-5"),
        ("anthropic", "anthropic/claude-haiku-4-5", "claude-haiku-4-5"),
        ("gemini", "models/gemini-2.5-pro", "gemini-2.5-pro"),
        ("google", "publishers/google/models/gemini-2.5-flash", "gemini-2.5-flash"),
        ("google", "gemini-2.5-flash-001", "gemini-2.5-flash"),
        ("vertex", "projects/p/locations/l/publishers/google/models/gemini-2.5-pro", "gemini-2.5-pro"),
        ("vertex", "claude-opus-4-5@20251101", "claude-opus-4-5"),
        ("vertex", "publishers/anthropic/models/claude-opus-4-5", "claude-opus-4-5"),
        ("x-ai", "xai/grok-4.3", "grok-4.3"),
        ("fireworks", "deepseek-v3", "accounts/fireworks/models/deepseek-v3"),
        ("openrouter", "anthropic/claude-opus-5.5", "anthropic/claude-opus-5.5"),
        ("groq", "llama-3.3-70b-versatile", "llama-3.3-70b-versatile"),
    ],
)
def test_spellings_that_mean_a_model_find_it(book: PriceBook, provider: str, model: str, found: str) -> None:
    match = book.find(provider, model)
    assert match is not None
    assert match.id == found


@pytest.mark.parametrize(
    ("provider", "model"),
    [
        ("openai", "gpt-4o-with-a-new-suffix"),
        ("openai", "gpt-4"[:4]),
        ("openai", "gpt-4o-mini-2024-07-18:free"),
        ("openai", "ft:gpt-6-sol:acme::x1"),  # no row for a fine-tune is not the base model's row
        ("openai", "gpt-9"),
        ("google", "gemini-3.8-flash-cyber"),  # its brother is listed, it is not
        ("anthropic", "claude-opus-5-9"),
        ("anthropic", "claude-sonnet-4-5-20259929"),  # not a day
        ("aws.bedrock", "arn:aws:bedrock:us-east-1:1:application-inference-profile/abc123"),
        ("aws.bedrock", "arn:aws:bedrock:us-east-1:1:provisioned-model/abc123"),
        ("azure", "our-deployment"),
        ("nobody", "gpt-4o"),
        ("openai", ""),
    ],
)
def test_a_name_that_means_no_listed_model_finds_none(book: PriceBook, provider: str, model: str) -> None:
    assert book.find(provider, model) is None


def test_an_own_snapshot_is_tried_before_its_family() -> None:
    names = list(matching.spellings("openai", "gpt-4o-2024-05-13"))
    assert names.index("gpt-4o-2024-05-13") < names.index("gpt-4o")


def test_spellings_are_not_repeated() -> None:
    names = list(matching.spellings("anthropic", "anthropic/claude-opus-5@20261001"))
    assert len(names) == len(set(names))


@pytest.mark.parametrize(
    ("model", "same_as"),
    [
        ("arn:aws:bedrock:us-east-1:1:inference-profile/us.anthropic.claude-3-haiku-20240307-v1:0", "us."),
        ("arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-3-haiku-20240307-v1:0", ""),
        ("us.anthropic.claude-3-haiku-20240307-v1:0", ""),
        ("anthropic.claude-3-haiku-20240307", ""),
    ],
)
def test_bedrock_ids_with_one_price_everywhere_are_one_model(book: PriceBook, model: str, same_as: str) -> None:
    found, plain = book.find("bedrock", model), book.find("bedrock", f"{same_as}anthropic.claude-3-haiku-20240307-v1:0")
    assert found is not None
    assert plain is not None
    assert found.id == plain.id


def test_bedrock_geographies_with_prices_of_their_own_stay_apart(book: PriceBook) -> None:
    name = "anthropic.claude-opus-4-5-20251101-v1:0"
    worldwide, us = book.find("bedrock", f"global.{name}"), book.find("bedrock", f"us.{name}")
    assert worldwide is not None
    assert us is not None
    assert worldwide.id != us.id
    assert book.find("bedrock", "zz.anthropic.claude-opus-4-5-20251101-v1:0") is None


@pytest.mark.parametrize(
    ("model", "geo", "expected"),
    [
        ("anthropic.claude-opus-4-5-20251101-v1:0", "global", "5"),
        ("anthropic.claude-opus-4-5-20251101-v1:0", "us", "5.5"),
        ("global.anthropic.claude-opus-4-5-20251101-v1:0", "us", "5"),
    ],
)
def test_a_bedrock_profile_may_come_as_geography(book: PriceBook, model: str, geo: str, expected: str) -> None:
    asked = call({"input.fresh.text": 1_000_000}, provider="aws.bedrock", model=model, geo=geo)
    assert cost(book.price(asked)) == expected


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        ("ft:gpt-4.1:acme::abc", "ft:gpt-4.1-2025-04-14"),
        ("ft:gpt-4.1-2025-04-14:acme:name:abc", "ft:gpt-4.1-2025-04-14"),
        ("ft:gpt-4.1-mini:acme::abc", "ft:gpt-4.1-mini-2025-04-14"),
        ("ft:gpt-5:acme::abc", None),
    ],
)
def test_fine_tunes_are_found_by_their_base_and_never_as_the_base(
    book: PriceBook, model: str, expected: str | None
) -> None:
    found = book.find("openai", model)
    assert (found.id if found else None) == expected


@pytest.mark.parametrize(
    ("provider", "model"),
    [
        ("google", "gemini-3.8-flash-cyber"),  # only Vertex lists it
        ("openai", "gpt-5.6-sol-cyber"),
        ("openai", "gpt-4o-minimal"),
        ("anthropic", "claude-opus-5-55"),
        ("xai", "grok-4.30"),
    ],
)
def test_a_new_sibling_never_gets_its_brothers_price(book: PriceBook, provider: str, model: str) -> None:
    assert book.find(provider, model) is None
