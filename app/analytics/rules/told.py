"""What is told of one ledger, and what is shown of a month."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from app.analytics.rules.billed import BilledFigure, Flagged, ForeignAmount, ReportedFigure
from app.analytics.rules.figure import Figure
from app.analytics.rules.ledgers import Ledger
from app.analytics.rules.period import MonthView
from app.analytics.rules.series import Cell, label
from app.core.periods import Period

LedgerFigure = Figure | BilledFigure | ReportedFigure


Provided = TypeVar("Provided", BilledFigure, ReportedFigure)


@dataclass(frozen=True, slots=True)
class Told(Generic[Provided]):
    """Figures of one ledger that providers fill, with what there is to say about them as a whole."""

    ledger: Ledger
    cells: Sequence[Cell[Provided]]
    total: Provided
    labels: dict[str, str]
    has_data: bool
    flagged: Flagged | None = None
    converted: Sequence[ForeignAmount] = ()

    def label(self, key: str | None) -> str | None:
        """How a group is called."""
        return label(key, self.labels)


AnyTold = Told[BilledFigure] | Told[ReportedFigure]


@dataclass(frozen=True, slots=True)
class Shown:
    """The figures of a month from one ledger."""

    ledger: Ledger
    has_data: bool
    total: LedgerFigure
    today: LedgerFigure
    previous: LedgerFigure
    previous_period: Period
    flagged: Flagged | None = None
    converted: Sequence[ForeignAmount] = ()


@dataclass(frozen=True, slots=True)
class Month:
    """A month as it is shown, and the totals of every ledger that knows it, side by side."""

    view: MonthView
    shown: Shown
    ledgers: Sequence[tuple[Ledger, LedgerFigure]]
