"""Past calls at today's prices: preview, apply, undo. A worker does the work, these ask for it."""

from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, BackgroundTasks, Query, Request

from app.core.database import SessionDep
from app.core.pagination import decode_cursor, encode_cursor
from app.core.routing import SmallBodyRoute
from app.core.schemas import Page
from app.pricing.rules.call import Pricing
from app.repricings import queries, service
from app.repricings.models import Repricing
from app.repricings.schemas import RepricingIn, RepricingOut
from app.repricings.worker import REPRICINGS
from app.workspaces.dependencies import CurrentAdmin, CurrentMember
from app.workspaces.rules import WorkspaceId

router = APIRouter(
    prefix="/api/v1/workspaces/{workspace_id}/repricings", tags=["re-pricing"], route_class=SmallBodyRoute
)
Limit = Annotated[int, Query(ge=1, le=100)]


@router.post("", status_code=HTTPStatus.ACCEPTED)
async def create_repricing(
    body: RepricingIn, member: CurrentAdmin, session: SessionDep, request: Request, then: BackgroundTasks
) -> RepricingOut:
    """Ask what today's prices would make of past calls. Nothing changes until it is applied."""
    pricing = await _pricing(request, session, member.workspace_id)
    job = await service.preview(session, member, body.order(), pricing.version)
    return await _answer(session, job, request, then)


@router.get("")
async def list_repricings(
    member: CurrentMember, session: SessionDep, limit: Limit = 20, cursor: str | None = None
) -> Page[RepricingOut]:
    """Newest first."""
    before = decode_cursor(cursor)[1] if cursor else None
    found = await queries.jobs(session, member.workspace_id, before=before, limit=limit + 1)
    page = found[:limit]
    following = encode_cursor(page[-1].created_at, page[-1].id) if len(found) > limit else None
    described = await service.describe(session, page)
    return Page(items=[RepricingOut.of(*job) for job in described], next_cursor=following)


@router.get("/{repricing_id}")
async def read_repricing(repricing_id: UUID, member: CurrentMember, session: SessionDep) -> RepricingOut:
    """How far it is, and what its preview found so far."""
    return RepricingOut.of(*await service.find(session, member, repricing_id))


@router.post("/{repricing_id}/apply", status_code=HTTPStatus.ACCEPTED)
async def apply_repricing(
    repricing_id: UUID, member: CurrentAdmin, session: SessionDep, request: Request, then: BackgroundTasks
) -> RepricingOut:
    """Change the calls to what the preview showed; refused when the prices are others by now."""
    pricing = await _pricing(request, session, member.workspace_id)
    job = await service.apply(session, member, repricing_id, pricing.version)
    return await _answer(session, job, request, then)


@router.post("/{repricing_id}/undo", status_code=HTTPStatus.ACCEPTED)
async def undo_repricing(
    repricing_id: UUID, member: CurrentAdmin, session: SessionDep, request: Request, then: BackgroundTasks
) -> RepricingOut:
    """Give every call it changed the figures it had before."""
    return await _answer(session, await service.undo(session, member, repricing_id), request, then)


@router.post("/{repricing_id}/cancel", status_code=HTTPStatus.ACCEPTED)
async def cancel_repricing(
    repricing_id: UUID, member: CurrentAdmin, session: SessionDep, request: Request, then: BackgroundTasks
) -> RepricingOut:
    """Stop it; what it has changed by then is put back."""
    return await _answer(session, await service.cancel(session, member, repricing_id), request, then)


async def _pricing(request: Request, session: SessionDep, workspace_id: WorkspaceId) -> Pricing:
    pricing: Pricing = await request.app.state.price_shelf.of(session, workspace_id)
    return pricing


async def _answer(session: SessionDep, job: Repricing, request: Request, then: BackgroundTasks) -> RepricingOut:
    """The job as it is now; the worker is woken when this is committed and answered."""
    then.add_task(request.app.state.wakes.wake, REPRICINGS)
    return RepricingOut.of(*(await service.describe(session, [job]))[0])
