"""Which rates apply: tier, processing, speed, geography, prompt size, day and hour."""

from typing import Any

import pytest

from app.pricing.rules.call import PriceState, UnpricedReason
from tests.pricing.books import book_of, call, cost

LIST: dict[str, Any] = {
    "prices": {
        "input.fresh.text": "2",
        "input.cache_read.text": "0.2",
        "output.visible.text": "10",
        "tool.web_search": "10/1000",
    }
}
BATCH = {"processing": "batch", "prices": {"input.fresh.text": "1", "output.visible.text": "5"}}
FLEX = {"tier": "flex", "prices": {"input.fresh.text": "1.1", "output.visible.text": "5.5"}}
FAST = {"speed": "fast", "prices": {"input.fresh.text": "4"}}


# --- tiers ---


@pytest.mark.parametrize("tier", [None, "", "default", "standard", "auto", "on_demand", "ON_DEMAND", " Default "])
def test_tiers_that_mean_the_list_price(tier: str | None) -> None:
    assert cost(book_of(LIST, FLEX).price(call(tier=tier))) == "2"


def test_a_tier_has_its_own_price() -> None:
    assert cost(book_of(LIST, FLEX).price(call(tier="flex"))) == "1.1"


@pytest.mark.parametrize("tier", ["scale", "provisioned", "flexx", "priority"])
def test_a_tier_without_rows_is_not_silently_the_list_price(tier: str) -> None:
    priced = book_of(LIST, FLEX).price(call(tier=tier))
    assert (priced.state, priced.cost) == (PriceState.UNPRICED, None)
    assert priced.unpriced_reason is UnpricedReason.NO_PRICE_FOR_TIER
    assert priced.priced_as == "openai/m"


def test_a_tier_keeps_tool_fees_but_no_token_price_it_does_not_list() -> None:
    book = book_of(LIST, FLEX)
    assert cost(book.price(call({"tool.web_search": 1}, tier="flex"))) == "0.01"
    unlisted = book.price(call({"input.cache_read.text": 1}, tier="flex"))
    assert unlisted.unpriced_reason is UnpricedReason.NO_PRICE_FOR_UNIT


def test_fast_is_what_an_openai_request_calls_priority() -> None:
    book = book_of(LIST, {"tier": "priority", "prices": {"input.fresh.text": "4"}})
    assert cost(book.price(call(tier="fast"))) == "4"


def test_a_batch_has_its_own_price_and_keeps_the_cached_one() -> None:
    book = book_of(LIST, BATCH)
    assert cost(book.price(call(processing="batch"))) == "1"
    assert cost(book.price(call({"input.cache_read.text": 1_000_000}, processing="batch"))) == "0.2"


def test_a_batch_tier_is_a_batch() -> None:
    assert cost(book_of(LIST, BATCH).price(call(tier="batch"))) == "1"


def test_a_batch_without_rows_is_unpriced() -> None:
    priced = book_of(LIST).price(call(processing="batch"))
    assert priced.unpriced_reason is UnpricedReason.NO_PRICE_FOR_TIER


@pytest.mark.parametrize(("processing", "expected"), [(None, "2"), ("realtime", "2"), ("batch", "1"), ("later", None)])
def test_processing_is_known_or_unpriced(processing: str | None, expected: str | None) -> None:
    assert cost(book_of(LIST, BATCH).price(call(processing=processing))) == expected


def test_fast_mode_has_its_own_price() -> None:
    book = book_of(LIST, FAST)
    assert cost(book.price(call(speed="fast"))) == "4"
    assert cost(book.price(call(speed="standard"))) == "2"
    assert cost(book_of(LIST).price(call(speed="fast"))) is None


def test_combinations_need_rows_of_their_own() -> None:
    assert cost(book_of(LIST, BATCH, FLEX).price(call(tier="flex", processing="batch"))) is None


# --- geography ---


@pytest.mark.parametrize(
    ("geo", "expected"), [(None, "2"), ("global", "2"), ("eu", "2.2"), ("EU", "2.2"), ("jp", None)]
)
def test_a_geography_multiplies_token_prices(geo: str | None, expected: str | None) -> None:
    assert cost(book_of(LIST, geo={"eu": "1.1"}).price(call(geo=geo))) == expected


