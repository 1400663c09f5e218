"""The session cookie: out of reach of scripts, and never sent along by another site's form."""

from fastapi import Response

from app.auth.rules import COOKIE, SESSION_LIFETIME
from app.core.config import Settings


def set_session(response: Response, token: str, *, is_https: bool) -> None:
    response.set_cookie(
        COOKIE,
        token,
        max_age=int(SESSION_LIFETIME.total_seconds()),
        path="/",
        secure=is_https,
        httponly=True,
        samesite="lax",
    )


def clear_session(response: Response, settings: Settings) -> None:
    response.delete_cookie(COOKIE, path="/", secure=settings.uses_https, httponly=True, samesite="lax")
