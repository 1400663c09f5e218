"""Budgets and their history."""

from collections.abc import Collection
from dataclasses import fields
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import Any, Final
from uuid import UUID

import asyncpg
from sqlalchemy import ColumnElement, Select, any_, bindparam, literal, select, update
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.types import Uuid

from app.budgets.models import BudgetChange, BudgetRow
from app.budgets.rules import Budget, Change, Every, Kind, Limit, OnUnavailable, Terms
from app.budgets.rules.budgets import filter_from_json, filter_to_json, thresholds_from_json, thresholds_to_json
from app.usage.rules.spending import Ledger
from app.workspaces.models import Workspace

_COLUMNS: Final = BudgetRow.__table__.c


def _budget(row: Any) -> Budget:
    return Budget(
        workspace_id=row.workspace_id,
        id=row.id,
        terms=Terms(
            name=row.name,
            ledger=Ledger(row.ledger),
            only=filter_from_json(row.filter),
            every=Every(row.every),
            start=row.start,
            end=row.end,
            amount=row.amount,
            currency=row.currency,
            thresholds=thresholds_from_json(row.thresholds),
            limit=Limit(row.limit),
            on_unavailable=OnUnavailable(row.on_unavailable),
        ),
        version=row.version,
        armed_at=row.armed_at,
        created_by=row.created_by,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )


def _values(budget: Budget) -> dict[str, Any]:
    terms = budget.terms
    return {
        "name": terms.name,
        "ledger": terms.ledger.value,
        "filter": filter_to_json(terms.only),
        "every": terms.every.value,
        "start": terms.start,
        "end": terms.end,
        "amount": terms.amount,
        "currency": terms.currency,
        "thresholds": thresholds_to_json(terms.thresholds),
        "limit": terms.limit.value,
        "on_unavailable": terms.on_unavailable.value,
        "version": budget.version,
        "armed_at": budget.armed_at,
        "created_by": budget.created_by,
        "created_at": budget.created_at,
        "updated_at": budget.updated_at,
    }


def _live() -> Select[Any]:
    return select(*_COLUMNS).where(_COLUMNS.deleted_at.is_(None))


def _of_some(workspace_ids: Collection[UUID]) -> ColumnElement[bool]:
    found: ColumnElement[bool] = _COLUMNS.workspace_id == any_(literal(sorted(workspace_ids), ARRAY(Uuid())))
    return found


async def live(session: AsyncSession, workspace_id: UUID) -> list[Budget]:
    """Those of a workspace, by name."""
    found = await session.execute(_live().where(_COLUMNS.workspace_id == workspace_id).order_by(_COLUMNS.name))
    return [_budget(row) for row in found]


async def measured(session: AsyncSession, workspace_ids: Collection[UUID], ledger: Ledger) -> list[Budget]:
    """Those with thresholds on what was spent in a ledger, of some workspaces."""
    wanted = {"owners": sorted(workspace_ids), "ledger": ledger.value}
    return [_budget(row) for row in await (await session.connection()).execute(_MEASURED, wanted)]


# built once: it is asked for with every group of calls, and putting it together takes longer than sending it
_MEASURED: Final = _live().where(
    _COLUMNS.workspace_id == any_(bindparam("owners", type_=ARRAY(Uuid()))),
    _COLUMNS.ledger == bindparam("ledger"),
    _COLUMNS.thresholds.contains([{"of": Kind.ACTUAL.value}]),
)


async def limiting(session: AsyncSession, workspace_ids: Collection[UUID]) -> list[Budget]:
    """Those that hold calls back, of some workspaces."""
    wanted = (_of_some(workspace_ids), _COLUMNS.limit != Limit.NONE.value)
    return [_budget(row) for row in await session.execute(_live().where(*wanted))]


async def hold(session: AsyncSession, wanted: Collection[tuple[UUID, UUID]]) -> list[Budget]:
    """Lock these (workspace, budget), in the order of their keys as everybody does, and read them as they now are.

    Until the end of the transaction nobody else decides anything by them. What is read of sums in statements after
    this one contains all that others committed before they let go. Those that were deleted are locked too, since they
    may come back with what is reserved of them, but left out.
    """
    found: list[Budget] = []
    # a workspace at a time: a distributed database locks rows of one only
    for workspace_id, places in groupby(sorted(set(wanted)), key=itemgetter(0)):
        statement = (
            select(*_COLUMNS)
            .where(_COLUMNS.workspace_id == workspace_id, _COLUMNS.id.in_([budget_id for _, budget_id in places]))
            .order_by(_COLUMNS.id)
            .with_for_update(key_share=True)
        )
        found += [_budget(row) for row in await session.execute(statement) if row.deleted_at is None]
    return found


