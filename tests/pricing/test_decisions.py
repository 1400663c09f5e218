"""The thirty disagreements of the two sources that a person settled: the book holds to each of them."""

import csv
from decimal import Decimal
from typing import Any

import pytest

from app.pricing.build import decisions
from app.pricing.build.write import CONFLICTS_PATH
from app.pricing.service import PriceBook, load_default
from tests.pricing.books import NOON, call, cost

DECIDED = decisions.load()
EXPECTED = [(decision, expected) for decision in DECIDED for expected in decision["expect"]]


@pytest.fixture(scope="module")
def book() -> PriceBook:
    return load_default()


def test_all_thirty_are_decided_with_a_reason() -> None:
    assert {decision["n"] for decision in DECIDED} == set(range(1, 31))
    for decision in DECIDED:
        assert decision["taken"] in {"genai-prices", "litellm", "tokenboard"}
        assert decision["why"]
        assert decision["genai_prices"] != decision["litellm"]
        assert decision["expect"]


@pytest.mark.parametrize(
    ("decision", "expected"), EXPECTED, ids=[f"{decided['n']}-{expected['model']}" for decided, expected in EXPECTED]
)
def test_the_book_holds_to_the_decision(book: PriceBook, decision: dict[str, Any], expected: dict[str, Any]) -> None:
    for unit, price in expected["prices"].items():
        asked = call(
            {unit: 10_000},
            provider=decision["provider"],
            model=expected["model"],
            at=expected.get("at", NOON),
            geo=expected.get("geo"),
        )
        assert Decimal(cost(book.price(asked)) or "-1") == Decimal(price) / 100, unit


def test_the_conflict_report_gives_the_decisions_reason() -> None:
    with CONFLICTS_PATH.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {"provider", "model", "dimensions", "unit", "genai_prices", "litellm", "taken", "reason"} == set(rows[0])
    assert all(row["reason"] and row["taken"] for row in rows)
    transcribe = next(row for row in rows if row["model"] == "gpt-4o-transcribe" and row["unit"] == "input.fresh.audio")
    assert (transcribe["taken"], transcribe["reason"][:12]) == ("genai-prices", "decision 1: ")