def test_a_geography_does_not_multiply_tool_fees() -> None:
    assert cost(book_of(LIST, geo={"eu": "1.1"}).price(call({"tool.web_search": 1}, geo="eu"))) == "0.01"


def test_a_star_is_any_place_but_global() -> None:
    book = book_of(LIST, geo={"*": "1.1"})
    assert cost(book.price(call(geo="us-central1"))) == "2.2"
    assert cost(book.price(call(geo="region:us-central1"))) == "2.2"
    assert cost(book.price(call(geo="global"))) == "2"


def test_a_geography_with_rows_of_its_own_uses_only_those() -> None:
    book = book_of(LIST, BATCH, {"geo": "us", "prices": {"input.fresh.text": "2.2"}})
    assert cost(book.price(call(geo="us"))) == "2.2"
    assert cost(book.price(call(geo="us", processing="batch"))) is None


def test_where_geography_decides_an_unlisted_one_is_unpriced() -> None:
    assert cost(book_of(LIST, strict_geo=True).price(call(geo="jp"))) is None
    assert cost(book_of(LIST, strict_geo=True).price(call(geo="global"))) == "2"


# --- prompt size ---

LONG: dict[str, Any] = {
    "prices": {
        "input.fresh.text": ["2", [">", 200_000, "4"]],
        "input.cache_read.text": ["0.2", [">", 200_000, "0.4"]],
        "output.visible.text": ["10", [">", 200_000, "15"]],
        "tool.web_search": "10/1000",
    }
}


@pytest.mark.parametrize(
    ("operator", "size", "expected"),
    [
        (">", 199_999, "0.399998"),
        (">", 200_000, "0.4"),
        (">", 200_001, "0.800004"),
        (">=", 199_999, "0.399998"),
        (">=", 200_000, "0.8"),
        (">=", 200_001, "0.800004"),
    ],
)
def test_the_long_price_begins_exactly_where_the_vendor_says(operator: str, size: int, expected: str) -> None:
    book = book_of({"prices": {"input.fresh.text": ["2", [operator, 200_000, "4"]]}})
    assert cost(book.price(call({"input.fresh.text": size}))) == expected


def test_the_long_price_is_for_the_whole_request_and_cached_input_counts_to_its_size() -> None:
    counts = {"input.fresh.text": 100_000, "input.cache_read.text": 100_001, "output.visible.text": 1000}
    # 100,000 x 4 + 100,001 x 0.4 + 1,000 x 15, all per million
    assert cost(book_of(LONG).price(call(counts))) == "0.4550004"


def test_output_does_not_count_to_the_size_of_the_prompt() -> None:
    counts = {"input.fresh.text": 200_000, "output.visible.text": 300_000}
    assert cost(book_of(LONG).price(call(counts))) == "3.4"


def test_units_without_steps_keep_their_price_in_long_requests() -> None:
    assert cost(book_of(LONG).price(call({"input.fresh.text": 200_001, "tool.web_search": 1}))) == "0.810004"


@pytest.mark.parametrize(("size", "each"), [(32_000, "1"), (32_001, "2"), (128_000, "2"), (128_001, "3")])
def test_several_steps_take_the_highest_that_is_passed(size: int, each: str) -> None:
    book = book_of({"prices": {"input.fresh.text": ["1", [">", 32_000, "2"], [">", 128_000, "3"]]}})
    assert cost(book.price(call({"input.fresh.text": size}))) == cost(
        book_of({"prices": {"input.fresh.text": each}}).price(call({"input.fresh.text": size}))
    )


def test_a_long_request_in_a_batch_uses_the_batch_steps() -> None:
    batch = {"processing": "batch", "prices": {"input.fresh.text": ["1", [">", 200_000, "2"]]}}
    counts = {"input.fresh.text": 200_001, "input.cache_read.text": 1_000_000}
    # cached input keeps the list price's step: 200,001 x 2 + 1,000,000 x 0.4
    assert cost(book_of(LONG, batch).price(call(counts, processing="batch"))) == "0.800002"


# --- time ---

