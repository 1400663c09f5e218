"""The end of a workspace, and of an account."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query, Response

from app.auth import cookies
from app.auth.dependencies import CurrentSignIn, EntranceDep, SettingsDep
from app.core.database import SessionDep
from app.core.routing import SmallBodyRoute
from app.workspaces import leaving
from app.workspaces.dependencies import CurrentOwner
from app.workspaces.rules import WorkspaceView
from app.workspaces.schemas import EndIn, Slug

router = APIRouter(route_class=SmallBodyRoute)


@router.delete("/workspaces/{workspace_id}")
async def delete_workspace(
    confirm: Annotated[Slug, Query(description="the slug of the workspace")],
    member: CurrentOwner,
    session: SessionDep,
    settings: SettingsDep,
) -> WorkspaceView:
    """Deletes it in fourteen days (`deletes_at`). Until then keys only read it, and an owner can restore it."""
    return await leaving.ask_deletion(session, settings, member, confirm)


@router.post("/workspaces/{workspace_id}/restore")
async def restore_workspace(member: CurrentOwner, session: SessionDep) -> WorkspaceView:
    return await leaving.restore(session, member)


@router.post("/me/delete", status_code=HTTPStatus.NO_CONTENT)
async def delete_me(
    body: EndIn, signed_in: CurrentSignIn, session: SessionDep, entrance: EntranceDep, response: Response
) -> None:
    """Deletes the account at once. Whoever alone owns a workspace hands it over or deletes it first."""
    password = body.password.get_secret_value() if body.password else None
    await leaving.end_account(session, entrance, signed_in, email=body.email, password=password, code=body.code)
    cookies.clear_session(response, entrance.settings)
