"""Setting a month's ledgers side by side."""

from collections.abc import Iterable
from datetime import datetime
from typing import TypeVar

from app.analytics import books, queries
from app.analytics.rules import Figure, Grouping
from app.analytics.rules.billed import BilledFigure, ReportedFigure
from app.analytics.rules.ledgers import Sources, on_bill
from app.analytics.rules.reconciliation import Side, Sides, side_by_side
from app.analytics.rules.series import Cell
from app.core.database import AsyncSession
from app.core.periods import Granularity, Period, buckets
from app.pricing.service import PriceBook
from app.workspaces.rules import WorkspaceId

Provided = TypeVar("Provided", BilledFigure, ReportedFigure)


async def sides(
    session: AsyncSession,
    workspace_id: WorkspaceId,
    period: Period,
    grouping: Grouping | None,
    sources: Sources,
    book: PriceBook,
) -> Sides:
    """Every row of a month, by day where there is no grouping, and its totals."""
    asked = books.Asked(period, Granularity.DAY if grouping is None else None, grouping)
    tracked = await _tracked(session, workspace_id, asked)
    billed = await books.billed(session, workspace_id, asked, sources, book, books.ALL)
    reported = await books.reported(session, workspace_id, asked, sources, books.ALL)
    days = [_key(day, None, None) for day in buckets(period, Granularity.DAY)]
    rows = side_by_side(
        tracked, _known(billed.cells, grouping), _known(reported.cells, grouping), days if grouping is None else None
    )
    ours = sum(tracked.values(), Figure()) if tracked else None
    return Sides(Side("", ours, _if_known(billed.total), _if_known(reported.total)), rows)


def _known(cells: Iterable[Cell[Provided]], grouping: Grouping | None) -> dict[str, Provided]:
    """The figures by key, without those of times that were not read."""
    return {_key(cell.start, cell.key, grouping): cell.figure for cell in cells if _if_known(cell.figure)}


def _if_known(figure: Provided) -> Provided | None:
    return figure if figure.is_known else None


async def _tracked(session: AsyncSession, workspace_id: WorkspaceId, asked: books.Asked) -> dict[str, Figure]:
    if asked.grouping is None:
        points = await queries.trend(session, workspace_id, asked.period, Granularity.DAY, None)
        return {_key(point.start, None, None): point.figure for point in points}
    found: dict[str, Figure] = {}
    for key, _, figure in await queries.breakdown(session, workspace_id, asked.period, asked.grouping):
        name = _key(None, key, asked.grouping)
        found[name] = found.get(name, Figure()) + figure
    return found


def _key(start: datetime | None, key: str | None, grouping: Grouping | None) -> str:
    if grouping is None:
        return f"{start:%Y-%m-%d}" if start else ""
    return on_bill(key or "") if grouping is Grouping.PROVIDER else key or ""
