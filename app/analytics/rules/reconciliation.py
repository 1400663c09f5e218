"""Three ledgers side by side. Nothing is added across them; what may be asked is how far they lie apart."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from app.analytics.rules.billed import BilledFigure, ReportedFigure
from app.analytics.rules.figure import Figure
from app.core.money import EXACT, ratio


@dataclass(frozen=True, slots=True)
class Gap:
    """How far what we tracked lies from what the provider says: the provider's figure less ours, and ours as a part
    of the provider's. None where one of the two is not known."""

    difference: Decimal | None
    ratio: Decimal | None


def gap(tracked: Decimal | int | None, provider: Decimal | int | None) -> Gap:
    """Both None unless both are known; the ratio also where the provider says zero."""
    if tracked is None or provider is None:
        return Gap(None, None)
    ours, theirs = Decimal(tracked), Decimal(provider)
    return Gap(EXACT.subtract(theirs, ours), ratio(ours, theirs))


@dataclass(frozen=True, slots=True)
class Side:
    """One row: a day, a model or a provider. A ledger that does not cover it is None."""

    key: str
    tracked: Figure | None
    billed: BilledFigure | None
    reported: ReportedFigure | None

    @property
    def cost(self) -> Gap:
        return gap(self.tracked.cost if self.tracked else None, self.billed.cost if self.billed else None)

    @property
    def input_tokens(self) -> Gap:
        ours, theirs = self.tracked, self.reported
        return gap(ours.input_tokens if ours else None, theirs.input_tokens if theirs else None)

    @property
    def output_tokens(self) -> Gap:
        ours, theirs = self.tracked, self.reported
        return gap(ours.output_tokens if ours else None, theirs.output_tokens if theirs else None)

    @property
    def calls(self) -> Gap:
        ours, theirs = self.tracked, self.reported
        return gap(ours.calls if ours else None, theirs.calls if theirs else None)


@dataclass(frozen=True, slots=True)
class Sides:
    """All rows, and the totals of each ledger."""

    total: Side
    rows: Sequence[Side]


def side_by_side(
    tracked: Mapping[str, Figure],
    billed: Mapping[str, BilledFigure],
    reported: Mapping[str, ReportedFigure],
    keys: Iterable[str] | None = None,
) -> list[Side]:
    """A row for each of `keys`; without them for each key that any ledger knows, the dearest first."""
    found = tracked.keys() | billed.keys() | reported.keys()
    rows = [
        Side(key, tracked.get(key), billed.get(key), reported.get(key))
        for key in (sorted(found) if keys is None else keys)
    ]
    return rows if keys is not None else sorted(rows, key=_rank)


def _rank(side: Side) -> tuple[Decimal, str]:
    costs = [
        side.billed.known_cost if side.billed else Decimal(0),
        side.tracked.known_cost if side.tracked else Decimal(0),
    ]
    return -max(costs), side.key
