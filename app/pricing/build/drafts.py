"""What both importers produce: prices in the book's own units, before they are merged."""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final, NamedTuple

# A price as the book's file writes it: "2.5", "10/1000" or ["2.5", [">", 272000, "5"]].
Price = str | list[object]
Prices = dict[str, Price]

# The day both packages were read and the corrections were checked.
CHECKED: Final = "2026-11-21"


class Dims(NamedTuple):
    """What a row is for beside its model; `""` is the usual one."""

    tier: str = ""
    processing: str = ""
    speed: str = ""
    geo: str = ""

    def as_json(self) -> dict[str, object]:
        """Only what differs from the list price."""
        return {key: value for key, value in self._asdict().items() if value}


@dataclass
class Sheet:
    """Prices of one set of dimensions for a period; instants as text, half-open."""

    prices: Prices
    dims: Dims = field(default_factory=Dims)
    start: str = ""
    end: str = ""
    hours: list[list[object]] = field(default_factory=list)
    source: str = ""
    currency: str = ""
    note: str = ""
    ref: str = ""

    def as_json(self) -> dict[str, object]:
        """The sheet as the file writes it."""
        entry: dict[str, object] = self.dims.as_json()
        entry |= {"from": self.start} if self.start else {}
        entry |= {"until": self.end} if self.end else {}
        entry |= {"hours": self.hours} if self.hours else {}
        entry |= {"cur": self.currency} if self.currency else {}
        entry |= {"note": self.note} if self.note else {}
        entry |= {"ref": self.ref} if self.ref else {}
        prices = {unit: self.prices[unit] for unit in sorted(self.prices)}
        return entry | {"src": self.source, "prices": prices}

    def holds_on(self, day: str) -> bool:
        """Whether the sheet is in force on that day."""
        return self.start[:10] <= day and (not self.end or day < self.end[:10])


@dataclass
class Model:
    """One model of one source (later: of the book), under all its names."""

    provider: str
    id: str
    names: set[str]
    sheets: list[Sheet]
    as_text: tuple[str, ...] = ()
    geo: dict[str, str] = field(default_factory=dict)
    ref: str = ""

    def current(self, dims: Dims | None = None) -> Sheet | None:
        """The all-day sheet of these dimensions that is in force on the day of checking."""
        wanted = dims or Dims()
        held = (s for s in self.sheets if s.dims == wanted and not s.hours and s.holds_on(CHECKED))
        return next(held, None)

    def as_json(self) -> dict[str, object]:
        """The model as the file writes it."""
        entry: dict[str, object] = {"names": sorted(self.names)}
        entry |= {"as_text": list(self.as_text)} if self.as_text else {}
        entry |= {"geo": dict(sorted(self.geo.items()))} if self.geo else {}
        entry |= {"ref": self.ref} if self.ref else {}
        return entry | {"sheets": [sheet.as_json() for sheet in sorted(self.sheets, key=_sheet_order)]}


def _sheet_order(sheet: Sheet) -> tuple[object, ...]:
    return (*sheet.dims, sheet.start, len(sheet.hours), str(sheet.hours))


def plain(value: Decimal) -> str:
    """A decimal without exponent or idle zeros."""
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def figure(price: str) -> Decimal:
    """What one unit costs, for comparing figures of different denominators."""
    amount, _, per = price.partition("/")
    return Decimal(amount) / Decimal(per or 1_000_000)


def same(one: Price | None, other: Price | None) -> bool:
    """Whether two prices mean the same money, steps by prompt size included."""
    if one is None or other is None:
        return one is other
    left, right = _comparable(one), _comparable(other)
    return left == right


def _comparable(price: Price) -> list[object]:
    if isinstance(price, str):
        return [figure(price)]
    head, *steps = price
    return [figure(str(head)), *([s[0], s[1], figure(str(s[2]))] for s in steps if isinstance(s, list))]


def first_step(price: Price | None) -> Decimal | None:
    """The price of a small request."""
    if price is None:
        return None
    return figure(price if isinstance(price, str) else str(price[0]))
