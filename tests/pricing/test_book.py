"""The book that ships: figures read from vendors' pages, traps of the sources, and that it is what its sources give."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.pricing.build.write import BOOK_PATH, CONFLICTS_PATH, build, render_book, render_conflicts
from app.pricing.rules import matching, units
from app.pricing.rules.call import PriceState, UnpricedReason
from app.pricing.service import PriceBook, load_default
from tests.pricing.books import call, cost

IN, OUT = "input.fresh.text", "output.visible.text"
READ, WRITE_5M, WRITE_1H = "input.cache_read.text", "input.cache_write_5m.text", "input.cache_write_1h.text"
MILLION_EACH = {IN: 1_000_000, OUT: 1_000_000}
SMALL = {IN: 1000, OUT: 1000}


@pytest.fixture(scope="module")
def book() -> PriceBook:
    return load_default()


def test_the_book_is_what_its_pinned_sources_and_corrections_give() -> None:
    rebuilt, conflicts = build()
    assert render_book(rebuilt) == BOOK_PATH.read_text(encoding="utf-8"), "run `python -m app.pricing.build`"
    assert render_conflicts(conflicts) == CONFLICTS_PATH.read_text(encoding="utf-8")


def test_the_book_says_its_version(book: PriceBook) -> None:
    assert re.fullmatch(r"2026-11-21\.[0-9a-f]{10}", book.version)


def test_every_sheet_of_the_book_can_be_read_and_prices_only_units_we_know() -> None:
    raw = json.loads(BOOK_PATH.read_bytes())
    loaded = PriceBook(raw)
    for provider, entry in raw["providers"].items():
        for model_id, listed in entry["models"].items():
            model = loaded.find(provider, listed["names"][0])
            assert model is not None, (provider, model_id)
            assert model.sheets, (provider, model_id)
            for sheet in model.sheets:
                assert {key.partition("@")[0] for key in sheet.prices} <= units.UNITS, (provider, model_id)
                assert all(price.figure.price >= 0 for price in sheet.prices.values())
                assert sheet.start is None or sheet.end is None or sheet.start < sheet.end


def test_every_name_means_one_model() -> None:
    for provider, entry in json.loads(BOOK_PATH.read_bytes())["providers"].items():
        names = [name for model in entry["models"].values() for name in model["names"]]
        assert len(names) == len(set(names)), provider


def test_the_fifteen_largest_providers_are_in_the_book() -> None:
    listed = json.loads(BOOK_PATH.read_bytes())["providers"]
    wanted = "openai anthropic google vertex azure aws.bedrock mistral cohere deepseek xai groq together fireworks"
    for provider in (*wanted.split(), "perplexity", "openrouter"):
        assert len(listed[provider]["models"]) > 8, provider


def test_prices_are_text_in_the_file() -> None:
    def check(value: object) -> None:
        assert not isinstance(value, float), value
        for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
            check(inner)

    check(json.loads(BOOK_PATH.read_bytes()))


def test_both_sources_are_credited() -> None:
    notice = (Path(BOOK_PATH).parent / "NOTICE").read_text(encoding="utf-8")
    assert "Pydantic Services Inc." in notice
    assert "Berri AI" in notice


# --- figures, each as its vendor publishes it ---

THEN = "2023-11-16T18:15:46.680590+00:00"


@pytest.mark.parametrize(
    ("provider", "model", "at", "expected"),
    [
        ("openai", "gpt-4-0613", THEN, "90"),
        ("openai", "gpt-3.5-turbo-1106", THEN, "3"),
        ("openai", "gpt-4o", "2024-10-01T23:59:59+00:00", "20"),  # the alias moved the day after
        ("openai", "gpt-4o", "2024-10-02T00:00:00+00:00", "12.5"),
        ("openai", "gpt-4o-2024-05-13", "2026-11-20T00:00:00+00:00", "20"),
        ("openai", "gpt-4o-mini", "2026-11-20T00:00:00+00:00", "0.75"),
        ("openai", "o3", "2025-06-09T23:59:59+00:00", "50"),
        ("openai", "o3", "2025-06-10T00:00:00+00:00", "10"),
        ("anthropic", "claude-3-5-sonnet-20241022", "2024-11-01T00:00:00+00:00", "18"),
        ("anthropic", "claude-opus-5-5", "2026-11-20T00:00:00+00:00", "24"),
        ("google", "gemini-2.5-flash", "2026-11-20T00:00:00+00:00", "2.8"),
        ("mistral", "mistral-large-4", "2026-10-19T23:59:59+00:00", "2.77"),
        ("mistral", "mistral-large-4", "2026-10-20T00:00:00+00:00", "5.54"),
        ("mistral", "mistral-large-4", "2026-10-29T00:00:00+00:00", "2.8"),
        ("mistral", "mistral-large-latest", "2026-11-20T00:00:00+00:00", "2"),
        ("deepseek", "deepseek-chat", "2025-09-05T15:59:59+00:00", "1.37"),
        ("deepseek", "deepseek-chat", "2025-09-05T16:00:00+00:00", "2.24"),
        ("deepseek", "deepseek-chat", "2025-06-01T16:30:00+00:00", "0.685"),  # night discount
        ("deepseek", "deepseek-v4-pro", "2026-11-20T02:00:00+00:00", "5.28"),  # Friday, peak
        ("deepseek", "deepseek-v4-pro", "2026-11-21T02:00:00+00:00", "2.64"),  # Saturday
        ("groq", "llama-3.3-70b-versatile", "2026-11-20T00:00:00+00:00", "1.38"),
        ("azure", "gpt-oss-120b", "2026-11-20T00:00:00+00:00", "0.75"),
        ("vertex", "gemini-2.0-flash", "2026-11-20T00:00:00+00:00", "0.75"),
        ("vertex", "gemini-3.8-flash-cyber", "2026-11-20T00:00:00+00:00", "9"),
        ("openrouter", "anthropic/claude-opus-5.5", "2026-11-20T00:00:00+00:00", "24"),
        ("xai", "grok-code-fast-1", "2026-11-20T00:00:00+00:00", "1.7"),
    ],
)
def test_a_million_in_and_a_million_out_cost_what_the_vendor_said_that_day(
    book: PriceBook, provider: str, model: str, at: str, expected: str
) -> None:
    counts = MILLION_EACH
    assert cost(book.price(call(counts, provider=provider, model=model, at=at))) == expected


def test_the_azure_trace_of_2023_costs_what_openai_asked(book: PriceBook) -> None:
    code = {IN: 18_059_974, OUT: 245_896}
    chat = {IN: 22_361_870, OUT: 4_088_665}
    assert cost(book.price(call(code, model="gpt-4-0613", at=THEN))) == "556.55298"
    assert cost(book.price(call(chat, model="gpt-3.5-turbo-1106", at=THEN))) == "30.5392"


@pytest.mark.parametrize(
    ("unit", "expected"), [(IN, "4"), (READ, "0.2"), (WRITE_5M, "5"), (WRITE_1H, "8"), (OUT, "20")]
)
def test_anthropic_cache_lives_have_their_own_prices(book: PriceBook, unit: str, expected: str) -> None:
    assert cost(book.price(call({unit: 1_000_000}, provider="anthropic", model="claude-opus-5-5"))) == expected


@pytest.mark.parametrize(
    ("unit", "expected"),
    [
        (IN, "0.2"),
        (READ, "0.02"),
        ("input.cache_write_30m.text", "0.25"),
        ("input.cache_write_12h.text", "0.5"),
        ("input.cache_write_free.text", "0.2"),
    ],
)
def test_openai_cache_lives_have_their_own_prices(book: PriceBook, unit: str, expected: str) -> None:
    assert cost(book.price(call({unit: 100_000}, model="gpt-6-sol"))) == expected


@pytest.mark.parametrize(("size", "expected"), [(272_000, "0.544"), (272_001, "1.088004")])
def test_openai_long_context_begins_beyond_272k(book: PriceBook, size: int, expected: str) -> None:
    assert cost(book.price(call({IN: size}, model="gpt-6-sol"))) == expected


@pytest.mark.parametrize(("size", "expected"), [(199_999, "0.24999875"), (200_000, "0.5")])
def test_xai_long_context_begins_at_200k(book: PriceBook, size: int, expected: str) -> None:
    assert cost(book.price(call({IN: size}, provider="xai", model="grok-4.3"))) == expected


@pytest.mark.parametrize(("size", "expected"), [(100_000, "0.01"), (100_001, "0.0500005")])
def test_haiku_long_context_begins_beyond_100k(book: PriceBook, size: int, expected: str) -> None:
    assert cost(book.price(call({IN: size}, provider="anthropic", model="claude-haiku-5-5"))) == expected


def test_the_long_context_surcharge_of_claude_4_6_ended_when_it_did(book: PriceBook) -> None:
    def price(at: str) -> str | None:
        return cost(book.price(call({IN: 300_000}, provider="anthropic", model="claude-opus-4-6", at=at)))

    assert price("2026-03-12T23:59:59+00:00") == "3"
    assert price("2026-03-13T00:00:00+00:00") == "1.5"


@pytest.mark.parametrize("at", ["2025-09-01T00:00:00+00:00", "2026-11-20T00:00:00+00:00"])
def test_tiers_are_not_lost_before_the_day_they_were_added_to_a_source(book: PriceBook, at: str) -> None:
    def price(**dimensions: Any) -> str | None:
        return cost(book.price(call(SMALL, model="gpt-5", at=at, **dimensions)))

    assert price() == "0.01125"
    assert price(processing="batch") == "0.005625"
    assert price(tier="flex") == "0.005625"
    assert price(tier="priority") == "0.0225"
    assert price(tier="ultrafast") is None


def test_a_tier_before_a_price_change_it_is_not_known_for_is_unpriced(book: PriceBook) -> None:
    before = call(SMALL, model="o3", tier="flex", at="2025-06-09T23:59:59+00:00")
    assert book.price(before).unpriced_reason is UnpricedReason.NO_PRICE_FOR_TIER
    after = call(SMALL, model="o3", tier="flex", at="2025-06-10T00:00:00+00:00")
    assert cost(book.price(after)) == "0.005"


@pytest.mark.parametrize(
    ("tier", "size", "expected"),
    [(None, 100_000, "0.5"), ("flex", 100_000, "0.25"), ("priority", 100_000, "1"), ("flex", 272_001, "1.360005")],
)
def test_an_old_release_has_the_tiers_of_an_earlier_price(
    book: PriceBook, tier: str | None, size: int, expected: str
) -> None:
    before = call({IN: size}, model="gpt-5.6-sol", tier=tier, at="2026-08-20T00:00:00+00:00")
    assert cost(book.price(before)) == expected


def test_gemini_batches_keep_the_cached_price_and_halve_reasoning(book: PriceBook) -> None:
    counts = {READ: 1_000_000, "output.reasoning.text": 1_000_000}
    batch = call(counts, provider="google", model="gemini-2.5-flash", processing="batch")
    assert cost(book.price(batch)) == "1.28"  # 0.03 + 1.25


def test_gemini_modalities(book: PriceBook) -> None:
    def price(unit: str) -> str | None:
        return cost(book.price(call({unit: 1_000_000}, provider="google", model="gemini-2.5-flash")))

    assert price("input.fresh.audio") == "1"
    assert price("input.fresh.image") == "0.3"
    assert price("input.cache_read.audio") == "0.1"
    assert price("output.visible.image") is None


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        ("anthropic.claude-opus-4-5-20251101-v1:0", "33"),  # In-Region: list + 10 %
        ("us.anthropic.claude-opus-4-5-20251101-v1:0", "33"),
        ("global.anthropic.claude-opus-4-5-20251101-v1:0", "30"),
        ("us-gov.anthropic.claude-sonnet-5", "14.4"),  # + 20 %
        ("eu.amazon.nova-lite-v1:0", "0.39"),
        ("amazon.nova-lite-v1:0", "0.3"),
    ],
)
def test_bedrock_geographies(book: PriceBook, model: str, expected: str) -> None:
    assert cost(book.price(call(MILLION_EACH, provider="bedrock", model=model))) == expected


@pytest.mark.parametrize(("geo", "expected"), [(None, "11.25"), ("eu", "12.375"), ("us", "12.375"), ("jp", None)])
def test_azure_data_zones(book: PriceBook, geo: str | None, expected: str | None) -> None:
    assert cost(book.price(call(MILLION_EACH, provider="azure", model="gpt-5", geo=geo))) == expected


@pytest.mark.parametrize(("provider", "model"), [("openai", "gpt-6-sol"), ("anthropic", "claude-opus-5-5")])
def test_residency_costs_a_tenth_more_on_new_models(book: PriceBook, provider: str, model: str) -> None:
    usual = book.price(call({IN: 1000}, provider=provider, model=model)).cost
    in_us = book.price(call({IN: 1000}, provider=provider, model=model, geo="us")).cost
    assert usual is not None
    assert in_us is not None
    assert in_us * 10 == usual * 11


def test_residency_costs_nothing_on_older_models(book: PriceBook) -> None:
    assert cost(book.price(call({IN: 1_000_000}, model="gpt-4o", geo="eu"))) == "2.5"


def test_fast_mode_costs_double(book: PriceBook) -> None:
    fast = call(MILLION_EACH, provider="anthropic", model="claude-opus-5-5", speed="fast")
    assert cost(book.price(fast)) == "48"


def test_tool_fees(book: PriceBook) -> None:
    search = call({"tool.web_search": 3, "tool.web_fetch": 2}, provider="anthropic", model="claude-opus-5-5")
    assert cost(book.price(search)) == "0.03"
    assert cost(book.price(call({"tool.file_search": 2}, model="gpt-5"))) == "0.005"


def test_transcription_by_the_second(book: PriceBook) -> None:
    assert cost(book.price(call({"audio_in_seconds": 60}, model="whisper-1"))) == "0.006"


@pytest.mark.parametrize(
    ("quality", "size", "expected"),
    [
        (None, "1024x1024", "0.04"),
        ("standard", "1792x1024", "0.08"),
        ("hd", "1024x1024", "0.08"),
        ("hd", "1024x1792", "0.12"),
        ("hd", None, None),
    ],
)
def test_an_image_costs_by_its_size_and_quality(
    book: PriceBook, quality: str | None, size: str | None, expected: str | None
) -> None:
    said = {"quality": quality, "size": size}
    facts = {name: value for name, value in said.items() if value}
    assert cost(book.price(call({"images_out": 1}, model="dall-e-3", facts=facts))) == expected


@pytest.mark.parametrize(
    ("provider", "model", "geo", "expected"),
    [("mistral", "mistral-large-2512", "eu", "2.2"), ("vertex", "claude-opus-5-5", "europe-west1", "26.4")],
)
def test_regional_endpoints_cost_a_tenth_more(
    book: PriceBook, provider: str, model: str, geo: str, expected: str
) -> None:
    assert cost(book.price(call(MILLION_EACH, provider=provider, model=model, geo=geo))) == expected


@pytest.mark.parametrize(("size", "expected"), [(200_000, "0.6"), (200_001, "1.200006")])
def test_sonnet_4_has_a_long_context_price_beyond_200k(book: PriceBook, size: int, expected: str) -> None:
    asked = call({IN: size}, provider="anthropic", model="claude-sonnet-4-20250514")
    assert cost(book.price(asked)) == expected


def test_batches_of_claude_halve_cache_writes_and_reads_too(book: PriceBook) -> None:
    counts = {IN: 1_000_000, READ: 1_000_000, WRITE_1H: 1_000_000, OUT: 1_000_000}
    usual = book.price(call(counts, provider="anthropic", model="claude-opus-4-1-20250805")).cost
    batch = book.price(call(counts, provider="anthropic", model="claude-opus-4-1-20250805", tier="batch")).cost
    assert usual is not None
    assert batch is not None
    assert batch * 2 == usual


def test_a_site_priced_in_yuan_is_not_silently_priced_in_dollars(book: PriceBook) -> None:
    priced = book.price(call(SMALL, provider="bigmodel", model="glm-5.3"))
    assert (priced.cost, priced.unpriced_reason) == (None, UnpricedReason.PRICE_IN_OTHER_CURRENCY)
    fresh = next(row for row in book.rows("zhipu", "glm-5.3") if row.unit == IN)
    assert (fresh.currency, str(fresh.price), fresh.per) == ("CNY", "8", 1_000_000)


def test_a_free_variant_is_free_and_not_unpriced(book: PriceBook) -> None:
    free = call(SMALL, provider="openrouter", model="agentica-org/deepcoder-14b-preview:free")
    assert book.price(free).state is PriceState.FREE


@pytest.mark.parametrize("unit", ["input.fresh.audio", "output.visible.audio"])
def test_audio_without_a_price_is_not_priced_as_text(book: PriceBook, unit: str) -> None:
    priced = book.price(call({unit: 10}, model="gpt-4o"))
    assert priced.unpriced_reason is UnpricedReason.NO_PRICE_FOR_UNIT


@pytest.mark.parametrize(("size", "expected"), [("low", "0.024"), ("medium", "0.028"), ("high", "0.032"), (None, None)])
def test_perplexity_asks_a_fee_by_search_size_that_tokens_alone_do_not_show(
    book: PriceBook, size: str | None, expected: str | None
) -> None:
    facts = {"search_context_size": size} if size else {}
    priced = book.price(call({**SMALL, "requests": 1}, provider="perplexity", model="sonar-pro", facts=facts))
    assert cost(priced) == expected
    assert priced.unpriced_units == (() if size else ("requests",))


# --- resolving ---


def test_the_served_model_is_priced_and_the_requested_one_only_when_it_is_unknown(book: PriceBook) -> None:
    both = call(MILLION_EACH, model="gpt-4o-mini", requested_model="gpt-4o")
    assert book.price(both).priced_as == "openai/gpt-4o-mini"
    fallback = call(MILLION_EACH, model="our-deployment", requested_model="gpt-4o-mini")
    assert book.price(fallback).priced_as == "openai/gpt-4o-mini"


def test_hits_and_misses_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    fresh = PriceBook.load()
    searches: list[str] = []
    search = matching.spellings

    def spellings(provider: str, model: str) -> Iterator[str]:
        searches.append(model)
        return search(provider, model)

    monkeypatch.setattr(matching, "spellings", spellings)
    for _ in range(3):
        fresh.price(call(model="gpt-4o-mini"))
        fresh.price(call(model="nobody-knows"))
    assert searches == ["gpt-4o-mini", "nobody-knows"]
