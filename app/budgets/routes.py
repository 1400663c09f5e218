"""Budgets of a workspace; and, for programs with a key, reservations before calls."""

from http import HTTPStatus
from typing import Annotated, Any
from uuid import UUID

import msgspec
from fastapi import APIRouter, Query, Request, Response

from app.budgets import service
from app.budgets.dependencies import open_gate, whole_body
from app.budgets.rules.asking import ExtendIn, ReleaseIn, ReserveIn, read
from app.budgets.schemas import (
    BudgetIn,
    BudgetOut,
    BudgetPatch,
    ChangeOut,
    ExtendedOut,
    ReleasedOut,
    ReservationOut,
    body_of,
)
from app.core.database import SessionDep
from app.core.pagination import decode_cursor, encode_cursor
from app.core.routing import SmallBareRoute, SmallBodyRoute
from app.core.schemas import Page, Problem
from app.workspaces.dependencies import KEY_SCHEMES, CurrentAdmin, CurrentMember

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
    """Its history stays, and it can be restored."""
    await service.delete(session, member, budget_id)


@router.post("/{budget_id}/restore")
async def restore_budget(budget_id: UUID, member: CurrentAdmin, session: SessionDep) -> BudgetOut:
    """Undoes the deletion. What had fired does not fire again; what was crossed meanwhile fires now."""
    return BudgetOut.of(await service.restore(session, member, budget_id))


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


# --- reservations: before every call, so with as little around them as sending calls has ---

gates = APIRouter(prefix="/api/v1/budgets", tags=["reservations"], route_class=SmallBareRoute, dependencies=KEY_SCHEMES)
_PROBLEMS: dict[int | str, dict[str, Any]] = {
    401: {"model": Problem, "description": "The API key is missing, unknown or revoked."},
    403: {"model": Problem, "description": "The API key may not send calls."},
    429: {"model": Problem, "description": "Too many requests with this key."},
    503: {"model": Problem, "description": "The database is away, or too much waits for it; nothing was changed."},
}
_REFUSALS: dict[int | str, dict[str, Any]] = {
    402: {"model": Problem, "description": "A budget does not allow the call: `budgets` says which and until when."},
    **_PROBLEMS,
}
_ENDED: dict[int | str, dict[str, Any]] = {409: {"model": Problem, "description": "The lease is over."}, **_PROBLEMS}


@gates.post("/reserve", response_model=ReservationOut, responses=_REFUSALS, openapi_extra=body_of(ReserveIn))
async def create_reservation(request: Request) -> Response:
    """Hold what a call may cost at most of every budget that it counts in, or of none: ask before the call is made."""
    gate, machine = await open_gate(request)  # first: a stranger's body is not read
    asked = read(ReserveIn, await whole_body(request))
    return _json(await service.reserve(gate, request.app.state.price_shelf, machine, asked))


@gates.post("/release", response_model=ReleasedOut, responses=_PROBLEMS, openapi_extra=body_of(ReleaseIn))
async def release_reservation(request: Request) -> Response:
    """The call was not made. Once more, or too late, changes nothing."""
    gate, machine = await open_gate(request)
    asked = read(ReleaseIn, await whole_body(request))
    return _json({"released": await gate.release(machine.workspace_id, asked.reservation_id)})


@gates.post("/extend", response_model=ExtendedOut, responses=_ENDED, openapi_extra=body_of(ExtendIn))
async def extend_reservation(request: Request) -> Response:
    """The call takes longer: let the lease end so many seconds from now."""
    gate, machine = await open_gate(request)
    asked = read(ExtendIn, await whole_body(request))
    expires_at = await gate.extend(machine.workspace_id, asked.reservation_id, asked.lease_seconds)
    return _json({"reservation_id": asked.reservation_id, "expires_at": expires_at})


def _json(answer: object) -> Response:
    return Response(msgspec.json.encode(answer), media_type="application/json")
