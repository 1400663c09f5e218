"""Budgets of a workspace."""

from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from app.budgets import service
from app.budgets.schemas import BudgetIn, BudgetOut, BudgetPatch, ChangeOut
from app.core.database import SessionDep
from app.core.pagination import decode_cursor, encode_cursor
from app.core.routing import SmallBodyRoute
from app.core.schemas import Page
from app.workspaces.dependencies import CurrentAdmin, CurrentMember

router = APIRouter(prefix="/api/v1/workspaces/{workspace_id}/budgets", tags=["budgets"], route_class=SmallBodyRoute)
Limit = Annotated[int, Query(ge=1, le=100)]


@router.get("")
async def list_budgets(member: CurrentMember, session: SessionDep) -> Page[BudgetOut]:
    """All of them, by name, each with where it stands."""
    standing = await service.listed(session, member.workspace_id)
    return Page(items=[BudgetOut.of(each) for each in standing], next_cursor=None)


@router.post("", status_code=HTTPStatus.CREATED)
async def create_budget(body: BudgetIn, member: CurrentAdmin, session: SessionDep) -> BudgetOut:
    """Thresholds that are crossed already fire at once."""
    return BudgetOut.of(await service.create(session, member, body.terms()))


@router.get("/{budget_id}")
async def read_budget(budget_id: UUID, member: CurrentMember, session: SessionDep) -> BudgetOut:
    return BudgetOut.of(await service.find(session, member.workspace_id, budget_id))


@router.patch("/{budget_id}")
async def update_budget(budget_id: UUID, body: BudgetPatch, member: CurrentAdmin, session: SessionDep) -> BudgetOut:
    """Another amount, filter, period or thresholds make a new version, whose thresholds may fire anew."""
    return BudgetOut.of(await service.change(session, member, budget_id, body.amend))


@router.delete("/{budget_id}", status_code=HTTPStatus.NO_CONTENT)
async def delete_budget(budget_id: UUID, member: CurrentAdmin, session: SessionDep) -> None:
    """Its history stays."""
    await service.delete(session, member, budget_id)


@router.get("/{budget_id}/history")
async def list_budget_changes(
    budget_id: UUID, member: CurrentMember, session: SessionDep, limit: Limit = 50, cursor: str | None = None
) -> Page[ChangeOut]:
    """Every change, the newest first; of a budget that was deleted, too."""
    before = decode_cursor(cursor)[1] if cursor else None
    found = await service.history(session, member.workspace_id, budget_id, before=before, limit=limit + 1)
    page = found[:limit]
    following = encode_cursor(page[-1].changed_at, page[-1].id) if len(found) > limit else None
    return Page(items=[ChangeOut.of(row) for row in page], next_cursor=following)
