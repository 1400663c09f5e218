"""Setting a month's ledgers side by side."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final, TypeVar

from app.analytics import books, queries
from app.analytics.rules import Figure, Grouping
from app.analytics.rules.billed import BilledFigure, ReportedFigure
from app.analytics.rules.ledgers import Ledger, Sources, on_bill
from app.analytics.rules.reconciliation import Side, Sides, side_by_side
from app.analytics.rules.series import Cell
from app.core.database import AsyncSession
from app.core.periods import Granularity, Period, buckets
from app.pricing.service import PriceBook
from app.workspaces.rules import WorkspaceId

# More providers than anybody has.
PROVIDERS: Final = 1_000

Provided = TypeVar("Provided", BilledFigure, ReportedFigure)


async def sides(
    session: AsyncSession,
    workspace_id: WorkspaceId,
    period: Period,
    grouping: Grouping | None,
    sources: Sources,
    book: PriceBook,
) -> Sides:
    """Every row of a month, by day where there is no grouping, and its totals.

    What was tracked of a provider that no connection covers is beside the point: only the rows by provider and by
    model show it, with nothing to compare it with; no day and no total does.
    """
    asked = books.Asked(period, Granularity.DAY if grouping is None else None, grouping)
    ours = await _covered(session, workspace_id, asked, sources)
    tracked = await _tracked(session, workspace_id, period, grouping) if grouping else ours
    billed = await books.billed(session, workspace_id, asked, sources, book, books.ALL)
    reported = await books.reported(session, workspace_id, asked, sources, books.ALL)
    days = [_key(day, None, None) for day in buckets(period, Granularity.DAY)]
    rows = side_by_side(
        tracked, _known(billed.cells, grouping), _known(reported.cells, grouping), days if grouping is None else None
    )
    total = sum(ours.values(), Figure()) if ours else None
    return Sides(Side("", total, _if_known(billed.total), _if_known(reported.total)), rows)


def _known(cells: Iterable[Cell[Provided]], grouping: Grouping | None) -> dict[str, Provided]:
    """The figures by key, without those of times that were not read."""
    return {_key(cell.start, cell.key, grouping): cell.figure for cell in cells if _if_known(cell.figure)}


def _if_known(figure: Provided) -> Provided | None:
    return figure if figure.is_known else None


async def _covered(
    session: AsyncSession, workspace_id: WorkspaceId, asked: books.Asked, sources: Sources
) -> dict[str, Figure]:
    """By day what was tracked of the providers that a connection covers; of all of them where there is none."""
    feeds = [feed for ledger in (Ledger.BILLED, Ledger.REPORTED) for feed in sources.of(ledger)]
    covered = {on_bill(feed.provider) for feed in feeds}
    found: dict[str, Figure] = {}
    for point in await queries.trend(
        session, workspace_id, asked.period, Granularity.DAY, Grouping.PROVIDER, groups=PROVIDERS
    ):
        if not covered or on_bill(point.key or "") in covered:
            day = _key(point.start, None, None)
            found[day] = found.get(day, Figure()) + point.figure
    return found


async def _tracked(
    session: AsyncSession, workspace_id: WorkspaceId, period: Period, grouping: Grouping
) -> dict[str, Figure]:
    found: dict[str, Figure] = {}
    for key, _, figure in await queries.breakdown(session, workspace_id, period, grouping, books.ALL):
        name = _key(None, key, grouping)
        found[name] = found.get(name, Figure()) + figure
    return found


def _key(start: datetime | None, key: str | None, grouping: Grouping | None) -> str:
    if grouping is None:
        return f"{start:%Y-%m-%d}" if start else ""
    return on_bill(key or "") if grouping is Grouping.PROVIDER else key or ""
