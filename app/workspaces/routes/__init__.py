"""Workspaces, their members and keys."""

from http import HTTPStatus
from uuid import UUID

from fastapi import APIRouter, Request

from app.auth.dependencies import CurrentUser
from app.core.database import SessionDep
from app.core.routing import SmallBodyRoute
from app.core.schemas import Page
from app.workspaces import queries, service
from app.workspaces.dependencies import CurrentAdmin, CurrentMember, CurrentOwner
from app.workspaces.routes import auditing, invitations, leaving
from app.workspaces.rules import WorkspaceView
from app.workspaces.schemas import (
    ApiKeyIn,
    ApiKeyOut,
    HeirIn,
    MemberIn,
    MemberOut,
    MeOut,
    NewApiKeyOut,
    RoleChange,
    WorkspaceChange,
    WorkspaceIn,
)

router = APIRouter(prefix="/api/v1", tags=["workspaces"], route_class=SmallBodyRoute)


@router.get("/me")
async def read_me(user: CurrentUser, session: SessionDep) -> MeOut:
    return MeOut(user=user, workspaces=list(await queries.workspaces_of(session, user.id)))


@router.get("/workspaces")
async def list_workspaces(user: CurrentUser, session: SessionDep) -> Page[WorkspaceView]:
    return Page(items=await queries.workspaces_of(session, user.id), next_cursor=None)


@router.post("/workspaces", status_code=HTTPStatus.CREATED)
async def create_workspace(body: WorkspaceIn, user: CurrentUser, session: SessionDep) -> WorkspaceView:
    return await service.create(session, user.id, name=body.name, slug=body.slug)


@router.get("/workspaces/{workspace_id}")
async def read_workspace(member: CurrentMember, session: SessionDep) -> WorkspaceView:
    return await queries.workspace(session, member.workspace_id, member.role)


@router.patch("/workspaces/{workspace_id}")
async def update_workspace(body: WorkspaceChange, member: CurrentAdmin, session: SessionDep) -> WorkspaceView:
    return await service.update(session, member, name=body.name, slug=body.slug)


@router.get("/workspaces/{workspace_id}/members")
async def list_members(member: CurrentMember, session: SessionDep) -> Page[MemberOut]:
    rows = await queries.members(session, member.workspace_id)
    items = [MemberOut.model_validate(row) for row in rows]
    if member.user_id is None:  # a key lies in programs, where people's addresses have no business
        items = [item.model_copy(update={"email": None}) for item in items]
    return Page(items=items, next_cursor=None)


@router.post("/workspaces/{workspace_id}/transfer")
async def transfer_workspace(body: HeirIn, member: CurrentOwner, session: SessionDep) -> MemberOut:
    """Makes another member an owner, and the caller an admin."""
    return MemberOut.model_validate(await service.transfer(session, member, body.user_id))


@router.post("/workspaces/{workspace_id}/members", status_code=HTTPStatus.CREATED)
async def create_member(body: MemberIn, member: CurrentAdmin, session: SessionDep) -> MemberOut:
    """Lets an existing account in. Only an owner can make another owner."""
    return MemberOut.model_validate(await service.add_member(session, member, email=body.email, role=body.role))


@router.patch("/workspaces/{workspace_id}/members/{user_id}")
async def update_member(user_id: UUID, body: RoleChange, member: CurrentAdmin, session: SessionDep) -> MemberOut:
    return MemberOut.model_validate(await service.change_role(session, member, user_id, body.role))


@router.delete("/workspaces/{workspace_id}/members/{user_id}", status_code=HTTPStatus.NO_CONTENT)
async def delete_member(user_id: UUID, member: CurrentMember, session: SessionDep) -> None:
    """Removes a member (admins and owners), or leaves (everybody, with their own id)."""
    await service.remove_member(session, member, user_id)


@router.get("/workspaces/{workspace_id}/api-keys")
async def list_api_keys(member: CurrentMember, session: SessionDep) -> Page[ApiKeyOut]:
    rows = await queries.keys(session, member.workspace_id)
    return Page(items=[ApiKeyOut.model_validate(row) for row in rows], next_cursor=None)


@router.post("/workspaces/{workspace_id}/api-keys", status_code=HTTPStatus.CREATED)
async def create_api_key(body: ApiKeyIn, member: CurrentAdmin, session: SessionDep) -> NewApiKeyOut:
    """The key is in this answer and nowhere else: only its hash is kept."""
    row, key = await service.create_key(session, member, name=body.name, scopes=body.scopes)
    return NewApiKeyOut(**ApiKeyOut.model_validate(row).model_dump(), key=key)


@router.delete("/workspaces/{workspace_id}/api-keys/{key_id}", status_code=HTTPStatus.NO_CONTENT)
async def delete_api_key(key_id: UUID, member: CurrentAdmin, session: SessionDep, request: Request) -> None:
    """Revokes the key. It stays in the list, with the time."""
    await service.revoke_key(session, member, key_id)
    request.app.state.key_ring.refuse(key_id)


for part in (invitations, leaving, auditing):
    router.include_router(part.router)
