"""Bodies: both spellings, no unknown fields, no text that cannot be kept."""

from typing import Any

import pytest
from pydantic import ValidationError

from app.core.schemas import Label, Line, Request


class Order(Request):
    """A body with a name of two words."""

    unit_price: int
    note: Line = ""
    label: Label = "x"


@pytest.mark.parametrize("body", [{"unit_price": 3}, {"unitPrice": 3}])
def test_both_spellings_are_one(body: dict[str, int]) -> None:
    assert Order.model_validate(body).unit_price == 3


@pytest.mark.parametrize(
    "body",
    [
        {"unit_price": 3, "colour": 1},
        {"unit-price": 3},
        {"UnitPrice": 3},
        {"unit_price": 3, "unitPrice": 3},
        [],
        "x",
        None,
    ],
)
def test_what_is_not_asked_for_is_refused(body: Any) -> None:
    with pytest.raises(ValidationError):
        Order.model_validate(body)


@pytest.mark.parametrize("text", ["a\0b", "a\nb", "\x1b[31m", "\ud800", "a\x85b"])
def test_text_in_one_line_holds_no_control_characters(text: str) -> None:
    for field in ("note", "label"):
        with pytest.raises(ValidationError):
            Order.model_validate({"unit_price": 1, field: text})


def test_a_label_is_trimmed_and_neither_empty_nor_endless() -> None:
    assert Order.model_validate({"unit_price": 1, "label": "  Ünï 👩‍💻 東京 "}).label == "Ünï 👩‍💻 東京"
    for label in ("", "   ", "x" * 81):
        with pytest.raises(ValidationError):
            Order.model_validate({"unit_price": 1, "label": label})
