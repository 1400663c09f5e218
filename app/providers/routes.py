"""Connections to providers, their syncs, and what can be connected."""

from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, BackgroundTasks, Query, Request
from fastapi.responses import StreamingResponse

from app.core.database import SessionDep
from app.core.pagination import decode_cursor, encode_cursor
from app.core.routing import SmallBodyRoute
from app.core.schemas import Page
from app.providers import queries, service
from app.providers.dependencies import DeskDep, SyncerDep, WakesDep
from app.providers.events import follow
from app.providers.rules.connections import Data
from app.providers.rules.guide import guide_of
from app.providers.schemas import (
    ConnectionChange,
    ConnectionIn,
    ConnectionOut,
    DeletionOut,
    KeyChange,
    ProviderOut,
    ProvidersOut,
    SyncRunOut,
)
from app.providers.worker import SYNCS, wake_or_do
from app.workspaces.dependencies import CurrentAdmin, CurrentMember

router = APIRouter(prefix="/api/v1/workspaces/{workspace_id}", tags=["connections"], route_class=SmallBodyRoute)
Limit = Annotated[int, Query(ge=1, le=100)]


@router.get("/providers")
async def list_providers(_member: CurrentMember, request: Request) -> ProvidersOut:
    """What can be connected, with which key, and where that is made."""
    known = sorted(request.app.state.sources)
    return ProvidersOut(items=[ProviderOut.of(provider, mode, guide_of(provider, mode)) for provider, mode in known])


@router.post("/connections", status_code=HTTPStatus.CREATED)
async def create_connection(
    body: ConnectionIn,
    member: CurrentAdmin,
    session: SessionDep,
    desk: DeskDep,
    syncer: SyncerDep,
    wakes: WakesDep,
    then: BackgroundTasks,
) -> ConnectionOut:
    """The key is tried before it is kept. The answer says what it can read; the first sync begins by itself."""
    new = service.NewConnection(body.provider, body.mode, body.api_key, body.base_url, body.label, body.fields)
    made = await service.connect(session, member, desk, new)
    then.add_task(wake_or_do, wakes, syncer, (member.workspace_id, made[0].id))
    return ConnectionOut.of(*made)


@router.get("/connections")
async def list_connections(member: CurrentMember, session: SessionDep) -> Page[ConnectionOut]:
    """Oldest first."""
    rows = await queries.connections(session, member.workspace_id)
    described = await service.describe(session, rows)
    return Page(items=[ConnectionOut.of(*one) for one in described], next_cursor=None)


@router.get("/connections/{connection_id}")
async def read_connection(connection_id: UUID, member: CurrentMember, session: SessionDep) -> ConnectionOut:
    return ConnectionOut.of(*await service.find(session, member, connection_id))


@router.patch("/connections/{connection_id}")
async def update_connection(
    connection_id: UUID,
    body: ConnectionChange,
    member: CurrentAdmin,
    session: SessionDep,
    wakes: WakesDep,
    then: BackgroundTasks,
) -> ConnectionOut:
    """Rename it, pause it, let it go on."""
    changed = await service.update(session, member, connection_id, label=body.label, paused=body.paused)
    then.add_task(wakes.wake, SYNCS)
    return ConnectionOut.of(*changed)


@router.post("/connections/{connection_id}/verify")
async def verify_connection(
    connection_id: UUID, member: CurrentAdmin, session: SessionDep, desk: DeskDep
) -> ConnectionOut:
    """Try the stored key again."""
    return ConnectionOut.of(*await service.verify(session, member, desk, connection_id))


@router.post("/connections/{connection_id}/rotate-key")
async def rotate_key(
    connection_id: UUID,
    body: KeyChange,
    member: CurrentAdmin,
    session: SessionDep,
    desk: DeskDep,
    wakes: WakesDep,
    then: BackgroundTasks,
) -> ConnectionOut:
    """Another key of the same account; it is tried before it takes the old one's place."""
    changed = await service.rotate_key(session, member, desk, connection_id, body.api_key)
    then.add_task(wakes.wake, SYNCS)
    return ConnectionOut.of(*changed)


@router.get("/connections/{connection_id}/deletion")
async def read_deletion(connection_id: UUID, member: CurrentMember, session: SessionDep) -> DeletionOut:
    """What deleting the connection would do to what it brought."""
    held = await service.holdings(session, member, connection_id)
    return DeletionOut.of(held)


@router.delete("/connections/{connection_id}", status_code=HTTPStatus.NO_CONTENT)
async def delete_connection(
    connection_id: UUID,
    member: CurrentAdmin,
    session: SessionDep,
    data: Annotated[Data, Query(description="keep what it brought, or delete that too")] = Data.KEEP,
) -> None:
    """The key is forgotten at once."""
    await service.delete(session, member, connection_id, data)


@router.post("/connections/{connection_id}/sync", status_code=HTTPStatus.ACCEPTED)
async def sync_connection(
    connection_id: UUID,
    member: CurrentAdmin,
    session: SessionDep,
    syncer: SyncerDep,
    wakes: WakesDep,
    then: BackgroundTasks,
) -> SyncRunOut:
    """Read it now. Where a run is under way it is that one."""
    run = await service.ask_for_sync(session, member, connection_id)
    then.add_task(wake_or_do, wakes, syncer, (member.workspace_id, connection_id))
    return SyncRunOut.of(run)


@router.get("/connections/{connection_id}/sync-runs")
async def list_sync_runs(
    connection_id: UUID, member: CurrentMember, session: SessionDep, limit: Limit = 20, cursor: str | None = None
) -> Page[SyncRunOut]:
    """Newest first."""
    await service.find(session, member, connection_id)
    before = decode_cursor(cursor)[1] if cursor else None
    found = await queries.runs(session, member.workspace_id, connection_id, before=before, limit=limit + 1)
    page = found[:limit]
    following = encode_cursor(page[-1].created_at, page[-1].id) if len(found) > limit else None
    return Page(items=[SyncRunOut.of(run) for run in page], next_cursor=following)


@router.get("/sync-runs/{run_id}")
async def read_sync_run(run_id: UUID, member: CurrentMember, session: SessionDep) -> SyncRunOut:
    return SyncRunOut.of(await service.find_run(session, member, run_id))


@router.get("/sync-runs/{run_id}/events", response_class=StreamingResponse)
async def follow_sync_run(
    run_id: UUID, member: CurrentMember, session: SessionDep, request: Request
) -> StreamingResponse:
    """Server-sent events: `progress` with the run whenever it changed, and `end` when it is over."""
    await service.find_run(session, member, run_id)
    stream = follow(request.app.state.sessionmaker, member.workspace_id, run_id)
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(stream, media_type="text/event-stream", headers=headers)
