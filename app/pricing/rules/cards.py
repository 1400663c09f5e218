"""Rate cards: everything the book says about one model and one set of dimensions, resolved once."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Context, Decimal
from itertools import pairwise
from typing import Final, NamedTuple

from app.pricing.rules import units
from app.pricing.rules.book import BookModel, Figure, Sheet, Stay, UnitPrice, Window
from app.pricing.rules.call import Rate, UnpricedReason

# Products and sums of published figures and counts never need rounding at this precision.
EXACT: Final = Context(prec=60)

# What costs are counted in.
CURRENCY: Final = "USD"

Rates = Mapping[str, Rate]


# The facts of a call that select rows of a unit: `requests@search_context_size=low`, `images_out@size=1024x1024`,
# `output.visible.text@mode=thinking`.
PRICED_FACTS: Final = ("cache", "mode", "quality", "search_context_size", "search_tool", "size")

Facts = tuple[tuple[str, str], ...]


class Dimensions(NamedTuple):
    """What selects rows beside the model; `""` is the usual one of each."""

    tier: str = ""
    processing: str = ""
    speed: str = ""
    geo: str = ""
    facts: Facts = ()


def priced_facts(facts: Mapping[str, str]) -> Facts:
    """Those of a call's facts that can select a row, in a form that can be remembered."""
    return tuple((name, facts[name].strip().lower()) for name in PRICED_FACTS if facts.get(name))


class Bracket(NamedTuple):
    """Rates of the whole request for prompts beyond a size."""

    size: int
    inclusive: bool
    rates: Rates


@dataclass(frozen=True, slots=True)
class RateVersion:
    """The rates of one period; `brackets` from the largest prompt down."""

    start: datetime | None
    end: datetime | None
    hours: tuple[Window, ...]
    rates: Rates
    brackets: tuple[Bracket, ...]
    priced_as: str

    def holds(self, instant: datetime) -> bool:
        """Whether these rates apply to a call of that instant."""
        if self.start is not None and instant < self.start:
            return False
        if self.end is not None and instant >= self.end:
            return False
        return not self.hours or any(window.holds(instant) for window in self.hours)

    def rates_for(self, prompt_size: int) -> Rates:
        """The rates for a prompt of that many tokens, cached ones included."""
        for size, inclusive, rates in self.brackets:
            if prompt_size > size or (inclusive and prompt_size == size):
                return rates
        return self.rates


@dataclass(frozen=True, slots=True)
class RateCard:
    """All dated rates of one name and one set of dimensions.

    `priced_as` names the model that the name means, or last meant; a version of a name that moved has its own.
    """

    priced_as: str
    versions: tuple[RateVersion, ...]
    """Those that hold only at some hours come before those that hold all day."""
    always: RateVersion | None = None
    """The only version, where the book has no dates and no hours for it."""

    def at(self, instant: datetime) -> RateVersion | None:
        """The rates in force, or None when the book knows none for that instant."""
        if self.always is not None:
            return self.always
        instant = instant.astimezone(UTC)
        for version in self.versions:
            if version.holds(instant):
                return version
        return None


@dataclass(frozen=True, slots=True)
class NoCard:
    """Why there is none: remembered like a card, so that unknown models cost no search either."""

    reason: UnpricedReason
    priced_as: str | None = None


def resolve(model: BookModel, wanted: Dimensions) -> RateCard | NoCard:
    """The card for one model and one set of dimensions.

    A tier, processing or speed that the book has no rows for has no card: it is not silently the list price.
    """
    priced_as = f"{model.provider}/{model.id}"
    sheets, factor = _in_geo(model, wanted.geo)
    chosen = [
        sheet
        for sheet in sheets
        if (sheet.tier, sheet.processing, sheet.speed) == (wanted.tier, wanted.processing, wanted.speed)
    ]
    if not chosen:
        return NoCard(UnpricedReason.NO_PRICE_FOR_TIER, priced_as)
    chosen = _in_dollars(chosen)
    if not chosen:
        return NoCard(UnpricedReason.PRICE_IN_OTHER_CURRENCY, priced_as)
    base = [sheet for sheet in _in_dollars(sheets) if sheet.is_list_price]
    versions: list[RateVersion] = []
    for start, end in _periods([*base, *chosen]):
        versions.extend(_versions(model, base, chosen, start, end, factor, wanted.facts))
    return _card(priced_as, versions)


def joined(cards: Sequence[tuple[Stay, RateCard | NoCard]]) -> RateCard | NoCard:
    """One card for a name that meant several models one after the other, each with the card it has."""
    known = [(stay, card) for stay, card in cards if isinstance(card, RateCard)]
    if not known:
        return cards[-1][1]
    versions = (cut for stay, card in known for version in card.versions if (cut := _cut(version, stay)))
    return _card(known[-1][1].priced_as, list(versions))


def _card(priced_as: str, versions: Sequence[RateVersion]) -> RateCard:
    first = versions[0] if len(versions) == 1 else None
    always = first if first and first.start is None and first.end is None and not first.hours else None
    return RateCard(priced_as, tuple(sorted(versions, key=lambda version: not version.hours)), always)


def _cut(version: RateVersion, stay: Stay) -> RateVersion | None:
    start = max(filter(None, (version.start, stay.start)), default=None)
    end = min(filter(None, (version.end, stay.end)), default=None)
    if start is not None and end is not None and start >= end:
        return None
    return replace(version, start=start, end=end)


def _in_dollars(sheets: Sequence[Sheet]) -> list[Sheet]:
    """A price in another currency is never taken for dollars."""
    return [sheet for sheet in sheets if sheet.currency == CURRENCY]