async def hold_deleted(session: AsyncSession, workspace_id: UUID, budget_id: UUID) -> tuple[Budget, datetime] | None:
    """Lock one that was deleted, and when it was; None where there is none, or it is back."""
    statement = (
        select(*_COLUMNS)
        .where(_COLUMNS.workspace_id == workspace_id, _COLUMNS.id == budget_id, _COLUMNS.deleted_at.is_not(None))
        .with_for_update(key_share=True)
    )
    row = (await session.execute(statement)).first()
    return None if row is None else (_budget(row), row.deleted_at)


async def find(session: AsyncSession, workspace_id: UUID, budget_id: UUID) -> Budget | None:
    found = await session.execute(
        _live().where(_COLUMNS.workspace_id == workspace_id, _COLUMNS.id == budget_id).limit(1)
    )
    row = found.first()
    return None if row is None else _budget(row)


async def insert(session: AsyncSession, budget: Budget) -> None:
    """Raises LookupError where a budget of that name is there."""
    statement = BudgetRow.__table__.insert().values(  # type: ignore[attr-defined]
        workspace_id=budget.workspace_id, id=budget.id, **_values(budget)
    )
    await _named(session, statement)


async def put(session: AsyncSession, budget: Budget) -> None:
    """Change it to this. Raises LookupError where another budget has its name."""
    statement = (
        update(BudgetRow.__table__)  # type: ignore[arg-type]
        .where(_COLUMNS.workspace_id == budget.workspace_id, _COLUMNS.id == budget.id)
        .values(**_values(budget))
    )
    await _named(session, statement)


async def _named(session: AsyncSession, statement: Any) -> None:
    try:
        async with session.begin_nested():
            await session.execute(statement)
    except IntegrityError as error:
        if getattr(error.orig, "sqlstate", "") != asyncpg.UniqueViolationError.sqlstate:
            raise
        raise LookupError("the name is taken") from None


async def set_deleted(session: AsyncSession, budget: Budget, at: datetime | None) -> None:
    """None brings it back. Raises LookupError where another budget has its name by then."""
    statement = (
        update(BudgetRow.__table__)  # type: ignore[arg-type]
        .where(_COLUMNS.workspace_id == budget.workspace_id, _COLUMNS.id == budget.id)
        .values(deleted_at=at)
    )
    await _named(session, statement)


async def add_change(session: AsyncSession, budget: Budget, change: Change) -> None:
    values = {each.name: getattr(change, each.name) for each in fields(change)}
    session.add(BudgetChange(workspace_id=budget.workspace_id, budget_id=budget.id, **values))
    await session.flush()


async def changes(
    session: AsyncSession, workspace_id: UUID, budget_id: UUID, before: UUID | None, limit: int
) -> list[Change]:
    """Newest first; of a budget that was deleted, too."""
    columns = BudgetChange.__table__.c
    names = [each.name for each in fields(Change)]
    wanted = [columns.workspace_id == workspace_id, columns.budget_id == budget_id]
    if before is not None:
        wanted.append(columns.id < before)
    found = await session.execute(
        select(*(columns[name] for name in names)).where(*wanted).order_by(columns.id.desc()).limit(limit)
    )
    return [Change(*row) for row in found]


async def workspaces_with_budgets(session: AsyncSession, after: UUID | None, limit: int) -> list[UUID]:
    """Some workspaces that have live budgets, in the order of their ids; none that is about to be deleted."""
    owner = _COLUMNS.workspace_id
    wanted: list[ColumnElement[bool]] = [_COLUMNS.deleted_at.is_(None), Workspace.deletes_at.is_(None)]
    if after is not None:
        wanted.append(owner > after)
    found = await session.execute(
        select(owner).join(Workspace, Workspace.id == owner).where(*wanted).group_by(owner).order_by(owner).limit(limit)
    )
    return list(found.scalars())
