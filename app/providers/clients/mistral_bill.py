"""Mistral's `usage`: quantities in nested maps and a table of prices. The cost is their product, made here."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from app.core.money import EXACT
from app.core.periods import Period, month_of
from app.providers.clients.answers import Fields, decimal, rows, text
from app.providers.clients.base import BadAnswer
from app.providers.clients.merging import merged
from app.providers.rules.reports import BilledLine

ENDPOINT: Final = "admin/usage"
WHO: Final = "Mistral"
# `vibe_usage` is of old and always 0; the rest of the answer beside these is not quantities
CATEGORIES: Final = (
    "completion",
    "ocr",
    "connectors",
    "audio",
    "audio_characters",
    "chat",
    "libraries_api",
    "fine_tuning",
    "vibe_code",
)
_PRICED_BY: Final = ("event_type", "billing_metric", "billing_group", "api_zone", "service_tier")
_COUNTS: Final = frozenset(("value", "value_paid", "billing_metric"))  # rows with none of them count nothing
_GROUP_BY: Final = ("category", "model", "kind", *_PRICED_BY)


@dataclass(frozen=True, slots=True)
class Quantity:
    """`path` is where it stood below its category: `models`, the model, and what of it."""

    category: str
    path: tuple[str, ...]
    row: Fields

    @property
    def model(self) -> str | None:
        """The key below `models`, which may be `alias::model`."""
        names = dict(zip(self.path, self.path[1:], strict=False))
        return names["models"].rsplit("::", 1)[-1] if "models" in names else None

    @property
    def amount(self) -> Decimal:
        """What is to be paid for, where it is told beside what was used. Raises BadAnswer when neither is a number."""
        for name in ("value_paid", "value"):
            found = decimal(self.row.get(name), WHO)
            if found is not None:
                return found
        raise BadAnswer("Mistral gave a quantity without a number.")


def lines(body: Fields, month: Period) -> Sequence[BilledLine]:
    """The month's lines. Raises BadAnswer for another month, and for a quantity that the table has no price for."""
    start = text(body, "start_date")
    if start and start[:7] != month_of(month.start):
        raise BadAnswer("Mistral answered with another month than it was asked for.")
    currency = text(body, "currency")
    prices = list(rows(body, "prices"))
    found = [_line(quantity, prices, currency, month) for quantity in quantities(body)]
    return list(merged(line for line in found if line))


def quantities(body: Fields) -> Iterator[Quantity]:
    for category in CATEGORIES:
        for path, row in _leaves(body.get(category), ()):
            yield Quantity(category, path, row)


def _leaves(value: object, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Fields]]:
    if isinstance(value, Mapping):
        for name, below in value.items():
            yield from _leaves(below, (*path, str(name)))
    elif isinstance(value, list):
        yield from ((path, row) for row in value if isinstance(row, Mapping) and _COUNTS & row.keys())


def _line(quantity: Quantity, prices: Iterable[Fields], currency: str | None, month: Period) -> BilledLine | None:
    """None for a quantity of nothing, which needs no price."""
    amount = quantity.amount
    if not amount:
        return None
    if currency is None:
        raise BadAnswer("Mistral gave quantities without their currency.")
    metric = text(quantity.row, "billing_metric")
    dimensions = {
        "category": quantity.category,
        "model": quantity.model,
        "kind": "/".join(quantity.path) or None,
        **{name: text(quantity.row, name) for name in _PRICED_BY},
    }
    return BilledLine(
        endpoint=ENDPOINT,
        start=month.start,
        end=month.end,
        group_by=_GROUP_BY,
        dimensions=dimensions,
        amount=cost(amount, price_of(quantity, prices)),
        currency=currency.upper(),
        line_item=" ".join(part for part in (quantity.category, metric) if part),
        model=quantity.model,
        quantity=amount,
        quantity_unit=metric,
    )


def cost(amount: Decimal, price: Decimal) -> Decimal:
    """Prices are in whole units of the currency for one billing unit."""
    return EXACT.multiply(amount, price)


def price_of(quantity: Quantity, prices: Iterable[Fields]) -> Decimal:
    """The price of the row that says most of the same, and nothing else. Raises BadAnswer: unknown is not free."""
    best: dict[int, set[Decimal]] = {}
    for price in prices:
        value = decimal(price.get("price"), WHO)
        likeness = _likeness(quantity.row, price)
        if value is not None and likeness:
            best.setdefault(likeness, set()).add(value)
    values = best[max(best)] if best else set()
    if len(values) != 1:
        what = text(quantity.row, "billing_metric") or quantity.category
        raise BadAnswer(f"Mistral names {'several prices' if values else 'no price'} for {what}.")
    return values.pop()


def _likeness(row: Fields, price: Fields) -> int:
    """How many words both say alike; 0 when they differ in one, or in the metric, which both must say or neither."""
    pairs = [(text(row, name), text(price, name)) for name in _PRICED_BY]
    if any(mine is not None and other is not None and mine != other for mine, other in pairs):
        return 0
    if text(row, "billing_metric") != text(price, "billing_metric"):
        return 0
    return sum(mine is not None and mine == other for mine, other in pairs)
