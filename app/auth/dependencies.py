"""Who is asking: the cookie, the session it names, the person it belongs to."""

from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import APIKeyCookie

from app.auth import service
from app.auth.rules import COOKIE, Device, Person, SignIn
from app.auth.service import Entrance
from app.core.config import Settings
from app.core.database import SessionDep

MAX_USER_AGENT_CHARACTERS = 300

SessionCookie = Annotated[str | None, Depends(APIKeyCookie(name=COOKIE, scheme_name="session", auto_error=False))]


async def get_settings(request: Request) -> Settings:
    settings: Settings = request.app.state.settings
    return settings


SettingsDep = Annotated[Settings, Depends(get_settings)]


async def entrance(request: Request, settings: SettingsDep) -> Entrance:
    device = Device(
        ip_address=request.client.host if request.client else "",
        user_agent=request.headers.get("user-agent", "")[:MAX_USER_AGENT_CHARACTERS],
        is_https=request.url.scheme == "https",
    )
    return Entrance(settings, request.app.state.rate_limiter, device)


EntranceDep = Annotated[Entrance, Depends(entrance)]


async def current_sign_in(session: SessionDep, settings: SettingsDep, cookie: SessionCookie) -> SignIn:
    """Raises NotAuthenticated."""
    return await service.resume(session, settings, cookie)


CurrentSignIn = Annotated[SignIn, Depends(current_sign_in)]


async def current_user(signed_in: CurrentSignIn) -> Person:
    return signed_in.user


CurrentUser = Annotated[Person, Depends(current_user)]
