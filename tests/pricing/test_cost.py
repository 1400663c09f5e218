"""From counts to money: exact, unrounded, never a zero that means "unknown"."""

from decimal import Decimal

import pytest

from app.pricing.rules.call import PriceState, UnpricedReason
from tests.pricing.books import book_of, call, cost

FLAT = {"prices": {"input.fresh.text": "2.5", "input.cache_read.text": "0.25", "output.visible.text": "10"}}


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ({"input.fresh.text": 1}, "0.0000025"),
        ({"input.fresh.text": 1_000_000}, "2.5"),
        ({"input.fresh.text": 1200, "output.visible.text": 340}, "0.0064"),
        ({"input.fresh.text": 200, "input.cache_read.text": 1000, "output.visible.text": 340}, "0.00415"),
        ({"input.fresh.text": 9_007_199_254_740_992}, "22517998136.85248"),
        ({"input.fresh.text": 7, "output.visible.text": 0}, "0.0000175"),
        ({"output.reasoning.text": 3, "output.visible.text": 4}, "0.00007"),  # reasoning is output
        ({"input.tool.text": 4}, "0.00001"),  # prompts of tools are input
        ({"input.cache_write_free.text": 4}, "0.00001"),  # nothing extra, but still input
    ],
)
def test_each_count_costs_its_price_and_nothing_is_rounded(counts: dict[str, int | Decimal], expected: str) -> None:
    priced = book_of(FLAT).price(call(counts))
    assert (cost(priced), priced.state) == (expected, PriceState.PRICED)
    assert priced.list_cost == priced.cost
    assert priced.priced_as == "openai/m"


def test_lines_sum_to_the_cost() -> None:
    priced = book_of(FLAT).price(
        call({"input.fresh.text": 1234, "input.cache_read.text": 77, "output.visible.text": 9})
    )
    assert sum(line.cost for line in priced.lines) == priced.cost
    assert [line.unit for line in priced.lines] == ["input.fresh.text", "input.cache_read.text", "output.visible.text"]
    assert (priced.lines[0].rate.price, priced.lines[0].rate.per) == (Decimal("2.5"), 1_000_000)


def test_figures_keep_their_own_denominator() -> None:
    book = book_of({"prices": {"tool.web_search": "10/1000", "pages": "4/1000", "search_units": "0.002/1"}})
    counts = {"tool.web_search": Decimal(3), "pages": Decimal("1.5"), "search_units": Decimal(2)}
    assert cost(book.price(call(counts))) == "0.04"


def test_a_price_per_hour_is_rounded_once_to_a_billionth_of_a_billionth() -> None:
    book = book_of({"prices": {"audio_in_seconds": "0.111/3600"}})
    assert cost(book.price(call({"audio_in_seconds": Decimal(1)}))) == "0.000030833333333333"
    assert cost(book.price(call({"audio_in_seconds": Decimal(3600)}))) == "0.111"


def test_a_used_unit_without_a_price_leaves_the_call_unpriced_but_shows_the_rest() -> None:
    priced = book_of(FLAT).price(call({"input.fresh.text": 10, "input.fresh.audio": 5, "tool.web_search": Decimal(1)}))
    assert (priced.state, priced.unpriced_reason) == (PriceState.UNPRICED, UnpricedReason.NO_PRICE_FOR_UNIT)
    assert (priced.cost, priced.list_cost) == (None, None)
    assert priced.unpriced_units == ("input.fresh.audio", "tool.web_search")
    assert [line.unit for line in priced.lines] == ["input.fresh.text"]


@pytest.mark.parametrize(
    "unit", ["input.cache_write_5m.text", "input.cache_write_30m.text", "input.cache_write_1h.text"]
)
def test_cache_writes_have_no_price_but_their_own(unit: str) -> None:
    assert book_of(FLAT).price(call({unit: 1})).unpriced_reason is UnpricedReason.NO_PRICE_FOR_UNIT


def test_cached_input_is_never_priced_as_fresh_when_its_price_is_missing() -> None:
    book = book_of({"prices": {"input.fresh.text": "1"}})
    assert book.price(call({"input.cache_read.text": 1})).unpriced_reason is UnpricedReason.NO_PRICE_FOR_UNIT


def test_a_known_zero_needs_no_price() -> None:
    priced = book_of(FLAT).price(call({"input.fresh.text": 2, "input.fresh.audio": 0}))
    assert cost(priced) == "0.000005"


def test_all_zero_counts_cost_nothing_at_a_price() -> None:
    priced = book_of(FLAT).price(call({"input.fresh.text": 0, "output.visible.text": 0}))
    assert (priced.state, cost(priced)) == (PriceState.PRICED, "0")


def test_no_counts_at_all_is_missing_usage_and_not_zero() -> None:
    priced = book_of(FLAT).price(call({}))
    assert (priced.state, priced.cost) == (PriceState.UNPRICED, None)
    assert priced.unpriced_reason is UnpricedReason.USAGE_MISSING
    assert priced.priced_as == "openai/m"


def test_an_unknown_model_is_unpriced_and_not_zero() -> None:
    priced = book_of(FLAT).price(call(model="nobody-knows"))
    assert (priced.state, priced.cost, priced.list_cost) == (PriceState.UNPRICED, None, None)
    assert (priced.unpriced_reason, priced.priced_as) == (UnpricedReason.UNKNOWN_MODEL, None)


def test_an_explicit_zero_is_free() -> None:
    book = book_of({"prices": {"input.fresh.text": "0", "output.visible.text": "0"}})
    priced = book.price(call({"input.fresh.text": 10, "output.visible.text": 2}))
    assert (priced.state, cost(priced)) == (PriceState.FREE, "0")


def test_one_paid_unit_beside_free_ones_is_priced() -> None:
    book = book_of({"prices": {"input.fresh.text": "0", "output.visible.text": "1"}})
    assert book.price(call({"input.fresh.text": 10, "output.visible.text": 2})).state is PriceState.PRICED


# --- the provider's own figure ---


def test_the_providers_own_figure_is_preferred_and_ours_is_kept_beside_it() -> None:
    priced = book_of(FLAT).price(call(reported_cost="2.4"))
    assert (priced.state, cost(priced), priced.list_cost) == (PriceState.PRICED, "2.4", Decimal("2.5"))


@pytest.mark.parametrize("model", ["nobody-knows", "m"])
def test_the_providers_own_figure_prices_what_we_cannot(model: str) -> None:
    priced = book_of(FLAT).price(call({"input.fresh.video": 5}, model=model, reported_cost="0.07"))
    assert (priced.state, cost(priced), priced.list_cost) == (PriceState.PRICED, "0.07", None)
    assert priced.unpriced_reason is None


def test_a_reported_zero_is_free() -> None:
    priced = book_of(FLAT).price(call({}, reported_cost="0"))
    assert (priced.state, cost(priced), priced.list_cost) == (PriceState.FREE, "0", None)