def _in_geo(model: BookModel, geo: str) -> tuple[list[Sheet], Decimal]:
    """The sheets that speak of a geography, and the factor on their token prices.

    Published rows beat a factor. Where neither speaks of this geography, the price is only known if it depends on none.
    """
    own = [sheet for sheet in model.sheets if sheet.geo == geo]
    if own or not geo:
        return own, Decimal(1)
    everywhere = [sheet for sheet in model.sheets if not sheet.geo]
    factor = model.geo.get(geo, model.geo.get("*"))
    if factor is not None:
        return everywhere, factor
    depends = model.strict_geo or bool(model.geo) or len(everywhere) < len(model.sheets)
    return [] if depends and geo not in model.home else everywhere, Decimal(1)


def _periods(sheets: Iterable[Sheet]) -> list[tuple[datetime | None, datetime | None]]:
    """The stretches of time between all dates the sheets name, open at both ends."""
    dates = sorted({date for sheet in sheets for date in (sheet.start, sheet.end) if date is not None})
    edges: list[datetime | None] = [None, *dates, None]
    return list(pairwise(edges))


def _versions(
    model: BookModel,
    base: Sequence[Sheet],
    chosen: Sequence[Sheet],
    start: datetime | None,
    end: datetime | None,
    factor: Decimal,
    facts: Facts,
) -> Iterable[RateVersion]:
    base = [sheet for sheet in base if sheet.covers(start, end)]
    chosen = [sheet for sheet in chosen if sheet.covers(start, end)]
    all_day = [sheet for sheet in base if not sheet.hours]
    for sheet in chosen:
        below = all_day if sheet.hours or not sheet.is_list_price else []
        prices = _with_facts(_overlaid(below, sheet), facts)
        yield _version(prices, model, start, end, sheet.hours, factor)


def _overlaid(below: Sequence[Sheet], top: Sheet) -> dict[str, UnitPrice]:
    """One sheet laid over the list price.

    Hours change only what they list. A tier keeps the fees for tools but no token price: what its table does not list
    is not known. A batch also keeps the cached prices, which its published tables leave out because they stay.
    """
    merged: dict[str, UnitPrice] = {}
    for sheet in below:
        merged.update((unit, price) for unit, price in sheet.prices.items() if _stays(unit, top))
    merged.update(top.prices)
    return merged


def _with_facts(prices: Mapping[str, UnitPrice], facts: Facts) -> dict[str, UnitPrice]:
    """The prices that hold for a call with these facts; asking for more of them beats asking for less."""
    given = set(facts)
    chosen: dict[str, UnitPrice] = {}
    for key in sorted(prices, key=lambda key: key.count("=")):
        unit, _, asked = key.partition("@")
        if not asked or {tuple(fact.split("=")) for fact in asked.split(",")} <= given:
            chosen[unit] = prices[key]
    return chosen


def _stays(unit: str, top: Sheet) -> bool:
    unit = units.bare(unit)
    if top.is_list_price or not units.is_leaf(unit):
        return True
    return top.processing == "batch" and (units.is_cache_read(unit) or units.is_cache_write(unit))


def _version(
    prices: dict[str, UnitPrice],
    model: BookModel,
    start: datetime | None,
    end: datetime | None,
    hours: tuple[Window, ...],
    factor: Decimal,
) -> RateVersion:
    _fill_in(prices, model.as_text)
    edges = sorted({(b.size, b.inclusive) for price in prices.values() for b in price.beyond}, reverse=True)
    return RateVersion(
        start=start,
        end=end,
        hours=hours,
        rates={unit: _rate(unit, price, price.figure, factor) for unit, price in prices.items()},
        brackets=tuple(Bracket(size, inclusive, _rates_at(prices, size, factor)) for size, inclusive in edges),
        priced_as=f"{model.provider}/{model.id}",
    )


def _rates_at(prices: Mapping[str, UnitPrice], size: int, factor: Decimal) -> Rates:
    """The rates once a prompt has passed `size`: of each unit the highest step that is not beyond it."""
    rates: dict[str, Rate] = {}
    for unit, price in prices.items():
        passed = [step for step in price.beyond if step.size <= size]
        figure = max(passed, key=lambda step: step.size).figure if passed else price.figure
        rates[unit] = _rate(unit, price, figure, factor)
    return rates


def _fill_in(prices: dict[str, UnitPrice], as_text: Sequence[str]) -> None:
    """Add the units that are billed as another one.

    Facts, not guesses: the model takes these modalities at its text price (the source says so), reasoning is billed as
    output, tool prompts as input, and a write that its vendor does not charge for as the plain input it also is.
    """
    for modality in as_text:
        for kind in units.INPUT_KINDS:
            _same(prices, f"input.{kind}.{modality}", f"input.{kind}.text")
    for modality in units.MODALITIES:
        _same(prices, f"output.reasoning.{modality}", f"output.visible.{modality}")
        _same(prices, f"input.tool.{modality}", f"input.fresh.{modality}")
        _same(prices, f"input.cache_write_free.{modality}", f"input.fresh.{modality}")


def _same(prices: dict[str, UnitPrice], unit: str, other: str) -> None:
    if unit not in prices and other in prices:
        prices[unit] = prices[other]


def _rate(unit: str, price: UnitPrice, figure: Figure, factor: Decimal) -> Rate:
    amount = EXACT.multiply(figure.price, factor) if units.is_leaf(unit) else figure.price
    return Rate(amount, figure.per, each_of(amount, figure.per), price.source)


def each_of(price: Decimal, per: int) -> Decimal | None:
    """`price / per` when `per` is a power of ten, which only moves the point; else None."""
    digits = str(per)
    if digits.strip("0") != "1":
        return None
    return price.scaleb(1 - len(digits), EXACT)
