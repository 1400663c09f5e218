"""The predecessors' OpenAI connection: one per workspace and mode, made and read by its owner."""

from fastapi import APIRouter, BackgroundTasks, Request

from app.auth.dependencies import SettingsDep
from app.compat.failures import RefusingRoute
from app.compat.routes import enter_one
from app.compat.schemas import (
    OpenAIConnectedOut,
    OpenAIConnectIn,
    OpenAISyncIn,
    OpenAISyncOut,
    WorkspaceOut,
)
from app.compat.states import openai_state
from app.core.database import AsyncSession, SessionDep
from app.core.errors import FieldError, InvalidRequest
from app.jobs import routes as jobs
from app.jobs.dependencies import SchedulerDep
from app.jobs.schemas import SweepOut
from app.providers import queries, service
from app.providers.dependencies import DeskDep, SyncerDep, WakesDep
from app.providers.rules.connections import Status, Trigger
from app.providers.schemas import ConnectionOut, SyncRunOut
from app.providers.service import Described, Desk, NewConnection
from app.providers.worker import wake_or_do
from app.workspaces import queries as workspaces
from app.workspaces.dependencies import CurrentVisitor
from app.workspaces.rules import Member, Role, check_role

OPENAI = "openai"
router = APIRouter(route_class=RefusingRoute, include_in_schema=False)


@router.post("/api/openai/connect")
async def connect(
    body: OpenAIConnectIn,
    visitor: CurrentVisitor,
    session: SessionDep,
    desk: DeskDep,
    syncer: SyncerDep,
    wakes: WakesDep,
    then: BackgroundTasks,
) -> OpenAIConnectedOut:
    """A key again takes the place of the one before, as it did there."""
    member = await enter_one(session, visitor, body.workspace_id)
    check_role(member.role, Role.OWNER)
    made = await _connect(session, member, desk, body)
    then.add_task(wake_or_do, wakes, syncer, (member.workspace_id, made[0].id))
    workspace = await _workspace(session, member)
    return OpenAIConnectedOut(ok=True, workspace=workspace, connection=ConnectionOut.of(*made))


async def _connect(session: AsyncSession, member: Member, desk: Desk, body: OpenAIConnectIn) -> Described:
    rows = await queries.connections(session, member.workspace_id)
    same = [row for row in rows if (row.provider, row.mode) == (OPENAI, body.mode)]
    if body.base_url:
        # never a key for one address to another
        same = [row for row in same if row.base_url == body.base_url.rstrip("/")]
    if same:
        return await service.rotate_key(session, member, desk, same[-1].id, body.api_key)
    new = NewConnection(OPENAI, body.mode, body.api_key, body.base_url)
    return await service.connect(session, member, desk, new, Trigger.COMPAT)


@router.post("/api/openai/sync")
async def sync(
    body: OpenAISyncIn,
    visitor: CurrentVisitor,
    session: SessionDep,
    syncer: SyncerDep,
    wakes: WakesDep,
    then: BackgroundTasks,
) -> OpenAISyncOut:
    member = await enter_one(session, visitor, body.workspace_id)
    check_role(member.role, Role.OWNER)
    rows = await queries.connections(session, member.workspace_id)
    rows = [row for row in rows if row.provider == OPENAI and row.status != Status.PAUSED]
    if not rows:
        fault = FieldError("workspaceId", "has no OpenAI connection that is not paused: connect a key first")
        raise InvalidRequest("There is nothing to sync.", errors=[fault])
    runs = [await service.ask_for_sync(session, member, row.id, Trigger.COMPAT) for row in rows]
    for row in rows:
        then.add_task(wake_or_do, wakes, syncer, (row.workspace_id, row.id))
    workspace = await _workspace(session, member)
    return OpenAISyncOut(ok=True, workspace=workspace, runs=[SyncRunOut.of(run) for run in runs])


async def _workspace(session: AsyncSession, member: Member) -> WorkspaceOut:
    view = await workspaces.workspace(session, member.workspace_id, member.role)
    return WorkspaceOut.of(view, await openai_state(session, member.workspace_id))


@router.get("/api/cron/sync-openai", dependencies=[SchedulerDep])
@router.post("/api/cron/sync-openai", dependencies=[SchedulerDep])
async def run_sync(request: Request, syncer: SyncerDep, settings: SettingsDep) -> SweepOut:
    """Every provider's connections, and not only OpenAI's: whoever calls this old address has no other scheduler."""
    return await jobs.run_sync(request, syncer, settings)
