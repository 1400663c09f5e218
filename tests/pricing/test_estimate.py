"""What is at stake in calls without a price."""

from datetime import datetime
from decimal import Decimal

from app.pricing.rules.estimate import Estimate
from app.pricing.service import PriceBook
from tests.pricing.books import NOON, book_of

AT = datetime.fromisoformat(NOON)
LISTED = {
    "input.fresh.text": ["2.5", [">", 200_000, "5"]],
    "input.cache_read.text": "0.25",
    "output.visible.text": "10",
}


def estimated(book: PriceBook, tokens: dict[str, int], model: str = "nova-2") -> Estimate | None:
    return book.estimate("openai", model, tokens, AT)


def test_tokens_are_priced_at_the_nearest_models_list_price() -> None:
    book = book_of({"prices": LISTED}, model="nova-1")
    tokens = {"input.fresh.text": 3, "input.cache_read.text": 1, "output.visible.text": 2, "output.reasoning.text": 1}
    estimate = estimated(book, tokens)
    # 3 * 2.5 + 1 * 0.25 + 3 * 10 = 37.75 per million
    assert estimate == Estimate(Decimal("0.00003775"), "openai/nova-1", "the nearest known name, which also has: nova")


def test_an_estimate_does_not_climb_the_steps_by_size_of_prompt() -> None:
    estimate = estimated(book_of({"prices": LISTED}, model="nova-1"), {"input.fresh.text": 1_000_000})
    assert estimate is not None
    assert estimate.cost == Decimal("2.5")


def test_writes_without_a_price_count_as_plain_input() -> None:
    estimate = estimated(book_of({"prices": LISTED}, model="nova-1"), {"input.cache_write_5m.text": 1_000_000})
    assert estimate is not None
    assert estimate.cost == Decimal("2.5")


def test_a_known_model_is_estimated_at_its_own_list_price() -> None:
    estimate = estimated(book_of({"prices": LISTED}, model="nova-1"), {"input.fresh.text": 2}, model="nova-1")
    assert estimate == Estimate(Decimal("0.000005"), "openai/nova-1", "this model at its list price")


def test_without_tokens_there_is_nothing_to_estimate() -> None:
    book = book_of({"prices": LISTED}, model="nova-1")
    assert estimated(book, {"input.fresh.text": 0}) is None
    assert estimated(book, {}) is None


def test_a_model_that_lacks_a_price_for_what_was_used_is_no_measure() -> None:
    book = book_of({"prices": {"input.fresh.text": "1"}}, model="nova-1")
    assert estimated(book, {"input.fresh.text": 1, "output.visible.text": 1}) is None


def test_a_name_like_no_other_has_no_estimate() -> None:
    assert estimated(book_of({"prices": LISTED}, model="nova-1"), {"input.fresh.text": 1}, model="unheard-of") is None


def test_models_are_searched_by_every_word_of_a_text() -> None:
    book = book_of({"prices": LISTED}, model="nova-1-mini")
    assert book.search("NOVA mini") == [("openai", "nova-1-mini")]
    assert book.search("openai/nova") == [("openai", "nova-1-mini")]
    assert book.search("", "azure") == []
    assert book.search("nova large") == []
