"""Sign-up, sign-in in one step or two, sessions."""

from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Cookie, Response

from app.auth import cookies, second_factor, service
from app.auth.dependencies import CurrentSignIn, EntranceDep, SettingsDep
from app.auth.rules import PENDING_COOKIE
from app.auth.schemas import CodeIn, LoginIn, RegisterIn, RevokedOut, SessionOut, SignInOut, UserOut
from app.auth.service import Admitted
from app.core.database import SessionDep
from app.core.routing import SmallBodyRoute
from app.core.schemas import Page

PendingCookie = Annotated[str | None, Cookie(alias=PENDING_COOKIE, include_in_schema=False)]

router = APIRouter(prefix="/api/v1", tags=["auth"], route_class=SmallBodyRoute)


@router.post("/auth/register", status_code=HTTPStatus.CREATED)
async def register(body: RegisterIn, session: SessionDep, entrance: EntranceDep, response: Response) -> UserOut:
    admitted = await service.register(
        session, entrance, email=body.email, password=body.password.get_secret_value(), name=body.name
    )
    cookies.set_session(response, admitted.token, is_https=entrance.is_https)
    return UserOut(user=admitted.user)


@router.post("/auth/login")
async def login(body: LoginIn, session: SessionDep, entrance: EntranceDep, response: Response) -> SignInOut:
    """With `second_factor` nobody is signed in yet: go on with `auth/login/second-factor`."""
    arrival = await service.sign_in(session, entrance, email=body.email, password=body.password.get_secret_value())
    cookies.set_arrival(response, arrival, is_https=entrance.is_https)
    if isinstance(arrival, Admitted):
        return SignInOut(user=arrival.user, second_factor=False, expires_at=None)
    return SignInOut(user=None, second_factor=True, expires_at=arrival.expires_at)


@router.post("/auth/login/second-factor")
async def login_second_factor(
    body: CodeIn, session: SessionDep, entrance: EntranceDep, response: Response, pending: PendingCookie = None
) -> UserOut:
    """A code of the authenticator app, or a recovery code."""
    admitted = await second_factor.finish(session, entrance, pending, body.code)
    cookies.set_session(response, admitted.token, is_https=entrance.is_https)
    cookies.clear_pending(response, is_https=entrance.is_https)
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
