"""Which row of the price book a line was priced by, found again when somebody asks.

Pricing keeps only the figure: dates and addresses would slow every call down for the few that are explained.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final, NamedTuple

from app.analytics.rules.explanation import NO_EVIDENCE, Bracket, Evidence, GeoFactor
from app.analytics.rules.figure import CURRENCY
from app.core.money import EXACT
from app.pricing.rules import matching, units
from app.pricing.rules.call import CallToPrice, PricedLine
from app.pricing.rules.cards import priced_facts
from app.pricing.rules.rows import PriceRow

ONE: Final = Decimal(1)


class _Asked(NamedTuple):
    """The dimensions of the call, or of the part of it that the line belongs to."""

    tier: str
    processing: str
    speed: str
    place: str
    facts: frozenset[str]
    counts: Mapping[str, int | Decimal]


def evidence(rows: Iterable[PriceRow], call: CallToPrice, line: PricedLine) -> Evidence:
    """Where the line's rate was read; `rows` are all of the model that the line was priced as."""
    asked = _asked(call, line)
    listed = [row for row in rows if row.superseded_on is None]
    factors = {row.geo: row.price for row in listed if row.is_factor}
    candidates = [
        (row, place)
        for row in listed
        if not row.is_factor
        and row.currency == CURRENCY
        and _holds(row, call.occurred_at.astimezone(UTC))
        and _facts(row) <= asked.facts
        for place in _places(row, line, factors)
    ]
    if not candidates:
        return NO_EVIDENCE
    row, place = min(candidates, key=lambda found: _rank(found[0], found[1], line, asked))
    return Evidence(
        source_ref=row.source_ref or None,
        checked=row.checked_on,
        effective_from=row.effective_from,
        effective_to=row.effective_to,
        bracket=_bracket(row, listed, asked),
        geo=_geo(row, place, asked, factors),
    )


def _asked(call: CallToPrice, line: PricedLine) -> _Asked:
    part = next((part for part in call.parts if line.role and part.role == line.role), None)
    tier = (part and part.service_tier) or call.service_tier
    return _Asked(
        tier=matching.canonical_tier(matching.canonical_provider(call.provider), tier),
        processing=matching.canonical_processing(call.processing, tier),
        speed=matching.canonical_speed((part and part.speed) or call.speed),
        place=matching.canonical_geo(call.geo),
        facts=frozenset("=".join(fact) for fact in priced_facts(call.facts)),
        counts=part.counts if part else call.counts,
    )


def _holds(row: PriceRow, instant: datetime) -> bool:
    begun = row.effective_from is None or row.effective_from <= instant
    lasts = row.effective_to is None or instant < row.effective_to
    return begun and lasts and (not row.hours or any(window.holds(instant) for window in row.hours))


def _facts(row: PriceRow) -> frozenset[str]:
    """What the call must say for the row to hold."""
    return frozenset(row.facts.split(",")) if row.facts else frozenset()


def _places(row: PriceRow, line: PricedLine, factors: Mapping[str, Decimal]) -> Iterator[str]:
    """Where the row would give the line's rate: as it is, or with the factor of a geography."""
    if row.unit not in _billed_as(line.unit) or row.per != line.rate.per:
        return
    if row.price == line.rate.price:
        yield row.geo
    if not row.geo and units.is_leaf(line.unit):
        yield from (place for place, factor in factors.items() if EXACT.multiply(row.price, factor) == line.rate.price)


def _billed_as(unit: str) -> Sequence[str]:
    """The unit, then those whose price it may have (see `cards`): reasoning is output, an image may be text."""
    if not units.is_leaf(unit):
        return (unit,)
    kind, modality = units.kind(unit), units.modality(unit)
    plain = {"reasoning": "visible", "tool": "fresh", "cache_write_free": "fresh"}.get(kind, kind)
    direction = units.direction(unit)
    return (unit, f"{direction}.{plain}.{modality}", f"{direction}.{kind}.text", f"{direction}.{plain}.text")


def _rank(row: PriceRow, place: str, line: PricedLine, asked: _Asked) -> tuple[object, ...]:
    """Lowest is nearest to how prices are chosen: the call's own dimensions, its place, the hours, the size."""
    wanted = sum(getattr(row, name) != getattr(asked, name) for name in ("tier", "processing", "speed"))
    is_list = not (row.tier or row.processing or row.speed)
    size = units.threshold_input(asked.counts)
    steps_over = row.input_over is not None and not _is_beyond(row, size)
    return (
        wanted and not is_list,
        wanted,
        place not in {asked.place, "*"},
        _billed_as(line.unit).index(row.unit),
        -len(_facts(row)),
        not row.hours,
        steps_over,
        -(row.input_over or 0),
    )


def _is_beyond(row: PriceRow, size: int) -> bool:
    over = row.input_over or 0
    return size > over or (row.input_over_inclusive and size == over)


def _bracket(row: PriceRow, listed: Iterable[PriceRow], asked: _Asked) -> Bracket | None:
    """The step that the row is, or the first step above it; None where the price does not depend on the size."""
    steps = [other for other in listed if other.input_over is not None and _sheet(other) == _sheet(row)]
    if not steps:
        return None
    step = row if row.input_over is not None else min(steps, key=lambda other: other.input_over or 0)
    size = units.threshold_input(asked.counts)
    return Bracket(size, step.input_over or 0, step.input_over_inclusive, is_beyond=step is row)


def _sheet(row: PriceRow) -> tuple[object, ...]:
    """What the steps of one price have in common."""
    return row.unit, row.tier, row.processing, row.speed, row.geo, row.hours, row.effective_from, row.effective_to


def _geo(row: PriceRow, place: str, asked: _Asked, factors: Mapping[str, Decimal]) -> GeoFactor | None:
    if place and place != row.geo:
        return GeoFactor(asked.place or place, factors[place])
    named = row.geo or asked.place
    return GeoFactor(named, ONE) if named else None
