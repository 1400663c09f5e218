"""Exact money: `Decimal` inside, a plain decimal string on the wire. No float ever."""

from decimal import ROUND_HALF_EVEN, Context, Decimal
from functools import cache
from typing import Annotated

from pydantic import BeforeValidator, Field, PlainSerializer, WithJsonSchema

# Sums of exact per-call costs must not be rounded: 60 digits hold 10^20 dollars at 40 decimals.
EXACT = Context(prec=60, rounding=ROUND_HALF_EVEN)


def to_wire(value: Decimal) -> str:
    """Plain digits without exponent or idle zeros: `12.3400` is `12.34`, `0E-9` is `0`."""
    text = format(value, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in {"-0", ""} else text


_CENTS_FROM = Decimal("0.1")
_SHORT = Context(prec=3)


def dollars(amount: Decimal) -> str:
    """For people: in cents, or where it is less than ten of them to three digits that say something."""
    return f"${amount:,.2f}" if amount >= _CENTS_FROM or not amount else f"${to_wire(_SHORT.plus(amount))}"


def ratio(part: Decimal, whole: Decimal, digits: int = 6) -> Decimal | None:
    """`part / whole` rounded for display to `digits` decimals; None when there is no whole."""
    if not whole:
        return None
    return EXACT.quantize(EXACT.divide(part, whole), _step(digits))


@cache
def _step(digits: int) -> Decimal:
    return Decimal(1).scaleb(-digits)


Money = Annotated[
    Decimal,
    PlainSerializer(to_wire, return_type=str),
    WithJsonSchema({"type": "string", "format": "decimal", "examples": ["12.34"]}, mode="serialization"),
]


def never_a_float(value: object) -> object:
    """For validation: raises ValueError for what JSON has already made inexact."""
    if isinstance(value, float):
        raise ValueError('must be a decimal in quotes, like "2.50": a number with a point is not exact')  # noqa: TRY004 - pydantic answers 422 to this one
    return value


# So many digits that a price times a count stays within what is added up exactly.
Exact = Annotated[
    Decimal,
    BeforeValidator(never_a_float),
    Field(allow_inf_nan=False, max_digits=18, decimal_places=12),
    WithJsonSchema({"type": "string", "format": "decimal", "examples": ["2.50"]}),
]
