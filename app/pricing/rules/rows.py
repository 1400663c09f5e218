"""Every price the book ever held for a model, one unit a row, for people to read."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal

from app.pricing.rules.book import BookJson, ModelJson, Sheet, SheetJson, Stay, UnitPrice, Window, read_sheet

# What a factor multiplies: every token price of the model in that geography.
ALL_TOKENS = "tokens"


@dataclass(frozen=True, slots=True)
class PriceRow:
    """One price: `price` of `currency` buys `per` of `unit`.

    A row with `is_factor` is a multiplier on all token prices instead. `facts` are what the call must say for the row
    to hold (`search_context_size=low`). `input_over` is the prompt size beyond which (`input_over_inclusive`: from
    which) it is the price of the whole request; None is any size below the next step. `effective_*` are instants,
    half-open, None for ever; `recorded_on` and `superseded_on` are the days the book learned it and put another row
    in its place.
    """

    provider: str
    model: str
    unit: str
    facts: str
    price: Decimal
    per: int
    currency: str
    tier: str
    processing: str
    speed: str
    geo: str
    input_over: int | None
    input_over_inclusive: bool
    hours: tuple[Window, ...]
    effective_from: datetime | None
    effective_to: datetime | None
    source: str
    source_ref: str
    checked_on: date
    note: str
    recorded_on: date
    superseded_on: date | None
    is_factor: bool = False

    def is_known(self, day: date | None) -> bool:
        """Whether the book had the row at the end of that day; None asks for the book as it is."""
        if day is None:
            return self.superseded_on is None
        return self.recorded_on <= day and (self.superseded_on is None or day < self.superseded_on)


def rows_of(book: BookJson, provider: str, stay: Stay) -> Iterator[PriceRow]:
    """The rows of the model a name meant, cut to the time it meant it."""
    model = book["providers"][provider]["models"][stay.model_id]
    for sheet in model["sheets"]:
        for row in _sheet_rows(book, provider, stay.model_id, model, sheet):
            start, end = _later(row.effective_from, stay.start), _earlier(row.effective_to, stay.end)
            if start is None or end is None or start < end:
                yield replace(row, effective_from=start, effective_to=end)
    yield from _factor_rows(book, provider, stay, model)


def _sheet_rows(book: BookJson, provider: str, model_id: str, model: ModelJson, entry: SheetJson) -> Iterator[PriceRow]:
    sheet = read_sheet(entry, book["currency"])
    for key in sorted(sheet.prices):
        unit, _, facts = key.partition("@")
        row = _row(book, provider, model_id, model, entry, sheet, unit, facts, sheet.prices[key])
        yield row
        for step in sheet.prices[key].beyond:
            yield replace(
                row,
                price=step.figure.price,
                per=step.figure.per,
                input_over=step.size,
                input_over_inclusive=step.inclusive,
            )


def _row(
    book: BookJson,
    provider: str,
    model_id: str,
    model: ModelJson,
    entry: SheetJson,
    sheet: Sheet,
    unit: str,
    facts: str,
    price: UnitPrice,
) -> PriceRow:
    superseded = entry.get("sup")
    return PriceRow(
        provider=provider,
        model=model_id,
        unit=unit,
        facts=facts,
        price=price.figure.price,
        per=price.figure.per,
        currency=sheet.currency,
        tier=sheet.tier,
        processing=sheet.processing,
        speed=sheet.speed,
        geo=sheet.geo,
        input_over=None,
        input_over_inclusive=False,
        hours=sheet.hours,
        effective_from=sheet.start,
        effective_to=sheet.end,
        source=price.source,
        source_ref=entry.get("ref", model.get("ref", "")),
        checked_on=date.fromisoformat(entry.get("checked", book["checked"])),
        note=entry.get("note", ""),
        recorded_on=date.fromisoformat(entry.get("rec", book["recorded"])),
        superseded_on=date.fromisoformat(superseded) if superseded else None,
    )


def _factor_rows(book: BookJson, provider: str, stay: Stay, model: ModelJson) -> Iterator[PriceRow]:
    """The model's factors by geography; `*` is any geography that is not global."""
    for geo, factor in model.get("geo", {}).items():
        yield PriceRow(
            provider=provider,
            model=stay.model_id,
            unit=ALL_TOKENS,
            facts="",
            price=Decimal(factor),
            per=1,
            currency="",
            tier="",
            processing="",
            speed="",
            geo=geo,
            input_over=None,
            input_over_inclusive=False,
            hours=(),
            effective_from=stay.start,
            effective_to=stay.end,
            source="",
            source_ref=model.get("ref", ""),
            checked_on=date.fromisoformat(book["checked"]),
            note="",
            recorded_on=date.fromisoformat(book["recorded"]),
            superseded_on=None,
            is_factor=True,
        )


def _later(one: datetime | None, other: datetime | None) -> datetime | None:
    return max(filter(None, (one, other)), default=None)


def _earlier(one: datetime | None, other: datetime | None) -> datetime | None:
    return min(filter(None, (one, other)), default=None)