OLD = {"until": "2026-08-21T00:00:00+00:00", "prices": {"input.fresh.text": "5"}}
NEW = {"from": "2026-08-21T00:00:00+00:00", "prices": {"input.fresh.text": "4"}}


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("2020-01-01T00:00:00+00:00", "5"),
        ("2026-08-20T23:59:59.999999+00:00", "5"),
        ("2026-08-21T00:00:00+00:00", "4"),
        ("2026-08-21T01:59:00+02:00", "5"),
        ("2026-08-21T02:00:00+02:00", "4"),
    ],
)
def test_a_call_costs_what_held_at_its_instant(at: str, expected: str) -> None:
    assert cost(book_of(OLD, NEW).price(call(at=at))) == expected


def test_a_tier_that_is_only_known_beside_the_new_price_is_unpriced_before() -> None:
    batch = {**NEW, "processing": "batch", "prices": {"input.fresh.text": "2"}}
    book = book_of(OLD, NEW, batch)
    assert cost(book.price(call(at="2026-08-21T00:00:00+00:00", processing="batch"))) == "2"
    before = book.price(call(at="2026-08-20T23:59:59+00:00", processing="batch"))
    assert (before.cost, before.unpriced_reason) == (None, UnpricedReason.NO_PRICE_FOR_TIER)


PEAK = {"hours": [["01:00", "04:00", [1, 2, 3, 4, 5]], ["22:00", "24:00"]], "prices": {"input.fresh.text": "4"}}


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("2026-11-20T00:59:59+00:00", "2"),  # a Friday
        ("2026-11-20T01:00:00+00:00", "4"),
        ("2026-11-20T03:59:59+00:00", "4"),
        ("2026-11-20T04:00:00+00:00", "2"),
        ("2026-11-20T04:30:00+02:00", "4"),  # 02:30 UTC
        ("2026-11-21T02:00:00+00:00", "2"),  # a Saturday
        ("2026-11-21T22:00:00+00:00", "4"),
        ("2026-11-21T23:59:59+00:00", "4"),
    ],
)
def test_prices_by_the_hour_hold_on_their_days_in_utc(at: str, expected: str) -> None:
    assert cost(book_of(LIST, PEAK).price(call(at=at))) == expected


def test_hours_change_only_what_they_list() -> None:
    counts = {"output.visible.text": 1_000_000}
    assert cost(book_of(LIST, PEAK).price(call(counts, at="2026-11-20T02:00:00+00:00"))) == "10"


# --- modalities ---


def test_modalities_that_the_model_takes_as_text_cost_the_text_price() -> None:
    book = book_of(LONG, as_text=["image"])
    assert cost(book.price(call({"input.fresh.image": 1000}))) == "0.002"
    assert cost(book.price(call({"input.cache_read.image": 1000}))) == "0.0002"
    assert cost(book.price(call({"input.fresh.image": 200_001}))) == "0.800004"
    assert cost(book.price(call({"input.fresh.audio": 1}))) is None


def test_a_modality_with_a_price_of_its_own_keeps_it() -> None:
    book = book_of({"prices": {"input.fresh.text": "1", "input.fresh.image": "8"}}, as_text=["image"])
    assert cost(book.price(call({"input.fresh.image": 1_000_000}))) == "8"


def test_reasoning_with_a_price_of_its_own_keeps_it() -> None:
    book = book_of({"prices": {"output.visible.text": "8", "output.reasoning.text": "3"}})
    assert cost(book.price(call({"output.reasoning.text": 1_000_000}))) == "3"


@pytest.mark.parametrize(("geo", "expected"), [("home-1", "2"), ("far-1", "3"), ("other-1", None)])
def test_a_geography_is_only_known_by_its_rows_or_as_the_home_of_the_list(geo: str, expected: str | None) -> None:
    book = book_of(LIST, {"geo": "far-1", "prices": {"input.fresh.text": "3"}}, home=["home-1"])
    assert cost(book.price(call(geo=geo))) == expected


def test_a_geography_changes_nothing_for_a_model_whose_price_depends_on_none() -> None:
    assert cost(book_of(LIST).price(call(geo="eu"))) == "2"
