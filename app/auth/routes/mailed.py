"""What mailed links open, for whoever has one."""

from http import HTTPStatus

from fastapi import APIRouter

from app.auth import links, service
from app.auth.dependencies import EntranceDep, SessionCookie, SettingsDep
from app.auth.schemas import ResetIn, TokenIn, UserOut, WishIn
from app.core.database import SessionDep
from app.core.routing import SmallBodyRoute

router = APIRouter(prefix="/api/v1/auth", tags=["auth"], route_class=SmallBodyRoute)


@router.post("/verify-email")
async def verify_email(body: TokenIn, session: SessionDep, settings: SettingsDep, cookie: SessionCookie) -> UserOut:
    """For who is signed in to the account."""
    return UserOut(user=await links.verify_email(session, await service.visitor(session, settings, cookie), body.token))


@router.post("/password-reset", status_code=HTTPStatus.ACCEPTED)
async def ask_password_reset(body: WishIn, session: SessionDep, entrance: EntranceDep) -> None:
    """Mails a link, if there is such an account; the answer is the same when there is none."""
    await links.ask_reset(session, entrance, body.email)


@router.post("/password-reset/confirm", status_code=HTTPStatus.NO_CONTENT)
async def reset_password(body: ResetIn, session: SessionDep, entrance: EntranceDep) -> None:
    """Ends all sessions of the account. A second factor stays."""
    await links.reset_password(session, entrance, body.token, body.new_password.get_secret_value())
