"""The figures of previews."""

from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

from sqlalchemy import delete, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.repricings.models import RepricingFigure
from app.repricings.rules import Figure, FigureKey

_ADD: Final = text("""
INSERT INTO repricing_figures (
    workspace_id, repricing_id, day, provider, model,
    calls, changed, cost_before, cost_after, unpriced_before, unpriced_after
)
SELECT CAST(:workspace_id AS uuid), CAST(:repricing_id AS uuid), *
FROM unnest(
    CAST(:day AS timestamptz[]), CAST(:provider AS text[]), CAST(:model AS text[]),
    CAST(:calls AS bigint[]), CAST(:changed AS bigint[]),
    CAST(:cost_before AS numeric[]), CAST(:cost_after AS numeric[]),
    CAST(:unpriced_before AS bigint[]), CAST(:unpriced_after AS bigint[])
) AS added
ON CONFLICT (workspace_id, repricing_id, day, provider, model) DO UPDATE SET
    calls = repricing_figures.calls + excluded.calls,
    changed = repricing_figures.changed + excluded.changed,
    cost_before = COALESCE(
        repricing_figures.cost_before + excluded.cost_before, repricing_figures.cost_before, excluded.cost_before
    ),
    cost_after = COALESCE(
        repricing_figures.cost_after + excluded.cost_after, repricing_figures.cost_after, excluded.cost_after
    ),
    unpriced_before = repricing_figures.unpriced_before + excluded.unpriced_before,
    unpriced_after = repricing_figures.unpriced_after + excluded.unpriced_after
""")


async def add_figures(
    session: AsyncSession, workspace_id: UUID, repricing_id: UUID, added: Mapping[FigureKey, Figure]
) -> None:
    if not added:
        return
    names = (*FigureKey._fields, *Figure._fields)
    columns = zip(*((*key, *figure) for key, figure in added.items()), strict=True)
    arrays = {name: list(values) for name, values in zip(names, columns, strict=True)}
    await session.execute(_ADD, {"workspace_id": workspace_id, "repricing_id": repricing_id, **arrays})


async def figures(
    session: AsyncSession, workspace_id: UUID, repricing_ids: Sequence[UUID]
) -> dict[UUID, dict[FigureKey, Figure]]:
    """The figures of several previews, those without any included."""
    columns = [getattr(RepricingFigure, name) for name in (*FigureKey._fields, *Figure._fields)]
    found = await session.execute(
        select(RepricingFigure.repricing_id, *columns).where(
            RepricingFigure.workspace_id == workspace_id, RepricingFigure.repricing_id.in_(repricing_ids)
        )
    )
    previews: dict[UUID, dict[FigureKey, Figure]] = {repricing_id: {} for repricing_id in repricing_ids}
    split = 1 + len(FigureKey._fields)
    for row in found:
        previews[row[0]][FigureKey._make(row[1:split])] = Figure._make(row[split:])
    return previews


async def delete_figures(session: AsyncSession, workspace_id: UUID, repricing_id: UUID) -> None:
    await session.execute(
        delete(RepricingFigure).where(
            RepricingFigure.workspace_id == workspace_id, RepricingFigure.repricing_id == repricing_id
        )
    )
