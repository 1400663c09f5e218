"""Invitations: made and revoked in a workspace, looked at and accepted with their link."""

from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Request, Response

from app.auth import cookies
from app.auth.dependencies import CurrentUser, EntranceDep
from app.core.database import SessionDep
from app.core.http import HttpClient
from app.core.routing import SmallBodyRoute
from app.core.schemas import Page
from app.workspaces import invitations
from app.workspaces.dependencies import CurrentAdmin
from app.workspaces.rules import WorkspaceView
from app.workspaces.schemas import (
    InvitationIn,
    InvitationOut,
    InvitationTokenIn,
    InvitedAwayOut,
    InvitedIn,
    JoinedOut,
    NewInvitationOut,
    OfferOut,
)

router = APIRouter(route_class=SmallBodyRoute)


@router.get("/workspaces/{workspace_id}/invitations")
async def list_invitations(member: CurrentAdmin, session: SessionDep) -> Page[InvitationOut]:
    """Those that can still be accepted, newest first."""
    found = await invitations.pending(session, member)
    return Page(items=[InvitationOut.model_validate(offer) for offer in found], next_cursor=None)


@router.post("/workspaces/{workspace_id}/invitations", status_code=HTTPStatus.CREATED)
async def create_invitation(
    body: InvitationIn, member: CurrentAdmin, user: CurrentUser, session: SessionDep, entrance: EntranceDep
) -> NewInvitationOut:
    """With an email the link is mailed there and nowhere else; without one it is in this answer, and nowhere else."""
    offer, link = await invitations.invite(session, entrance, member, user, email=body.email, role=body.role)
    shown = InvitationOut.model_validate(offer)
    return NewInvitationOut(**shown.model_dump(), link=None if offer.email else link)


@router.delete("/workspaces/{workspace_id}/invitations/{invitation_id}", status_code=HTTPStatus.NO_CONTENT)
async def revoke_invitation(invitation_id: UUID, member: CurrentAdmin, session: SessionDep) -> None:
    await invitations.revoke(session, member, invitation_id)


@router.post("/invitations/look")
async def look_at_invitation(body: InvitationTokenIn, session: SessionDep) -> OfferOut:
    """What the link offers, for who has it."""
    offer, has_account = await invitations.look(session, body.token)
    return OfferOut(
        workspace=offer.workspace,
        role=offer.role,
        email=offer.email,
        invited_by=offer.invited_by,
        expires_at=offer.expires_at,
        has_account=has_account,
    )


@router.post("/invitations/accept")
async def accept_invitation(body: InvitationTokenIn, user: CurrentUser, session: SessionDep) -> WorkspaceView:
    """Lets the person who is signed in into the workspace."""
    return await invitations.accept(session, user, body.token)


@router.post("/invitations/register", status_code=HTTPStatus.CREATED)
async def register_invited(
    body: InvitedIn, session: SessionDep, entrance: EntranceDep, response: Response
) -> JoinedOut:
    """A new account, signed in and let in, also where sign-up is closed."""
    admitted, workspace = await invitations.register(
        session, entrance, body.token, email=body.email, password=body.password.get_secret_value(), name=body.name
    )
    cookies.set_session(response, admitted.token, is_https=entrance.is_https)
    return JoinedOut(user=admitted.user, workspace=workspace)


@router.post("/invitations/providers/{provider}/start")
async def start_invited_sign_in(
    provider: Annotated[str, Path(max_length=32)],
    body: InvitationTokenIn,
    request: Request,
    session: SessionDep,
    entrance: EntranceDep,
    response: Response,
) -> InvitedAwayOut:
    """Signs in elsewhere, also where sign-up is closed, and comes back to `/invitation`, which then accepts."""
    http: HttpClient = request.app.state.identity_http
    away = await invitations.start_sign_in(session, entrance, http, body.token, provider)
    cookies.set_journey(response, away.token, is_https=entrance.is_https)
    return InvitedAwayOut(url=away.url)
