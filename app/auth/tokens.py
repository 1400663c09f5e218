"""Signed notes that a browser carries for us: the sign-in token, and those of somebody who is on the way in."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import jwt
from pydantic import SecretStr

ALGORITHM = "HS256"


@dataclass(frozen=True, slots=True)
class Claims:
    """What a sign-in token says, once its signature and its time were checked."""

    session_id: UUID
    secret: str


def issue(key: SecretStr, session_id: UUID, secret: str, issued_at: datetime, expires_at: datetime) -> str:
    """The sign-in token: it names a row of `sessions` and holds that row's secret."""
    claims = {"sid": str(session_id), "secret": secret, "iat": issued_at, "exp": expires_at}
    return jwt.encode(claims, key.get_secret_value(), algorithm=ALGORITHM)


def read(key: SecretStr, token: str) -> Claims | None:
    """The claims of a token that we signed and that has not run out; None for any other."""
    try:
        claims = jwt.decode(
            token, key.get_secret_value(), algorithms=[ALGORITHM], options={"require": ["exp", "iat", "sid", "secret"]}
        )
        return Claims(UUID(claims["sid"]), str(claims["secret"]))
    except (jwt.InvalidTokenError, ValueError, AttributeError):
        return None


def note(key: SecretStr, purpose: str, said: dict[str, Any], expires_at: datetime) -> str:
    """A note that is worth something for this purpose only, and never as a sign-in token."""
    return jwt.encode({"aud": purpose, "said": said, "exp": expires_at}, key.get_secret_value(), algorithm=ALGORITHM)


def read_note(key: SecretStr, purpose: str, token: str) -> dict[str, Any] | None:
    """What a note for this purpose says; None when we did not sign it, or it has run out."""
    try:
        claims = jwt.decode(
            token,
            key.get_secret_value(),
            algorithms=[ALGORITHM],
            audience=purpose,
            options={"require": ["exp", "aud", "said"]},
        )
    except jwt.InvalidTokenError:
        return None
    said: dict[str, Any] = claims["said"]
    return said
