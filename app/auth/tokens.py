"""The sign-in token: a signed note that names a row of `sessions` and holds that row's secret."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import jwt
from pydantic import SecretStr

ALGORITHM = "HS256"


@dataclass(frozen=True, slots=True)
class Claims:
    """What a token says, once its signature and its time were checked."""

    session_id: UUID
    secret: str


def issue(key: SecretStr, session_id: UUID, secret: str, issued_at: datetime, expires_at: datetime) -> str:
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
