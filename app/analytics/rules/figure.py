"""A figure: what a set of calls cost, and how much of that is known."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, localcontext
from operator import attrgetter
from typing import Final, Protocol

import msgspec

from app.core.money import EXACT, ratio

CURRENCY: Final = "USD"
COST_PER_CALL_DIGITS: Final = 12


class Figure(msgspec.Struct, frozen=True, gc=False):
    """Sums over some calls of the tracked ledger. No dataclass: an answer holds hundreds, and these are made quickly.

    `known_cost` is the cost of the calls that have one, `known_list_cost` what these and others would have cost at
    public prices; None where no call has one. Token counts are disjoint here, as the ledger keeps them; the
    inclusive ones of the wire are derived.
    """

    calls: int = 0
    fresh_tokens: int = 0
    cache_read_tokens: int = 0
    cache_write_tokens: int = 0
    visible_tokens: int = 0
    reasoning_tokens: int = 0
    errors: int = 0
    priced_calls: int = 0
    free_calls: int = 0
    known_cost: Decimal = Decimal(0)
    known_list_cost: Decimal | None = None

    def __add__(self, other: "Figure") -> "Figure":
        return Figure(
            **{name: getattr(self, name) + getattr(other, name) for name in _COUNTS},
            known_cost=EXACT.add(self.known_cost, other.known_cost),
            known_list_cost=_add(self.known_list_cost, other.known_list_cost),
        )

    @property
    def currency(self) -> str:
        return CURRENCY

    @property
    def other_currencies(self) -> tuple[()]:
        """Calls are priced in dollars."""
        return ()

    @property
    def settled_calls(self) -> int:
        """Calls whose cost is known: priced or free."""
        return self.priced_calls + self.free_calls

    @property
    def unpriced_calls(self) -> int:
        return self.calls - self.settled_calls

    @property
    def input_tokens(self) -> int:
        return self.fresh_tokens + self.cache_read_tokens + self.cache_write_tokens

    @property
    def output_tokens(self) -> int:
        return self.visible_tokens + self.reasoning_tokens

    @property
    def cost(self) -> Decimal | None:
        """None when there are calls and the cost of none is known: unknown is never zero."""
        return None if self.calls and not self.settled_calls else self.known_cost

    @property
    def list_cost(self) -> Decimal | None:
        """What the calls with a public price cost at it; None when there are calls and none has one."""
        return self.known_list_cost if self.calls else Decimal(0)

    @property
    def cost_per_call(self) -> Decimal | None:
        """Over the calls whose cost is known; None when there are none."""
        return ratio(self.known_cost, Decimal(self.settled_calls), COST_PER_CALL_DIGITS)


_COUNTS: Final = tuple(name for name in Figure.__struct_fields__ if not name.endswith("_cost"))
_counts: Final = attrgetter(*_COUNTS)


def total_of(figures: Sequence[Figure]) -> Figure:
    """Their sum, made column by column: one by one takes five times as long."""
    if not figures:
        return Figure()
    counts = dict(zip(_COUNTS, map(sum, zip(*map(_counts, figures), strict=True)), strict=True))
    listed = [figure.known_list_cost for figure in figures if figure.known_list_cost is not None]
    with localcontext(EXACT):
        cost = sum((figure.known_cost for figure in figures), Decimal(0))
        list_cost = sum(listed, Decimal(0)) if listed else None
    return Figure(**counts, known_cost=cost, known_list_cost=list_cost)


def _add(a: Decimal | None, b: Decimal | None) -> Decimal | None:
    return EXACT.add(a or Decimal(0), b or Decimal(0)) if (a, b) != (None, None) else None


@dataclass(frozen=True, slots=True)
class MonthTotals:
    """A month: all of it, today's part of it, and when the last call was taken in.

    `unpriced` are the calls without a cost by reason, `prepaid` the part of the total by the capacity that carried it.
    """

    total: Figure
    today: Figure
    unpriced: Mapping[str, int]
    prepaid: Mapping[str, Figure]
    last_recorded_at: datetime | None


@dataclass(frozen=True, slots=True)
class Freshness:
    """The newest of some calls, by their own clock and by ours; None when there are none."""

    last_event_at: datetime | None
    last_recorded_at: datetime | None


class HasCost(Protocol):
    """A figure of any ledger."""

    @property
    def cost(self) -> Decimal | None: ...


def change(total: HasCost, previous: HasCost) -> Decimal | None:
    """How much more `total` cost, as a fraction of `previous`; None when either is unknown or `previous` is 0."""
    if total.cost is None or previous.cost is None:
        return None
    return ratio(EXACT.subtract(total.cost, previous.cost), previous.cost)
