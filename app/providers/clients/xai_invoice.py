"""xAI's running invoice: the month's lines so far. The same money as `usage`, so never billed lines beside it."""

from collections.abc import AsyncIterator, Iterator
from decimal import Decimal
from typing import Final

from app.core.money import EXACT
from app.core.periods import Period, month_period
from app.providers.clients.answers import Fields, count, decimal, mapping, rows, text
from app.providers.clients.asking import Api
from app.providers.clients.base import BadAnswer
from app.providers.clients.merging import merged_usage
from app.providers.rules.reports import Page, UsageLine

ENDPOINT: Final = "postpaid/invoice/preview"
_DIMENSIONS: Final = ("clusterName", "description", "unitType", "unitPrice")
_CENTS: Final = Decimal(100)
_MILLIONTHS_OF_A_CENT: Final = Decimal(100_000_000)


async def read(api: Api, period: Period) -> AsyncIterator[Page[UsageLine]]:
    """The lines of the running month, where the period touches it; there is no other month to ask for here."""
    body = await api.read("/postpaid/invoice/preview")
    month = _month(mapping(body, "billingCycle"))
    touches = month.start < period.end and period.start < month.end
    lines = _lines(api, mapping(body, "coreInvoice"), month) if touches else ()
    yield Page(list(merged_usage(lines)), is_last=True)


def _month(cycle: Fields) -> Period:
    year, month = count(cycle, "year"), count(cycle, "month")
    if not year or not month:
        raise BadAnswer("xAI gave an invoice without its month.")
    try:
        return month_period(f"{year:04}-{month:02}")
    except ValueError:
        raise BadAnswer("xAI gave an invoice without its month.") from None


def _lines(api: Api, invoice: Fields, month: Period) -> Iterator[UsageLine]:
    for row in rows(invoice, "lines"):
        dimensions = {name: text(row, name) for name in _DIMENSIONS}
        what = dimensions["description"]
        yield UsageLine(
            endpoint=ENDPOINT,
            start=month.start,
            end=month.end,
            group_by=_DIMENSIONS,
            dimensions=dimensions,
            counts=_counts(api, row),
            model=what if what and what.startswith("grok") and " " not in what else None,
        )


def _counts(api: Api, row: Fields) -> dict[str, int | Decimal]:
    counts: dict[str, int | Decimal] = {"invoiced_usd": line_dollars(api.amount(row, "amount"))}
    units, price = count(row, "numUnits"), decimal(row.get("unitPrice"), api.who)
    if units is not None:
        counts["invoiced_units"] = units
    if price is not None:
        counts["unit_price_usd"] = price_dollars(price)
    return counts


def line_dollars(value: Decimal) -> Decimal:
    """Amounts of invoice lines are cents, with their natural sign."""
    return EXACT.divide(value, _CENTS)


def price_dollars(value: Decimal) -> Decimal:
    """Unit prices are millionths of a cent."""
    return EXACT.divide(value, _MILLIONTHS_OF_A_CENT)
