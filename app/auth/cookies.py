"""Our cookies: out of reach of scripts, and never sent along by another site's form."""

from datetime import timedelta

from fastapi import Response

from app.auth.entering import Admitted, HalfWay
from app.auth.rules import (
    COOKIE,
    JOURNEY_COOKIE,
    JOURNEY_LIFETIME,
    PENDING_COOKIE,
    PENDING_LIFETIME,
    SESSION_LIFETIME,
)
from app.core.config import Settings


def set_session(response: Response, token: str, *, is_https: bool) -> None:
    _set(response, COOKIE, token, SESSION_LIFETIME, is_https=is_https)


def set_arrival(response: Response, arrival: Admitted | HalfWay, *, is_https: bool) -> None:
    """What whoever has shown a password, or an identity, carries on."""
    if isinstance(arrival, Admitted):
        set_session(response, arrival.token, is_https=is_https)
    else:
        _set(response, PENDING_COOKIE, arrival.token, PENDING_LIFETIME, is_https=is_https)


def set_journey(response: Response, token: str, *, is_https: bool) -> None:
    _set(response, JOURNEY_COOKIE, token, JOURNEY_LIFETIME, is_https=is_https)


def clear_pending(response: Response, *, is_https: bool) -> None:
    response.delete_cookie(PENDING_COOKIE, path="/", secure=is_https, httponly=True, samesite="lax")


def clear_journey(response: Response, *, is_https: bool) -> None:
    response.delete_cookie(JOURNEY_COOKIE, path="/", secure=is_https, httponly=True, samesite="lax")


def clear_session(response: Response, settings: Settings) -> None:
    response.delete_cookie(COOKIE, path="/", secure=settings.uses_https, httponly=True, samesite="lax")


def _set(response: Response, name: str, token: str, lifetime: timedelta, *, is_https: bool) -> None:
    response.set_cookie(
        name,
        token,
        max_age=int(lifetime.total_seconds()),
        path="/",
        secure=is_https,
        httponly=True,
        samesite="lax",
    )
