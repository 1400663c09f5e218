"""Series and rows: what calls may be grouped by, in which order groups stand, and no gaps in time."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Final, Protocol

from app.analytics.rules.figure import Figure
from app.core.money import EXACT, ratio
from app.core.periods import Granularity, Period, buckets

# the key and the label of what is left when only the largest groups are shown
OTHER: Final = "(other)"
# the label of the key "": calls that carry no such dimension
NONE_LABEL: Final = "(none)"
ON_DEMAND_LABEL: Final = "on demand"


class Grouping(StrEnum):
    """What figures can be split by."""

    PROVIDER = "provider"
    MODEL = "model"
    PROJECT = "project"
    ENVIRONMENT = "environment"
    API_KEY = "api_key"
    STATUS = "status"
    CAPACITY = "capacity"
    PRICE_STATE = "price_state"
    UNPRICED_REASON = "unpriced_reason"
    LINE_ITEM = "line_item"
    USER = "user"
    TAG = "tag"

    @property
    def none_label(self) -> str:
        """How the key "" is shown. Calls that name no capacity are paid for as they come."""
        return ON_DEMAND_LABEL if self is Grouping.CAPACITY else NONE_LABEL


class AnyFigure(Protocol):
    """What a figure of any ledger has to say of itself to be ranked."""

    @property
    def cost(self) -> Decimal | None: ...
    @property
    def known_cost(self) -> Decimal: ...
    @property
    def calls(self) -> int | None: ...


@dataclass(frozen=True, slots=True)
class Point:
    """The figure of one bucket and one group. `key` is None when nothing was grouped."""

    start: datetime
    key: str | None
    label: str | None
    figure: Figure


Group = tuple[str | None, str | None]


def rank(group: Group, figure: AnyFigure) -> tuple[bool, bool, Decimal, int, str]:
    """Sorts dearest first, then unknown cost, then most calls, then by key; `(other)` is always last."""
    key = group[0] or ""
    return (key == OTHER, figure.cost is None, -figure.known_cost, -(figure.calls or 0), key)


def fill_gaps(points: Sequence[Point], period: Period, granularity: Granularity, *, grouped: bool) -> list[Point]:
    """One point for every bucket of `period` and every group in `points`, by time, then by rank.

    `period` must hold whole buckets. Without grouping there is always one group; with it, none where
    there are no points.
    """
    found = {(point.start, point.key): point for point in points}
    groups = _ranked(points) if grouped else [(None, None)]
    empty = Figure()
    return [
        found.get((start, key)) or Point(start, key, label, empty)
        for start in buckets(period, granularity)
        for key, label in groups
    ]


def _ranked(points: Iterable[Point]) -> list[Group]:
    totals: dict[Group, Figure] = {}
    for point in points:
        group, figure = (point.key, point.label), point.figure
        before = totals.get(group)
        totals[group] = figure if before is None else _for_rank(before, figure)
    return sorted(totals, key=lambda group: rank(group, totals[group]))


def _for_rank(a: Figure, b: Figure) -> Figure:
    """What `rank` looks at in a sum, and nothing else: a trend adds hundreds of figures."""
    return Figure(
        calls=a.calls + b.calls,
        priced_calls=a.settled_calls + b.settled_calls,
        known_cost=EXACT.add(a.known_cost, b.known_cost),
    )


def share(figure: AnyFigure, total: AnyFigure) -> Decimal | None:
    """The part of the known cost, 0 to 1, rounded to 6 digits; None where it is unknown or there is none."""
    return None if figure.cost is None else ratio(figure.cost, total.known_cost)
