"""What a preview says: before and after, by model and by day. A cost never stands without its unpriced calls."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple, TypeVar

from app.core.money import EXACT
from app.core.periods import Granularity, floor
from app.usage.rules.changing import Change, LedgerCall

Key = TypeVar("Key")


class FigureKey(NamedTuple):
    """A day and a model of a preview."""

    day: datetime
    provider: str
    model: str


class Figure(NamedTuple):
    """Some calls before and after; the costs cover those that have one, and are None where none has."""

    calls: int = 0
    changed: int = 0
    cost_before: Decimal | None = None
    cost_after: Decimal | None = None
    unpriced_before: int = 0
    unpriced_after: int = 0

    def plus(self, other: "Figure") -> "Figure":
        return Figure(
            self.calls + other.calls,
            self.changed + other.changed,
            _add(self.cost_before, other.cost_before),
            _add(self.cost_after, other.cost_after),
            self.unpriced_before + other.unpriced_before,
            self.unpriced_after + other.unpriced_after,
        )


@dataclass(slots=True)
class Preview:
    """The figures of some calls; grows call by call."""

    figures: dict[FigureKey, Figure] = field(default_factory=dict)

    def add(self, call: LedgerCall, change: Change | None) -> None:
        after = call.cost if change is None else change.figures.cost
        figure = Figure(1, int(change is not None), call.cost, after, int(call.cost is None), int(after is None))
        key = FigureKey(day_of(call.occurred_at), call.provider, call.model)
        before = self.figures.get(key)
        self.figures[key] = figure if before is None else before.plus(figure)


@dataclass(frozen=True, slots=True)
class Summary:
    """A whole preview. Models by what they move, the largest first; days in their order."""

    total: Figure
    by_model: Sequence[tuple[tuple[str, str], Figure]]
    by_day: Sequence[tuple[datetime, Figure]]


def summary(figures: Mapping[FigureKey, Figure]) -> Summary:
    """The figures added up."""
    by_model = _sums(((key.provider, key.model), figure) for key, figure in figures.items())
    by_day = _sums((key.day, figure) for key, figure in figures.items())
    total = Figure()
    for figure in by_day.values():
        total = total.plus(figure)
    models = sorted(by_model.items(), key=lambda item: (-_moved(item[1]), item[0]))
    return Summary(total, models, sorted(by_day.items()))


def day_of(instant: datetime) -> datetime:
    return floor(instant, Granularity.DAY)


def _sums(figures: Iterable[tuple[Key, Figure]]) -> dict[Key, Figure]:
    sums: dict[Key, Figure] = {}
    for key, figure in figures:
        before = sums.get(key)
        sums[key] = figure if before is None else before.plus(figure)
    return sums


def _moved(figure: Figure) -> Decimal:
    return abs(EXACT.subtract(figure.cost_after or Decimal(0), figure.cost_before or Decimal(0)))


def _add(a: Decimal | None, b: Decimal | None) -> Decimal | None:
    if a is None or b is None:
        return b if a is None else a
    return EXACT.add(a, b)
