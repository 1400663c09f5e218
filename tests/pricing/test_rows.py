"""What the book says of a name over time: moved names, what was known when, and every row that ever applied."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from app.pricing.rules.call import UnpricedReason
from app.pricing.service import PriceBook
from tests.pricing.books import book_of, call, cost

IN = "input.fresh.text"
MOVED = "2026-03-16T00:00:00+00:00"
DAY_BEFORE = "2026-03-15T23:59:59+00:00"


def sheet(price: str, **extra: Any) -> dict[str, Any]:
    return {**extra, "prices": {IN: price}}


def moving() -> PriceBook:
    """`m-latest` meant `old` until March, then `m`."""
    return book_of(
        sheet("2"),
        aliases={"m-latest": [["", "old"], [MOVED, "m"]]},
        others={"old": {"names": ["old"], "sheets": [sheet("1")]}},
    )


# --- names that move ---


@pytest.mark.parametrize(("at", "expected", "priced_as"), [(DAY_BEFORE, "1", "openai/old"), (MOVED, "2", "openai/m")])
def test_a_moving_name_means_the_model_it_meant_at_the_time(at: str, expected: str, priced_as: str) -> None:
    priced = moving().price(call(model="m-latest", at=at))
    assert (cost(priced), priced.priced_as) == (expected, priced_as)


def test_a_moving_name_is_found_as_what_it_means_now_or_meant_then() -> None:
    now, then = (
        moving().find("openai", "m-latest"),
        moving().find("openai", "m-latest", datetime(2026, 1, 1, tzinfo=UTC)),
    )
    assert now is not None
    assert then is not None
    assert (now.id, then.id) == ("m", "old")


def test_the_models_behind_a_moving_name_keep_their_own_prices() -> None:
    assert cost(moving().price(call(model="old"))) == "1"
    assert cost(moving().price(call(model="m", at=DAY_BEFORE))) == "2"


def test_a_tier_that_only_the_later_model_has_is_not_known_before_the_move() -> None:
    book = book_of(
        sheet("2"),
        sheet("3", tier="flex"),
        aliases={"m-latest": [["", "old"], [MOVED, "m"]]},
        others={"old": {"names": ["old"], "sheets": [sheet("1")]}},
    )
    assert cost(book.price(call(model="m-latest", tier="flex", at=MOVED))) == "3"
    before = book.price(call(model="m-latest", tier="flex", at=DAY_BEFORE))
    assert before.unpriced_reason is UnpricedReason.NO_PRICE_FOR_TIER


# --- what was known when ---


def corrected() -> PriceBook:
    return book_of(sheet("2", sup="2026-12-05"), sheet("3", rec="2026-12-05"))


def test_a_corrected_price_is_not_used_any_more() -> None:
    assert cost(corrected().price(call())) == "3"


@pytest.mark.parametrize(
    ("day", "expected"), [("2026-11-20", None), ("2026-11-21", "2"), ("2026-12-04", "2"), ("2026-12-05", "3")]
)
def test_the_book_can_be_read_as_it_was_known_on_a_day(day: str, expected: str | None) -> None:
    then = corrected().as_known_at(date.fromisoformat(day))
    assert cost(then.price(call())) == expected
    assert then.version == f"test@{day}"


# --- rows ---


def test_rows_show_every_price_that_ever_applied_with_both_time_axes() -> None:
    rows = corrected().rows("OpenAI", "M")
    assert [(row.price, row.recorded_on, row.superseded_on) for row in rows] == [
        (Decimal(2), date(2026, 11, 21), date(2026, 12, 5)),
        (Decimal(3), date(2026, 12, 5), None),
    ]


def test_rows_of_a_moving_name_are_cut_to_the_time_it_meant_each_model() -> None:
    moved = datetime.fromisoformat(MOVED)
    rows = moving().rows("openai", "m-latest")
    assert [(row.model, row.effective_from, row.effective_to) for row in rows] == [
        ("old", None, moved),
        ("m", moved, None),
    ]


def test_rows_name_steps_facts_denominators_and_factors() -> None:
    prices = {IN: ["1", [">=", 200_000, "2"]], "requests@search_context_size=low": "5/1000"}
    book = book_of({"src": "genai-prices", "ref": "https://a", "prices": prices}, geo={"eu": "1.1"})
    small, large, fee, factor = book.rows("openai", "m")
    assert (small.input_over, large.input_over, large.input_over_inclusive, large.price) == (
        None,
        200_000,
        True,
        Decimal(2),
    )
    assert (fee.unit, fee.facts, fee.price, fee.per) == ("requests", "search_context_size=low", Decimal(5), 1000)
    assert (factor.is_factor, factor.geo, factor.price) == (True, "eu", Decimal("1.1"))
    assert (small.source, small.source_ref) == ("genai-prices", "https://a")


def test_an_unknown_model_has_no_rows() -> None:
    assert corrected().rows("openai", "nobody-knows") == ()


# --- currencies ---


def test_a_price_in_another_currency_is_never_taken_for_dollars() -> None:
    priced = book_of(sheet("8", cur="CNY")).price(call())
    assert (priced.cost, priced.unpriced_reason) == (None, UnpricedReason.PRICE_IN_OTHER_CURRENCY)


def test_the_dollar_price_is_taken_where_there_are_both() -> None:
    assert cost(book_of(sheet("8", cur="CNY"), sheet("1")).price(call())) == "1"


# --- facts of the call ---


@pytest.mark.parametrize(("size", "expected"), [("low", "0.005"), ("High", "0.012"), ("medium", None), (None, None)])
def test_a_fee_can_depend_on_what_the_call_says_of_itself(size: str | None, expected: str | None) -> None:
    fees = {"requests@search_context_size=low": "5/1000", "requests@search_context_size=high": "12/1000"}
    facts = {"search_context_size": size} if size else {}
    assert cost(book_of({"prices": fees}).price(call({"requests": 1}, facts=facts))) == expected


def test_a_row_for_more_facts_beats_one_for_fewer() -> None:
    fees = {"images_out": "4/100", "images_out@quality=hd": "8/100", "images_out@quality=hd,size=1024x1792": "12/100"}
    book = book_of({"prices": fees})
    for facts, expected in (
        ({}, "0.04"),
        ({"quality": "hd"}, "0.08"),
        ({"quality": "hd", "size": "1024x1792"}, "0.12"),
        ({"quality": "standard", "size": "1024x1792"}, "0.04"),
    ):
        assert cost(book.price(call({"images_out": 1}, facts=facts))) == expected
