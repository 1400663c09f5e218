"""How a workspace wants each kind: on or off, its figures, how loud, where to. What is not set is as it is here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Final
from uuid import UUID

from app.alerts.rules.alerts import Kind
from app.delivery.rules import Severity


class Unit(StrEnum):
    """What a figure counts. A share is of one: 0.05 is 5 %."""

    DOLLARS = "usd"
    TIMES = "times"
    SHARE = "share"
    COUNT = "count"
    DAYS = "days"


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure that decides when a kind is told; `least` and `most` are still allowed."""

    name: str
    unit: Unit
    default: Decimal
    least: Decimal
    most: Decimal
    meaning: str

    def fault(self, value: Decimal) -> str | None:
        """Why it cannot be this; None when it can."""
        if not self.least <= value <= self.most:
            return f"must be from {self.least} to {self.most}"
        if self.unit is Unit.COUNT and value != value.to_integral_value():
            return "must be a whole number"
        return None


def _figure(name: str, unit: Unit, default: str, least: str, most: str, meaning: str) -> Figure:
    return Figure(name, unit, Decimal(default), Decimal(least), Decimal(most), meaning)


_MIN_SPEND: Final = _figure(
    "min_spend_usd", Unit.DOLLARS, "0.10", "0", "1000000", "it is told once it has cost so much within a day"
)
FIGURES: Final[Mapping[Kind, Sequence[Figure]]] = {
    Kind.BUDGET_THRESHOLD: (),
    Kind.FORECAST_CROSSING: (),
    Kind.SPEND_SPIKE: (
        _figure("min_rise_usd", Unit.DOLLARS, "2", "0.01", "1000000", "an hour costs so much more than is usual"),
        _figure("min_times", Unit.TIMES, "2", "1.1", "1000", "an hour costs so many times what is usual"),
        _figure("deviations", Unit.TIMES, "6", "3", "100", "an hour lies so many usual deviations above the usual"),
    ),
    Kind.NEW_MODEL: (_MIN_SPEND,),
    Kind.NEW_KEY: (_MIN_SPEND,),
    Kind.UNPRICED_SPEND: (
        _figure("min_calls", Unit.COUNT, "1", "1", "1000000000", "so many calls of a model without a price in a day"),
    ),
    Kind.ERROR_RATE: (
        _figure("min_errors", Unit.COUNT, "20", "5", "1000000000", "so many calls of an hour failed"),
        _figure("min_rise", Unit.SHARE, "0.05", "0.001", "1", "so much more of the calls fail than is usual"),
    ),
    Kind.SYNC_FAILING: (_figure("failures", Unit.COUNT, "3", "1", "100", "so many syncs in a row failed"),),
    Kind.SYNC_STALE: (
        _figure("intervals", Unit.TIMES, "4", "2", "1000", "so many times the pause between two syncs without one"),
    ),
    Kind.CREDITS_LOW: (
        _figure("days_left", Unit.DAYS, "7", "0.5", "365", "credits last for so many days at the present rate"),
    ),
}
ABOUT: Final[Mapping[Kind, str]] = {
    Kind.BUDGET_THRESHOLD: "A budget reached one of its thresholds",
    Kind.FORECAST_CROSSING: "The forecast says that a budget will be crossed, and on which day",
    Kind.SPEND_SPIKE: "An hour costs far more than this hour of the week usually does",
    Kind.NEW_MODEL: "A model costs money for the first time",
    Kind.NEW_KEY: "An API key costs money for the first time",
    Kind.UNPRICED_SPEND: "Calls came whose price is not known",
    Kind.ERROR_RATE: "More calls fail than usual",
    Kind.SYNC_FAILING: "A provider's reports could not be read several times in a row",
    Kind.SYNC_STALE: "A provider's reports were not read for longer than planned",
    Kind.CREDITS_LOW: "Prepaid credits run out soon",
}


@dataclass(frozen=True, slots=True)
class Setting:
    """How a workspace wants a kind.

    `severity` None is as loud as whoever tells it says; `channel_ids` None are all channels, empty is none: it stands
    in the list and goes nowhere. `own_figures` holds those that were set.
    """

    kind: Kind
    is_on: bool = True
    severity: Severity | None = None
    resolves_itself: bool = True
    channel_ids: tuple[UUID, ...] | None = None
    own_figures: Mapping[str, Decimal] = field(default_factory=dict)

    def figure(self, name: str) -> Decimal:
        """The value of one of the kind's figures."""
        if name in self.own_figures:
            return self.own_figures[name]
        return next(figure.default for figure in FIGURES[self.kind] if figure.name == name)


def faults(kind: Kind, given: Mapping[str, Decimal]) -> dict[str, str]:
    """What is wrong with figures of a kind, by their names; empty when nothing."""
    known = {figure.name: figure for figure in FIGURES[kind]}
    found = {
        name: known[name].fault(value)
        if name in known
        else f"is no figure of {kind}: it has {', '.join(known) or 'none'}"
        for name, value in given.items()
    }
    return {name: fault for name, fault in found.items() if fault is not None}
