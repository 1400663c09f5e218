"""A workspace's own prices: what its deployments are, what it pays instead of a list price, and what off it.

In this order: a deployment map says which model, zone and capacity a call had; an own rate stands in the list price's
place; otherwise a discount comes off it. Of the rules that fit the most specific one counts, alone: rates do not add
up and discounts do not stack. A rule holds for calls made in its period.
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from itertools import chain
from typing import Final, NamedTuple, TypeAlias
from uuid import UUID

from msgspec.structs import replace

from app.pricing.rules import units
from app.pricing.rules.call import CallToPrice, OwnPrice, PartToPrice, PricedCall, PricedLine, Rate, UnpricedReason
from app.pricing.rules.cards import EXACT, each_of
from app.pricing.rules.cost import Portion, add_up, free_parent, line_cost, pieces
from app.pricing.rules.matching import canonical_provider

# A call and one of its parts; None is the call itself.
Piece: TypeAlias = tuple[CallToPrice, PartToPrice | None]
# Providers and names by which a rule may mean it.
Where: TypeAlias = tuple[tuple[str, ...], tuple[str, ...]]

ANY: Final = "*"
HUNDRED: Final = Decimal(100)
# Distinct models and units a workspace sees, many times over.
ANSWERS_KEPT: Final = 4096

# What people call whole families of token leaves. A write that its vendor does not charge for is plain input, and so
# is what a server tool puts into the prompt; reads from a cache are not, or a missing price would pass for another.
METER_ALIASES: Final[Mapping[str, frozenset[str]]] = {
    "input": frozenset(
        leaf for leaf in units.INPUT_LEAVES if units.kind(leaf) in {"fresh", "tool", "cache_write_free"}
    ),
    "cache_read": frozenset(leaf for leaf in units.INPUT_LEAVES if units.is_cache_read(leaf)),
    "cache_write": frozenset(
        leaf for leaf in units.INPUT_LEAVES if units.is_cache_write(leaf) and units.kind(leaf) != "cache_write_free"
    ),
    "output": frozenset(units.OUTPUT_LEAVES),
}
METERS: Final = frozenset((ANY, *METER_ALIASES, *units.UNITS))


class RuleKind(StrEnum):
    """What a rule says."""

    RATE = "rate"
    DISCOUNT = "discount"
    DEPLOYMENT = "deployment"


@dataclass(frozen=True, slots=True)
class Rule:
    """One price of a workspace's own.

    `provider` is in canonical spelling; `model_pattern` is a name, or has one `*` at its beginning or end; `meter` is a
    unit, the name of a family (`METER_ALIASES`) or `*`. Periods are half-open, None is open. A rate has `price` dollars
    for `per` units, a discount `percent` off, a deployment at least one of the last five.
    """

    id: UUID
    kind: RuleKind
    provider: str
    model_pattern: str
    meter: str = ANY
    price: Decimal | None = None
    per: int | None = None
    percent: Decimal | None = None
    target_provider: str | None = None
    target_model: str | None = None
    geo: str | None = None
    tier: str | None = None
    capacity: str | None = None
    effective_from: datetime | None = None
    effective_to: datetime | None = None

    def holds(self, instant: datetime) -> bool:
        """Whether the rule is for calls of that instant."""
        begun = self.effective_from is None or instant >= self.effective_from
        return begun and (self.effective_to is None or instant < self.effective_to)

    def fits_model(self, providers: Iterable[str], names: Iterable[str]) -> bool:
        """Whether it is for a model that has one of these names, in lower case, at one of the providers."""
        is_there = self.provider == ANY or self.provider in providers
        return is_there and any(fits(self.model_pattern, name) for name in names)

    def fits_meter(self, unit: str) -> bool:
        """Whether it is for this unit."""
        return self.meter in {ANY, unit} or unit in METER_ALIASES.get(self.meter, ())

    @property
    def specificity(self) -> tuple[bool, int, int, bool, str]:
        """Of two rules that fit, the greater one counts: by model, then by meter, then by provider, then the newer."""
        by_meter = 0 if self.meter == ANY else 1 if self.meter in METER_ALIASES else 2
        length = len(self.model_pattern.strip(ANY))
        return ANY not in self.model_pattern, length, by_meter, self.provider != ANY, str(self.id)

    @property
    def scope(self) -> tuple[str, str, str, str]:
        """What the rule is about: two of one scope may not hold at the same instant."""
        return self.kind, self.provider, self.model_pattern, self.meter


def fits(pattern: str, name: str) -> bool:
    """Whether a name is meant by a pattern; both in lower case."""
    if pattern.endswith(ANY):
        return name.startswith(pattern[:-1])
    if pattern.startswith(ANY):
        return name.endswith(pattern[1:])
    return name == pattern


def overlaps(one: Rule, other: Rule) -> bool:
    """Whether some instant is in both periods."""
    starts_before = one.effective_from is None or other.effective_to is None or one.effective_from < other.effective_to
    ends_after = other.effective_from is None or one.effective_to is None or other.effective_from < one.effective_to
    return starts_before and ends_after


def revision(rules: Iterable[Rule]) -> str:
    """A short mark of the rules in force: the same rules, the same mark, on any process and after an undo."""
    ids = ",".join(sorted(str(rule.id) for rule in rules))
    return hashlib.blake2b(ids.encode(), digest_size=4).hexdigest()


class OwnPrices:
    """The rules of one workspace, made ready to be asked for every call."""

    def __init__(self, rules: Iterable[Rule], portion: Callable[[CallToPrice, PartToPrice | None], Portion]) -> None:
        """`portion` prices a call, or a part of it, at list prices."""
        ordered = sorted(rules, key=lambda rule: rule.specificity, reverse=True)
        self._portion = portion
        self._maps = [rule for rule in ordered if rule.kind is RuleKind.DEPLOYMENT]
        self._prices = [rule for kind in (RuleKind.RATE, RuleKind.DISCOUNT) for rule in ordered if rule.kind is kind]
        # worked out once: this is looked at for every unit of every call
        self._own = {rule.id: _own(rule) for rule in self._prices}
        self._maps_of = lru_cache(ANSWERS_KEPT)(self._find_maps)
        self._prices_of = lru_cache(ANSWERS_KEPT)(self._find_prices)

    def price(self, call: CallToPrice) -> PricedCall:
        """What the call costs this workspace."""
        if call.is_parent:
            return free_parent()
        mapped = self.mapped(call)
        pairs = zip(pieces(call), pieces(mapped), strict=True)
        return add_up(mapped, [self._priced((call, part), (mapped, new_part)) for part, new_part in pairs])

    def mapped(self, call: CallToPrice) -> CallToPrice:
        """The call as what its deployment is; of its parts those that name a model are looked up for themselves.

        What the map says holds, but for the tier: there the response, which names what was billed, goes first.
        """
        rule = self._map(call.provider, (call.deployment, call.model, call.requested_model), call.occurred_at)
        if rule is None and not call.parts:
            return call
        parts = tuple(self._mapped_part(call, part) for part in call.parts)
        if rule is None:
            return replace(call, parts=parts)
        return replace(
            call,
            provider=rule.target_provider or call.provider,
            model=rule.target_model or call.model,
            requested_model=None if rule.target_model else call.requested_model,
            service_tier=call.service_tier or rule.tier,
            geo=rule.geo or call.geo,
            capacity=rule.capacity or call.capacity,
            parts=parts,
        )

    def _mapped_part(self, call: CallToPrice, part: PartToPrice) -> PartToPrice:
        rule = self._map(part.provider or call.provider, (part.model,), call.occurred_at) if part.model else None
        if rule is None:
            return part
        return replace(
            part,
            provider=rule.target_provider or part.provider,
            model=rule.target_model or part.model,
            service_tier=part.service_tier or rule.tier,
        )

    def _map(self, provider: str, names: Sequence[str | None], at: datetime) -> Rule | None:
        """The most specific map of the first name that has one: a deployment's name goes before a model's."""
        if not self._maps:
            return None
        return next(
            (rule for rule in self._maps_of(canonical_provider(provider), _lower(names)) if rule.holds(at)), None
        )

    def _find_maps(self, provider: str, names: tuple[str, ...]) -> tuple[Rule, ...]:
        return tuple(rule for name in names for rule in self._maps if rule.fits_model((provider,), (name,)))

    def _priced(self, said: Piece, mapped: Piece) -> Portion:
        """One portion of a call with what the rules make of it; `said` is how the call came, before the maps."""
        portion = self._portion(*mapped)
        counts = mapped[1].counts if mapped[1] else mapped[0].counts
        if not self._prices or not counts:
            return portion
        where = _where(said, mapped, portion.priced_as)
        at = mapped[0].occurred_at
        rules = {unit: self._rule(where, unit, at) for unit in counts}
        lines = [_changed(line, self._own[rule.id]) if (rule := rules[line.unit]) else line for line in portion.lines]
        own = {unit: rule for unit, rule in rules.items() if rule and rule.kind is RuleKind.RATE}
        added = [
            _own_line(unit, count, self._own[own[unit].id].price, portion.role)
            for unit, count in portion.unpriced.items()
            if unit in own
        ]
        missing = {unit: count for unit, count in portion.unpriced.items() if unit not in own}
        is_known = portion.reason is None or (bool(own) and not missing)
        reason = None if is_known else UnpricedReason.NO_PRICE_FOR_UNIT if own else portion.reason
        return portion._replace(
            lines=[*lines, *added],
            contracted_cost=_total(lines, added) if is_known else None,
            costs_something=any(_costs_something(line) for line in (*lines, *added)),
            reason=reason,
            unpriced=missing,
        )

    def _rule(self, where: Where, unit: str, at: datetime) -> Rule | None:
        return next((rule for rule in self._prices_of(*where, unit) if rule.holds(at)), None)

    def _find_prices(self, providers: tuple[str, ...], names: tuple[str, ...], unit: str) -> tuple[Rule, ...]:
        return tuple(rule for rule in self._prices if rule.fits_meter(unit) and rule.fits_model(providers, names))


def _where(said: Piece, mapped: Piece, priced_as: str | None) -> Where:
    """By which providers and names a rule may mean a portion: as it came, as what it is, as the book calls it."""
    providers: list[str] = []
    names: list[str | None] = [priced_as.partition("/")[2] if priced_as else None]
    for call, part in (said, mapped):
        providers.append(canonical_provider((part and part.provider) or call.provider))
        names += [part.model] if part and part.model else [call.deployment, call.model, call.requested_model]
    return tuple(dict.fromkeys(providers)), _lower(names)


def _lower(names: Iterable[str | None]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name.strip().lower() for name in names if name))


class _Own(NamedTuple):
    """What a rule says of a line, and what of the list price a discount leaves."""

    price: OwnPrice
    left: Decimal


def _own(rule: Rule) -> _Own:
    return _Own(own_price(rule), EXACT.divide(EXACT.subtract(HUNDRED, rule.percent or Decimal(0)), HUNDRED))


def _changed(line: PricedLine, own: _Own) -> PricedLine:
    rate = own.price.rate
    contracted = EXACT.multiply(line.cost, own.left) if rate is None else line_cost(rate, line.quantity)
    return line._replace(contracted=contracted, own=own.price)


def _own_line(unit: str, count: int | Decimal, own: OwnPrice, role: str) -> PricedLine:
    """The line of a unit that the book has no price for."""
    assert own.rate is not None  # noqa: S101 - rates only
    cost = line_cost(own.rate, count)
    return PricedLine(unit, count, own.rate, cost, cost, role, "", own)


def own_price(rule: Rule) -> OwnPrice:
    """What a rate or a discount says of a line."""
    if rule.price is None or rule.per is None:
        return OwnPrice(str(rule.id), None, rule.percent)
    rate = Rate(rule.price, rule.per, each_of(rule.price, rule.per), f"own:{rule.id}")
    return OwnPrice(str(rule.id), rate, None)


def _costs_something(line: PricedLine) -> bool:
    own = line.own
    if own is not None and own.rate is not None:
        return bool(own.rate.price)
    return bool(line.rate.price) and (own is None or own.percent != HUNDRED)


def _total(*lines: Iterable[PricedLine]) -> Decimal:
    total = Decimal(0)
    for line in chain(*lines):
        total = EXACT.add(total, line.cost if line.contracted is None else line.contracted)
    return total
