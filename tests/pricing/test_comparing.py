"""What differs between two books."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from app.pricing.rules.comparing import Move, compare
from app.pricing.service import PriceBook
from tests.pricing.books import book_of

IN = "input.fresh.text"


def of(price: Any, **sheet: Any) -> PriceBook:
    return book_of({**sheet, "prices": {IN: price}})


def moves(old: PriceBook, new: PriceBook) -> list[Move]:
    return compare(old.known_rows(), new.known_rows())


def test_the_same_prices_do_not_differ_however_they_are_written() -> None:
    assert moves(of("2"), of("2.0")) == []
    assert moves(of("2"), of("2000/1000000000")) == []


@pytest.mark.parametrize(
    ("new", "ratio", "is_large"),
    [("2.6", "0.3", False), ("2.601", "0.3005", True), ("1.4", "-0.3", False), ("1.39", "-0.305", True)],
)
def test_moves_of_more_than_thirty_percent_are_large(new: str, ratio: str, is_large: bool) -> None:
    (move,) = moves(of("2"), of(new))
    assert (move.ratio, move.is_large) == (Decimal(ratio), is_large)


def test_a_price_that_begins_to_cost_something_is_a_large_move() -> None:
    (move,) = moves(of("0"), of("1"))
    assert (move.ratio, move.is_large) == (None, True)


def test_prices_that_came_or_went_are_told_apart_from_those_that_moved() -> None:
    (gone, came) = moves(of("2"), of("2", tier="flex"))
    assert (gone.old is not None, gone.new, gone.is_large) == (True, None, False)
    assert (came.old, came.new is not None, came.ratio) == (None, True, None)


def test_each_step_is_a_price_of_its_own() -> None:
    (move,) = moves(of(["1", [">", 200_000, "2"]]), of(["1", [">", 200_000, "3"]]))
    assert (move.row.input_over, move.ratio) == (200_000, Decimal("0.5"))


def test_an_end_that_moved_is_a_difference() -> None:
    assert len(moves(of("1", until="2026-11-01T00:00:00+00:00"), of("1", until="2026-12-01T00:00:00+00:00"))) == 1


def test_a_book_can_be_compared_with_itself_as_it_was_known() -> None:
    book = book_of(
        {"sup": "2026-12-05", "prices": {IN: "2"}},
        {"rec": "2026-12-05", "prices": {IN: "3"}},
    )
    then = book.as_known_at(date(2026, 12, 4))
    (move,) = moves(then, book)
    assert (move.old and move.old.price, move.new and move.new.price) == (Decimal(2), Decimal(3))
    assert moves(book, book) == []
