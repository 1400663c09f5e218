"""The shape of the price book's file, read into types.

A model holds sheets. A sheet without dimensions is the list price; one with a tier, processing, speed or
geography says what differs there. Sheets are dated by instants, half-open, and may hold only at some hours.
Dates are optional: without them a sheet has always held, as far as anyone wrote down.

A second time axis says what was known when: a sheet is recorded on a day, and one that a later build corrected keeps
its place with the day it was superseded. Nothing is ever taken out.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import pairwise
from typing import Final, NamedTuple, TypeAlias, TypedDict, cast

TOKENS_PER_PRICE: Final = 1_000_000
MINUTES_PER_DAY: Final = 24 * 60

# "2.5" or ["2.5", [">", 272000, "5"], ...]: the price, and the price of the whole request beyond a prompt size.
PriceJson: TypeAlias = str | list[object]
SheetJson = TypedDict(
    "SheetJson",
    {
        "tier": str,
        "processing": str,
        "speed": str,
        "geo": str,
        "from": str,
        "until": str,
        "hours": list[list[object]],
        "cur": str,
        "src": str,
        "ref": str,
        "checked": str,
        "note": str,
        "rec": str,
        "sup": str,
        "prices": dict[str, PriceJson],
    },
    total=False,
)


class ModelJson(TypedDict, total=False):
    """One model as the file has it; the keys are explained on `BookModel`."""

    names: list[str]
    as_text: list[str]
    geo: dict[str, str]
    ref: str
    sheets: list[SheetJson]


class ProviderJson(TypedDict, total=False):
    """One provider as the file has it.

    `aliases`: names that moved between models, each with `[since, model id]` in order, the first since "" (ever).
    `home`: geographies that have the list price by name.
    """

    strict_geo: bool
    home: list[str]
    aliases: dict[str, list[list[str]]]
    models: dict[str, ModelJson]


class BookJson(TypedDict):
    """The whole file. `recorded` is the day of the first build: when a sheet that does not say was written down."""

    format: int
    version: str
    checked: str
    recorded: str
    currency: str
    sources: dict[str, str]
    providers: dict[str, ProviderJson]


class Window(NamedTuple):
    """Minutes of the UTC day `[start, end)` on the given ISO weekdays."""

    start: int
    end: int
    days: frozenset[int]

    def holds(self, instant: datetime) -> bool:
        """Whether the instant, in UTC, lies in the window."""
        minute = instant.hour * 60 + instant.minute
        return self.start <= minute < self.end and instant.isoweekday() in self.days


class Figure(NamedTuple):
    """A published price and the number of units it buys."""

    price: Decimal
    per: int


class Beyond(NamedTuple):
    """The figure of the whole request when its prompt is larger than (or, `inclusive`, as large as) `size`."""

    size: int
    inclusive: bool
    figure: Figure


class UnitPrice(NamedTuple):
    """What one unit costs, by size of the prompt."""

    figure: Figure
    beyond: tuple[Beyond, ...]
    source: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """Prices of one set of dimensions, for a period and perhaps some hours of the day.

    A key of `prices` is a unit, or a unit and the facts of the call it is for: `requests@search_context_size=low`.
    """

    currency: str
    tier: str
    processing: str
    speed: str
    geo: str
    start: datetime | None
    end: datetime | None
    hours: tuple[Window, ...]
    prices: Mapping[str, UnitPrice]

    @property
    def is_list_price(self) -> bool:
        """Whether the sheet is what a call costs that asks for nothing special."""
        return not (self.tier or self.processing or self.speed)

    def covers(self, start: datetime | None, end: datetime | None) -> bool:
        """Whether the sheet holds for the whole of `[start, end)`; None is for ever."""
        begins = self.start is None or (start is not None and self.start <= start)
        lasts = self.end is None or (end is not None and end <= self.end)
        return begins and lasts


@dataclass(frozen=True, slots=True)
class BookModel:
    """One model of the book.

    `as_text`: input modalities the model takes at its text price. `geo`: factors on token prices by geography, `*`
    for any that is not global. `home`: geographies that have the list price by name. `strict_geo`: a geography
    without rows has no known price.
    """

    provider: str
    id: str
    as_text: tuple[str, ...]
    geo: Mapping[str, Decimal]
    home: tuple[str, ...]
    strict_geo: bool
    sheets: tuple[Sheet, ...]


class Stay(NamedTuple):
    """A name meant this model during `[start, end)`; None is for ever."""

    start: datetime | None
    end: datetime | None
    model_id: str

    def holds(self, instant: datetime) -> bool:
        """Whether the name meant this model then."""
        return (self.start is None or self.start <= instant) and (self.end is None or instant < self.end)


def names(book: BookJson) -> dict[str, dict[str, str]]:
    """For each provider: every name it goes by, and the id of the model that name is or last was."""
    listed: dict[str, dict[str, str]] = {}
    for provider, entry in book["providers"].items():
        listed[provider] = {name: model_id for model_id, model in entry["models"].items() for name in model["names"]}
        listed[provider] |= {name: moves[-1][1] for name, moves in entry.get("aliases", {}).items()}
    return listed


def stays(book: BookJson, provider: str, name: str) -> tuple[Stay, ...]:
    """Which models a name that moved has meant, in order; empty for one that never did."""
    moves = book["providers"][provider].get("aliases", {}).get(name, [])
    edges = [*(_instant(since) for since, _ in moves), None]
    return tuple(Stay(*edge, move[1]) for edge, move in zip(pairwise(edges), moves, strict=True))


def is_known(sheet: SheetJson, recorded: str, day: str | None) -> bool:
    """Whether the sheet was in the book at the end of that day; None asks for the book as it is."""
    superseded = sheet.get("sup")
    if day is None:
        return superseded is None
    return sheet.get("rec", recorded) <= day and (superseded is None or day < superseded)


def read_model(book: BookJson, provider: str, model_id: str, known_at: date | None = None) -> BookModel:
    """One model of the book, its sheets parsed. Raises KeyError when the book does not list it."""
    day = known_at.isoformat() if known_at else None
    entry = book["providers"][provider]
    model = entry["models"][model_id]
    return BookModel(
        provider=provider,
        id=model_id,
        as_text=tuple(model.get("as_text", ())),
        geo={place: Decimal(factor) for place, factor in model.get("geo", {}).items()},
        home=tuple(entry.get("home", ())),
        strict_geo=entry.get("strict_geo", False),
        sheets=tuple(
            read_sheet(sheet, book["currency"]) for sheet in model["sheets"] if is_known(sheet, book["recorded"], day)
        ),
    )


def read_sheet(sheet: SheetJson, currency: str) -> Sheet:
    """One sheet, in the book's currency where it names no other."""
    source = sheet.get("src", "")
    return Sheet(
        currency=sheet.get("cur", currency),
        tier=sheet.get("tier", ""),
        processing=sheet.get("processing", ""),
        speed=sheet.get("speed", ""),
        geo=sheet.get("geo", ""),
        start=_instant(sheet.get("from")),
        end=_instant(sheet.get("until")),
        hours=tuple(_read_window(window) for window in sheet.get("hours", ())),
        prices={unit: _read_price(price, source) for unit, price in sheet["prices"].items()},
    )


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text).astimezone(UTC) if text else None


def _read_window(window: Sequence[object]) -> Window:
    start, end = _minute(str(window[0])), _minute(str(window[1]))
    days = cast("list[int]", window[2]) if len(window) > 2 else range(1, 8)
    return Window(start, end or MINUTES_PER_DAY, frozenset(days))


def _minute(text: str) -> int:
    hour, minute = text.split(":")
    return int(hour) * 60 + int(minute)


def _read_price(price: PriceJson, source: str) -> UnitPrice:
    if isinstance(price, str):
        return UnitPrice(read_figure(price), (), source)
    return UnitPrice(read_figure(str(price[0])), tuple(_read_beyond(price[1:])), source)


def _read_beyond(entries: Sequence[object]) -> Iterator[Beyond]:
    for entry in entries:
        operator, size, figure = cast("tuple[str, int, str]", entry)
        yield Beyond(size, operator == ">=", read_figure(figure))


def read_figure(text: str) -> Figure:
    """`2.5` is per million tokens, `10/1000` names its own denominator."""
    price, _, per = text.partition("/")
    return Figure(Decimal(price), int(per) if per else TOKENS_PER_PRICE)
