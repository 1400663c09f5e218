"""Which thresholds fired."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row, and_, or_, select, true, tuple_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.budgets.models import BudgetFiring, BudgetRow
from app.budgets.rules import Budget, Fired, Kind, Threshold
from app.core.periods import Period

_TABLE: Final = BudgetFiring.__table__
_COLUMNS: Final = _TABLE.c
# A firing's, without its workspace.
_KEY: Final = (_COLUMNS.budget_id, _COLUMNS.version, _COLUMNS.period_start, _COLUMNS.of, _COLUMNS.percent)


async def fire(session: AsyncSession, budget: Budget, period: Period, fired: Iterable[Fired]) -> list[Threshold]:
    """Note them; those that were not noted before, in their order. Whoever notes a threshold is the only one."""
    rows = [
        {
            "workspace_id": budget.workspace_id,
            "budget_id": budget.id,
            "version": budget.version,
            "period_start": period.start,
            "of": each.threshold.of.value,
            "percent": each.threshold.percent,
            "period_end": period.end,
            "fired_at": each.at,
            "figure": each.figure,
            "amount": each.amount,
        }
        for each in fired
    ]
    statement = insert(_TABLE).values(rows).on_conflict_do_nothing().returning(_COLUMNS.percent, _COLUMNS.of)  # type: ignore[arg-type]
    return sorted(Threshold(percent, Kind(of)) for percent, of in await session.execute(statement))


async def fired_of(
    session: AsyncSession, workspace_id: UUID, standing: Collection[tuple[UUID, int, datetime]]
) -> dict[UUID, list[Fired]]:
    """What fired of these (budget, version, start of the period), the lowest first, by budget."""
    found: dict[UUID, list[Fired]] = {}
    if not standing:
        return found
    wanted = tuple_(_COLUMNS.budget_id, _COLUMNS.version, _COLUMNS.period_start).in_(sorted(standing))
    rows = await session.execute(
        select(*_COLUMNS).where(_COLUMNS.workspace_id == workspace_id, wanted).order_by(_COLUMNS.of, _COLUMNS.percent)
    )
    for row in rows:
        found.setdefault(row.budget_id, []).append(_fired(row))
    return found


def _fired(row: Row[Any]) -> Fired:
    return Fired(Threshold(row.percent, Kind(row.of)), row.fired_at, row.figure, row.amount)


async def take_over(
    session: AsyncSession, workspace_id: UUID, now: datetime, budget_id: UUID | None = None
) -> Sequence[Row[Any]]:
    """Mark as over what fired in a period that has ended, or of a budget that was changed since or deleted.

    Of one budget, or (None) of all. Returns the keys of those that were not marked yet.
    """
    budget = BudgetRow.__table__.c
    same = and_(budget.workspace_id == _COLUMNS.workspace_id, budget.id == _COLUMNS.budget_id)
    is_over = or_(_COLUMNS.period_end <= now, budget.version != _COLUMNS.version, budget.deleted_at.is_not(None))
    statement = (
        update(_TABLE)  # type: ignore[arg-type]
        .where(same, _COLUMNS.workspace_id == workspace_id, _COLUMNS.resolved_at.is_(None), is_over)
        .where(true() if budget_id is None else _COLUMNS.budget_id == budget_id)
        .values(resolved_at=now)
        .returning(*_KEY)
    )
    return (await session.execute(statement)).all()


async def take_up(session: AsyncSession, budget: Budget, rested_at: datetime, now: datetime) -> Sequence[Row[Any]]:
    """Take back that of a budget's present terms, in periods that run, fired thresholds are over since its deletion.

    Returns their keys.
    """
    statement = (
        update(_TABLE)  # type: ignore[arg-type]
        .where(_COLUMNS.workspace_id == budget.workspace_id, _COLUMNS.budget_id == budget.id)
        .where(_COLUMNS.version == budget.version, _COLUMNS.resolved_at == rested_at, _COLUMNS.period_end > now)
        .values(resolved_at=None)
        .returning(*_KEY)
    )
    return (await session.execute(statement)).all()
