"""Sign-up, sign-in, sessions and the password."""

from http import HTTPStatus
from uuid import UUID

from fastapi import APIRouter, Response

from app.auth import cookies, service
from app.auth.dependencies import CurrentSignIn, CurrentUser, EntranceDep, SettingsDep
from app.auth.schemas import LoginIn, PasswordIn, ProfileIn, RegisterIn, RevokedOut, SessionOut, UserOut
from app.core.database import SessionDep
from app.core.routing import SmallBodyRoute
from app.core.schemas import Page

router = APIRouter(prefix="/api/v1", tags=["auth"], route_class=SmallBodyRoute)


@router.post("/auth/register", status_code=HTTPStatus.CREATED)
async def register(body: RegisterIn, session: SessionDep, entrance: EntranceDep, response: Response) -> UserOut:
    admitted = await service.register(
        session, entrance, email=body.email, password=body.password.get_secret_value(), name=body.name
    )
    cookies.set_session(response, admitted.token, is_https=entrance.is_https)
    return UserOut(user=admitted.user)


@router.post("/auth/login")
async def login(body: LoginIn, session: SessionDep, entrance: EntranceDep, response: Response) -> UserOut:
    admitted = await service.sign_in(session, entrance, email=body.email, password=body.password.get_secret_value())
    cookies.set_session(response, admitted.token, is_https=entrance.is_https)
    return UserOut(user=admitted.user)


@router.post("/auth/logout", status_code=HTTPStatus.NO_CONTENT)
async def logout(signed_in: CurrentSignIn, session: SessionDep, settings: SettingsDep, response: Response) -> None:
    await service.sign_out(session, signed_in)
    cookies.clear_session(response, settings)


@router.get("/auth/sessions")
async def list_sessions(signed_in: CurrentSignIn, session: SessionDep) -> Page[SessionOut]:
    rows = await service.list_sessions(session, signed_in.user.id)
    return Page(
        items=[
            SessionOut(
                id=row.id,
                created_at=row.created_at,
                last_seen_at=row.last_seen_at,
                expires_at=row.expires_at,
                user_agent=row.user_agent,
                ip_address=row.ip_address,
                is_current=row.id == signed_in.session_id,
            )
            for row in rows
        ],
        next_cursor=None,
    )


@router.delete("/auth/sessions")
async def delete_other_sessions(signed_in: CurrentSignIn, session: SessionDep) -> RevokedOut:
    """Ends all of the caller's sessions but the one that asks."""
    return RevokedOut(revoked=await service.end_other_sessions(session, signed_in))


@router.delete("/auth/sessions/{session_id}", status_code=HTTPStatus.NO_CONTENT)
async def delete_session(
    session_id: UUID, signed_in: CurrentSignIn, session: SessionDep, settings: SettingsDep, response: Response
) -> None:
    """Ends one of the caller's sessions, even the one that asks."""
    await service.end_session(session, signed_in.user.id, session_id)
    if session_id == signed_in.session_id:
        cookies.clear_session(response, settings)


@router.patch("/me")
async def update_me(body: ProfileIn, user: CurrentUser, session: SessionDep) -> UserOut:
    return UserOut(user=await service.rename(session, user.id, body.name))


@router.post("/me/password", status_code=HTTPStatus.NO_CONTENT)
async def change_password(
    body: PasswordIn, signed_in: CurrentSignIn, session: SessionDep, entrance: EntranceDep
) -> None:
    """Ends the caller's other sessions."""
    current, new = body.current_password.get_secret_value(), body.new_password.get_secret_value()
    await service.change_password(session, entrance, signed_in, current=current, new=new)
