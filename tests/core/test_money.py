"""Exact money, as plain digits."""

from decimal import Decimal

import pytest
from pydantic import BaseModel

from app.core import money
from app.core.money import Money


@pytest.mark.parametrize(
    ("value", "wire"),
    [
        ("0", "0"),
        ("-0", "0"),
        ("0.00", "0"),
        ("0E-9", "0"),
        ("12.3400", "12.34"),
        ("100", "100"),
        ("1E+3", "1000"),
        ("1.5E-7", "0.00000015"),
        ("-12.30", "-12.3"),
        ("587.09218", "587.09218"),
        ("123456789012345678901234567890.123456789", "123456789012345678901234567890.123456789"),
    ],
)
def test_money_travels_as_plain_digits(value: str, wire: str) -> None:
    assert money.to_wire(Decimal(value)) == wire
    assert Decimal(wire) == Decimal(value)


@pytest.mark.parametrize(
    ("part", "whole", "digits", "expected"),
    [
        ("1", "3", 6, "0.333333"),
        ("2", "3", 6, "0.666667"),
        ("1", "4", 1, "0.2"),  # half to even
        ("3", "4", 1, "0.8"),
        ("-1", "3", 2, "-0.33"),
        ("0", "5", 2, "0.00"),
    ],
)
def test_a_ratio_is_rounded_for_display(part: str, whole: str, digits: int, expected: str) -> None:
    assert money.ratio(Decimal(part), Decimal(whole), digits) == Decimal(expected)


def test_nothing_has_no_share_of_nothing() -> None:
    assert money.ratio(Decimal(1), Decimal(0)) is None


def test_a_model_writes_money_as_a_string() -> None:
    class Bill(BaseModel):
        amount: Money

    assert Bill(amount=Decimal("12.3400")).model_dump_json() == '{"amount":"12.34"}'
    schema = Bill.model_json_schema(mode="serialization")["properties"]["amount"]
    assert (schema["type"], schema["format"]) == ("string", "decimal")
