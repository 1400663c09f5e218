"""One list of models out of two: history from one, tiers and fees from the other, conflicts written down."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

from app.pricing.build.drafts import Dims, Model, Price, Sheet, first_step, same
from app.pricing.build.genai import Finder
from app.pricing.build.trust import GENAI, LITELLM, first_source, first_source_for_tiers, first_source_for_units

_MAIN_UNITS = ("input.fresh.text", "output.visible.text")


class Conflict(NamedTuple):
    """One price the sources disagree on, and which was taken."""

    provider: str
    model: str
    dimensions: str
    unit: str
    genai_prices: str
    litellm: str
    taken: str
    reason: str


@dataclass
class Merger:
    """Merges one provider's models; collects conflicts as it goes."""

    provider: str
    find: Finder
    conflicts: list[Conflict]

    def merge(self, theirs: list[Model], others: list[Model]) -> list[Model]:
        """Models of genai-prices (`theirs`) and of litellm (`others`) as one list."""
        by_name = {name: model for model in theirs for name in model.names}
        by_id = {model.id: model for model in theirs}
        joined: dict[str, list[Model]] = {model.id: [] for model in theirs}
        merged: list[Model] = []
        for other in others:
            listed = by_name.get(other.id)
            match = listed or by_id.get((self.find(other.id) or "").removeprefix("regional."))
            if match is None:
                merged.append(other)
            elif _agree(match, other):
                joined[match.id].append(other)
            elif self._is_believed(match, other, is_listed=listed is not None):
                match.names.discard(other.id)
                merged.append(other)
            else:
                match.names.add(other.id)
        for model in theirs:
            merged.extend(self._with_extras(model, joined[model.id]))
        return merged

    def _is_believed(self, match: Model, other: Model, *, is_listed: bool) -> bool:
        """Whether litellm's list price stands where genai-prices has another one."""
        if not is_listed and not _is_in_region(self.provider, other.id, match.id):
            self._note(match, other, other.id, LITELLM, "genai-prices matches this name by a loose rule only")
            return True
        first = first_source(self.provider, other.id)
        self._note(match, other, other.id, first, f"list price: {first} is trusted first for {self.provider}")
        return first == LITELLM

    def _note(self, match: Model, other: Model, name: str, taken: str, reason: str) -> None:
        one, two = match.current(), other.current()
        for unit in _MAIN_UNITS:
            left = one.prices.get(unit) if one else None
            right = two.prices.get(unit) if two else None
            if not same(left, right):
                self._record(name, Dims(), unit, left, right, taken, reason)

    def _record(
        self, name: str, dims: Dims, unit: str, left: Price | None, right: Price | None, taken: str, reason: str
    ) -> None:
        where = " ".join(f"{key}={value}" for key, value in dims.as_json().items())
        self.conflicts.append(Conflict(self.provider, name, where, unit, _shown(left), _shown(right), taken, reason))

    def _with_extras(self, model: Model, joined: list[Model]) -> Iterator[Model]:
        """The model, and apart from it those of its names for which litellm knows something else."""
        if not model.names:
            return
        own = {other.id: other for other in joined}
        main = own.get(model.id) or next((own[n] for n in sorted(model.names) if n in own), None)
        groups: dict[str, Model] = {}
        for name in sorted({*model.names, *own}, key=lambda n: (n != model.id, n)):
            built = self._enriched(model, own.get(name, main), name)
            key = str({k: v for k, v in built.as_json().items() if k not in {"names", "ref"}})
            groups.setdefault(key, built).names.add(name)
        yield from groups.values()

    def _enriched(self, model: Model, other: Model | None, name: str) -> Model:
        built = replace(model, id=name, names={name}, sheets=[replace(s, prices=dict(s.prices)) for s in model.sheets])
        if other is None:
            return built
        built.as_text, built.geo = other.as_text or model.as_text, other.geo
        built.ref = model.ref or other.ref
        base = built.current()
        if base is None:
            return built
        for sheet in other.sheets:
            self._add(built, base, sheet, name)
        return built

    def _add(self, built: Model, base: Sheet, sheet: Sheet, name: str) -> None:
        """Lay litellm's current sheet into the period of the current list price."""
        if sheet.hours:
            return  # genai-prices or our corrections know the hours of those few models
        if sheet.dims.geo:
            built.sheets.append(sheet)
            return
        mine = built.current(sheet.dims)
        if mine is None:
            built.sheets.append(replace(sheet, start=base.start, end=base.end))
            return
        for unit, price in sheet.prices.items():
            self._lay(built, mine, unit, price, name)

    def _lay(self, built: Model, mine: Sheet, unit: str, price: Price, name: str) -> None:
        known = mine.prices.get(unit)
        if known is None:
            for sheet in [mine] if mine.dims != Dims() else _all_or_this(built, mine, unit):
                sheet.prices.setdefault(unit, price)
            return
        if same(known, price):
            return
        taken, reason = self._choose(built, mine, unit, price)
        self._record(name, mine.dims, unit, known, price, taken, reason)
        if taken == LITELLM:
            mine.prices[unit] = price

    def _choose(self, built: Model, mine: Sheet, unit: str, price: Price) -> tuple[str, str]:
        """Which source's price of one unit is taken, and why."""
        known = mine.prices[unit]
        if mine.dims == Dims():
            taken = first_source_for_units(self.provider)
            return taken, f"unit: {taken} is trusted first for {self.provider}"
        base = built.current()
        stepped = base is not None and isinstance(base.prices.get(unit), list)
        if stepped and first_step(known) == first_step(price) and isinstance(known, str) != isinstance(price, str):
            taken = GENAI if isinstance(known, list) else LITELLM
            return taken, "tier: the list price has a long-context step, so the tier has one"
        taken = first_source_for_tiers(self.provider)
        return taken, f"tier: {taken} is trusted first for {self.provider}"


def _is_in_region(provider: str, name: str, matched: str) -> bool:
    """A bare Bedrock id of a family that genai-prices lists with its In-Region surcharge."""
    return provider == "aws.bedrock" and first_source(provider, name) == GENAI and not matched.startswith("global.")


def _all_or_this(model: Model, current: Sheet, unit: str) -> list[Sheet]:
    """A fee for a tool is not known to have changed when token prices did; a token price may have."""
    if unit.startswith(("input.", "output.")):
        return [current]
    return [sheet for sheet in model.sheets if sheet.dims == Dims() and not sheet.hours]


def _agree(model: Model, other: Model) -> bool:
    """Whether both give the same list price for small requests today, where both give one."""
    one, two = model.current(), other.current()
    if one is None or two is None:
        return two is None and one is not None
    shared = [unit for unit in _MAIN_UNITS if unit in one.prices and unit in two.prices]
    meters = [unit for unit in two.prices if unit in one.prices and unit not in _MAIN_UNITS]
    if not shared and not meters:
        return False
    return all(first_step(one.prices[unit]) == first_step(two.prices[unit]) for unit in shared or meters)


def _shown(price: Price | None) -> str:
    if price is None:
        return ""
    if isinstance(price, str):
        return price
    head, *steps = price
    return " ".join([str(head), *(f"{s[0]}{s[1]}: {s[2]}" for s in steps if isinstance(s, list))])


def by_id(models: Iterable[Model]) -> dict[str, Model]:
    """Models by id; later ones of the same id only bring their names."""
    kept: dict[str, Model] = {}
    for model in models:
        if model.id in kept:
            kept[model.id].names |= model.names
        else:
            kept[model.id] = model
    return kept
