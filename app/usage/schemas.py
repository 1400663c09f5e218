"""What people type in: rates, balances, and how long calls are kept."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, BeforeValidator, Field, WithJsonSchema

from app.core.money import Exact, Money, never_a_float
from app.core.schemas import Line, Request, Response
from app.usage.rules.retaining import LEAST_DAYS, MOST_DAYS


def _currency(text: str) -> str:
    code = text.upper()
    if not (len(code) == len("USD") and code.isascii() and code.isalpha()):
        raise ValueError("must be the three letters of a currency, like EUR")
    return code


def _foreign(code: str) -> str:
    if code == "USD":
        raise ValueError("must be another currency than the dollar, which all rates are in")
    return code


Currency = Annotated[str, AfterValidator(_currency), Field(examples=["EUR"])]
Foreign = Annotated[Currency, AfterValidator(_foreign)]
Day = Annotated[date, Field(ge=date(1970, 1, 1), le=date(9998, 12, 31))]
Amount = Annotated[
    Decimal,
    BeforeValidator(never_a_float),
    Field(allow_inf_nan=False, max_digits=27, decimal_places=12),
    WithJsonSchema({"type": "string", "format": "decimal", "examples": ["250.00"]}),
]
Note = Annotated[Line, Field(max_length=500)]


class ExchangeRateIn(Request):
    """From `day` on, until the next day that has a rate, a unit of the currency is worth so many US dollars."""

    currency: Foreign
    day: Day
    usd_per_unit: Annotated[Exact, Field(gt=0)]


class ExchangeRateOut(Response):
    """A rate that the workspace entered."""

    currency: str
    day: date
    usd_per_unit: Money
    created_by: UUID | None
    created_at: datetime


class BalanceIn(Request):
    """A balance as a person read it on the provider's pages; now, where no instant is given."""

    provider: Annotated[Line, Field(min_length=1, max_length=64)]
    amount: Amount
    currency: Currency = "USD"
    at: AwareDatetime | None = None
    connection_id: UUID | None = None
    account: Annotated[Line, Field(max_length=128)] = ""
    note: Note = ""


class BalanceOut(Response):
    """A balance that was typed in."""

    id: UUID
    connection_id: UUID | None
    provider: str
    account: str
    currency: str
    at: datetime
    available: Money
    note: str
    created_by: UUID | None
    created_at: datetime


class RetentionIn(Request):
    """For how many days calls are kept; null is what the installation says."""

    days: Annotated[int, Field(ge=LEAST_DAYS, le=MOST_DAYS)] | None


class RetentionOut(Response):
    """How long calls are kept: `days`, else `default_days`, else for ever.

    Calls before `complete_since` were dropped; null when none ever was.
    """

    days: int | None
    default_days: int | None
    complete_since: datetime | None


class RetentionPreviewOut(Response):
    """How many calls of before that day are there now."""

    days: int
    before: datetime
    calls: int
